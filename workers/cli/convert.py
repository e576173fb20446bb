"""`xinglin convert`: a table of one generation of the national templates, written in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, cast, get_args

import typer
from rich.table import Table
from rich.text import Text

from credit.identity import mask_text
from schemas.errors import PermanentError
from schemas.sheets import Context, Generation, Template
from workers import settings
from workers.cli.choices import choose
from workers.cli.common import AsJson, Home, Sender, print_json, screen, telling
from workers.files.converting import Converted, Converter
from workers.runtime import load_reader
from workers.show.style import ALARM, GOOD, new_table, plain

File = Annotated[Path, typer.Argument(metavar="FILE", help="XLSX、XLS、CSV 或 XML 文件。", show_default=False)]
Target = Annotated[str, typer.Argument(metavar="GENERATION", help="V2016、V2018 或 V2019。", show_default=False)]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="写入哪个文件夹，默认为原文件所在的文件夹。", show_default=False),
]


class FileThere(PermanentError):
    """There is a file of this name already: name another folder, or remove it."""


def convert(
    file: File,
    generation: Target,
    out: Out = None,
    sender: Sender = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """把一代国家模板的表格改写为另一代，列出容不下的项和未转换的行。"""
    target = cast("Generation", choose("GENERATION", generation, get_args(Generation)))
    reader = load_reader(settings.read(home=home))
    templates = reader.registry.templates()
    converter = Converter(
        templates, reader.registry.models(), target, Context(sender or reader.routes.authority, reader.routes.organs)
    )
    try:
        done = converter.convert(file, out or file.parent)
    except FileExistsError as error:
        there = mask_text(error.args[0])
        with telling(f"文件 {there} 已经存在，没有覆盖：请用 --out 另指定文件夹，或先删去。"):
            raise FileThere(f"{there}: {FileThere.__doc__}") from None
    # The name of a file may have the number of a person in it.
    done.files = {name: mask_text(path) for name, path in done.files.items()}
    if as_json:
        print_json(done)
    else:
        console = screen()
        for part in _show(done, templates):
            console.print(part, soft_wrap=isinstance(part, Text))  # a path is shown whole, however long


def _show(done: Converted, templates: Mapping[str, Template]) -> Iterator[Text | Table]:
    titles = _titles(templates)
    for name, path in done.files.items():
        yield plain(f"✓ {templates[name].title}：{done.rows[name]:,} 行，{path}", GOOD)
        if done.lost[name]:
            table = new_table("该版容不下的数据项", "数据项", "行数", right={"行数"})
            for code, count in sorted(done.lost[name].items()):
                table.add_row(plain(f"{titles.get(code, code)}（{code}）"), plain(f"{count:,}"))
            yield table
    if done.behind:
        table = new_table(f"没有转换的行（{done.behind:,} 行）", "位置", "原因")
        for row in done.left:
            table.add_row(plain(f"{row.sheet} 第 {row.row} 行"), plain(row.says, ALARM))
        yield table
    if not done.files and not done.behind:
        yield plain("没有可以转换的行。", ALARM)


def _titles(templates: Mapping[str, Template]) -> dict[str, str]:
    last = sorted(templates.values(), key=lambda each: each.generation or "")
    return {column.code: column.title for template in last for column in template.columns}
