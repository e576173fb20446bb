"""`xinglin paper`: the letters, lists and boards of an authority, to print, to edit or to publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from schemas.papers import PaperKind
from schemas.papers.common import Paper
from schemas.regime.papers import Format
from workers import settings
from workers.cli.choices import choose
from workers.cli.common import AsJson, print_json, screen
from workers.cli.ingest import progress
from workers.papers import given, rules, writing
from workers.papers.pdf import Press
from workers.papers.rules import Desk
from workers.papers.writing import Written
from workers.show.style import ALARM, GOOD, plain

_KINDS = "、".join(f"{kind}（{kind.word}）" for kind in PaperKind)
_FORMATS = "、".join(f"{each}（{each.word}）" for each in Format)

Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"文书种类：{_KINDS}。", show_default=False)]
Regime = Annotated[str, typer.Option("--regime", help="评价制度，即 policies/regimes 下的目录名。", show_default=False)]
Data = Annotated[
    Path,
    typer.Option("--data", metavar="FILE", help="JSON 文件：一份文书的数据，或者多份组成的数组。", show_default=False),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", metavar="PATH", help="写到哪里：以 .pdf、.docx、.xlsx 结尾的是文件，其余是目录。", show_default=False
    ),
]
As = Annotated[str, typer.Option("--format", help=f"写入目录时用哪种格式：{_FORMATS}。")]


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
    kind: Kind, regime: Regime, data: Data, out: Out, wanted: As = Format.PDF.value, as_json: AsJson = False
) -> None:
    """印制文书：告知书、通知书、名单、公示表、公示栏、信用报告等。

    有文书未能印制时退出码为 1，其余各份照常写出。
    """
    chosen = PaperKind(choose("KIND", kind, PaperKind) or "")
    wanted = choose("--format", wanted, Format) or ""
    found = settings.read()
    named = choose("--regime", regime, rules.regimes(found.policies)) or ""
    desk = rules.open_desk(found.policies, named, chosen)
    papers = given.read(data, desk.model)
    result = _write(Press(found.policies, found.fonts), desk, papers, out, Format(wanted))
    if as_json:
        print_json(result)
    else:
        _show(result, out)
    if result.refused:
        raise typer.Exit(1)


def _write(press: Press, desk: Desk, papers: Sequence[Paper], out: Path, wanted: Format) -> Result:
    if writing.is_file(out):
        if len(papers) != 1:
            raise typer.BadParameter(f"数据中有 {len(papers)} 份文书，请指定目录。", param_hint="'--out'")
        writing.write_one(press, desk, papers[0], out)
        return Result([str(out)], [])
    done: list[Written] = []
    with progress() as bar:
        task = bar.add_task("印制文书", total=len(papers))
        for each in writing.write_all(press, desk, papers, out, wanted):
            done.append(each)
            bar.advance(task)
    return Result(
        [str(each.file) for each in done if each.refused is None],
        [Refused(str(each.file), str(each.refused)) for each in done if each.refused is not None],
    )


def _show(result: Result, out: Path) -> None:
    console = screen()
    if result.written:
        where = f"{len(result.written)} 份：{out}" if len(result.written) > 1 else result.written[0]
        console.print(plain(f"✓ 已写出 {where}", GOOD), soft_wrap=True)
    for each in result.refused:
        console.print(plain(f"✗ 未写出 {each.file}：{each.why}", ALARM), soft_wrap=True)
