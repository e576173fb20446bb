"""A day of the demonstration with numbers of persons planted wherever a message has room: none is in clear anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import select
from typer.main import get_command
from typer.testing import CliRunner

from credit.batch.arrival import message_key
from credit.grading.loading import load
from credit.identity import MASKED
from credit.record import places
from credit.store import tables
from credit.store.engine import reading, writing
from credit.store.known import read_families, read_known
from credit.store.official import settle_official
from credit.store.queries.archive import read_archive
from credit.store.queries.parked import find_parked, read_story
from credit.store.queries.subjects import SubjectUnknown, find
from schemas.errors import XinglinError
from tests.builders import NOON, ROOT, feed_in, message, rows
from tests.planting import JOINT, Sower, sentence
from tests.sheets import penalty, write_csv
from workers.assessor import Assessor
from workers.cli import app, assess, common, lists, tell_error
from workers.demo import report
from workers.demo.town.partners import Partners
from workers.demo.town.people import town
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

pytestmark = pytest.mark.long(seconds=40)

_EXPLAINED = ("penalty", "inspection.measure", "security.offence", "office.honour")
_GROUPS = {
    "account",
    "alerts",
    "assess",
    "draws",
    "review",
    "parked",
    "identity",
    "record",
    "proposals",
    "report",
    "policy",
    "routing",
    "keys",
    "db",
}
_WIDE = 6000
"""Columns of a screen on which no number is broken in two."""


@dataclass(frozen=True, slots=True)
class Scene:
    """An archive after the day, with what was planted and what was logged meanwhile."""

    runtime: Runtime
    sower: Sower
    logged: str

    def find(self, texts: Iterable[tuple[str, str]]) -> list[str]:
        """Return where a planted number can be read in named texts, and where it was planted."""
        garden, looked, found = self.sower.garden, 0, []
        for name, text in texts:
            looked += len(text)
            found += [f"{name}: {place}" for place in garden.seek(text)]
        assert looked > 100_000
        return found


@pytest.fixture
def scene(place: Settings, capsys: pytest.CaptureFixture[str]) -> Iterator[Scene]:
    def clock() -> datetime:
        return NOON

    sower = Sower()
    for person in (*town().practitioners, *town().citizens):
        sower.garden.name(person.id_no, f"number of {person.name}")
    with open_runtime(place, clock) as runtime:
        feed_in(runtime, *sower.samples(), *sower.day(), *sower.bad(), *sower.one_number())
        partners = Partners(runtime)
        for _ in range(2):
            feed_in(runtime, *map(sower.answer, partners.answer()))
        partners.close()
        runtime.scheduler().tick()
        said = capsys.readouterr()
        yield Scene(runtime, sower, said.out + said.err)


@pytest.mark.parametrize("place", ["servers"], indirect=True)
def test_no_planted_number_is_in_clear_at_rest_in_logs_or_in_what_leaves(scene: Scene) -> None:
    assert scene.find(_left_by(scene)) == []


@pytest.mark.parametrize("place", ["embedded"], indirect=True)
def test_nor_does_any_command_show_one(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "_PAPER", _WIDE)
    known = scene.runtime.reader
    regimes = {**known.regimes, **load(ROOT / "tests" / "law" / "regimes", known.registry.models())}
    reader = replace(known, regimes=regimes)
    scene = replace(scene, runtime=replace(scene.runtime, reader=reader))
    monkeypatch.setattr(assess, "find_regime", lambda _, code: regimes[code])
    monkeypatch.setattr(lists, "find_regime", lambda _, code: regimes[code])
    # Opening it takes longer than what most commands do.
    monkeypatch.setattr(common, "open_runtime", lambda _: nullcontext(scene.runtime))
    commands = Commands(scene, tmp_path)
    assert scene.find(_screens(scene)) == []
    assert scene.find((" ".join(words), _give(words)) for words in commands.all()) == []
    assert rows(scene.runtime, "SELECT count(*) FROM split WHERE undone_at IS NOT NULL") == [(2,)]
    with open_runtime(scene.runtime.settings) as again:  # under the new keys
        assert scene.find(_left_by(replace(scene, runtime=again))) == []
    assert set(_paths(get_command(app))) - _NOT_RUN == commands.given


def _left_by(scene: Scene) -> Iterator[tuple[str, str]]:
    yield "log", scene.logged
    yield from _kept(scene.runtime)
    yield from _sent(scene.runtime)


def _screens(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield the demonstration's screens, and what is shown of every parked message."""
    console = Console(width=_WIDE, record=True, file=StringIO())
    console.print(*report.show(report.look(scene.runtime, None), scene.runtime))
    yield "demo", console.export_text()
    with reading(scene.runtime.engine) as connection:
        for row in find_parked(connection, MASKED, closed=True):
            yield f"parked {row.parked_id}", str(read_story(connection, row.parked_id, scene.runtime.keyring, MASKED))


