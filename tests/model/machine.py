"""The machine that makes the town and its model live through the same, and compares them after every step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from credit.store import migrate, tables
from credit.store.engine import connect, reading
from credit.store.queries.ledger import read_ledger
from tests.builders import shipped_routes
from tests.model import messages
from tests.model.reference import ANSWERS, Event, Key, Reference, kind
from tests.model.town import Partners, Town

START = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
OFFICE = messages.OFFICE["code"]
batch_sizes = st.sampled_from([1, 2, 3, 5, 100])


class Machine(RuleBasedStateMachine):
    """The town and its model, told the same. `waiting` is the queue; `sent` everything that was ever put there."""

    template: ClassVar[Path]
    """An archive with its tables and nothing in it: see `prepare`."""

    @classmethod
    def prepare(cls, folder: Path) -> None:
        cls.template = folder / "archive.sqlite"
        engine = connect(f"sqlite:///{cls.template}")
        migrate.upgrade(engine)
        engine.dispose()

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.town = Town(self.template, Path(self.folder.name), START)
        self.model = Reference(START)
        self.waiting: list[Event] = []
        self.sent: list[Event] = []

    def teardown(self) -> None:
        self.town.close()
        self.folder.cleanup()

    def _queue(self, message: dict[str, Any], salt: int) -> None:
        # Which of two ids is smaller must not depend on which was sent first.
        self.waiting.append({**message, "id": f"{salt}-{len(self.sent)}"})
        self.sent.append(self.waiting[-1])

    @initialize(said=st.lists(messages.facts, min_size=1, max_size=6), salt=st.integers(0, 9))
    def begin(self, said: list[dict[str, Any]], salt: int) -> None:
        for message in said:
            self._queue(message, salt)

    @rule(message=messages.facts, salt=st.integers(0, 9))
    def state_a_fact(self, message: dict[str, Any], salt: int) -> None:
        self._queue(message, salt)

    @rule(message=messages.acts(), salt=st.integers(0, 9))
    def decide_about_a_record(self, message: dict[str, Any], salt: int) -> None:
        self._queue(message, salt)

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        self.waiting.append(data.draw(st.sampled_from(self.sent)))

    @rule(data=st.data())
    def use_an_id_again(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(self.sent))
        party = known["data"].get("party", {})
        # A second try of what was parked is a correction, and taken: here the first one never is.
        if kind(known) not in ANSWERS and ("uscc" in party or "licence_no" not in party):
            self.waiting.append({**known, "revision": known["revision"] + 1})
            self.sent.append(self.waiting[-1])

    @precondition(lambda self: self.model.numbers)
    @rule(
        data=st.data(),
        state=st.sampled_from(["received", "executed", "declined", "lifted", "lifted"]),
        minute=st.integers(0, 3),
        honest=st.sampled_from([True, True, True, False]),
    )
    def answer_a_notice(self, data: st.DataObject, state: str, minute: int, honest: bool) -> None:  # noqa: FBT001
        number = data.draw(st.sampled_from(sorted(self.model.numbers)))
        agency = self.model.numbers[number][2] if honest else "police"
        source = f"/partner/{agency}", shipped_routes().partners[agency].organ_code
        at = (START + timedelta(minutes=minute)).isoformat()
        said = {"notice_no": number, "agency": agency, "state": state, "at": at}
        self._queue(dict(messages.answer("partner.receipt", source, at, said)), 0)

    @precondition(lambda self: self.model.row_ids)
    @rule(data=st.data(), code=st.sampled_from(["0000", "2003"]), seconds=st.integers(-100, 0), known=st.booleans())
    def answer_a_row(self, data: st.DataObject, code: str, seconds: int, known: bool) -> None:  # noqa: FBT001
        row = data.draw(st.sampled_from(sorted(self.model.row_ids))) if known else "0" * 32
        time = (self.town.now + timedelta(seconds=seconds)).isoformat()
        said = {"feed": "credit-china", "row_id": row, "code": code}
        self._queue(dict(messages.answer("feed.result", ("/feed/credit-china", OFFICE), time, said)), 0)

    @precondition(lambda self: self.waiting)
    @rule(size=batch_sizes)
    def take_a_batch(self, size: int) -> None:
        batch, self.waiting = self.waiting[:size], self.waiting[size:]
        self.town.take(batch)
        self.model.take(batch)

    @precondition(lambda self: self.waiting)
    @rule(size=batch_sizes, statement=st.integers(0, 40))
    def die_while_taking_a_batch(self, size: int, statement: int) -> None:
        """Nothing is acknowledged, so the batch comes again, whether it was committed or not."""
        if self.town.die(self.waiting[:size], statement):
            self.model.take(self.waiting[:size])

    @rule()
    def restart(self) -> None:
        self.town.restart()

    @rule(seconds=st.sampled_from([1, 30, 86_400, 20 * 86_400, 100 * 86_400, 400 * 86_400]))
    def let_time_pass(self, seconds: int) -> None:
        self.model.now = self.town.now = self.town.now + timedelta(seconds=seconds)
        self.town.tick()
        self.model.settle()

    @rule(limit=st.sampled_from([1, 5, 100]), confirmed=st.booleans())
    def send_out(self, limit: int, confirmed: bool) -> None:  # noqa: FBT001
        self.town.send(limit, confirmed=confirmed)

    @invariant()
    def partners_believe_what_is_in_force(self) -> None:
        partners = self.town.expected_partners()
        _learn_names(partners, self.model)
        held = {name: n.cause for name, n in _notices(self.model).items()}
        assert {number: partners.lifted.get(number) for number in partners.notices} == held
        assert set(self.model.numbers.values()) == {
            (*place, nth) for place, told in self.model.notices.items() for nth in range(len(told))
        }
        shown = {self.model.row_ids[known]: _without_blanks(row) for known, row in partners.rows.items()}
        expected = {record: row.shown[-1] for record, row in self.model.rows.items() if row.shown[-1]}
        assert shown == {record: _without_blanks(row) for record, row in expected.items()}  # type: ignore[arg-type]

    @invariant()
    def the_archive_is_as_the_model_says(self) -> None:
        with reading(self.town.engine) as connection:
            records = {_key(row): row for row in connection.execute(select(tables.record))}
            # What was only prepared nobody was told of.
            issued = select(tables.notice).where(tables.notice.c.issued_at.is_not(None))
            notices = {row.notice_no: row for row in connection.execute(issued)}
            rows = {row.row_id: row for row in connection.execute(select(tables.feed_row))}
            parked = select(tables.parked.c.message_key, tables.parked.c.reason).where(
                tables.parked.c.closed_as.is_(None)
            )
            open_parked = sorted(
                (name.partition(" ")[2].partition("#")[0], why) for name, why in connection.execute(parked)
            )
            ledger = read_ledger(connection)
        assert {name: _record(row) for name, row in records.items()} == _records(self.model)
        assert {
            number: (row.lift_cause, row.lift_confirmed_at is not None, row.reply_state)
            for number, row in notices.items()
        } == {number: (n.cause, n.confirmed, n.said and n.said[2]) for number, n in _notices(self.model).items()}
        assert {
            self.model.row_ids[known]: (row.version, row.operation == "withdraw", row.result_code)
            for known, row in rows.items()
        } == {
            record: (len(row.shown), row.shown[-1] is None, row.said and row.said[1])
            for record, row in self.model.rows.items()
        }
        assert open_parked == sorted(
            [*self.model.parked, *((e["id"], "identity.unresolved") for e in self.model.waiting)]
        )
        assert (ledger.received, ledger.balanced) == (self.model.deliveries, True)


def _learn_names(partners: Partners, model: Reference) -> None:
    """Find out which notice of the model, and which record, a number or row id names."""
    organs = {(record[0], record[2]): record for record in model.records()}
    for number, data in partners.notices.items():
        if number not in model.numbers:
            about = data["records"][0]
            place = organs[about["family"], about["document_no"]], data["ground"], data["agency"]
            model.numbers[number] = (*place, sum(known[:3] == place for known in model.numbers.values()))
    for row_id, row in partners.rows.items():
        model.row_ids[row_id] = _record_of_row(row)


def _record_of_row(row: dict[str, Any]) -> Key:
    return messages.FACTS["inspection.penalty" if "CF_WSH" in row else "licensing.permit"]


def _notices(model: Reference) -> dict[str, Any]:
    return {number: model.notices[place[:3]][place[3]] for number, place in model.numbers.items()}


def _without_blanks(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value != ""}


def _key(row: Any) -> Key:
    return row.family, row.organ_code, row.document_no


def _record(row: Any) -> tuple[object, ...]:
    state = row.cause or row.state
    return (
        row.stated_by.partition(" ")[2],
        row.revision,
        row.disputed,
        state,
        row.severity,
        row.public,
        row.public_until,
    )


def _records(model: Reference) -> dict[Key, tuple[object, ...]]:
    return {
        name: (
            standing.event["id"],
            standing.event["revision"],
            standing.disputed,
            standing.state,
            standing.effect.severity,
            standing.effect.public and standing.counts,
            standing.effect.until,
        )
        for name, standing in model.records().items()
    }
