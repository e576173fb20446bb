"""Facts, acts, answers and their arrivals in few words, so that tests read like stories."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import text

from connectors.registry import Registry
from connectors.registry import load as load_registry
from credit.batch.arrival import Arrival, Failure, message_key
from credit.batch.plan import plan
from credit.batch.recognise import recognise
from credit.batch.work import Shelf, Work
from credit.grading import loading as grading
from credit.grading.regime import Regime
from credit.law import loading
from credit.law.law import Law
from credit.record import ids, places
from credit.record.rows import Decision
from credit.routing import routes as routing
from credit.routing.routes import Routes
from credit.rules import Moment, Rules
from credit.store.engine import reading
from credit.vault import Algorithm, DataKey, Keyring
from schemas.envelope import Event
from schemas.party import Organ, Party, RecordKey, record_key
from schemas.reasons import Reason
from schemas.routing import Followed
from schemas.statement import Act, ActKind, Category, Fact, FeedResult, Receipt, Statement
from schemas.states import NoticeState
from workers import broker as brokers
from workers import drain
from workers.broker import Broker, Topology
from workers.decisions.parking import Desk, Mending, Verdict
from workers.intake import BatchLimits
from workers.postings import Posting
from workers.retry import briefly
from workers.runtime import Runtime

ROOT = Path(__file__).parents[1]

HEALTH = Organ(name="舞钢市卫生健康委员会", code="11410481983690064T")
POLICE = Organ(name="舞钢市公安局", code="11410481684874525W")
OFFICE = Organ(name="舞钢市社会信用体系建设办公室", code="11410481685969382K")

CLINIC = "91410481MA9K2F7Q0R"
HOSPITAL = "124104814170481228"
WANG = "11010519491231002X"
LI = "41048120000229101X"

TODAY = date(2026, 6, 1)
NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
"""Noon of that day in Asia/Shanghai."""
NINE = datetime(2026, 5, 20, 1, 0, tzinfo=UTC)
"""When messages are sent unless a test says otherwise."""

KEYS = Keyring(bytes(range(32)), {"0000000a": DataKey(Algorithm.AES_256_GCM, bytes(32))}, "0000000a")


@cache
def national_law() -> Law:
    """The small law made up for tests, in place of the national one: editing that one breaks no rule."""
    return loading.load(ROOT / "tests" / "law" / "small", connectors().models())


@cache
def shipped_routes() -> Routes:
    """The routes that ship."""
    return routing.load(ROOT / "routing.yaml", national_law(), TODAY, connectors().models())


@cache
def current_regime() -> Mapping[str, Regime]:
    """A regime made up for tests, that every subject is under."""
    return grading.load_followed(
        ROOT / "tests" / "law" / "regimes", {"current": Followed(from_year=2000)}, connectors().models()
    )


def assessed_by(regimes: Mapping[str, Regime], now: datetime = NOON) -> Rules:
    """The rules as of a moment, with regimes that are followed."""
    return replace(rules(now), regimes=regimes)


@cache
def connectors() -> Registry:
    """The connectors that ship."""
    return load_registry()


def rules(now: datetime = NOON) -> Rules:
    """The law, routes and keys as of a moment."""
    today = (now + timedelta(hours=8)).date()
    return Rules(national_law(), shipped_routes(), KEYS, Moment(now, today))


def on(day: date) -> Rules:
    """The rules at noon of a day."""
    return rules(datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC))


def decided(by: str, why: str, account: str | None = None) -> Decision:
    """What somebody decided at noon."""
    return Decision(by, why, NOON, account)


def clinic(name: str = "舞钢安康诊所", **identifiers: str) -> Party:
    """An organisation; by its USCC unless other identifiers are named."""
    return Party(kind="organisation", name=name, **(identifiers or {"uscc": CLINIC}))


def person(name: str = "王某", number: str = WANG) -> Party:
    """A natural person by the number of the identity card."""
    return Party(kind="person", name=name, id_type="身份证", id_no=number)


def offence(document_no: str = "舞公行罚决字〔2026〕1号", **changes: Any) -> Fact:
    """A person sentenced for an offence against medical order: three agencies are to be told."""
    fact = Fact(
        key=record_key("credit.security.offence", POLICE.code, document_no),
        organ=POLICE,
        party=person(),
        category=Category.OFFENCE,
        occurred_on=date(2026, 5, 18),
        items={"behaviour": "B2", "sanction": "criminal", "hospital": "舞钢市人民医院"},
    )
    return fact._replace(**changes)


NATIONAL = {
    "CF_XDR_MC": "舞钢安康诊所",
    "CF_XDR_LB": "法人及非法人组织",
    "CF_XDR_SHXYM": CLINIC,
    "CF_FRDB": "样本负责人",
    "CF_WFXW": "使用非卫生技术人员",
    "CF_SY": "使用未取得资格的人员从事诊疗活动",
    "CF_YJ": "《医疗机构管理条例》第四十七条",
    "CF_NR_WFFF": "",
    "CF_NR_ZKDX": "",
    "CF_JDRQ": "2026/05/18",
    "CF_YXQ": "2027/05/18",
    "CF_CFJG": HEALTH.name,
    "CF_CFJGDM": HEALTH.code,
    "CF_SJLY": HEALTH.name,
    "CF_SJLYDM": HEALTH.code,
}
"""What every penalty of the national templates says of an organisation, besides what it is for."""
OF_PERSONS = {
    "CF_XDR_MC": "王某",
    "CF_XDR_LB": "自然人",
    "CF_XDR_SHXYM": "",
    "CF_FRDB": "",
    "CF_XDR_ZJLX": "身份证",
    "CF_XDR_ZJHM": "",
}
"""What it says of a natural person instead."""


def penalty(document_no: str = "舞卫医罚〔2026〕1号", **changes: Any) -> Fact:
    """A clinic fined two thousand yuan: of general severity, and a row at Credit China."""
    items = {
        "CF_WSH": document_no,
        **NATIONAL,
        **(OF_PERSONS if changes.get("party", clinic()).kind == "person" else {}),
        "CF_CFLB": "罚款",
        "CF_NR": "罚款人民币二千元",
        "CF_NR_FK": "0.200000",
        "conduct": "other",
        "penalty_kinds": ["罚款"],
    }
    fact = Fact(
        key=record_key("credit.inspection.penalty", HEALTH.code, document_no),
        organ=HEALTH,
        party=clinic(),
        category=Category.PENALTY,
        occurred_on=date(2026, 5, 18),
        items=items | changes.pop("items", {}),
    )
    return fact._replace(**changes)


def revoking(document_no: str = "舞卫医罚〔2026〕1号", **changes: Any) -> Fact:
    """A penalty that revokes the licence of the clinic: four agencies besides the deciding one are to be told."""
    items = {
        "CF_CFLB": "吊销许可证件",
        "penalty_kinds": ["吊销许可证件"],
        "CF_NR": "吊销医疗机构执业许可证",
        "CF_NR_ZKDX": "医疗机构执业许可证",
    }
    return penalty(document_no, items=items | changes.pop("items", {}), **changes)


def revoked(document_no: str = "舞卫医登〔2026〕8号", **changes: Any) -> Fact:
    """The same revocation as an event of the register."""
    fact = Fact(
        key=record_key("credit.licensing.registration", HEALTH.code, document_no),
        organ=HEALTH,
        party=clinic(),
        category=Category.REGISTRATION,
        occurred_on=date(2026, 5, 18),
        items={"event": "revoked", "role": "institution"} | changes.pop("items", {}),
    )
    return fact._replace(**changes)


def honour(party: Party, document_no: str = "舞信荣〔2026〕1号") -> Fact:
    """An honour: nobody is told."""
    key = record_key("credit.office.honour", OFFICE.code, document_no)
    return Fact(key, OFFICE, party, Category.HONOUR, date(2026, 5, 18), {"title": "诚信单位", "level": "city"})


def withdrawal(of: Fact | Act, number: str = "舞撤〔2026〕1号", *, day: date = date(2026, 5, 22)) -> Act:
    """The withdrawal of a record or act."""
    return _act(ActKind.WITHDRAWAL, of.key, number, "revoked", day)


def objection(against: Fact | Act, state: str = "filed", number: str = "舞异〔2026〕1号") -> Act:
    """A step of an objection."""
    return _act(ActKind.OBJECTION, against.key, number, state, date(2026, 5, 22))


def repair(of: Fact | Act, state: str = "granted", number: str = "舞修〔2026〕1号") -> Act:
    """A step of a repair."""
    return _act(ActKind.REPAIR, of.key, number, state, date(2026, 5, 22))


def _act(kind: ActKind, target: RecordKey, number: str, state: str, day: date) -> Act:
    key = record_key(f"credit.office.{kind.value}", OFFICE.code, number)
    return Act(key, OFFICE, kind, target, state, day)


def receipt(notice_no: str, state: str = "executed", *, agency: str = "finance", at: datetime = NOON) -> Receipt:
    """An agency's answer to a notice."""
    return Receipt(notice_no, agency, NoticeState(state), at)


