"""`xinglin identity`: what a person decides about who is who. Every decision is a row that can be undone."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import RenderableType

from credit.identity import IdKind
from credit.store.engine import reading
from credit.store.queries.links import Link, find_links
from schemas.rights import Right
from workers.cli.choices import choose
from workers.cli.common import AsJson, By, Home, Why, decide, deciding, looking, print_json, screen, tell, telling
from workers.decisions import identities, persons
from workers.decisions.persons import Deed
from workers.show.claims import tell_rivals
from workers.show.style import ALARM, GOOD, PAST, QUIET, moment, new_table, plain, show_force, stack
from workers.show.words import say_person

app = typer.Typer(help="认定信用主体：关联（link）和标识认领（claim），均可取消。", no_args_is_help=True)

_NOT_DONE = "没有办理，档案没有变化。请核对代码、号码和编号。"

Key = Annotated[
    str, typer.Argument(metavar="KEY", help="统一社会信用代码（USCC） 或身份证件号码。", show_default=False)
]
Value = Annotated[str, typer.Argument(metavar="VALUE", help="标识的内容，按证照所载填写。", show_default=False)]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="关联的编号，见 links。", show_default=False)]


def _check_kind(text: str) -> str:
    choose("KIND", text, identities.CLAIMABLE)
    return text


Kind = Annotated[
    str,
    typer.Argument(
        callback=_check_kind,
        metavar="KIND",
        help=f"标识种类：{', '.join(identities.CLAIMABLE)}。",
        show_default=False,
    ),
]


@app.command("link")
def link(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="原主体的代码或证件号码。", show_default=False)],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="现主体的代码或证件号码。", show_default=False)],
    by: By,
    why: Why,
    *,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """关联：认定主体 BEFORE 由 AFTER 延续，例如换发了新的统一社会信用代码。"""
    deed = Deed("identity link", why=why, subjects=(before, after))
    with deciding(home, Right.DECIDE, by, deed) as opened, telling(_NOT_DONE):
        number = identities.link(opened, before, after, decide(opened, by, why))
    if as_json:
        print_json({"link_id": number})
    else:
        tell(f"✓ 已关联，编号 {number}。取消：xinglin identity unlink {number} --by 姓名 --why 理由", GOOD)


@app.command("unlink")
def unlink(number: Number, by: By, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """取消一项关联；信用记录从未移动，无须另行恢复。"""
    with deciding(home, Right.DECIDE, by, Deed("identity unlink", str(number), why)) as opened, telling(_NOT_DONE):
        identities.unlink(opened, number, decide(opened, by, why))
    if as_json:
        print_json({"link_id": number, "undone": True})
    else:
        tell(f"✓ 关联 {number} 号已取消。", GOOD)


@app.command("claim")
def claim(key: Key, kind: Kind, value: Value, by: By, why: Why, *, home: Home = None, as_json: AsJson = False) -> None:
    """标识认领：认定一项标识或个人的又一姓名属于该主体。

    等待该标识的报文随即重放。
    """
    deed = Deed("identity claim", why=why, subjects=(key,))
    with deciding(home, Right.DECIDE, by, deed) as opened, telling(_NOT_DONE):
        replayed = identities.claim(opened, key, IdKind(kind), value, decide(opened, by, why))
        rivals = identities.find_rivals(opened, key, IdKind(kind), value)
    if as_json:
        print_json({"claimed": True, "applied": replayed, "claimed_too": rivals})
    else:
        tell(f"✓ 已认领；等待它的报文中有 {replayed:,} 份已处理。", GOOD)
        if rivals:
            tell(tell_rivals(rivals), ALARM)


@app.command("disclaim")
def disclaim(
    key: Key, kind: Kind, value: Value, by: By, why: Why, *, home: Home = None, as_json: AsJson = False
) -> None:
    """取消一项认领，无论它来自报文还是人工。"""
    deed = Deed("identity disclaim", why=why, subjects=(key,))
    with deciding(home, Right.DECIDE, by, deed) as opened, telling(_NOT_DONE):
        identities.disclaim(opened, key, IdKind(kind), value, decide(opened, by, why))
    if as_json:
        print_json({"claimed": False})
    else:
        tell("✓ 认领已取消。", GOOD)


@app.command("links")
def links(home: Home = None, as_json: AsJson = False) -> None:
    """列出全部关联，包括已取消的。"""
    with looking(home) as opened:
        watcher = persons.watch(opened, "identity links")
        with reading(opened.engine) as connection:
            found = find_links(connection)
        watcher.show(each for row in found for each in (row.subject_id, row.continued_as))
    if as_json:
        print_json(found)
    else:
        screen().print(_show(found))


def _show(found: list[Link]) -> RenderableType:
    if not found:
        return plain("没有主体关联。", QUIET)
    whole = {"编号", "决定时间", "状态"}
    table = new_table(
        f"主体关联（{len(found):,} 项）", "编号", "原主体 → 现主体", "决定人 / 理由", "决定时间", "状态", whole=whole
    )
    for row in found:
        table.add_row(
            plain(row.link_id),
            plain(f"{row.subject_id}\n→ {row.continued_as}", "" if row.undone_by is None else PAST),
            stack(say_person(row.linked_by, row.account), row.note),
            plain(moment(row.linked_at)),
            show_force(row.undone_by, row.undone_why, row.undone_account),
        )
    return table
