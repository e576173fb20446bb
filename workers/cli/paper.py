"""`xinglin paper`: the letters, lists and boards of an authority, to print, to edit or to publish."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from credit.store.engine import reading
from credit.store.queries.view import View
from schemas.papers import PaperKind
from schemas.papers.common import Paper
from schemas.regime.papers import Format
from workers import settings
from workers.cli.choices import choose
from workers.cli.common import AsJson, Home, looking, print_json, runtime, screen
from workers.cli.explain import find_regime, read_day
from workers.cli.ingest import progress
from workers.decisions import persons
from workers.onlooker import Onlooker
from workers.papers import gathering, given, inquiries, rules, writing
from workers.papers.asked import Asked, Shelf
from workers.papers.pdf import Press
from workers.papers.rules import Desk
from workers.papers.writing import Written
from workers.show.style import ALARM, GOOD, plain

_KINDS = "、 ".join(f"{kind}（{kind.word}）" for kind in PaperKind)
_FORMATS = "、 ".join(f"{each}（{each.word}）" for each in Format)
_FROM_ARCHIVE = "从档案取数"

Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"文书种类： {_KINDS}。", show_default=False)]
Regime = Annotated[str, typer.Option("--regime", help="评价制度，即 policies/regimes 下的目录名。", show_default=False)]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="JSON 文件： 一份文书的数据， 或多份的数组。 不写时从档案取数。",
        show_default=False,
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", metavar="PATH", help="写到哪里：以 .pdf、.docx、.xlsx 结尾的是文件，其余是目录。", show_default=False
    ),
]
As = Annotated[str, typer.Option("--format", help=f"写入目录时用哪种格式： {_FORMATS}。")]


def _day_option(name: str, told: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        name,
        metavar="YYYY-MM-DD",
        parser=read_day,
        help=told,
        show_default=False,
        rich_help_panel=_FROM_ARCHIVE,
    )
    return option


def _option(name: str, told: str, metavar: str = "TEXT") -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        name, metavar=metavar, help=told, show_default=False, rich_help_panel=_FROM_ARCHIVE
    )
    return option


@dataclass(frozen=True, slots=True)
class Refused:
    """A paper that was not written, and why."""

    file: str
    why: str


@dataclass(frozen=True, slots=True)
class Result:
    """What was written, and what could not be."""

    written: list[str]
    refused: list[Refused]


def paper(
    kind: Kind,
    regime: Regime,
    out: Out,
    data: Data = None,
    wanted: As = Format.PDF.value,
    subject: Annotated[str | None, _option("--subject", "主体的代码或证件号码。", "KEY")] = None,
    year: Annotated[int | None, _option("--year", "评价年度。", "YEAR")] = None,
    scale: Annotated[str | None, _option("--scale", "评价标准；制度只有一个标准时不必写。")] = None,
    document: Annotated[str | None, _option("--document", "记录的文书号。")] = None,
    number: Annotated[str | None, _option("--number", "文书的文号、编号或期号；其中 {} 为顺序号。")] = None,
    on: Annotated[date | None, _day_option("--on", "文书日期，默认今天。")] = None,
    since: Annotated[date | None, _day_option("--since", "报告期的第一日。")] = None,
    until: Annotated[date | None, _day_option("--until", "报告期的最后一日。")] = None,
    answer_by: Annotated[
        date | None, _day_option("--answer-by", "陈述、申辩的期限， 默认按法定期限自文书日期起算。")
    ] = None,
    asked_by: Annotated[str | None, _option("--asked-by", "信用报告的查询单位。")] = None,
    purpose: Annotated[str | None, _option("--purpose", "信用报告的用途。")] = None,
    reviewed_by: Annotated[str | None, _option("--reviewed-by", "等级下降的审查人。")] = None,
    link: Annotated[str | None, _option("--link", "二维码的网址，默认为公示网页。", "URL")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """印制文书：告知书、通知书、名单、公示表、公示栏、信用报告等。

    有文书未能印制时退出码为 1，其余各份照常写出。
    """
    chosen = PaperKind(choose("KIND", kind, PaperKind) or "")
    form = Format(choose("--format", wanted, Format) or "")
    found = settings.read(home=home)
    named = choose("--regime", regime, rules.regimes(found.policies)) or ""
    desk = rules.open_desk(found.policies, named, chosen)
    press = Press(found.policies, found.fonts)
    if data is not None:
        papers = given.read(data, desk.model)
    else:
        said = {
            "subject": subject,
            "scale": scale,
            "document": document,
            "number": number,
            "asked_by": asked_by,
            "purpose": purpose,
            "reviewed_by": reviewed_by,
            "link": link,
        }
        days = {"since": since, "until": until, "answer_by": answer_by}
        wish = Wish(
            {name: text for name, text in said.items() if text},
            year,
            on,
            {name: day for name, day in days.items() if day is not None},
        )
        papers = _inquire(wish, home) if chosen is PaperKind.SOURCE_INQUIRY else _gather(chosen, named, wish, home)
    result = _write(press, desk, papers, out, form)
    if as_json:
        print_json(result)
    else:
        _show(result, out)
    if result.refused:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was said on the command line of papers that are made of the archive."""

    given: dict[str, str]
    year: int | None
    on: date | None
    days: dict[str, date]


