"""What the consumers of a regime are told of its lists: who came on one, went to another tier of it, or left it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from credit.grading.consumers import find_readers
from credit.grading.regime import Regime
from credit.grading.result import load
from credit.grading.rows import EntryRow
from credit.record.rows import DispatchRow
from credit.rules import Rules
from credit.telling.assessments import Shown, show_party, show_reasons
from credit.telling.messages import compose
from schemas.regime.lists import SubjectList
from schemas.states import EntryState, ListingChange


class Change(NamedTuple):
    """That a subject's place on a list is another than before: the entries that hold it there, and those that did.

    `year` is 0 where there is not one list for each year.
    """

    regime: str
    list_id: str
    year: int
    subject_id: str
    before: tuple[EntryRow, ...]
    after: tuple[EntryRow, ...]

    @property
    def kind(self) -> ListingChange:
        """What it amounts to."""
        if not self.before:
            return ListingChange.ENTERED
        return ListingChange.MOVED if self.after else ListingChange.LEFT


def compare(before: Iterable[EntryRow], after: Iterable[EntryRow]) -> Iterator[Change]:
    """Return the changes of the lists that subjects are on; who is only prepared, or left already, is on none."""
    was, now = _listed(before), _listed(after)
    for place in sorted(was.keys() | now.keys()):
        rows, later = was.get(place, ()), now.get(place, ())
        if not rows or not later or {row.tier for row in rows} != {row.tier for row in later}:
            yield Change(*place, rows, later)


def _listed(entries: Iterable[EntryRow]) -> dict[tuple[str, str, int, str], tuple[EntryRow, ...]]:
    found: dict[tuple[str, str, int, str], tuple[EntryRow, ...]] = {}
    for row in entries:
        if row.state == EntryState.LISTED:
            place = row.regime, row.list_id, row.year, row.subject_id
            found[place] = (*found.get(place, ()), row)
    return found


def announce(change: Change, shown: Shown, regime: Regime, rules: Rules) -> DispatchRow | None:
    """Compose `schemas.outgoing.ListingPublished`; None where it is for nobody."""
    consumers = find_readers(regime, rules.at.today, change.list_id)
    if not consumers:
        return None
    message: dict[str, Any] = {
        "party": show_party(shown),
        "regime": change.regime,
        "list": change.list_id,
        "list_kind": (change.after or change.before)[0].kind,
        "year": change.year or None,
        "change": change.kind,
        "at": rules.at.now,
        "consumers": consumers,
    } | _say(change, _find_list(regime, change.list_id), rules.at.today)
    stream = f"listing:{change.regime}:{change.list_id}:{change.year}:{change.subject_id}"
    return compose(
        {name: value for name, value in message.items() if value is not None},
        rules,
        message_type="credit.assessment.listed.v1",
        message_id=f"{stream}:{change.kind}:{rules.at.now.isoformat()}",
        routing_key=f"assessment.{change.regime}",
        stream=stream,
    )


def _say(change: Change, listed: SubjectList | None, today: date) -> dict[str, Any]:
    """Return what depends on where the subject is now: its tier and days and why, or that it left."""
    name = {"list_name": listed.name if listed is not None else change.list_id}
    if not change.after:
        return name | {"left_on": today, "reasons": ()}
    # Of several rules that hold somebody on a list the strictest tier counts, and the first day.
    tiers = listed.tiers if listed is not None else ()
    tier = next((each for each in tiers if any(row.tier == each.id for row in change.after)), None)
    untils = [row.until for row in change.after]
    reasons = [reason for row in change.after for reason in load(row.reasons)]
    return name | {
        "tier": tier.id if tier is not None else None,
        "tier_name": tier.name if tier is not None else None,
        "since": min(row.since for row in change.after),
        "until": None if None in untils else max(until for until in untils if until is not None),
        "reasons": [*show_reasons(reasons)],
    }


def _find_list(regime: Regime, list_id: str) -> SubjectList | None:
    """Return a list as its last edition has it; None: it is in no edition any more."""
    editions = reversed(regime.lists.editions) if regime.lists is not None else ()
    return next((each for edition in editions for each in edition.lists if each.id == list_id), None)
