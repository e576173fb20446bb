"""What the consumers of a regime are told of official results, as messages for the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from credit.grading.consumers import find_consumers
from credit.grading.regime import Regime
from credit.grading.result import Reason
from credit.grading.rows import OfficialRow
from credit.record.rows import DispatchRow, SubjectRow
from credit.rules import Rules
from credit.telling.messages import compose
from schemas.outgoing import NOT_ASSESSED
from schemas.states import Decided


class Shown(NamedTuple):
    """A party as consumers may see it: `number` is a unified code, or a person's number masked."""

    party: SubjectRow
    number: str


class Told(NamedTuple):
    """An official result to be published: its reasons, whom it is about, and the consumers that it is for."""

    row: OfficialRow
    reasons: tuple[Reason, ...]
    shown: Shown
    consumers: tuple[str, ...]


def addressees(row: OfficialRow, regime: Regime) -> tuple[str, ...]:
    """Return whom a result is for.

    Who was told of the subject before is told again, also of a grade that by itself would not be for them.
    """
    grades = [grade for grade in (row.grade, row.previous) if grade is not None]
    return find_consumers(regime, row.decided_on, row.scale, grades)


def is_news(row: OfficialRow) -> bool:
    """Tell whether consumers have to hear of a result: the first, another grade than the last, or one decided anew."""
    if row.version == 1 and row.cause == Decided.CLOSE:
        return row.grade is not None and row.grade != row.previous
    return row.grade is not None or row.previous is not None


def publish(told: Told, regime: Regime, rules: Rules) -> DispatchRow:
    """Compose the publication of a result: `schemas.outgoing.AssessmentPublished`."""
    row = told.row
    scale = regime.scale(row.scale, row.year)
    follows = scale.follows.get(row.grade) if scale is not None and row.grade is not None else None
    message: dict[str, Any] = {
        "party": show_party(told.shown),
        "regime": row.regime,
        "scale": row.scale,
        "year": row.year,
        "grade": row.grade or NOT_ASSESSED,
        "grade_name": scale.grades.get(row.grade) if scale is not None and row.grade is not None else None,
        "previous_grade": row.previous,
        "score": row.number,
        "reasons": [*show_reasons(told.reasons)],
        "supervision": follows.supervision if follows is not None else "",
        "version": row.version,
        "cause": row.cause,
        "corrected": row.cause == Decided.CORRECTION,
        "decided_on": row.decided_on,
        "consumers": told.consumers,
    }
    stream = f"assessment:{row.regime}:{row.scale}:{row.subject_id}"
    return compose(
        {name: value for name, value in message.items() if value is not None},
        rules,
        message_type="credit.assessment.published.v1",
        message_id=f"{stream}:{row.year}:{row.version}",
        routing_key=f"assessment.{row.regime}",
        stream=stream,
    )


def show_party(shown: Shown) -> dict[str, Any]:
    """Return a party as a message names it."""
    party = shown.party
    if party.kind != "person":
        return {"kind": party.kind, "name": party.name, "uscc": shown.number}
    return {"kind": party.kind, "name": party.name, "id_type": party.id_type, "id_no": shown.number}


def show_reasons(reasons: Iterable[Reason]) -> Iterator[dict[str, Any]]:
    """Return reasons as a message gives them: one that rests on several records once for each."""
    for reason in reasons:
        said = {"rule": reason.rule, "effect": reason.effect, "clause": reason.clause}
        if not reason.records:
            yield said
        for cited in reason.records:
            record = {"family": cited.family, "organ_code": cited.organ_code, "document_no": cited.document_no}
            yield {**said, "record": record}
