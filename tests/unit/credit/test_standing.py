from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from credit.record.standing import OfficeAct, effective_acts, find_standing
from schemas.record import Cause, Severity, State
from schemas.statement import ActKind, Fact
from tests.builders import clinic, honour, national_law, offence, penalty

NINE = datetime(2026, 5, 20, 1, 0, tzinfo=UTC)
DAY = date(2026, 6, 1)
LONG_AGO = offence(occurred_on=date(2025, 4, 30))
"""A serious record that can be repaired since 2026-05-31."""
WITHDRAWAL, OBJECTION, REPAIR = ActKind.WITHDRAWAL, ActKind.OBJECTION, ActKind.REPAIR


def act(name: str, on: str, kind: ActKind, state: str = "revoked", *, day: int = 1, minute: int = 0) -> OfficeAct:
    time = NINE + timedelta(minutes=minute)
    return OfficeAct(name, on, kind, state, date(2026, 5, day), time, f"/office {name}")


def by_target(*acts: OfficeAct) -> dict[str, list[OfficeAct]]:
    return {target: [one for one in acts if one.target_id == target] for target in {one.target_id for one in acts}}


def names(*acts: OfficeAct) -> list[str]:
    return [one.record_id for one in effective_acts("record", by_target(*acts))]


def state(fact: Fact, acts: list[OfficeAct], day: date = DAY) -> tuple[State, Cause | None, tuple[str, ...]]:
    found = find_standing(fact, acts, national_law(), day)
    return found.state, found.cause, found.acts


class TestWhichActsCount:
    def test_an_act_alone_counts(self) -> None:
        assert names(act("a", "record", WITHDRAWAL)) == ["a"]

    def test_a_withdrawn_act_does_not(self) -> None:
        assert names(act("a", "record", REPAIR, "granted"), act("b", "a", WITHDRAWAL)) == []

    def test_a_withdrawal_withdrawn_lets_the_act_count_again(self) -> None:
        assert names(act("a", "record", REPAIR, "granted"), act("b", "a", WITHDRAWAL), act("c", "b", WITHDRAWAL)) == [
            "a"
        ]

    def test_an_objection_to_an_act_that_is_only_filed_changes_nothing(self) -> None:
        assert names(act("a", "record", WITHDRAWAL), act("b", "a", OBJECTION, "filed")) == ["a"]

    def test_a_repair_of_an_act_changes_nothing(self) -> None:
        assert names(act("a", "record", WITHDRAWAL), act("b", "a", REPAIR, "granted")) == ["a"]

    def test_of_two_acts_that_withdraw_each_other_the_second_stands(self) -> None:
        acts = {
            "record": [act("a", "record", WITHDRAWAL)],
            "a": [act("b", "a", WITHDRAWAL)],
            "b": [act("a", "b", WITHDRAWAL)],
        }
        assert [one.record_id for one in effective_acts("record", acts)] == []
        acts["b"].append(act("c", "b", WITHDRAWAL))
        assert [one.record_id for one in effective_acts("record", acts)] == ["a"]

    def test_an_act_that_withdraws_itself_does_not_run_for_ever(self) -> None:
        acts = {"record": [act("a", "record", WITHDRAWAL)], "a": [act("a", "a", WITHDRAWAL)]}
        assert [one.record_id for one in effective_acts("record", acts)] == ["a"]

    def test_a_circle_of_acts_away_from_any_record_ends(self) -> None:
        acts = by_target(act("a", "b", WITHDRAWAL), act("b", "a", WITHDRAWAL))
        assert [one.record_id for one in effective_acts("a", acts)] == ["b"]

    def test_order_is_by_day_then_time_then_message(self) -> None:
        acts = [
            act("late", "record", OBJECTION, day=2),
            act("b", "record", OBJECTION, day=1, minute=1),
            act("a", "record", OBJECTION, day=1, minute=1),
            act("first", "record", OBJECTION, day=1, minute=0),
        ]
        for order in permutations(acts):
            assert names(*order) == ["first", "a", "b", "late"]


