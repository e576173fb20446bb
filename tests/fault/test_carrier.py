"""A carrier killed again and again while it delivers files: each row stands in one file, once."""

from __future__ import annotations

import csv
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from credit import vault
from tests.builders import feed_in, message
from tests.fault.conftest import ROWS
from tests.fault.table import BOTH, RECOVERY_SECONDS, Row
from tests.processes import XINGLIN, Process
from workers import keyfile, settings
from workers.delivery import STAGED, make_carrier
from workers.runtime import open_runtime
from workers.settings import Settings

ROUNDS = 10
COUNT = 3000
_NUMBER = "行政处罚决定书文号"
_CHANCE = random.Random(20261127)
_SHIPPED = Path(__file__).parents[2] / "routing.yaml"
_PATIENCE_SECONDS = 60
_QUIET_SECONDS = 15


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def carried(request: pytest.FixtureRequest, pair: str, tmp_path: Path, out: Path) -> Settings:
    """Settings of a Xinglin with three thousand rows to deliver."""
    environ: dict[str, str] = {}
    if pair == "servers":
        keys = tmp_path / "keys.json"
        keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
        environ = {
            "XINGLIN_DATABASE_URL": request.getfixturevalue("database"),
            "XINGLIN_BROKER_URL": request.getfixturevalue("vhost"),
            "XINGLIN_KEY_FILE": str(keys),
        }
    routing = tmp_path / "routing.yaml"
    senders = "    person_kinds: [permit, penalty]\n"
    plan = f"    deliver: {{folder: {{path: {out}, format: csv}}}}\n"
    routing.write_text(_SHIPPED.read_text().replace(senders, senders + plan))
    place = settings.read(environ | {"XINGLIN_ROUTING": str(routing)}, home=tmp_path / "home")
    with open_runtime(place) as runtime:
        feed_in(runtime, *(message("penalty", f"m{n}", CF_WSH=f"舞卫公罚〔2026〕{n}号") for n in range(1, COUNT + 1)))
    return replace(place, environ=environ | {"XINGLIN_ROUTING": str(routing)})


@pytest.mark.fault
@pytest.mark.long
@pytest.mark.timeout(480)
@pytest.mark.parametrize("pair", BOTH)
def test_each_row_stands_in_one_file_once(
    request: pytest.FixtureRequest, pair: str, carried: Settings, out: Path, tmp_path: Path
) -> None:
    said = "`kill -9` of the carrier at a random moment, files taken away meanwhile: each row stands in one file, once"
    row = Row("kill_carrier", said, pair, ROUNDS, trouble="it did not come to its end")
    request.config.stash[ROWS].append(row)
    found: Counter[str] = Counter()
    for _ in range(ROUNDS):
        _carry_and_kill(carried, out, tmp_path / "carrier.log")
        found += _take_away(out)  # as a courier does
    begin = monotonic()
    with open_runtime(carried) as runtime:
        carrier = make_carrier(runtime)
        while carrier.step(1.0):
            pass
        carrier.close()
    row.recovery = monotonic() - begin
    found += _take_away(out)
    row.lost, row.repeats = COUNT - len(found), sum(found.values()) - len(found)
    row.twice = bool(row.repeats)
    row.trouble = "" if not (row.lost or row.twice) and row.recovery <= RECOVERY_SECONDS else "rows are lost or twice"
    assert not row.trouble, row


def _carry_and_kill(place: Settings, out: Path, log: Path) -> None:
    """Let a carrier work until it has begun a file, or nothing seems to be left; then kill it at a random moment."""
    process = Process(XINGLIN, ["worker", "carrier", "--home", str(place.home)], place.environ, log)
    staged, before, begin = out / STAGED, _names(out), monotonic()
    while _names(out) == before and not any(staged.glob("*")) and monotonic() - begin < _QUIET_SECONDS:
        Event().wait(0.02)
    Event().wait(_CHANCE.uniform(0, 0.5))
    process.kill()
    process.wait(_PATIENCE_SECONDS)


def _names(out: Path) -> set[str]:
    return {path.name for path in out.glob("*.csv")}


def _take_away(out: Path) -> Counter[str]:
    """Take the files that lie there; count how often each number of a document stands in them."""
    found: Counter[str] = Counter()
    for path in out.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found.update(line[_NUMBER] for line in csv.DictReader(file))
        path.unlink()
    return found
