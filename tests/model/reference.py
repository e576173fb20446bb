"""What the exchange contract says must hold after any messages on any day: a yardstick of dictionaries.

Written from the contract: revisions merge whatever their order, undoing reaches every place a fact went to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from tests.model.statute import TOLD_FIRST, Effect, day, follow

SHANGHAI = ZoneInfo("Asia/Shanghai")
Event = Mapping[str, Any]
Key = tuple[str, str, str]
"""Family, organ code and document number: the identity of a business record."""
ACTS = {"office.withdrawal", "office.objection", "office.repair", "office.told"}
ANSWERS = {"partner.receipt", "feed.result"}
FALLEN = {"withdrawn", "upheld_objection"}
ENDED = {*FALLEN, "repaired", "expired"}
SHARED = "revoked-licence"
STATING = {"credit.inspection.penalty", "credit.licensing.registration"}
"""Whose records state one deed on that ground: in this town all of them are of one organ, party, licence and day."""


@dataclass
class Notice:
    """What one agency was told once; `cause` of its lifting, `said` the latest answer."""

    content: object
    issued_on: date
    cause: str | None = None
    lifted_on: date = date.min
    confirmed: bool = False
    said: tuple[bool, datetime, str] | None = None


@dataclass
class Row:
    """What a feed was told of a record, over and over: the last of `shown` stands, None is nothing."""

    shown: list[object]
    changed_at: datetime
    said: tuple[datetime, str] | None = None


@dataclass
class Standing:
    """A business record as it shows today."""

    event: Event
    disputed: bool
    state: str
    effect: Effect
    heard: bool
    """Whether its party was told and answered, or will not."""

    @property
    def counts(self) -> bool:
        return self.state in {"in_force", "under_objection"}


@dataclass
class Reference:
    """Everything that was said and told. `numbers` and `row_ids` are the names that the real one gave to things."""

    now: datetime
    deliveries: int = 0
    inbox: dict[tuple[str, str], list[Event]] = field(default_factory=dict)
    stated: dict[Key, list[Event]] = field(default_factory=lambda: defaultdict(list))
    claims: dict[str, str] = field(default_factory=dict)
    waiting: list[Event] = field(default_factory=list)
    parked: list[tuple[str, str]] = field(default_factory=list)
    notices: dict[tuple[Key, str, str], list[Notice]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[Key, Row] = field(default_factory=dict)
    numbers: dict[str, tuple[Key, str, str, int]] = field(default_factory=dict)
    row_ids: dict[str, Key] = field(default_factory=dict)

    def take(self, events: Sequence[Event]) -> None:
        """Take a batch in: what it states first, then the answers in it, then what waited for an identifier."""
        self.deliveries += len(events)
        for event in filter(self._is_statement, events):
            if self._is_new(event):
                self._state(event)
        self.settle()
        for event in events:
            if not self._is_statement(event) and self._is_new(event):
                self._answer(event)
        waited, self.waiting = self.waiting, []
        for event in waited:
            self._state(event)
        self.settle()

    @staticmethod
    def _is_statement(event: Event) -> bool:
        return kind(event) not in ANSWERS

    def _is_new(self, event: Event) -> bool:
        known = self.inbox.setdefault((event["source"], event["id"]), [])
        if event in known:
            return False
        known.append(event)
        if len(known) > 1:
            self._park(event, "message.id_reused")
        return len(known) == 1

    def _park(self, event: Event, reason: str) -> None:
        self.parked.append((event["id"], reason))

    def _state(self, event: Event) -> None:
        """A fact about somebody known only by a licence waits until a message says whose licence that is."""
        for party in event["data"].values():
            if isinstance(party, dict) and {"licence_no", "uscc"} <= party.keys():
                self.claims[party["licence_no"]] = party["uscc"]
        if "target" in event["data"] or self.subject(event)[0]:
            self.stated[key(event)].append(event)
        else:
            self.waiting.append(event)

    def subject(self, event: Event) -> tuple[str | None, str]:
        """Give the identifier of the subject of a fact, None while nobody knows it, and the name in the message."""
        data = event["data"]
        if "party" not in data:
            prefix = "CF" if kind(event) == "inspection.penalty" else "XK"
            return data[f"{prefix}_XDR_SHXYM"], data[f"{prefix}_XDR_MC"]
        party = data["party"]
        number = party.get("uscc") or party.get("id_no") or self.claims.get(party["licence_no"])
        return number, party["name"]

    def heads(self) -> dict[Key, tuple[Event, bool]]:
        """The highest revision shows; of several, the earliest; contradicting ones are disputed."""
        heads = {}
        for record, events in self.stated.items():
            top = [e for e in events if e["revision"] == max(each["revision"] for each in events)]
            first = min(top, key=lambda e: (datetime.fromisoformat(e["time"]), e["id"]))
            heads[record] = first, any(content(e) != content(first) for e in top)
        return heads

    @property
    def today(self) -> date:
        return self.now.astimezone(SHANGHAI).date()

    def records(self) -> dict[Key, Standing]:
        """Every fact, as it stands today."""
        heads = self.heads()
        records = {}
        for record, (event, disputed) in heads.items():
            if kind(event) not in ACTS:
                effect = follow(kind(event), event["data"])
                expired = effect.until is not None and self.today > effect.until
                acts = _acts_on(record, heads)
                if self.today < effect.repairable:
                    acts = [act for act in acts if act != ("office.repair", "granted")]
                heard = any(name == "office.told" for name, _ in acts)
                records[record] = Standing(event, disputed, _judge(acts, expired=expired), effect, heard)
        return records

    def settle(self) -> None:
        """Let notices and rows follow the records: lift and withdraw what no longer holds, tell what does."""
        records = self.records()
        for deed, ground in _deeds(records, self.notices):
            self._follow({record: records[record] for record in deed}, ground)
        for record, standing in records.items():
            effect = standing.effect
            items = {n: v for n, v in content(standing.event).items() if n.startswith(("CF_", "XK_", "BZ"))}
            if effect.until and "CF_WSH" in items:
                items["CF_GSJZQ"] = f"{effect.until:%Y/%m/%d}"
            self._show(record, items if standing.counts and effect.public and items else None)

    def _follow(self, deed: Mapping[Key, Standing], ground: str) -> None:
        """Each agency holds one notice of a deed, by whichever record came first, while one of the records stands."""
        live = {
            record: each for record, each in deed.items() if each.state not in FALLEN and ground in each.effect.notices
        }
        states = {each.state for each in live.values()}
        over = "repaired" if "repaired" in states else "expired" if _expired(live.values(), self.today) else None
        heard = ground not in TOLD_FIRST or any(each.heard for each in deed.values())
        agencies = {agency for each in live.values() for agency in each.effect.notices[ground]}
        held = {agency for record, of, agency in self.notices if record in deed and of == ground}
        sayings = {self._said(some) for size in range(len(deed)) for some in combinations(deed.values(), size + 1)}
        for agency in sorted(agencies | held):
            going = [(r, n) for r in deed for n in self.notices[r, ground, agency] if n.cause is None]
            holds = agency in agencies and over is None and heard
            kept = [(r, n) for r, n in going if holds and n.content in sayings]
            kept = sorted(kept, key=lambda pair: pair[0] not in live)[:1]
            for record, notice in going:
                if (record, notice) not in kept:
                    state, first = deed[record].state, next(iter(deed.values())).state
                    ended = over if live and agency in agencies and over else state if state in ENDED else "withdrawn"
                    notice.cause, notice.lifted_on = ended if live or len(deed) == 1 else first, self.today
            if holds and not kept:
                self.notices[next(iter(live)), ground, agency].append(Notice(self._said(live.values()), self.today))

    def _said(self, records: Iterable[Standing]) -> object:
        """What a notice says on the word of some records: the first names the party, the earliest end is its end."""
        ends = [each.effect.until for each in records if each.effect.until]
        return self.subject(next(iter(records)).event), min(ends, default=None)

    def _show(self, record: Key, items: object) -> None:
        row = self.rows.get(record)
        if items is not None or row is not None:
            row = self.rows.setdefault(record, Row([], self.now))
            if row.shown[-1:] != [items]:
                row.shown.append(items)
                row.changed_at, row.said = self.now, None

    def _answer(self, event: Event) -> None:
        data = event["data"]
        if kind(event) == "partner.receipt":
            self._receive(event, data)
        elif data["row_id"] not in self.row_ids:
            self._park(event, "feed.unknown_row")
        else:
            row = self.rows[self.row_ids[data["row_id"]]]
            time = datetime.fromisoformat(event["time"])
            if time >= row.changed_at:
                row.said = max(row.said or (time, ""), (time, data["code"]))

    def _receive(self, event: Event, data: Mapping[str, Any]) -> None:
        if data["notice_no"] not in self.numbers:
            return self._park(event, "receipt.unknown_notice")
        record, ground, agency, nth = self.numbers[data["notice_no"]]
        notice = self.notices[record, ground, agency][nth]
        at = datetime.fromisoformat(data["at"])
        ended = data["state"] == "lifted"
        since = notice.lifted_on if ended and notice.cause is not None else notice.issued_on
        on = at.astimezone(SHANGHAI).date()
        if data["agency"] != agency:
            self._park(event, "receipt.wrong_agency")
        elif not since <= on <= self.today + timedelta(days=1):
            self._park(event, "receipt.implausible_time")
        elif not ended:
            # A final answer is not opened again, whatever the times say.
            said = data["state"] != "received", at, data["state"]
            notice.said = max(notice.said or said, said)
        elif notice.cause is None:
            self._park(event, "receipt.not_lifted")
        else:
            notice.confirmed = True
        return None


def _deeds(records: Mapping[Key, Standing], known: Iterable[tuple[Key, str, str]]) -> list[tuple[list[Key], str]]:
    """Give the records of each deed and the ground: here a penalty and an event of the register may be one."""
    grounds = {(record, ground) for record, ground, _ in known}
    grounds |= {(record, ground) for record, each in records.items() for ground in each.effect.notices}
    same = [r for r, each in sorted(records.items()) if SHARED in each.effect.notices and r[0] in STATING]
    together = [(same, SHARED)] if len(same) > 1 else []
    return together + [([r], g) for r, g in sorted(grounds) if not (together and r in same and g == SHARED)]


def _expired(standing: Iterable[Standing], today: date) -> bool:
    ends = [each.effect.until for each in standing if each.effect.until]
    return bool(ends) and today > min(ends)


def kind(event: Event) -> str:
    """Give the type without `credit.` and its version: `office.repair`."""
    return str(event["type"]).removeprefix("credit.").removesuffix(".v1")


def key(event: Event) -> Key:
    """Give the identity of the business record that a message states."""
    data = event["data"]
    match kind(event):
        case "inspection.penalty":
            return f"credit.{kind(event)}", data["CF_CFJGDM"], data["CF_WSH"]
        case "licensing.permit":
            return f"credit.{kind(event)}", data["XK_XKJGDM"], data["XK_WSH"]
    return f"credit.{kind(event)}", data["organ"]["code"], data["document_no"]


def content(event: Event) -> dict[str, Any]:
    """Give what a message says: items that the contract does not know are ignored."""
    return {name: value for name, value in event["data"].items() if not name.startswith("extra")}


def _acts_on(
    record: Key, heads: Mapping[Key, tuple[Event, bool]], above: frozenset[Key] = frozenset()
) -> list[tuple[str, str]]:
    """Acts on a record as (kind, state), oldest first, without those undone by others of which the same is true.

    What undoes something above it in the chain does not count: two that undo each other leave the lower.
    """
    chain = above | {record}
    acts = []
    for act, (event, _) in heads.items():
        target = event["data"].get("target")
        if target is None or tuple(target.values()) != record or act in chain:
            continue
        if not any(name == "office.withdrawal" or end == "upheld" for name, end in _acts_on(act, heads, chain)):
            age = day(event["data"]["occurred_on"]), datetime.fromisoformat(event["time"]), event["id"]
            acts.append((age, (kind(event), event["data"].get("state", ""))))
    return [act for _, act in sorted(acts)]


def _judge(acts: Sequence[tuple[str, str]], *, expired: bool) -> str:
    if any(name == "office.withdrawal" for name, _ in acts):
        return "withdrawn"
    if ("office.objection", "upheld") in acts:
        return "upheld_objection"
    if ("office.repair", "granted") in acts:
        return "repaired"
    if expired:
        return "expired"
    objections = [state for name, state in acts if name == "office.objection"]
    return "under_objection" if objections[-1:] == ["filed"] else "in_force"