def result(row_id: str, code: str = "0000") -> FeedResult:
    """What Credit China says of a row."""
    return FeedResult("credit-china", row_id, code)


def arrive(statement: Statement, message_id: str = "1", **changes: Any) -> Arrival:
    """A delivery of a statement. `time`, `revision`, `source` and `parked_id` may be changed."""
    family, source, sender = _head(statement)
    source = changes.pop("source", source)
    parked_id = changes.pop("parked_id", None)
    digest = hashlib.sha256(repr(statement).encode()).digest()
    event = Event.model_construct(
        specversion="1.0",
        id=message_id,
        source=source,
        type=f"{family}.v1",
        sender=sender,
        time=changes.pop("time", NINE),
        revision=changes.pop("revision", 1),
        data={},
    )
    assert not changes, changes
    said = f"{message_id}{event.time.isoformat()}{event.revision}".encode()
    return Arrival(
        queue="credit.in.test",
        raw=b"{}",
        headers={},
        key=message_key(source, message_id),
        fingerprint=hashlib.sha256(digest + said).digest(),
        event=event,
        statement=statement,
        digest=digest,
        parked_id=parked_id,
    )


def fail(message_id: str, reason: Reason, source: str = "/inspection") -> Arrival:
    """A delivery that could not be read."""
    mark = hashlib.sha256(f"{message_id}{reason}".encode()).digest()
    failure = Failure(reason, "as the test wants it")
    key = message_key(source, message_id)
    return Arrival("credit.in.test", b"?", {}, key=key, fingerprint=mark, failure=failure)


