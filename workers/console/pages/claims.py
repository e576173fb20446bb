"""The claims of identifiers that persons made."""

from __future__ import annotations

from credit.identity import IdKind
from credit.store.queries.claims import Claim, Filter, find_claims
from credit.store.queries.page import Part
from schemas.rights import Right
from schemas.words import Tone
from workers.console.asked import Asked
from workers.console.pages.deciding import OF_DECISIONS, admits, refuse_some
from workers.console.screens import Button, Cell, Column, Listing, Screen
from workers.show.style import moment
from workers.show.words import word


def _show(asked: Asked) -> Listing[Claim]:
    refuse_some(asked)
    with asked.reading() as connection:
        wanted = Filter(asked.query("by") or None, asked.whether("undone"))
        rows = find_claims(connection, asked.view(), Part(asked.query("after"), asked.limit), wanted)
    return Listing(
        "人工认领",
        (
            Column("主体", lambda each: Cell(each.name, f"/subjects/{each.subject_id}")),
            Column("标识种类", lambda each: word(IdKind, each.kind)),
            Column("标识", lambda each: each.value),
            Column("认领人", lambda each: each.by),
            Column("认领时间", lambda each: moment(each.at)),
            Column("理由", lambda each: each.note or "—"),
            Column("状态", _judge),
        ),
        rows,
        empty="没有符合条件的人工认领。",
        after=rows[-1].after if len(rows) == asked.limit else None,
        about=lambda each: each.subject_id,
        filters=OF_DECISIONS,
        buttons=(Button("身份认定", "/identity"),),
        note="取消认领在“身份认定”中办理；来自报文的标识见各主体的页面。",
    )


def _judge(each: Claim) -> Cell:
    if each.undone_by is None:
        return Cell("有效", tone=Tone.GOOD)
    return Cell(f"已取消，{each.undone_by}{f'：{each.undone_why}' if each.undone_why else ''}", tone=Tone.PAST)


SCREENS = (Screen("/identity/claims", "人工认领", Right.DECIDE, _show, admits=admits),)
