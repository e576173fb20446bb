"""`xinglin subject`: the credit archive of one subject."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from credit.store.engine import reading
from credit.store.queries.archive import read_archive
from workers.cli.common import AsJson, Home, looking, print_json, screen, telling
from workers.decisions import persons
from workers.show.subject import show_archive

Key = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="代码或号码： 统一社会信用代码（USCC）、 身份证件号码、 执业许可证号、 组织机构代码、 执业证书编号。",
        show_default=False,
    ),
]
NOT_FOUND = (
    "没有查到该主体的档案。请按证照原样填写代码或号码；证件号码在档不止一种时，连同证件种类填写，如 护照号:G12345678。"
)

Explain = Annotated[bool, typer.Option("--explain", help="逐项列出取值的来源。")]


def subject(key: Key, explain: Explain = False, home: Home = None, as_json: AsJson = False) -> None:
    """查询信用档案：主体信息、信用等级、名单和信用记录。"""
    with looking(home) as opened, telling(NOT_FOUND):
        view = persons.look(opened, key, "subject")
        with reading(opened.engine) as connection:
            found = read_archive(connection, key, view)
        names = replace(opened.names(), regimes=opened.regimes())
    if as_json:
        print_json(found)
    else:
        screen().print(show_archive(found, names, explained=explain))