def _head(statement: Statement) -> tuple[str, str, str]:
    match statement:
        case Fact() | Act():
            family = statement.key.family
            return family, "/" + family.split(".")[1], statement.organ.code
        case Receipt():
            partner = shipped_routes().partners[statement.agency]
            return "credit.partner.receipt", f"/partner/{statement.agency}", partner.organ_code
        case FeedResult():
            return "credit.feed.result", f"/feed/{statement.feed}", OFFICE.code


def message(sample: str, message_id: str, envelope: Mapping[str, Any] | None = None, **data: Any) -> Posting:
    """A message as it comes by the broker: the sample of a type, with another id and other items."""
    family = sample if "." in sample else f"inspection.{sample}"
    folder, _, name = family.partition(".")
    event = json.loads((ROOT / "connectors" / folder / "samples" / f"{name}.json").read_text())
    event |= {"id": message_id} | dict(envelope or {})
    event["data"] |= data
    return Posting(json.dumps(event, ensure_ascii=False).encode(), event["type"])


def record_of(fact: Fact | Act) -> str:
    """The id of a record or act."""
    return ids.record_id(fact.key)


def row_of(fact: Fact) -> str:
    """The id of a record's row at Credit China."""
    return ids.row_id("credit-china", record_of(fact))


def notice_to(agency: str, about: Fact, sequence: int = 1, ground: str = "grave-harm-to-medical-order") -> str:
    """The number of a notice."""
    return f"{ids.notice_stem(record_of(about), ground, agency)}-{sequence}"


def carry_on(before: Work, now: Rules) -> Work:
    """The work of the next batch on an archive without a database: what was put is what it reads."""
    return Work(
        now,
        messages=Shelf(before.messages.items()),
        subjects=Shelf(before.subjects.items()),
        links=before.links,
        claims=before.claims,
        disclaimed=before.disclaimed,
        records=Shelf(before.records.items()),
        acts=Shelf(before.acts.items()),
        acts_on=before.acts_on,
        notices=Shelf(before.notices.items()),
        notices_of=before.notices_of,
        feed_rows=Shelf(before.feed_rows.items()),
    )


class Archive:
    """An archive without a database: the rows are carried from batch to batch."""

    def __init__(self) -> None:
        self.work = Work(rules())

    def take(self, *arrivals: Arrival, at: Rules | None = None) -> Work:
        """Take a batch in; later ones see what it did."""
        now = at or rules()
        self.work = carry_on(self.work, now)
        recognise(arrivals, now)
        plan(arrivals, self.work)
        return self.work

    def outcomes(self) -> dict[str, str]:
        """What became of each message."""
        return {key: row.outcome for key, row in self.work.messages.items()}

    def in_force(self) -> set[str]:
        """The agencies that hold a notice in force."""
        return {row.agency for row in self.work.notices.values() if row.in_force}

    def state_of(self, fact: Fact) -> str:
        """Where a record stands."""
        return self.work.records[record_of(fact)].state


def feed_in(runtime: Runtime, *postings: Posting, batch: int = 500) -> None:
    """Send messages through the broker and work, so many at once, until nothing is left."""
    declare(runtime.broker, runtime.reader.routes.topology)
    drain.send(runtime, postings, lambda _: None)
    drain.work_until_empty(runtime, lambda _: None, BatchLimits(messages=batch))


def desk(runtime: Runtime, why: str = "") -> Desk:
    """Where somebody works off what is parked."""
    decision = Decision("李科长", why, runtime.clock(), "li")
    return Desk(runtime.engine, runtime.reader, runtime.rules, decision)


def mend(runtime: Runtime, number: int, posting: Posting, other_party: str | None = None) -> Verdict:
    """Put a message in the place of a parked one."""
    (verdict,) = desk(runtime, "补正").mend([number], Mending(lambda _: posting.body, other_party))
    return verdict


def rows(runtime: Runtime, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """What a question to the database gives."""
    with reading(runtime.engine) as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def told(changes: Work) -> list[Mapping[str, Any]]:
    """The messages that a batch sends out, opened."""
    return [json.loads(KEYS.unseal(row.body, places.of_dispatch(row.message_id))) for row in changes.dispatches]


def declared(url: str, keyring: Keyring, topology: Topology) -> Broker:
    """Return the broker at a URL with a topology."""
    broker = brokers.connect(url, keyring)
    declare(broker, topology)
    return broker


def declare(broker: Broker, topology: Topology) -> None:
    """Declare a topology; tried again, as a worker does.

    On a busy machine RabbitMQ now and then drops a connection that makes its first queues (541, INTERNAL_ERROR).
    """
    for attempt in briefly():
        with attempt:
            broker.declare(topology)
