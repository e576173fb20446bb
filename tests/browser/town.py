"""The town that the browser looks at: the demonstration, and with it what a walk through every screen asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from sqlalchemy import ColumnElement, select
from structlog.testing import capture_logs

from credit.access.account import Holder
from credit.record import places
from credit.record.rows import ContactRow, Decision
from credit.store import contacts, draws
from credit.store.engine import reading, writing
from credit.store.looks import Actor
from credit.store.tables import file, parked, proposal, record, subject
from schemas.rights import Right
from tests.builders import feed_in
from workers import settings
from workers.console import uploads
from workers.decisions import proposed
from workers.decisions.proposed import Signatory
from workers.demo import run, year
from workers.demo.messy import write_messy
from workers.demo.town import facts, national, people, wording
from workers.demo.town.assessed import year_of_assessment
from workers.demo.town.day import sample_day
from workers.demo.town.desk import HEALTH, Desk, Message, Sent
from workers.demo.town.facts import Head
from workers.demo.town.people import Person
from workers.files import taking
from workers.files.taking import Who
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime

ROOT = Path(__file__).parents[2]
PERSONS, DRAW = "jiexi", "annual"
"""A regime that assesses practitioners too, and its draw; that of the demonstration assesses institutions alone."""
_SEED = "03 11 19 22 27 31"
_SHARED = "舞卫公罚〔2025〕1899号"
_COMPLAINT = "TSABCDEFGH23456723"
LASTING = "来源已另行报送"
_DISCARDED = ((1, "重复报送"), (3, "误报"), (16, LASTING))
"""The parked messages that somebody wants discarded, and why; nobody decides on the last one."""


@contextmanager
def live_through(home: Path, environ: Mapping[str, str] | None = None, more: Sequence[Sent] = ()) -> Iterator[Runtime]:
    """The demonstration's archive: a day of all sources, a year of assessment, and what came in besides."""
    run.make_anew(home)
    with open_runtime(settings.read(environ or {}, home=home)) as runtime:
        today = runtime.rules().at.today

        def begin(_label: str, _total: int) -> Callable[[int], None]:
            return lambda _done: None

        with capture_logs():
            run.take_in_year(runtime, [*year_of_assessment(20250301, today), *more], begin)
            run.live_through(runtime, sample_day(20260301, today), begin)
            run.hand_in(runtime, begin)
            year.assess(runtime, begin)
        yield runtime


@contextmanager
def live_with_persons(folder: Path, today: date) -> Iterator[Runtime]:
    """The same, where practitioners are assessed, listed and drawn too, and there is something of all that waits.

    Proposals wait for a second person, a table was cut short while it was sent, and of a complaint it is known how to
    reach who sent it.
    """
    routing = folder / "routing.yaml"
    routing.write_text(_follow(PERSONS, (ROOT / "routing.yaml").read_text()))
    with live_through(folder / "demo", {"XINGLIN_ROUTING": str(routing)}, _tell(today)) as runtime:
        _punish(runtime, today)
        _draw_persons(runtime)
        _propose(runtime)
        _cut_short(runtime)
        _leave_contact(runtime)
        yield runtime


def _follow(regime: str, routing: str) -> str:
    before, named, after = routing.partition("\nregimes:")
    line, _, rest = after.partition("\n")
    return f"{before}{named}{line}\n  {regime}: {{from_year: 2025}}\n{rest}"


def _tell(today: date) -> list[Sent]:
    """Each practitioner's registration in the year of assessment, one number for penalties of two institutions, and the
    withdrawal of one that never comes.
    """
    desk = Desk(20250302, today, after_number=1800)
    told = [_registered(desk, one).send("practitioner") for one in desk.town.practitioners]
    one, other = (
        national.penalty(desk, each, wording.CASES[each.role][0], desk.day()) for each in desk.town.places[:2]
    )
    shared = replace(other, data=other.data | {"CF_WSH": _SHARED})
    told += [replace(one, data=one.data | {"CF_WSH": _SHARED}).send("penalty"), shared.send("its number again")]
    return [*told, _withdrawn(desk).send("withdrawal of what never comes")]


def _withdrawn(desk: Desk) -> Message:
    target = {"family": "credit.inspection.penalty", "organ_code": HEALTH["code"], "document_no": "舞卫公罚〔1999〕1号"}
    day = desk.day()
    data = {"target": target, "organ": HEALTH, "document_no": desk.number("舞卫撤", day), "reason": "unlawful"}
    return desk.message("credit.office.withdrawal", HEALTH, day, data | {"occurred_on": day.isoformat()})


def _registered(desk: Desk, one: Person) -> Message:
    assert one.workplace is not None
    data = {"event": "registered", "role": "practitioner", "workplace": one.workplace.party()}
    head = Head(HEALTH, "舞卫医登", date(desk.today.year - 1, 2, 3), one.party())
    return facts.common(desk, "credit.licensing.registration", head, data)