def _give(words: Sequence[str]) -> str:
    """Give a command; return all that is printed, as by `xinglin` itself."""
    shown = CliRunner().invoke(app, words, env={"COLUMNS": str(_WIDE)})
    error = shown.exception
    assert error is None or isinstance(error, (SystemExit, XinglinError)), words
    return shown.output + (tell_error(error).plain if isinstance(error, XinglinError) else "")


_NOT_RUN = {
    *(
        ("worker", kind)
        for kind in ("intake", "relay", "scheduler", "assessor", "carrier", "frontend", "all", "folder")
    ),  # until they are stopped
    ("console",),  # until they are stopped, too
    ("public",),
    ("demo",),  # runs the day anew; its screens are looked at by themselves
}


@dataclass(slots=True)
class Commands:
    """Every command as somebody gives it, with numbers in whatever takes a text."""

    scene: Scene
    folder: Path
    given: set[tuple[str, ...]] = field(default_factory=set)

    def all(self) -> Iterator[list[str]]:
        """Yield the words of each, those that only read first, each as a table and as JSON."""
        yield from self._both(["ledger"], ["notices"], ["files"])
        yield from self._both(["closure"], ["feed"], ["feed", "work"], ["digest"], ["verify"], ["workers"])
        yield from self._both(
            ["sources"], ["top"], ["slo"], ["doctor"], ["identity", "links"], ["parked", "list", "--all"]
        )
        yield from self._both(["parked", "summary"], ["record", "parties", JOINT])
        yield from self._both(["record", "parties", self.scene.sower.said("number of a record")])
        person, other = self._person(), self.scene.sower.said("subject")
        yield from self._both(["subject", person, "--explain"], ["subject", other])
        policies = str(self.scene.runtime.settings.policies)
        yield from self._both(["explain", person, "--regime", "wugang"])
        yield from self._both(
            ["policy", "diff", policies, policies, "--regime", "wugang"], ["policy", "diff", policies, policies]
        )
        yield from self._both(["routing", "diff", str(self.scene.runtime.settings.routing)])
        yield from self._of_texts_alone()
        file = self.folder / "messages.jsonl"
        bodies = [self.scene.sower.mended(message(name, f"explained-{name}").body) for name in _EXPLAINED]
        file.write_bytes(b"\n".join([*bodies, sentence(self.scene.sower.said("broken line")).encode()]))
        yield from self._both(["routing", "explain", str(file)], ["routing", "apply"], ["ingest", str(file)])
        table = self._table()
        yield from self._both(["ingest", table], ["files"], ["files", Path(table).name])
        for turn, more in enumerate(([], ["--json"])):
            out = self.folder / f"converted {turn}"
            out.mkdir()
            yield self._words("convert", table, "V2016", "--out", str(out), *more)
        yield from self._both(*self._print(person))
        for turn, more in enumerate(([], ["--json"])):
            yield from self._park(turn, more)
            yield from self._identify(person, more)
            yield from self._split(str(turn + 1), more)
            yield from self._acknowledge(turn, more)
            yield from self._account(turn, more)
            yield from self._assess(person, more)
            yield from self._draw(turn, more)
        yield self._words("keys", "new", str(self.folder / "new" / "keys.json"))
        yield from self._both(["db", "upgrade"], ["db", "clock"], ["keys", "rotate"])
        yield from self._both(["db", "grants", "page"], ["db", "republish"])

    def _of_texts_alone(self) -> Iterator[list[str]]:
        """Yield what reads neither archive nor messages: given once each, it has nobody's number to show."""
        for words in (("check",), ("test",), ("show",), ("show", "wugang"), ("schema", str(self.folder / "schema"))):
            yield self._words("policy", *words)
        yield self._words("routing", "check")
        yield self._words("routing", "users")
        yield self._words("contract", str(self.folder / "contract"))
        yield self._words("template")
        yield self._words("template", "permit-v2019", "--out", str(self.folder / "permit.xlsx"))

    def _table(self) -> str:
        """Return a table with numbers in its name, in its texts, and where a day, a code or an amount should stand."""
        said = self.scene.sower.said
        texts = {code: said(f"cell of {code}") for code in ("CF_SY", "CF_NR", "CF_XDR_MC", "CF_JDRQ", "CF_NR_FK")}
        told = [penalty(number, **{code: text}) for number, (code, text) in enumerate(texts.items(), 1)]
        name = said("name of a file").replace("\n", " ")
        return str(write_csv(self.folder / f"{name}.csv", [*told, penalty(9, revision=said("cell of a revision"))]))

    def _print(self, person: str) -> Iterator[list[str]]:
        """Yield how papers are printed: of data that are refused, and of the archive of somebody."""
        file = self.folder / "letter.json"
        said = {"year": self.scene.sower.said("year"), self.scene.sower.said("name of an item"): 1}
        file.write_text(json.dumps(said), encoding="utf-8")
        base = ["--regime", "wugang", "--out", str(self.folder / "out")]
        yield ["paper", "result-letter", *base, "--data", str(file)]
        asked = ["--subject", person, "--number", self.scene.sower.said("--number")]
        yield ["paper", "credit-report", *base, *asked, "--asked-by", self.scene.sower.said("--by"), "--purpose", "x"]
        yield ["paper", "repair-notice", *base, *asked, "--document", JOINT]
        yield ["paper", "source-inquiry", *base, "--document", JOINT, "--number", self.scene.sower.said("--number")]
        by = ["--by", self.scene.sower.said("--by")]
        told = [word for name in ("--number", "--proof", "--purpose") for word in (name, self.scene.sower.said(name))]
        yield ["report", "own", person, "--regime", "wugang", *by, *told]
        yield ["report", "list", person]
        yield ["report", "revoke", person, "1", *by]

    def _park(self, turn: int, more: list[str]) -> Iterator[list[str]]:
        """Yield what is done with a message that can be mended, and with one that cannot."""
        sower, file = self.scene.sower, self.folder / "mended.json"
        file.write_bytes(sower.mended(message("penalty", f"mend-{turn}", CF_WSH=f"舞卫医罚〔2026〕{turn + 1}号").body))
        mend, spare = self._number(f"mend-{turn}"), self._number(f"spare-{turn}")
        who = ["--by", sower.said("--by"), *more]
        why = [*who, "--why", sower.said("--why")]
        yield self._words("parked", "mend", mend, str(file), *why)
        yield self._words("parked", "replay", spare, *who)
        yield self._words("parked", "discard", spare, *why)
        yield self._words("parked", "show", mend, *more)
        yield self._words("parked", "show", spare, *more)

    def _acknowledge(self, turn: int, more: list[str]) -> Iterator[list[str]]:
        """Yield how the alerts are seen that a scheduler raised, and what a person says of one."""
        self.scene.runtime.scheduler().tick()
        yield self._words("alerts", *more)
        (number,), *_ = rows(self.scene.runtime, "SELECT alert_id FROM alert WHERE ended_at IS NULL ORDER BY 1 DESC")
        said = ["--by", self.scene.sower.said("--by"), "--why", self.scene.sower.said("--why")]
        yield self._words("alerts", "acknowledge", str(number), *said, *more)
        yield self._words("alerts", *more)

    def _assess(self, key: str, more: list[str]) -> Iterator[list[str]]:
        """Yield how a year is closed, what is listed of it, and what is decided about a fall."""
        who, why = ["--by", self.scene.sower.said("--by")], ["--why", self.scene.sower.said("--why")]
        of, year = ["--regime", "town"], ["--year", "2025"]
        yield self._words("assess", "close", *of, *year, *who, *more)
        yield self._words("assess", "status", *more)
        yield self._words("list", "current", "abnormal", *more)
        yield self._words("assess", "table", *of, *year, *more)
        yield self._words("assess", "not-assessed", *of, *year, *more)
        runtime = self.scene.runtime
        with writing(runtime.engine) as connection:
            archives = read_families(connection).of([find(connection, key, runtime.keyring).current])
            settle_official(connection, archives, read_known(connection, archives), runtime.rules())
        yield self._words("review", "list", "--all", *more)
        yield self._words("review", "show", key, *of, *more)
        yield self._words("review", "decide", key, *of, "--decision", "rejected", *who, *why, *more)

    def _draw(self, turn: int, more: list[str]) -> Iterator[list[str]]:
        """Yield how subjects and inspectors are drawn, one of them replaced, and what duties there are."""
        said, period = self.scene.sower.said, f"2026-{turn + 1}"
        who, why = ["--by", said("--by")], ["--why", said("--why")]
        team = [
            {"kind": "person", "name": one.name, "id_type": "身份证", "id_no": one.id_no}
            for one in town().practitioners[:3]
        ]
        samples = [
            message("office.inspector", f"team-{turn}-{n}", document_no=f"执{n}", party=one, interests=[])
            for n, one in enumerate(team)
        ]
        feed_in(self.scene.runtime, *samples)
        yield self._words("draw", "rota", "random", "--period", period, "--seed", said("--seed"), *who, *more)
        yield self._words("draw", "rota", "random", "--period", period, "--seed", "8", *who, *more)
        (row,) = rows(
            self.scene.runtime,
            "SELECT subject_id, inspectors FROM drawn WHERE draw_no = :number AND place = 1",
            number=f"rota/random/{period}",
        )
        yield self._words("draws", *more)
        cannot = json.loads(row[1])[0]
        yield self._words("draws", "replace", f"rota/random/{period}", row[0], cannot, *who, *why, *more)
        yield self._words("draws", "show", f"rota/random/{period}", "--verify", *more)
        yield self._words("draws", "plan", "rota", "--year", "2026", *more)
        # Loaded later than the files by which the archive was assessed: these regimes are followed from now on.
        later = replace(self.scene.runtime, clock=lambda: NOON + timedelta(seconds=turn + 1))
        Assessor(later.engine, later.rules).finish()
        later.scheduler().tick()
        for state in ("missed", "done"):
            yield self._words("duties", "--state", state, *more)

    def _identify(self, key: str, more: list[str]) -> Iterator[list[str]]:
        sower = self.scene.sower
        who = ["--by", sower.said("--by"), "--why", sower.said("--why"), *more]
        one, other = (each.uscc for each in town().medical[:2])
        yield self._words("identity", "link", one, other, *who)
        yield self._words("identity", "unlink", "1", *who)
        for what in (["name", sower.said("claimed name")], ["certificate_no", sower.said("claimed certificate")]):
            yield self._words("identity", "claim", key, *what, *who)
            yield self._words("identity", "disclaim", key, *what, *who)
        yield self._words("identity", "links", *more)

    def _split(self, number: str, more: list[str]) -> Iterator[list[str]]:
        """Yield how two parties of one document number are taken apart, and put together again."""
        why = ["--by", self.scene.sower.said("--by"), "--why", self.scene.sower.said("--why"), *more]
        yield self._words("record", "split", message_key("/inspection", "joint-2"), *why)
        yield self._words("record", "splits", *more)
        yield self._words("record", "parties", JOINT, *more)
        yield self._words("record", "join", number, *why)
        yield self._words("record", "splits", *more)
        yield self._words("record", "disputes", *more)
        yield self._words("record", "disputes", JOINT, *more)
        yield self._words("record", "take", message_key("/inspection", "joint-2"), *why)
        yield self._words("record", "ask", JOINT, "--due", "2026-12-31", *why)
        yield self._words("record", "undo", number, *why)
        yield self._words("proposals", *more)
        said = self.scene.sower.said
        yield self._words("proposals", "show", number, *more)
        yield self._words("proposals", "confirm", number, "--why", said("--why"), *more)
        yield self._words("proposals", "refuse", number, "--why", said("--why"), *more)

    def _account(self, turn: int, more: list[str]) -> Iterator[list[str]]:
        """Yield how an account is made, given a role, and taken out of use."""
        name, said = f"clerk{turn}", self.scene.sower.said
        why = ["--why", said("--why"), *more]
        yield self._words("account", "add", name, "--person", said("--person"), *more)
        yield self._words("account", "grant", name, "clerk", *why)
        yield self._words("account", "list", *more)
        yield self._words("account", "revoke", str(turn + 1), *why)
        yield self._words("account", "disable", name, *why)
        yield self._words("account", "enable", name, *why)
        yield self._words("account", "password", name, *more)
        yield self._words("account", "unlock", name, *more)

    def _number(self, message_id: str) -> str:
        """Return under which number a penalty is parked."""
        statement = select(tables.parked.c.parked_id).where(
            tables.parked.c.message_key == message_key("/inspection", message_id)
        )
        with reading(self.scene.runtime.engine) as connection:
            return str(connection.execute(statement).scalar_one())

    def _person(self) -> str:
        """Return the number of somebody whose archive is shown to everybody."""
        runtime = self.scene.runtime
        with reading(runtime.engine) as connection:
            for one in town().practitioners:
                with suppress(SubjectUnknown):
                    read_archive(connection, one.id_no, runtime.view(MASKED))
                    return one.id_no
        raise AssertionError

    def _both(self, *commands: list[str]) -> Iterator[list[str]]:
        for words in commands:
            yield self._words(*words)
            yield self._words(*words, "--json")

    def _words(self, *words: str) -> list[str]:
        within = words[:2] == ("feed", "work") or (words[0] in _GROUPS and not "".join(words[1:2]).startswith("-"))
        self.given.add(words[: 2 if within else 1])
        alone = words[0] in {"policy", "contract", "template", "keys"}
        alone = alone and words[:2] not in {("keys", "rotate"), ("policy", "diff")}
        homeless = alone or words[:2] in {("routing", "check"), ("routing", "users")}
        return [*words, *([] if homeless else ["--home", str(self.scene.runtime.settings.home)])]


def _kept(runtime: Runtime) -> Iterator[tuple[str, str]]:
    with reading(runtime.engine) as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                for name, value in row._mapping.items():
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    yield f"{table.name}.{name}", text
    for file in runtime.settings.home.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes().decode("utf-8", "replace")


def _sent(runtime: Runtime) -> Iterator[tuple[str, str]]:
    """Yield what left, but for the number of the party that a notice is about."""
    with reading(runtime.engine) as connection:
        sent = connection.execute(select(tables.outbox.c.message_id, tables.outbox.c.body)).all()
    for message_id, body in sent:
        event = json.loads(runtime.keyring.unseal(body, places.of_dispatch(message_id)))
        event["data"].get("party", {}).pop("id_no", None)
        yield event["type"], json.dumps(event, ensure_ascii=False)


def _paths(command: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command below one, a group having some."""
    inner: dict[str, Any] = getattr(command, "commands", {})
    if not inner or (way and command.invoke_without_command):
        yield way
    for name, one in inner.items():
        yield from _paths(one, (*way, name))
