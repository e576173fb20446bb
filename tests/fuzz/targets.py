"""What is fuzzed, and what may come of it: an answer in time, or the documented refusal."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from credit.batch.arrival import Arrival
from credit.law import loading
from credit.law.law import Law
from credit.routing import routes
from credit.store import archive, migrate
from credit.store.engine import connect, undone
from schemas.errors import ConfigurationError
from schemas.policy import Deadlines
from schemas.reasons import Reason
from schemas.statement import Fact
from tests import builders
from tests.fuzz.files import damaged_files, read_damaged
from tests.fuzz.mutations import damaged_bytes, damaged_json, damaged_text, hostile
from workers.reading import CONTENT_TYPE, Reader

LONGEST_SECONDS = 2.0
"""Of the processor: a busy machine is no hang."""

_POLICIES = builders.ROOT / "policies" / "national"
_SAMPLES = [path.read_bytes() for path in sorted(builders.ROOT.glob("connectors/*/samples/*.json"))]
_EVENTS: list[dict[str, Any]] = [json.loads(sample) for sample in _SAMPLES]
_REFUSAL = re.compile(r".+:\d+: .+")

samples = st.sampled_from(_EVENTS)


@cache
def reader() -> Reader:
    """The reader that ships."""
    return Reader(builders.connectors(), builders.shipped_routes(), builders.national_law())


@contextmanager
def in_time() -> Iterator[None]:
    """Fail what takes longer than anything may."""
    began = time.process_time()
    yield
    assert time.process_time() - began < LONGEST_SECONDS


def read(body: bytes, message_type: str, headers: dict[str, object] | None = None) -> Arrival:
    """Read a message by the queue of its type; being parked for an error of our own is a failure."""
    queue = reader().routes.gate.queue_for(message_type)
    assert queue is not None
    with in_time():
        arrival = reader().read(queue, body, headers or {}, builders.TODAY)
    assert arrival.failure is None or arrival.failure.reason is not Reason.INTERNAL, arrival.failure
    assert (arrival.failure is None) != (arrival.statement is None)
    return arrival


Check = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Target:
    """A check and its inputs; `examples` is how many of them a short run tries."""

    check: Check
    examples: int
    inputs: tuple[st.SearchStrategy[Any], ...]

    def run(self, how: settings, chance: int | None = None) -> None:
        """Try inputs; with a seed, those of that seed. Raises whatever the first bad one brings about."""
        test = settings(how, max_examples=self.examples)(given(*self.inputs)(self.check))
        (test if chance is None else seed(chance)(test))()


TARGETS: dict[str, Target] = {}


def _target(examples: int, *inputs: st.SearchStrategy[Any]) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        TARGETS[check.__name__] = Target(check, examples, inputs)
        return check

    return register


def write(message: Any) -> bytes:
    """Write JSON as a careless sender does: half surrogates, NaN and all."""
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")


@_target(150, samples.flatmap(lambda event: st.tuples(st.just(event["type"]), damaged_bytes(write(event)))))
def damaged_bytes_are_read_or_refused(message: tuple[str, bytes]) -> None:
    read(message[1], message[0])


@_target(
    200, st.binary(max_size=300), samples, st.sampled_from([None, "application/json", "application/cloudevents+json"])
)
def any_bytes_are_read_or_refused(body: bytes, event: dict[str, Any], content_type: str | None) -> None:
    read(body, event["type"], {CONTENT_TYPE: content_type} if content_type else {})


@_target(150, samples.flatmap(lambda event: st.tuples(st.just(event["type"]), damaged_json(event))))
def damaged_messages_are_read_or_refused(message: tuple[str, Any]) -> None:
    read(write(message[1]), message[0])


@_target(
    80,
    samples,
    st.dictionaries(st.sampled_from(["id", "time", "source", "revision", "sig", "x"]), hostile, max_size=3),
)
def damaged_headers_are_read_or_refused(event: dict[str, Any], damage: dict[str, Any]) -> None:
    attributes = {name: value for name, value in event.items() if name != "data"} | damage
    headers = {f"cloudEvents:{name}": value for name, value in attributes.items()}
    read(write(event["data"]), event["type"], {CONTENT_TYPE: "application/json", **headers})


@st.composite
def _batches(draw: st.DrawFn) -> list[tuple[str, bytes]]:
    batch = []
    for event in draw(st.lists(samples, min_size=1, max_size=5)):
        data = draw(st.just(event["data"]) | damaged_json(event["data"]))
        revision = draw(st.sampled_from([1, 2]))
        number = draw(st.integers(0, 3))
        batch.append((event["type"], write(event | {"id": str(number), "revision": revision, "data": data})))
    return batch


@cache
def _archive() -> Engine:
    folder = TemporaryDirectory()
    engine = connect(f"sqlite:///{folder.name}/archive.sqlite")
    migrate.upgrade(engine)
    engine.folder = folder  # type: ignore[attr-defined] # goes when the engine goes
    return engine


@_target(50, _batches())
def damaged_batches_are_kept(batch: Sequence[tuple[str, bytes]]) -> None:
    """Whatever the reader lets through, and whatever it parks, the archive can take."""
    arrivals = [read(body, message_type) for message_type, body in batch]
    with in_time(), undone(_archive()) as connection:
        changes = archive.take_in_within(connection, arrivals, builders.rules())
    assert changes.received == len(batch)


@cache
def _facts() -> list[Fact]:
    found = [read(write(event), event["type"]).statement for event in _EVENTS]
    return [statement for statement in found if isinstance(statement, Fact)]


def _apply(rules: Law) -> None:
    """Use a law that was accepted: the rules may not stumble over it later."""
    for fact in _facts():
        ruling = rules.severity(fact, builders.TODAY)
        rules.window(fact, ruling.severity, builders.TODAY)
    for name in Deadlines.model_fields:
        rules.due(name, builders.TODAY)  # type: ignore[arg-type]


def _refuses_well(load: Callable[[Path], object], name: str, text: str) -> None:
    """Load a folder in which one file is damaged: it works, or each mistake is named with file and line."""
    with TemporaryDirectory() as folder:
        shutil.copytree(_POLICIES, folder, dirs_exist_ok=True)
        path = Path(folder, name)
        path.write_text(text, encoding="utf-8")
        try:
            with in_time():
                load(Path(folder))
        except ConfigurationError as error:
            for line in str(error).splitlines():
                assert line.startswith(str(path)), line
                assert _REFUSAL.fullmatch(line), line


def _load_law(folder: Path) -> None:
    _apply(loading.load(folder, builders.connectors().models()))


def _load_routes(folder: Path) -> None:
    models = builders.connectors().models()
    loaded = routes.load(folder / "routing.yaml", builders.national_law(), builders.TODAY, models)
    for fact in _facts():
        loaded.grounds_for(fact, "P1")


_ROUTING = (builders.ROOT / "routing.yaml").read_text(encoding="utf-8")


@_target(4, damaged_text(_ROUTING))
def damaged_routing_is_used_or_refused(text: str) -> None:
    _refuses_well(_load_routes, "routing.yaml", text)


_LAWS = {
    name: (_POLICIES / name).read_text(encoding="utf-8")
    for name in (
        "severity.yaml",
        "publicity.yaml",
        "measures.yaml",
        "deadlines.yaml",
        "plausibility.yaml",
        "reports.yaml",
    )
}


@_target(10, st.sampled_from(sorted(_LAWS)).flatmap(lambda name: st.tuples(st.just(name), damaged_text(_LAWS[name]))))
def damaged_law_is_used_or_refused(file: tuple[str, str]) -> None:
    _refuses_well(_load_law, *file)


_CALENDAR = """\
years:
  - year: 2027
    source: 国务院办公厅通知
    published: 2026-11-05
    holidays:
      - {name: 元旦, first: 2027-01-01, last: 2027-01-03}
    working: [2027-01-09]
"""


@_target(20, damaged_text(_CALENDAR))
def damaged_calendar_is_used_or_refused(text: str) -> None:
    _refuses_well(_load_law, "calendar.yaml", text)


@_target(40, damaged_files())
def damaged_files_are_read_or_refused(file: tuple[str, bytes]) -> None:
    """Rows of texts, or the reason of the file; a value is refused or said, never both."""
    with in_time():
        rows = read_damaged(*file)
    for row in rows:
        assert all(isinstance(text, str) and text for text in row.values.values())
        assert not {note.code for note in row.refusals} & {note.code for note in row.notes}
        assert not {note.code for note in row.refusals} & row.values.keys()
