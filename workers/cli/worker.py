"""`xinglin worker`: the processes that do the work until they are told to stop."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from schemas.errors import ConfigurationError
from workers import process, settings
from workers.cli.common import Home, Sender
from workers.delivery import make_carrier
from workers.files.folder import Folder
from workers.frontend import worker as frontends
from workers.metrics.port import LOOPBACK
from workers.process import Run
from workers.runtime import Runtime

app = typer.Typer(help="运行后台进程（worker），直至收到 SIGTERM 或按下 Ctrl-C。", no_args_is_help=True)
Port = Annotated[
    int | None,
    typer.Option(
        "--metrics-port", min=1, max=65535, help="在该端口提供 Prometheus 指标，默认不提供。", show_default=False
    ),
]
Address = Annotated[str, typer.Option("--metrics-address", help="指标端口所绑定的地址。")]


@app.command("intake")
def run_intake(home: Home = None, port: Port = None, address: Address = LOOPBACK) -> None:
    """接收（intake）：读取报文，入档，提交，确认。"""
    work(home, [_intake], port, address)


@app.command("relay")
def run_relay(home: Home = None, port: Port = None, address: Address = LOOPBACK) -> None:
    """发送（relay）：发出发件箱（outbox）中的消息。"""
    work(home, [_relay], port, address)


@app.command("scheduler")
def run_scheduler(home: Home = None, port: Port = None, address: Address = LOOPBACK) -> None:
    """定时（scheduler）：办理期满、逾期、重放和已复核的事项，发布公示。"""
    work(home, [_scheduler, _publisher], port, address, "scheduler")


@app.command("assessor")
def run_assessor(home: Home = None, port: Port = None, address: Address = LOOPBACK) -> None:
    """评价（assessor）：按评价制度（regime）更新当前等级和名单。"""
    work(home, [_assessor], port, address)


@app.command("carrier")
def run_carrier(home: Home = None, port: Port = None, address: Address = LOOPBACK) -> None:
    """投递（carrier）：把设了 deliver 的平台的数据行送到文件夹或者前置库的表中。"""
    work(home, [_carrier], port, address)


@app.command("frontend")
def run_frontend(
    name: Annotated[str | None, typer.Argument(metavar="[名称]", help="前置库的名称，默认全部。")] = None,
    home: Home = None,
    port: Port = None,
    address: Address = LOOPBACK,
) -> None:
    """前置库（frontend）：读取新数据，回写办理结果，收取对方的答复。

    读写哪些表，见 routing.yaml 的 frontends。
    """

    def _frontend(opened: Runtime, stop: threading.Event) -> None:
        around = frontends.surround(opened)
        names = sorted(around.routes.frontends) if name is None else [name]
        if not names:
            raise ConfigurationError("routing.yaml names no front-end database under frontends")
        frontends.run(names, around, stop)

    work(home, [_frontend], port, address)


@app.command("all")
def run_all(home: Home = None, port: Port = None, address: Address = LOOPBACK) -> None:
    """在一个进程中运行 intake、relay、scheduler、assessor、carrier 五项，适用于单机。"""
    work(home, ALL, port, address, "all")


@app.command("folder")
def run_folder(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="要看守的文件夹。", show_default=False)],
    sender: Sender = None,
    home: Home = None,
    port: Port = None,
    address: Address = LOOPBACK,
) -> None:
    """文件夹（folder）：收取放入文件夹的表格，办理后连同结果移入 done/ 或 refused/。"""

    def _folder(opened: Runtime, stop: threading.Event) -> None:
        watched = Folder(opened, folder, sender or opened.reader.routes.authority)
        try:
            watched.run(stop)
        finally:
            watched.close()

    work(home, [_folder], port, address)


def _intake(opened: Runtime, stop: threading.Event) -> None:
    intake = opened.intake()
    try:
        intake.run(stop)
    finally:
        intake.close()


def _relay(opened: Runtime, stop: threading.Event) -> None:
    relay = opened.relay()
    try:
        relay.run(stop)
    finally:
        relay.close()


def _scheduler(opened: Runtime, stop: threading.Event) -> None:
    opened.scheduler().run(stop)


def _publisher(opened: Runtime, stop: threading.Event) -> None:
    publisher = opened.publisher()
    try:
        publisher.run(stop)
    finally:
        publisher.close()


def _assessor(opened: Runtime, stop: threading.Event) -> None:
    opened.assessor().run(stop)


def _carrier(opened: Runtime, stop: threading.Event) -> None:
    carrier = make_carrier(opened)
    try:
        carrier.run(stop)
    finally:
        carrier.close()


ALL: list[Run] = [_intake, _relay, _scheduler, _publisher, _assessor, _carrier]
"""What a host does that has all of it."""


def work(
    home: Path | None, runs: list[Run], port: int | None = None, address: str = LOOPBACK, kind: str | None = None
) -> None:
    """Work at a home, or at the servers of the environment, as `process.work` does."""
    process.work(settings.read(home=home), runs, port, address, kind)