def _inquire(wish: Wish, home: Path | None) -> list[Paper]:
    with runtime(home) as opened:
        return list(inquiries.make_inquiries(opened, Asked(wish.on or opened.rules().at.today, wish.given)))


def _gather(kind: PaperKind, regime: str, wish: Wish, home: Path | None) -> list[Paper]:
    by = find_regime(settings.read().policies, regime)
    with looking(home) as opened:
        view = _look(opened, kind, wish)
        on = wish.on or opened.today
        # Without law there is no legal day to answer by: it has to be named.
        legal = {"answer_by": opened.law.due("told_answer", on).on} if opened.law is not None else {}
        asked = Asked(on, wish.given, wish.year, legal | wish.days, settings.read().public_address)
        with reading(opened.engine) as connection:
            shelf = Shelf(connection, view, by, opened.registry.vocabulary())
            return list(gathering.gather(kind, shelf, asked))


def _look(opened: Onlooker, kind: PaperKind, wish: Wish) -> View:
    """Return how the archive is looked at; of a paper about one subject, the log has what it is for."""
    named, command = wish.given.get("subject"), f"paper {kind}"
    if named is None:
        return persons.watch(opened, command).view
    return persons.look(opened, named, command, f"印制{kind.word}：{wish.given.get('purpose', kind.word)}")


def _write(press: Press, desk: Desk, papers: list[Paper], out: Path, wanted: Format) -> Result:
    if writing.is_file(out):
        if len(papers) != 1:
            raise typer.BadParameter(f"有 {len(papers)} 份文书，请指定目录。", param_hint="'--out'")
        writing.write_one(press, desk, papers[0], out)
        return Result([str(out)], [])
    with progress() as bar:
        task = bar.add_task("印制文书", total=len(papers))
        done: list[Written] = []
        for each in writing.write_all(press, desk, papers, out, wanted):
            done.append(each)
            bar.advance(task)
    return _sum_up(done)


def _sum_up(done: Iterable[Written]) -> Result:
    result = Result([], [])
    for each in done:
        if each.refused is None:
            result.written.append(str(each.file))
        else:
            result.refused.append(Refused(str(each.file), str(each.refused)))
    return result


def _show(result: Result, out: Path) -> None:
    console = screen()
    if result.written:
        where = f"{len(result.written)} 份：{out}" if len(result.written) > 1 else result.written[0]
        console.print(plain(f"✓ 已写出 {where}", GOOD), soft_wrap=True)
    for each in result.refused:
        console.print(plain(f"✗ 未写出 {each.file}：{each.why}", ALARM), soft_wrap=True)
