"""A parked message that may be about a sealed record is not shown to who has no right to see those."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from credit.store.queries.mends import Change
from credit.store.queries.parked import Event, Parked, Story
from tests.builders import national_law
from workers.show.withheld import withhold

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def story(kind: str | None, message: str, before: str | None = None) -> Story:
    row = Parked(1, "k", "date.future", "提示", "某人 2027", "q", kind, None, NOW, 0, None, None, None)
    return Story(
        row, NOW, "{}", (Event(NOW, "王芳", "wang", "mend", "说明", before, (Change("name", "某人", "某"),)),), message
    )


@pytest.mark.parametrize(
    ("kind", "message", "before"),
    [
        ("credit.security.offence.v1", '{"name": "某人", "sanction": "detention"}', None),
        ("credit.security.offence.v1", '{"name": "某人", "sanction": "criminal"}', '{"某人": "detention"}'),
        (None, '{"name": "某人", "sanction": "detention"', None),
        ("credit.security.offence.v1", "某人\n…… 共 30,000 个字符", None),
    ],
)
def test_what_may_be_sealed_is_kept_back(kind: str | None, message: str, before: str | None) -> None:
    assert "某人" not in repr(withhold(story(kind, message, before), national_law()))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("credit.security.offence.v1", '{"name": "某人", "sanction": "criminal"}'),
        ("credit.licensing.permit.v1", '{"name": "某人", "text": "detention"}'),
        ("credit.licensing.permit.v1", "某人\n…… 共 30,000 个字符"),
    ],
)
def test_what_is_open_is_shown(kind: str, message: str) -> None:
    held = story(kind, message)
    assert withhold(held, national_law()) == held
