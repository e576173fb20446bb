"""What a person decides about a fall below an official grade: a message of the office, by the ordinary way in."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from credit.batch.recognise import open_number
from credit.grading.falls import REVIEWS
from credit.grading.regime import Regime
from credit.grading.rows import ReviewRow
from credit.identity import MASKED
from credit.record.rows import SubjectRow
from credit.store.engine import reading
from credit.store.queries import official
from credit.store.queries.archive import read_subjects
from credit.store.queries.official import Fall
from credit.store.queries.subjects import find
from schemas.errors import PermanentError
from schemas.states import ReviewState
from workers import drain
from workers.postings import Posting
from workers.runtime import Runtime

_TYPE = f"{REVIEWS}.v1"
_OFFICE = "/office"

DECISIONS: Mapping[str, ReviewState] = {
    each.value: each for each in (ReviewState.CONFIRMED, ReviewState.REJECTED, ReviewState.ADJUSTED)
}
"""What a person can decide about a fall, by its word on the wire."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A decision that was sent: it takes effect when intake and an assessor have dealt with it."""

    message_id: str
    document_no: str
    regime: str
    scale: str
    year: int
    subject_id: str
    from_grade: str
    to_grade: str
    decision: ReviewState
    grade: str


def find_open(runtime: Runtime, key: str, regime: str, scale: str | None) -> Fall:
    """Return the open fall of a subject under a regime.

    Raises:
        SubjectUnknown: nothing is on file under the key, or several subjects are.
        PermanentError: there is none, or falls on several scales are open and none is named.
    """
    with reading(runtime.engine) as connection:
        members = find(connection, key, runtime.keyring).members
        found = official.reviews_of(connection, runtime.view(MASKED), regime, members)
    falls = [each for each in found if each.state is ReviewState.OPEN and scale in {None, each.row.scale}]
    if not falls:
        raise PermanentError(f"no fall of that subject is open under '{regime}'; see xinglin review list")
    if len(falls) > 1:
        scales = ", ".join(sorted({each.row.scale for each in falls}))
        raise PermanentError(f"{len(falls)} falls of that subject are open; name one by --scale: {scales}")
    return falls[0]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is decided about a fall, by whom and why; `grade` is the one decided, where it is another than proposed."""

    decision: ReviewState
    grade: str | None
    reviewer: str
    content: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A decision as a message, and what it comes to when it is sent."""

    raw: bytes
    sent: Sent


def compose(runtime: Runtime, row: ReviewRow, resolution: Resolution, message_id: str) -> Composed:
    """Return the message of a decision about an open fall, of this moment.

    Raises:
        PermanentError: the grade is none of the scale, is given or lacking where it should not be, or intake would
            not take the message in as it is.
    """
    regime = runtime.reader.regimes[row.regime]
    _check(regime, row, resolution.decision, resolution.grade)
    with reading(runtime.engine) as connection:
        subjects = read_subjects(connection, [row.subject_id])
    if not subjects:
        raise PermanentError("no message has spoken of that subject yet, so its name is not known")
    now, today = runtime.rules().at.now, runtime.rules().at.today
    number = f"{row.regime}-{row.scale}-{row.year}-{row.to_grade}-{row.subject_id}-{now:%Y%m%d%H%M%S}"
    event = {
        "specversion": "1.0",
        "id": message_id,
        "source": _OFFICE,
        "type": _TYPE,
        "time": now.isoformat(),
        "sender": runtime.reader.routes.authority,
        "datacontenttype": "application/json",
        "data": {
            "organ": _organ(runtime),
            "document_no": number,
            "party": _party(subjects[0], runtime),
            "occurred_on": today.isoformat(),
            "regime": row.regime,
            "scale": row.scale,
            "year": row.year,
            "grade": row.to_grade,
            "decision": resolution.decision.value,
            "reviewer": resolution.reviewer,
            "content": resolution.content,
        }
        | ({"decided_grade": resolution.grade} if resolution.grade is not None else {}),
    }
    raw = json.dumps(event, ensure_ascii=False).encode()
    _refuse_unusable(runtime, raw)
    return Composed(
        raw,
        Sent(
            message_id=message_id,
            document_no=number,
            regime=row.regime,
            scale=row.scale,
            year=row.year,
            subject_id=row.subject_id,
            from_grade=row.from_grade,
            to_grade=row.to_grade,
            decision=resolution.decision,
            grade=_becomes(row, resolution.decision, resolution.grade),
        ),
    )


def decide(runtime: Runtime, row: ReviewRow, resolution: Resolution) -> Sent:
    """Send what one person decided about an open fall.

    Raises:
        PermanentError: as `compose`; nothing was sent.
        TransientError: the broker did not take the message.
    """
    composed = compose(runtime, row, resolution, f"review-{uuid.uuid4()}")
    runtime.broker.declare(runtime.reader.routes.topology)
    drain.send(runtime, [Posting(composed.raw, _TYPE)], lambda _: None)
    return composed.sent


def _refuse_unusable(runtime: Runtime, raw: bytes) -> None:
    """Refuse a message that intake would park: nobody would look for a decision there."""
    queue = runtime.reader.routes.gate.queue_for(_TYPE)
    if queue is None:
        raise PermanentError(f"routing.yaml binds no queue to {_TYPE}")
    failure = runtime.reader.read(queue, raw, {}, runtime.rules().at.today).failure
    if failure is not None:
        raise PermanentError(f"{failure.reason.value}: {failure.detail}")


def _check(regime: Regime, row: ReviewRow, decision: ReviewState, grade: str | None) -> None:
    scale = regime.scale(row.scale, row.year)
    if scale is None:
        raise PermanentError(f"'{row.regime}' has no scale '{row.scale}' in {row.year} any more")
    if (decision is ReviewState.ADJUSTED) != (grade is not None):
        raise PermanentError("a grade is named where the decision is 'adjusted', and only there")
    if grade is not None and grade not in scale.grades:
        raise PermanentError(f"'{grade}' is no grade of '{row.scale}': {', '.join(scale.grades)}")


def _becomes(row: ReviewRow, decision: ReviewState, grade: str | None) -> str:
    return row.from_grade if decision is ReviewState.REJECTED else grade or row.to_grade


def _organ(runtime: Runtime) -> dict[str, str]:
    code = runtime.reader.routes.authority
    names = [agency.name for agency in runtime.reader.routes.partners.values() if agency.organ_code == code]
    return {"code": code, "name": names[0] if names else code}


def _party(subject: SubjectRow, runtime: Runtime) -> dict[str, Any]:
    number = open_number(subject, runtime.keyring)
    if subject.kind != "person":
        return {"kind": subject.kind, "name": subject.name, "uscc": number}
    return {"kind": subject.kind, "name": subject.name, "id_type": subject.id_type, "id_no": number}
