from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import reduce
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.record.merging import Head, Outcome, Taken, join

NINE = datetime(2026, 5, 20, 1, 0, tzinfo=UTC)


def head(revision: int = 1, minutes: int = 0, by: str = "/a 1", says: str = "x", *, disputed: bool = False) -> Head:
    return Head(revision, NINE + timedelta(minutes=minutes), by, says.encode(), disputed)


@pytest.mark.parametrize(
    ("shown", "new", "outcome", "stated_by", "disputed"),
    [
        (None, head(3), Outcome.APPLIED, "/a 1", False),
        (head(1), head(2, by="/a 2"), Outcome.APPLIED, "/a 2", False),
        (head(2), head(1, -60, by="/a 0"), Outcome.SUPERSEDED, "/a 1", False),
        (head(), head(), Outcome.REPEATED, "/a 1", False),
        (head(), head(minutes=5, by="/a 2"), Outcome.REPEATED, "/a 1", False),
        (head(minutes=5), head(by="/a 2"), Outcome.REPEATED, "/a 2", False),
        (head(by="/a 2"), head(by="/a 1"), Outcome.REPEATED, "/a 1", False),
        (head(), head(minutes=5, by="/a 2", says="y"), Outcome.CONFLICT, "/a 1", True),
        (head(minutes=5), head(by="/a 2", says="y"), Outcome.CONFLICT, "/a 2", True),
        (head(by="/a 2"), head(by="/a 1", says="y"), Outcome.CONFLICT, "/a 1", True),
        (head(disputed=True), head(minutes=5, by="/a 2"), Outcome.REPEATED, "/a 1", True),
        (head(disputed=True), head(2, by="/a 2", says="z"), Outcome.APPLIED, "/a 2", False),
        (head(2), head(1, says="y", by="/a 2", disputed=True), Outcome.SUPERSEDED, "/a 1", False),
    ],
)
def test_outcome_and_head(shown: Head | None, new: Head, outcome: Outcome, stated_by: str, *, disputed: bool) -> None:
    after, became = join(shown, new)
    assert became is outcome
    assert after.stated_by == stated_by
    assert after.disputed is disputed
    assert after.revision == max(new.revision, shown.revision if shown else 0)


def test_the_earlier_time_shows_with_its_own_content() -> None:
    late, early = head(minutes=9, by="/a 1", says="late"), head(by="/a 2", says="early")
    assert join(late, early)[0] == head(by="/a 2", says="early", disputed=True)


def test_the_same_instant_in_other_zones_is_one_time() -> None:
    shanghai = datetime.fromisoformat("2026-05-20T09:00:00+08:00")
    here, there = head(by="/a 1"), Head(1, shanghai, "/a 0", b"x")
    assert join(here, there)[0].stated_by == "/a 0"


# A message says one thing at one time: what identifies it decides the rest.
statements = st.builds(
    lambda number, revision, minutes, says: head(revision, minutes, f"/a {number}{revision}{minutes}{says}", says),
    st.integers(1, 3),
    st.integers(1, 2),
    st.integers(0, 2),
    st.sampled_from("xyz"),
)


def merge(told: Iterable[Head]) -> Head:
    return reduce(lambda shown, new: join(shown, new)[0], told)


heads = st.lists(statements, min_size=1, max_size=4).map(merge)


@given(heads, heads)
def test_join_is_commutative(one: Head, other: Head) -> None:
    assert join(one, other)[0] == join(other, one)[0]


@given(heads, heads, heads)
def test_join_is_associative(one: Head, two: Head, three: Head) -> None:
    assert join(join(one, two)[0], three)[0] == join(one, join(two, three)[0])[0]


@given(heads)
def test_join_is_idempotent(one: Head) -> None:
    assert join(one, one)[0] == one


@given(st.lists(statements, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_any_order_and_repetition_shows_the_same(told: list[Head], chance: Random) -> None:
    again = [*told, *told]
    chance.shuffle(again)
    shown = merge(told)
    assert merge(again) == shown
    highest = [one for one in told if one.revision == shown.revision]
    assert shown.disputed == (len({one.digest for one in highest}) > 1)
    assert shown.precedence == min(one.precedence for one in highest)


decisions = st.builds(
    lambda revision, contents: Taken("r", revision, contents[0].encode(), frozenset(map(str.encode, contents[1:]))),
    st.integers(1, 2),
    st.permutations("xyz").flatmap(lambda order: st.integers(1, 3).map(lambda most: order[:most])),
)


def merge_by(taken: Taken, told: Iterable[Head]) -> Head:
    def add(shown: Head | None, new: Head) -> Head:
        return join(shown, new, taken if new.revision == taken.revision else None)[0]

    first, *rest = told
    return reduce(add, rest, join(None, first, taken)[0])


@given(decisions, st.lists(statements, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_whatever_was_decided_any_order_and_repetition_shows_the_same(
    taken: Taken, told: list[Head], chance: Random
) -> None:
    # What was decided for is on file, else it could not have been decided for.
    told = [*told, head(taken.revision, 1, "/held 1", taken.digest.decode())]
    again = [*told, *told]
    chance.shuffle(again)
    shown = merge_by(taken, told)
    assert merge_by(taken, again) == shown
    highest = {one.digest for one in told if one.revision == shown.revision}
    if shown.revision == taken.revision:
        assert shown.digest == taken.digest
        assert shown.disputed == bool(highest - taken.dismissed - {taken.digest})
    else:
        assert shown.disputed == (len(highest) > 1)


@pytest.mark.parametrize(
    ("shown", "new", "outcome", "says", "disputed"),
    [
        (None, head(says="y"), Outcome.CONFLICT, b"y", False),
        (head(says="y"), head(by="/a 2"), Outcome.APPLIED, b"x", False),
        (head(minutes=9), head(says="y"), Outcome.CONFLICT, b"x", False),
        (head(minutes=9), head(says="z"), Outcome.CONFLICT, b"x", True),
        (head(), head(by="/a 2"), Outcome.REPEATED, b"x", False),
        (head(2, says="y"), head(), Outcome.SUPERSEDED, b"y", False),
    ],
)
def test_what_was_taken_holds(shown: Head | None, new: Head, outcome: Outcome, says: bytes, *, disputed: bool) -> None:
    taken = Taken("r", 1, b"x", frozenset({b"y"}))
    after, became = join(shown, new, taken)
    assert (became, after.digest, after.disputed) == (outcome, says, disputed)
