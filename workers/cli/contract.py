"""`xinglin contract`: the exchange contract of what is installed, for those who send messages and receive them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from workers import settings
from workers.cli.common import AsJson, print_json, screen
from workers.contract import render, unrouted, write
from workers.runtime import load_reader
from workers.show.style import GOOD, WAITING, plain

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="写到哪个目录；没有就新建。", show_default=False)]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, which types lack a queue, and which schemas there are of types that are gone."""

    folder: str
    files: list[str]
    unrouted: list[str]
    stale: list[str]


def contract(folder: Folder, as_json: AsJson = False) -> None:
    """写出交换约定：AsyncAPI 文档和各类报文的 JSON Schema，包括第三方连接器的报文。"""
    reader = load_reader(settings.read())
    texts = render(reader.registry, reader.routes)
    stale = write(folder, texts)
    written = Written(str(folder), sorted(texts), unrouted(reader.registry, reader.routes), stale)
    if as_json:
        print_json(written)
    else:
        _show(written)


def _show(written: Written) -> None:
    out = screen()
    out.print(plain(f"✓ 已写出 {len(written.files)} 个文件：{written.folder}", GOOD), soft_wrap=True)
    for name in written.unrouted:
        out.print(plain(f"! 没有队列接收 {name}：请在 routing.yaml 的 broker.inbound 中加一条绑定。", WAITING))
    for name in written.stale:
        out.print(plain(f"! {name} 已不属于约定，可以删除。", WAITING))
