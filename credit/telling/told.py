"""What the agencies are to be told of a deed as it stands: by one record, or by several that state the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any, NamedTuple

import orjson

from credit.record.ids import record_id
from credit.record.rows import SubjectRow
from credit.record.standing import Standing
from credit.routing.grounds import Ask, GroundMatch
from schemas.outgoing import NoticeRecord
from schemas.record import Cause, State
from schemas.statement import Fact


class Told(NamedTuple):
    """What one agency is told of a deed, on one ground.

    `content` is the notice as `schemas.outgoing.NoticeIssued` has it, without its number, the day to reply by, and
    the party's own number, which the subject stands for; its measures are those that have not ended. `digest` is the
    hash of all that, of the ended measures too, and of the subject. `digests` are those of the notices that need not be
    issued anew: each asks for no less, on the word of some of the records; `former` are those of them that were issued
    for one record, before agencies were told of a deed once. `ended` are the measures that are over, with
    the cause; `next_end` is the last day of the first of the others to end by itself. It is `ready` to be sent unless
    the party has to be told first and was not. What is of the agency's `own` decision is not begun; a notice of former
    times that says so goes on to its end. A new notice is of `record_id`, a record
    of the organ `organ_code`; `fallen` are the records that were withdrawn.
    """

    ground: str
    agency: str
    content: Mapping[str, Any]
    digest: bytes
    digests: frozenset[bytes]
    former: frozenset[bytes]
    ended: Mapping[str, Cause]
    next_end: date | None
    ready: bool
    own: bool
    record_id: str
    organ_code: str
    fallen: Mapping[str, Cause]

    @property
    def over(self) -> bool:
        """Whether no measure is left."""
        return not self.content["measures"]


class Case(NamedTuple):
    """A record that calls for notices: what it says, where it stands, and from when on its party counts as heard."""

    fact: Fact
    standing: Standing
    matches: Sequence[GroundMatch]
    heard_on: date | None


def tell(subject: SubjectRow, cases: Sequence[Case], today: date) -> list[Told]:
    """Return what agencies are told of a deed, each once, however many records state it; the first speaks for all.

    The deed stands while one of its records does. Each agency is asked for what any of those asks for. A repair of one
    repairs the deed, and of several last days of a measure the earliest counts: nobody is restricted for longer than is
    surely said. What the notice says of party and record is checked against the contract once a record.
    """
    places: dict[tuple[str, str], list[_Saying]] = {}
    for case in cases:
        said = _say(subject, case.fact) if case.matches else None
        for match in case.matches:
            assert said is not None
            places.setdefault((match.ground, match.agency), []).append(_Saying(case, match, said))
    return [_tell(subject, sayings, today) for sayings in places.values()]


class _Said(NamedTuple):
    """What a notice says of a record: its id and its organ, the party and the record as they leave."""

    record_id: str
    organ_code: str
    party: Mapping[str, Any]
    record: Mapping[str, Any]


class _Saying(NamedTuple):
    """What one record has an agency asked for."""

    case: Case
    match: GroundMatch
    said: _Said


def _say(subject: SubjectRow, fact: Fact) -> _Said:
    # Not checked a second time: what stands in the archive was taken once, by whatever rules held then.
    party = {"kind": subject.kind, "name": fact.party.name, "id_type": subject.id_type}
    record = NoticeRecord(
        family=fact.key.family,
        organ=fact.organ.name,
        document_no=fact.key.document_no,
        occurred_on=fact.occurred_on,
    )
    said = {item: text for item, text in party.items() if text is not None}
    return _Said(record_id(fact.key), fact.key.organ_code, said, record.model_dump())


_RUN_ON = {State.REPAIRED, State.EXPIRED}
"""Where a record that no longer counts stands while measures may still hold by their own terms."""


def _may_go(case: Case, match: GroundMatch, today: date) -> bool:
    return not match.told_first or (case.heard_on is not None and case.heard_on <= today)


def _find_fallen(sayings: Iterable[_Saying]) -> dict[str, Cause]:
    return {
        said.record_id: case.standing.cause or Cause.WITHDRAWN
        for case, _, said in sayings
        if not case.standing.state.counts and case.standing.state not in _RUN_ON
    }


def _tell(subject: SubjectRow, sayings: Sequence[_Saying], today: date) -> Told:
    fallen = _find_fallen(sayings)
    standing = [each for each in sayings if each.said.record_id not in fallen] or sayings
    decided = _decide(subject, standing)
    ended = _find_ended(decided, sayings, fallen, today)
    measures = [measure for code, measure in decided.measures.items() if code not in ended]
    equals = _find_equals(subject, sayings, decided)
    digests = frozenset(each.digest for each in equals)
    former = frozenset(each.former for each in equals if each.former is not None)
    return Told(
        decided.content["ground"],
        decided.content["agency"],
        {**decided.content, "measures": measures},
        decided.digest,
        digests | former,
        former,
        ended,
        min((until for code, until in decided.untils.items() if until is not None and code not in ended), default=None),
        ready=any(_may_go(case, match, today) for case, match, _ in sayings),
        own=all(match.own for _, match, _ in standing),
        record_id=standing[0].said.record_id,
        organ_code=standing[0].said.organ_code,
        fallen=fallen,
    )


class _Decided(NamedTuple):
    """What some records ask of an agency, whether it has ended or not: by measure the order and its last day.

    `former` is the digest that a notice on a shared ground had before agencies were told of a deed once.
    """

    content: Mapping[str, Any]
    asks: Mapping[str, Ask]
    untils: Mapping[str, date | None]
    measures: Mapping[str, Mapping[str, str]]
    digest: bytes
    former: bytes | None


def _decide(subject: SubjectRow, sayings: Sequence[_Saying]) -> _Decided:
    first = sayings[0]
    asks: dict[str, Ask] = {}
    untils: dict[str, date | None] = {}
    for case, match, _ in sayings:
        for ask in match.measures:
            asks.setdefault(ask.order.code, ask)
            until = ask.last_day(case.fact, case.standing.window.until)
            known = untils.get(ask.order.code)
            untils[ask.order.code] = until if known is None or (until is not None and until < known) else known
    asks = dict(sorted(asks.items()))
    ends = [until for until in untils.values() if until is not None]
    until = max(ends) if len(ends) == len(untils) else None
    content = {
        "party": first.said.party,
        "records": [each.said.record for each in sayings],
        "from": first.case.fact.occurred_on,
        **({"until": until} if until is not None else {}),
        "ground": first.match.ground,
        "agency": first.match.agency,
    }
    measures = {code: _measure(ask, untils[code], until) for code, ask in asks.items()}
    decided = {**content, "measures": list(measures.values()), "subject": subject.subject_id}
    digest, former = hashlib.sha256(orjson.dumps(decided, option=orjson.OPT_SORT_KEYS)).digest(), None
    if first.match.shared:
        digest, former = digest + _OF_DEED, digest if len(sayings) == 1 else None
    return _Decided(content, asks, untils, measures, digest, former)


_OF_DEED = b"deed"
"""What follows the digest of a notice on a shared ground: it is of the deed, not of one record as in former times."""


def is_of_deed(digest: bytes) -> bool:
    """Tell by the digest of a notice whether any record of the deed could be the one that it was issued by."""
    return digest.endswith(_OF_DEED) and len(digest) > hashlib.sha256().digest_size


def _measure(ask: Ask, until: date | None, last: date | None) -> dict[str, str]:
    """Return a measure as `schemas.outgoing.NoticeMeasure`: what is so of most measures is not said."""
    measure = {"code": ask.order.code, "name": ask.name, "basis": ask.order.basis}
    if until is not None and until != last:
        measure["until"] = until.isoformat()
    if ask.order.lifted_by != "repair":
        measure["lifted_by"] = ask.order.lifted_by
    return measure


def _find_ended(
    decided: _Decided, sayings: Iterable[_Saying], fallen: Mapping[str, Cause], today: date
) -> dict[str, Cause]:
    """Return the measures that are over, with the cause; those that only a fallen record asked for are over too."""
    ended: dict[str, Cause] = {}
    standing = False
    repaired = False
    for case, match, said in sayings:
        if said.record_id in fallen:
            for ask in match.measures:
                ended.setdefault(ask.order.code, fallen[said.record_id])
        else:
            standing, repaired = True, repaired or case.standing.state is State.REPAIRED
    if not standing:
        return ended
    ended = {code: cause for code, cause in ended.items() if code not in decided.asks}
    for code, ask in decided.asks.items():
        until = decided.untils[code]
        if repaired and ask.order.lifted_by == "repair":
            ended[code] = Cause.REPAIRED
        elif until is not None and until < today:
            ended[code] = Cause.EXPIRED
    return ended


def _find_equals(subject: SubjectRow, sayings: Sequence[_Saying], decided: _Decided) -> list[_Decided]:
    """Return every way to ask for what is decided, or more, on the word of some of the records."""
    if len(sayings) == 1:
        return [decided]
    every = (_decide(subject, some) for size in range(len(sayings)) for some in combinations(sayings, size + 1))
    return [other for other in every if all(_same_order(other, decided, code) for code in decided.asks)]


def _same_order(one: _Decided, other: _Decided, code: str) -> bool:
    """Tell whether two ask for the same measure by the same law, and where it has a term of its own to the same day."""
    ask, wanted = one.asks.get(code), other.asks[code]
    if ask is None or (ask.order.basis, ask.order.lifted_by) != (wanted.order.basis, wanted.order.lifted_by):
        return False
    return wanted.order.term is None or one.untils[code] == other.untils[code]
