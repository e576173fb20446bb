"""How fast the public page answers for institutions on one core: `python -m tests.bench.public`."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from credit.store.engine import connect, writing
from credit.store.showing import codes as door_codes
from credit.store.showing import place
from credit.store.showing.rows import InstitutionRow
from credit.store.showing.writing import Frame, Public, keep, replace, settle_frame
from credit.vault import Algorithm, box_of, generate
from schemas.showing import Content, Licence, Penalty
from workers.runtime import SHANGHAI, wall_clock

INSTITUTIONS, ASKED, AT_ONCE = 5_000, 6_000, 16
_WARM = 400


class Answered(NamedTuple):
    """How many pages were answered a second, and what 99 of 100 took at most, in milliseconds.

    The first two are of few doors that are looked at again and again; the last two of doors that nobody has looked at
    since the projection was written: each page is read and rendered.
    """

    pages_a_second: int
    p99_ms: float
    rendered_a_second: int
    rendered_p99_ms: float


def fill(home: Path) -> list[str]:
    """Write the projection of a city; return the codes of its institutions."""
    archive = connect(f"sqlite:///{home / 'archive.sqlite'}")
    projection = place.beside(archive)
    today = wall_clock().astimezone(SHANGHAI).date()
    penalty = Penalty(
        number="罚〔2026〕1号",
        organ="某市卫生健康委员会",
        on=today,
        content="罚款",
        degree="一般",
        state="有效",
        until=None,
    )
    licence = Licence(number="登〔2020〕1号", organ="某市卫生健康委员会", scope="内科、外科", until=None)
    content = Content(kinds=("医疗机构",), licence=licence, penalties=(penalty,) * 5).model_dump_json()
    codes = [door_codes.make() for _ in range(INSTITUTIONS)]
    rows = [InstitutionRow(each, each, f"机构{each}", f"机构{each}", "", "open", None, content) for each in codes]
    about = {"authority": "某市卫生健康委员会", "address": "", "box": box_of(generate(Algorithm.AES_256_GCM)).hex()}
    with writing(projection) as connection:
        keep(connection, "forms", "key")
        settle_frame(connection, Frame(about=about))
        for start in range(0, INSTITUTIONS, 500):
            part = rows[start : start + 500]
            replace(connection, [Public(frozenset(row.subject for row in part), tuple(part))])
    projection.dispose()
    archive.dispose()
    return codes


async def ask(port: int, codes: Iterable[str]) -> list[float]:
    """Ask for the pages of doors over some connections at once; return how long each answer took, in seconds."""
    took: list[float] = []
    waiting = iter(codes)

    async def visit() -> None:
        # By hand: a client that does more takes more than what it asks.
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for code in waiting:
            begin = time.perf_counter()
            writer.write(f"GET /i/{code} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            took.append(time.perf_counter() - begin)
            assert head.startswith(b"HTTP/1.1 200"), head
        writer.close()

    await asyncio.gather(*(visit() for _ in range(AT_ONCE)))
    return took


def measure(number: int) -> Answered:
    """Ask for so many pages; who asks has a core of its own where there is one."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        codes = fill(Path(folder))
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [str(Path(sys.executable).with_name("xinglin")), "public", "--home", folder, "--port", str(port)]
        pinned = ["taskset", "--cpu-list", str(min(os.sched_getaffinity(0)))]
        server = subprocess.Popen([*pinned, *command], stderr=subprocess.DEVNULL)
        try:
            _await(port)
            few, new = codes[:_WARM], codes[_WARM : _WARM + number]
            asyncio.run(ask(port, few))
            again = _time(port, [few[each % _WARM] for each in range(number)])  # a city looks at few doors in a minute
            rendered = _time(port, new)
        finally:
            server.terminate()
            server.wait()
    return Answered(*again, *rendered)


def _time(port: int, codes: list[str]) -> tuple[int, float]:
    begin = time.perf_counter()
    took = asyncio.run(ask(port, codes))
    seconds = time.perf_counter() - begin
    return round(len(codes) / seconds), round(statistics.quantiles(took, n=100)[98] * 1000, 1)


def main() -> None:
    """Measure and print."""
    sys.stdout.write(json.dumps(measure(ASKED)._asdict()) + "\n")


def _await(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the page did not begin")


if __name__ == "__main__":
    main()