class TestState:
    def test_without_acts_it_is_in_force(self) -> None:
        assert state(offence(), []) == (State.IN_FORCE, None, ())

    def test_withdrawn(self) -> None:
        assert state(offence(), [act("a", "r", WITHDRAWAL)]) == (State.WITHDRAWN, Cause.WITHDRAWN, ("/office a",))

    @pytest.mark.parametrize("step", ["applied", "accepted", "refused"])
    def test_a_repair_short_of_granted_changes_nothing(self, step: str) -> None:
        assert state(offence(), [act("a", "r", REPAIR, step)]) == (State.IN_FORCE, None, ())

    def test_a_granted_repair(self) -> None:
        granted = [act("a", "r", REPAIR, "granted")]
        assert state(LONG_AGO, granted) == (State.REPAIRED, Cause.REPAIRED, ("/office a",))

    def test_an_objection_filed_upheld_rejected(self) -> None:
        filed = act("a", "r", OBJECTION, "filed")
        assert state(offence(), [filed]) == (State.UNDER_OBJECTION, None, ("/office a",))
        upheld = [filed, act("b", "r", OBJECTION, "upheld", day=2)]
        assert state(offence(), upheld) == (State.WITHDRAWN, Cause.UPHELD_OBJECTION, ("/office b",))
        assert state(offence(), [filed, act("b", "r", OBJECTION, "rejected", day=2)]) == (State.IN_FORCE, None, ())

    def test_an_objection_filed_again_after_its_rejection(self) -> None:
        acts = [act("a", "r", OBJECTION, "rejected"), act("b", "r", OBJECTION, "filed", day=2)]
        assert state(offence(), acts) == (State.UNDER_OBJECTION, None, ("/office b",))

    def test_withdrawal_goes_before_upheld_before_repaired_before_expired_before_objection(self) -> None:
        filed, upheld = act("f", "r", OBJECTION, "filed", day=9), act("u", "r", OBJECTION, "upheld")
        repaired, withdrawn = act("r", "r", REPAIR, "granted"), act("w", "r", WITHDRAWAL)
        late = date(2039, 1, 1)
        acts = [withdrawn, upheld, repaired, filed]
        causes = [state(offence(), acts[first:], late)[1] for first in range(4)]
        assert causes == [Cause.WITHDRAWN, Cause.UPHELD_OBJECTION, Cause.REPAIRED, Cause.EXPIRED]

    def test_provenance_names_every_act_of_the_cause(self) -> None:
        acts = [
            act("a", "r", REPAIR, "granted"),
            act("b", "r", REPAIR, "granted", day=2),
            act("c", "r", OBJECTION, "filed"),
        ]
        assert state(LONG_AGO, acts)[2] == ("/office a", "/office b")


class TestARepairBeforeItsTime:
    """Serious records of the small law can be repaired after thirteen months, general ones after seven."""

    FACT = offence(occurred_on=date(2026, 5, 18))
    GRANTED = act("a", "r", REPAIR, "granted", day=22)
    REPAIRED = (State.REPAIRED, Cause.REPAIRED, ("/office a",))

    def test_it_waits_until_the_day_after_the_shortest_publicity(self) -> None:
        assert state(self.FACT, [self.GRANTED], date(2027, 6, 18)) == (State.IN_FORCE, None, ("/office a",))
        assert state(self.FACT, [self.GRANTED], date(2027, 6, 19)) == self.REPAIRED

    def test_until_then_the_record_is_public_and_changes_on_that_day(self) -> None:
        found = find_standing(self.FACT, [self.GRANTED], national_law(), DAY)
        assert (found.public, found.ended_on, found.changes_on) == (True, None, date(2027, 6, 19))

    def test_it_ends_the_record_on_that_day_and_not_on_that_of_the_act(self) -> None:
        """From then on the days run in which the row has to be taken down."""
        found = find_standing(self.FACT, [self.GRANTED], national_law(), date(2027, 8, 1))
        assert found.ended_on == date(2027, 6, 19)

    def test_one_in_time_ends_it_on_its_own_day(self) -> None:
        in_time = replace(self.GRANTED, occurred_on=date(2027, 7, 1))
        assert find_standing(self.FACT, [in_time], national_law(), date(2027, 8, 1)).ended_on == date(2027, 7, 1)

    def test_an_objection_stays_a_mark_beside_it(self) -> None:
        acts = [self.GRANTED, act("o", "r", OBJECTION, "filed", day=23)]
        assert state(self.FACT, acts) == (State.UNDER_OBJECTION, None, ("/office o", "/office a"))

    def test_a_withdrawal_does_not_wait(self) -> None:
        acts = [self.GRANTED, act("w", "r", WITHDRAWAL, day=23)]
        assert state(self.FACT, acts) == (State.WITHDRAWN, Cause.WITHDRAWN, ("/office w",))

    def test_a_minor_record_is_repaired_at_once(self) -> None:
        warned = penalty(items={"penalty_kinds": ["警告"], "CF_NR_FK": ""})
        assert state(warned, [self.GRANTED]) == self.REPAIRED

    def test_where_the_source_asks_for_the_minimum_it_never_comes_too_late(self) -> None:
        """Repaired, not expired, on the first day after a publicity that ends with the minimum."""
        fact = penalty(occurred_on=date(2026, 5, 18), publicity_until=date(2026, 12, 18))
        assert state(fact, [self.GRANTED], date(2026, 12, 18))[0] is State.IN_FORCE
        assert state(fact, [self.GRANTED], date(2026, 12, 19)) == self.REPAIRED


