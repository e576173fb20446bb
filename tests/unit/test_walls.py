"""The walls of the house stand: what nobody may import is refused by name, in every room, and a new room is asked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.copies import ROOT, Copy

DRIVERS = ("sqlalchemy", "psycopg", "sqlite3", "alembic", "kombu", "pika")
NO_SQL = "only credit.store knows databases; only workers know brokers"
FLOORS = "inside credit every room has its floor; a new one says here where it stands"
HOUSE = "workers -> (connectors | credit) -> schemas"
QUERIES = "no SQL outside the store: workers ask its queries, and hold its engine"
EDGE = "connectors do not know each other"


class Import(NamedTuple):
    """One module of ours that imports another, or a library."""

    by: str
    of: str


class Verdict(NamedTuple):
    """What import-linter says of a house: the imports that each contract refuses, and all it printed."""

    accepted: bool
    refused: dict[str, set[Import]]
    said: str


def plant(copy: Copy, *imports: Import) -> None:
    """Let modules of a copy import more than they do."""
    for by, of in imports:
        with (copy.root / f"{by.replace('.', '/')}.py").open("a", encoding="utf-8") as file:
            file.write(f"import {of}\n")


def judge(copy: Copy) -> Verdict:
    """Run import-linter on a copy."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=copy.root, capture_output=True, text=True, check=False)
    _, _, broken = done.stdout.partition("Broken contracts")
    _, *parts = re.split(r"^(\S.*)\n-{10,}\n", broken, flags=re.MULTILINE)
    found = {
        name: {Import(*each) for each in re.findall(r"^-\s+(\S+) -> (\S+) \(l\.", part, re.MULTILINE)}
        for name, part in zip(parts[::2], parts[1::2], strict=True)
    }
    return Verdict(done.returncode == 0, found, done.stdout + done.stderr)


def rooms() -> list[str]:
    """A module of every room of credit but the store, as the folders have them; and of those who may import less."""
    inside = sorted(path for path in (ROOT / "credit").iterdir() if path.stem not in {"store", "__init__"})
    modules = [_module_of(path) for path in inside if path.is_dir() or path.suffix == ".py"]
    return [*filter(None, modules), "schemas.statement", "connectors.registry", "connectors.inspection.mapping"]


def _module_of(path: Path) -> str:
    """A module itself, or the last of a package; nothing for a folder that is none."""
    files = [path] if path.is_file() else sorted(path.glob("[!_]*.py"))
    return ".".join(files[-1].relative_to(ROOT).with_suffix("").parts) if files else ""


DRIVEN = [Import(room, driver) for room in rooms() for driver in DRIVERS]
UPWARD = {
    FLOORS: [
        Import("credit.law.law", "credit.store.tables"),
        Import("credit.identity.people", "credit.vault"),
        Import("credit.record.merging", "credit.telling.notices"),
        Import("credit.telling.notices", "credit.batch.work"),
    ],
    HOUSE: [
        Import("schemas.party", "credit.rules"),
        Import("connectors.reading", "credit.identity.people"),
        Import("credit.store.outbox", "workers.relay"),
    ],
    QUERIES: [Import("workers.relay", "credit.store.tables"), Import("workers.doctor.archive", "credit.store.tables")],
    EDGE: [Import("connectors.office.mapping", "connectors.inspection.messages")],
    NO_SQL: [Import("credit.batch.settle", "sqlalchemy")],
    "the store knows no brokers": [Import("credit.store.outbox", "pika"), Import("credit.store.parked", "kombu")],
}


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """What import-linter says of a house in which all that is forbidden was planted."""
    copy = Copy(tmp_path_factory.mktemp("house"))
    plant(copy, *DRIVEN, *(each for planted in UPWARD.values() for each in planted))
    return judge(copy)


def test_the_house_as_it_is_is_accepted(tmp_path: Path) -> None:
    verdict = judge(Copy(tmp_path))
    assert verdict.accepted, verdict.said
    assert verdict.refused == {}


def test_the_rooms_are_those_of_the_house() -> None:
    floors = {"batch", "telling", "rules", "record", "routing", "law", "identity", "vault"}
    assert floors <= {room.split(".")[1] for room in rooms() if room.startswith("credit.")}


@pytest.mark.parametrize("planted", DRIVEN, ids=" imports ".join)
def test_no_room_but_the_store_knows_a_database_and_none_a_broker(planted: Import, verdict: Verdict) -> None:
    assert not verdict.accepted
    assert planted in verdict.refused[NO_SQL]


@pytest.mark.parametrize(
    ("contract", "planted"), [(contract, each) for contract, planted in UPWARD.items() for each in planted]
)
def test_no_room_imports_what_stands_above_it(contract: str, planted: Import, verdict: Verdict) -> None:
    assert planted in verdict.refused[contract]


def test_a_new_room_must_say_where_it_stands(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    room = tmp_path / "credit" / "archives"
    room.mkdir()
    (room / "__init__.py").write_text('"""Archives 档案."""\n', "utf-8")
    verdict = judge(copy)
    assert not verdict.accepted
    assert list(verdict.refused) == [FLOORS]
    assert "The following modules are not listed as layers:\n\n- credit.archives\n" in verdict.said