def _punish(runtime: Runtime, today: date) -> None:
    """Let institutions be penalised twice today, so that grades fall: in early January nothing else came this year."""
    desk = Desk(20250303, today, after_number=1950)
    twice = [*desk.town.medical] * 2
    told = [national.penalty(desk, each, wording.CASES[each.role][0], today).send("penalty") for each in twice]
    feed_in(runtime, *(Posting(one.body, one.routing_type) for one in told))


def _draw_persons(runtime: Runtime) -> None:
    rules = runtime.rules()
    regime, what = draws.find(rules, PERSONS, DRAW)
    decision = Decision("演示员", "", rules.at.now)
    draws.hold(runtime.engine, rules, what, regime, str(rules.at.today.year), _SEED, decision)


def _propose(runtime: Runtime) -> None:
    by = Signatory(Holder("chen", "陈晨", frozenset({Right.DISCARD})), Actor("chen", "陈晨", "test"))
    for number, why in _DISCARDED:
        proposed.propose(runtime, proposed.discard([number], [""], why), by)


def _cut_short(runtime: Runtime) -> None:
    """A table was written down, and nothing of it sent."""
    home, sender = runtime.settings.home, runtime.reader.routes.authority
    with uploads.workplace(home) as place:
        path = place / "补报行政处罚.xlsx"
        write_messy(path, runtime.rules().at.today - timedelta(days=400))
        uploads.keep(home, runtime.keyring, taking.identify(path, sender), path)
        taking.take(runtime, path, Who(sender, "陈晨", "chen")).close()


def _leave_contact(runtime: Runtime) -> None:
    sealed = runtime.keyring.seal("请写信至湖滨路一号".encode(), places.of_contact(_COMPLAINT))
    with writing(runtime.engine) as connection:
        contacts.keep(connection, [ContactRow(_COMPLAINT, sealed, runtime.clock())])


class Landmarks(NamedTuple):
    """What somebody of the town knows to ask for; on `day` a decision may have been made.

    `honour` is a record that the desk may state anew, `disputed` one whose source contradicts itself, `shared` the
    number of two of them; `table` was cut short; `due` is a day to answer by.
    """

    institution: str
    old: str
    new: str
    complaint: str
    person: str
    honour: str
    disputed: str
    proposals: list[str]
    table: str
    shared: str
    due: str
    year: int
    day: str


def practitioners() -> Sequence[Person]:
    """Those of the town."""
    return people.town().practitioners


def find_landmarks(runtime: Runtime) -> Landmarks:
    """Ask for what there is in the town."""
    today = runtime.rules().at.today

    def subjects(*which: ColumnElement[bool]) -> list[str]:
        with reading(runtime.engine) as connection:
            return list(connection.execute(select(subject.c.subject_id).where(*which).order_by("subject_id")).scalars())

    def one_record(*which: ColumnElement[bool]) -> tuple[str, str]:
        asked = select(record.c.subject_id, record.c.record_id).where(*which).order_by("record_id")
        with reading(runtime.engine) as connection:
            found = connection.execute(asked).first()
        assert found is not None
        return found.subject_id, found.record_id

    small = subjects(subject.c.kind == "individual_business")
    hospitals, persons = subjects(subject.c.kind == "organisation"), subjects(subject.c.kind == "person")
    honoured, honour = one_record(record.c.family == "credit.office.honour", record.c.subject_id.in_(hospitals))
    return Landmarks(
        institution=honoured,
        old=small[-2],
        new=small[-1],
        complaint=_COMPLAINT,
        person=one_record(record.c.subject_id.in_(persons))[0],
        honour=f"/subjects/{honoured}/records/{quote(honour, safe='')}",
        disputed=one_record(record.c.disputed)[1],
        proposals=_read_proposals(runtime),
        table=_read_table(runtime),
        shared=_SHARED,
        due=(today + timedelta(days=30)).isoformat(),
        year=today.year,
        day=(today - timedelta(days=60)).isoformat(),
    )


def _read_proposals(runtime: Runtime) -> list[str]:
    with reading(runtime.engine) as connection:
        asked = select(proposal.c.proposal_id).where(proposal.c.why != LASTING)
        return list(connection.execute(asked.order_by("proposal_id")).scalars())


def _read_table(runtime: Runtime) -> str:
    with reading(runtime.engine) as connection:
        return str(connection.execute(select(file.c.file_id).where(file.c.sent < file.c.rows)).scalar_one())


def find_parked(runtime: Runtime, reason: str) -> list[int]:
    """The messages that are parked for a reason, the first one first."""
    asked = select(parked.c.parked_id).where(parked.c.reason == reason, parked.c.closed_as.is_(None))
    with reading(runtime.engine) as connection:
        return list(connection.execute(asked.order_by("parked_id")).scalars())