class TestDays:
    def test_a_serious_record_is_public_for_three_years_last_day_included(self) -> None:
        fact = offence(occurred_on=date(2026, 5, 18))
        last = find_standing(fact, [], national_law(), date(2029, 5, 18))
        assert (last.ruling.severity, last.window.until) == (Severity.SERIOUS, date(2029, 5, 18))
        assert (last.state, last.changes_on) == (State.IN_FORCE, date(2029, 5, 19))
        after = find_standing(fact, [], national_law(), date(2029, 5, 19))
        assert (after.state, after.cause, after.changes_on) == (State.EXPIRED, Cause.EXPIRED, None)

    def test_a_general_one_for_one_year_and_no_longer_than_its_source_asks(self) -> None:
        assert find_standing(penalty(), [], national_law(), DAY).window.until == date(2027, 5, 18)
        asked = penalty(publicity_until=date(2026, 12, 18))
        assert find_standing(asked, [], national_law(), DAY).window.until == date(2026, 12, 18)
        asked_too_long = penalty(publicity_until=date(2036, 8, 18))
        assert find_standing(asked_too_long, [], national_law(), DAY).window.until == date(2027, 5, 18)

    def test_of_29_february_a_year_ends_on_the_28th(self) -> None:
        fact = penalty(occurred_on=date(2024, 2, 29))
        assert find_standing(fact, [], national_law(), DAY).window.until == date(2025, 2, 28)

    def test_a_minor_record_is_never_public_and_never_expires(self) -> None:
        warned = penalty(items={"penalty_kinds": ["警告"], "CF_NR_FK": ""})
        found = find_standing(warned, [], national_law(), date(2046, 1, 1))
        assert (found.ruling.severity, found.window.public, found.window.until) == (Severity.MINOR, False, None)
        assert (found.state, found.changes_on) == (State.IN_FORCE, None)

    def test_it_ended_on_the_day_of_the_first_act_that_ended_it(self) -> None:
        acts = [act("a", "r", WITHDRAWAL, day=4), act("b", "r", WITHDRAWAL, day=9), act("c", "r", OBJECTION, "filed")]
        assert find_standing(penalty(), acts, national_law(), DAY).ended_on == date(2026, 5, 4)
        assert find_standing(penalty(), [], national_law(), DAY).ended_on is None

    def test_a_withdrawn_record_changes_no_more_by_itself(self) -> None:
        assert find_standing(offence(), [act("a", "r", WITHDRAWAL)], national_law(), DAY).changes_on is None

    def test_an_honour_holds_to_its_own_end(self) -> None:
        fact = honour(clinic())._replace(valid_until=date(2026, 6, 1))
        assert state(fact, [], date(2026, 6, 1))[0] is State.IN_FORCE
        assert state(fact, [], date(2026, 6, 2))[0] is State.EXPIRED

    def test_before_a_new_law_comes_the_record_is_to_be_looked_at_on_that_day(self) -> None:
        found = find_standing(penalty(occurred_on=date(2026, 3, 1)), [], national_law(), date(2026, 3, 31))
        assert found.window.until == date(2029, 3, 1)
        assert found.changes_on == date(2026, 4, 1)
        shorter = find_standing(penalty(occurred_on=date(2026, 3, 1)), [], national_law(), date(2026, 4, 1))
        assert shorter.window.until == date(2027, 3, 1)
