"""What restricts a list of what waits, kind by kind; the same over both stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, insert

from credit.grading.rows import ReviewRow
from credit.store import tables
from credit.store.engine import connect, reading, writing
from credit.store.queries.page import Part
from credit.store.queries.work import find_work
from schemas.work import WorkKind
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, NOON, ORGAN, SUCCESSOR, put
from tests.contract.test_filters import LATE, OTHER, TODAY, VIEW


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    made = connect(archive_url)
    yield made
    made.dispose()


WORK: list[tuple[WorkKind, dict[str, str], set[str]]] = [
    (WorkKind.LIFTS, {"agency": "police"}, {"XLr2-2"}),
    (WorkKind.REPLIES, {"agency": "tax"}, {"XLr1-1"}),
    (WorkKind.REVIEWS, {"regime": "r2"}, {SUCCESSOR}),
    (WorkKind.OBJECTIONS, {"organ": OTHER}, {"异议r2"}),
    (WorkKind.REPAIRS, {"step": "applied"}, {"修复r1"}),
    (WorkKind.REPAIRS, {"step": "applied", "organ": OTHER}, set()),
    (WorkKind.ASKED, {"organ": OTHER}, {"文号r2"}),
    (WorkKind.REFUSED, {"feed": "of-r1"}, {"文号r1"}),
    (WorkKind.HELD, {"feed": "of-r2"}, {"文号r2"}),
    (WorkKind.DUTIES, {"regime": "r1"}, {CLINIC}),
    (WorkKind.DUTIES, {"regime": "r1", "unit": "of-r2"}, set()),
    (WorkKind.PROPOSALS, {"kind": "discard"}, set()),
    (WorkKind.PARKED, {"reason": "item.invalid"}, {"/office r2"}),
    (WorkKind.PARKED, {"reason": "item.invalid", "feed": "of another list"}, {"/office r2"}),
]
"""What each kind is restricted by, and what is left of two that wait."""


@pytest.mark.parametrize(("kind", "wanted", "left"), WORK, ids=lambda it: getattr(it, "value", None))
def test_what_waits_by_what_its_kind_has(
    engine: Engine, kind: WorkKind, wanted: dict[str, str], left: set[str]
) -> None:
    for name, who, organ, agency, step, reason in (
        ("r1", CLINIC, ORGAN, "tax", "applied", "json.invalid"),
        ("r2", SUCCESSOR, OTHER, "police", "accepted", "item.invalid"),
    ):
        put(
            engine,
            rows.organisation(who, VIEW.keyring),
            rows.record(name, who, organ_code=organ, document_no=f"文号{name}", disputed=True),
            rows.act(f"o-{name}", name, "objection", "filed", document_no=f"异议{name}"),
            rows.act(f"p-{name}", name, "repair", step, document_no=f"修复{name}"),
            rows.notice(f"XL{name}-1", name, who, agency=agency, reply_by=LATE),
            rows.notice(
                f"XL{name}-2", name, who, agency=agency, lift_cause="repaired", lifted_at=NOON, lift_reply_by=LATE
            ),
            rows.feed_row(f"h-{name}", name, feed=f"of-{name}", held='["missing:CF_NR"]'),
            rows.feed_row(f"r-{name}", name, feed=f"of-{name}", result_code="2001", result_at=NOON),
            rows.duty(regime=name, unit=f"of-{name}", about=name, subject_id=who),
            ReviewRow(name, "rating", 2026, who, "A", "C", TODAY, TODAY, "open", "[]"),
            rows.message(f"/office {name}", "parked", record_id=None),
            rows.parked(f"/office {name}", reason),
        )
        with writing(engine) as connection:
            asked = {
                "revision": 1,
                "step": "asked",
                "due_on": TODAY,
                "decided_by": "李",
                "note": "",
                "decided_at": NOON,
            }
            connection.execute(insert(tables.dispute).values(asked | {"record_id": name}))
    with reading(engine) as connection:
        every = find_work(connection, VIEW, kind, Part())
        found = find_work(connection, VIEW, kind, Part(), wanted)
    of_subjects = kind in {WorkKind.REVIEWS, WorkKind.DUTIES}
    assert len(every) == (0 if kind is WorkKind.PROPOSALS else 2)
    assert {each.subject_id if of_subjects else each.title for each in found} == left
