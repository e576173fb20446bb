"""`xinglin template`: the tables that people fill in, listed or written as a workbook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from connectors import registry
from schemas.errors import PermanentError
from schemas.sheets import Template
from workers.cli.choices import choose
from workers.cli.common import AsJson, print_json, screen, telling
from workers.files.sheetwriter import write_template
from workers.show.style import GOOD, new_table, plain

Name = Annotated[
    str | None,
    typer.Argument(metavar="NAME", help="模板名称或报文类型；不写则列出全部模板。", show_default=False),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="写到哪个文件，默认为当前目录下的 NAME.xlsx。", show_default=False),
]


class FileThere(PermanentError):
    """There is a file of this name already, and somebody may have filled it in: name another, or remove it."""


@dataclass(frozen=True, slots=True)
class Described:
    """A template: what it is for, and its columns that have to be filled in."""

    name: str
    title: str
    generation: str | None
    type: str
    parties: str | None
    table: str | None
    columns: int
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A template that was written."""

    name: str
    title: str
    file: str


def template(name: Name = None, out: Out = None, as_json: AsJson = False) -> None:
    """列出导入模板，或写出一个 XLSX 模板：中文列名、下拉选项、填写说明和示例。"""
    known = registry.load().templates()
    if name is None:
        _list(known.values(), as_json=as_json)
        return
    by_type = {one.type: one for one in known.values() if one.generation in {None, "V2019"}}
    choices = {**by_type, **known}
    chosen = choices[choose("NAME", name, choices) or ""]
    file = out or Path(f"{chosen.name}.xlsx")
    if file.exists():
        with telling(f"文件 {file} 已经存在，里面可能有填好的内容，没有覆盖：请另写文件名，或先删去。"):
            raise FileThere(f"{file}: {FileThere.__doc__}")
    write_template(chosen, file)
    if as_json:
        print_json(Written(chosen.name, chosen.title, str(file)))
    else:
        screen().print(plain(f"✓ 已写出模板“{chosen.title}”：{file}", GOOD), soft_wrap=True)


def _list(templates: Iterable[Template], *, as_json: bool) -> None:
    if as_json:
        print_json([_describe(one) for one in templates])
        return
    table = new_table("导入模板", "模板", "名称", "前置库表", whole=("名称", "前置库表"))
    for one in templates:
        table.add_row(*map(plain, (one.title, one.name, one.table)))
    screen().print(table)
    screen().print(plain("写出一个模板：xinglin template NAME"))


def _describe(one: Template) -> Described:
    return Described(
        name=one.name,
        title=one.title,
        generation=one.generation,
        type=one.type,
        parties=one.parties,
        table=one.table or None,
        columns=len(one.columns),
        required=tuple(column.title for column in one.columns if column.required),
    )
