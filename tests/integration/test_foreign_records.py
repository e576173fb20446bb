"""As every sender, every act on every other organ's record: whatever the type, nothing but what is parked changes.

The routing lets every organ send by every queue, so that only what a message says stands between it and the record.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Literal, get_args, get_origin

import pytest
from ruamel.yaml import YAML
from sqlalchemy import select

from credit.batch.arrival import Arrival
from credit.record.merging import Outcome
from credit.store import archive, tables
from credit.store.digest import digest
from credit.store.engine import reading
from schemas.reasons import Reason
from schemas.statement import Act, Fact, FeedResult, Receipt, Statement
from schemas.states import NoticeState
from tests.builders import HEALTH, OFFICE, POLICE, ROOT, message, rows
from tests.integration.test_examples import SAMPLES
from workers import postings, settings
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime

pytestmark = pytest.mark.long

NOW = datetime(2026, 8, 3, 4, 0, tzinfo=UTC)
BY_OFFICE = {"credit.office.objection.v1", "credit.office.repair.v1"}
"""What the credit office does to the records of others, by routing.yaml."""
REFUSED = {
    Reason.ORGAN_FOREIGN,
    Reason.RECORD_FOREIGN,
    Reason.SENDER_UNKNOWN,
    Reason.SOURCE_WRONG,
    Reason.RECEIPT_AGENCY,
    Reason.FEED_ROW_UNKNOWN,
}
BESIDE = {tables.message, tables.batch, tables.parked, tables.waiting}
"""Where a parked message is kept and counted."""

Event = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """A message type with its sample and what the sample says."""

    type: str
    event: Event
    statement: Statement


class Town:
    """A Xinglin with every sample on file, notices in force and rows at two feeds; all of them are victims."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._number = count()
        routes = runtime.reader.routes
        self.agencies = {name: agency.organ_code for name, agency in routes.partners.items()}
        self.feeds = {"credit-china": OFFICE.code, "province": POLICE.code}
        self.senders = sorted({*self.agencies.values(), *self.feeds.values()})
        self.types = [self._say(name) for name in runtime.reader.registry.entries]
        self.take(
            *(posting for path in SAMPLES for posting in postings.read_file(path)),
            message("security.offence", "criminal", document_no="2号", sanction="criminal"),
            message("insurance.fraud", "serious", document_no="3号", severity="serious"),
        )
        self.targets = rows(
            runtime,
            "SELECT family, organ_code, document_no FROM record UNION SELECT family, organ_code, document_no FROM act",
        )
        self.notices = rows(runtime, "SELECT notice_no, agency FROM notice")
        self.issued = rows(runtime, "SELECT notice_no, agency FROM notice WHERE issued_at IS NOT NULL")
        self.feed_rows = rows(runtime, "SELECT row_id, feed FROM feed_row")

    def _say(self, name: str) -> Said:
        _, family, kind, _ = name.split(".")
        event = json.loads((ROOT / "connectors" / family / "samples" / f"{kind}.json").read_text("utf-8"))
        statement = self.read(self.post(event)).statement
        assert statement is not None, name
        return Said(name, event, statement)

    def post(self, event: Event, **data: Any) -> Posting:
        """The event as a message of its own, that would take the place of any before."""
        new = event | {"id": f"new-{next(self._number)}", "revision": 9, "data": event["data"] | data}
        return Posting(json.dumps(new, ensure_ascii=False).encode(), new["type"])

    def read(self, posting: Posting) -> Arrival:
        reader = self.runtime.reader
        queue = reader.routes.gate.queue_for(str(posting.type))
        assert queue is not None, posting.type
        return reader.read(queue, posting.body, {}, self.runtime.rules().at.today)

    def take(self, *posted: Posting) -> dict[str, tuple[str, str]]:
        """Take messages in; returns what those were parked for that were, with the event, by key."""
        arrivals = [self.read(posting) for posting in posted]
        work = archive.take_in(self.runtime.engine, arrivals, self.runtime.rules())
        reasons = {row.message_key: row.reason for row in work.parked}
        texts = {arrival.key: arrival.raw.decode() for arrival in arrivals}
        assert len(work.messages.changed) == len(posted)
        return {
            key: (reasons.get(key, row.outcome), texts.get(key, ""))
            for key, row in work.messages.changed.items()
            if row.outcome == Outcome.PARKED.value
        }

    def holds(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of the archive but what parking writes, and the digest."""
        with reading(self.runtime.engine) as connection:
            held: dict[str, list[tuple[Any, ...]]] = {
                table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
                for table in tables.metadata.sorted_tables
                if table not in BESIDE
            }
            held["digest"] = [(digest(connection, self.runtime.keyring),)]
        return held

    def attempts(self, said: Said) -> Iterator[Posting]:
        """All that senders may try by a type on what is not theirs."""
        for sender in self.senders:
            event = said.event | {"sender": sender}
            match said.statement:
                case Fact(organ=organ):
                    if organ.code != sender:
                        yield self.post(event)
                case Act():
                    yield from self._acts(event)
                case Receipt():
                    yield from self._receipts(event)
                case FeedResult():
                    yield from self._results(event)

    def _acts(self, event: Event) -> Iterator[Posting]:
        sender = event["sender"]
        for family, owner, number in self.targets:
            if owner == sender:
                continue
            target = {"family": family, "organ_code": owner, "document_no": number}
            for change in self.words(event):
                of_office = sender == OFFICE.code and event["type"] in BY_OFFICE
                if not of_office or family.rpartition(".")[2] in {"withdrawal", "objection", "repair", "told"}:
                    yield self.post(event, target=target, organ={"name": "示例", "code": sender}, **change)
                yield self.post(event, target=target, organ={"name": "示例", "code": owner}, **change)

    def words(self, event: Event) -> Iterator[dict[str, str]]:
        """Each word that an item of the type may have: filed, upheld, granted."""
        _, message_type = self.runtime.reader.registry.find(event["type"])
        for name, field in message_type.model.model_fields.items():
            if get_origin(field.annotation) is Literal:
                yield from ({name: word} for word in get_args(field.annotation))

    def _receipts(self, event: Event) -> Iterator[Posting]:
        mine = [name for name, code in self.agencies.items() if code == event["sender"]]
        for number, agency in self.notices:
            if agency in mine:
                continue
            for by, named in [(agency, agency), *((own, name) for own in mine for name in (own, agency))]:
                for state in (each for each in NoticeState if each.reply is not None):
                    said = {"notice_no": number, "agency": named, "state": state.value, "at": NOW.isoformat()}
                    yield self.post(event | {"source": f"/partner/{by}"}, measures=[], **said)

    def _results(self, event: Event) -> Iterator[Posting]:
        for row, feed in self.feed_rows:
            if self.feeds[feed] == event["sender"]:
                continue
            for by in self.feeds:
                for named in self.feeds:
                    source = {"source": f"/feed/{by}", "time": NOW.isoformat()}
                    yield self.post(event | source, row_id=row, feed=named, code="2003")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    routing = YAML(typ="safe").load(ROOT / "routing.yaml")
    everybody = sorted({agency["organ_code"] for agency in routing["partners"].values()})
    for route in routing["routes"].values():
        if "senders" in route:
            route["senders"] = everybody
    routing["feeds"]["province"] = routing["feeds"]["credit-china"] | {"name": "省平台", "senders": [POLICE.code]}
    (folder / "routing.yaml").write_text(json.dumps(routing, ensure_ascii=False), encoding="utf-8")
    place = replace(settings.read({}, home=folder / "home"), routing=folder / "routing.yaml")
    with open_runtime(place, lambda: NOW) as runtime:
        yield Town(runtime)


def test_nothing_that_others_say_of_a_record_takes_effect(town: Town) -> None:
    before = town.holds()
    for said in town.types:
        tried = list(town.attempts(said))
        parked = town.take(*tried)
        assert len(tried) >= len(town.senders) - 1, said.type
        wrong = [text for reason, text in parked.values() if reason not in REFUSED]
        assert (said.type, len(parked), wrong[:1]) == (said.type, len(tried), [])
    assert town.holds() == before


def test_the_same_said_by_whoever_may_say_it_takes_effect(town: Town) -> None:
    assert {owner for _, owner, _ in town.targets} > {HEALTH.code, POLICE.code, OFFICE.code}
    assert {feed for _, feed in town.feed_rows} == set(town.feeds)
    for said in town.types:
        before = town.holds()
        match said.statement:
            case Fact() | Act():
                right = town.post(said.event)
            case Receipt():
                number, agency = town.issued[0]
                by = {"source": f"/partner/{agency}", "sender": town.agencies[agency]}
                answer = {"notice_no": number, "agency": agency, "state": "received", "at": NOW.isoformat()}
                right = town.post(said.event | by, measures=[], **answer)
            case FeedResult():
                row, feed = town.feed_rows[0]
                by = {"source": f"/feed/{feed}", "sender": town.feeds[feed], "time": NOW.isoformat()}
                right = town.post(said.event | by, row_id=row, feed=feed)
        assert town.take(right) == {}, said.type
        assert town.holds() != before, said.type
