"""Who a subject is, by hand: what registrations and permits of either role say, in any order."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import Any

import pytest

from credit.grading.known import Counted
from credit.grading.licences import Licence
from credit.grading.sayings import PERMIT, REGISTRATION, Place, Saying, Source
from credit.grading.stays import Stay
from credit.grading.who import Attributes, describe, recall

KNOWN = datetime(2026, 6, 1, 4, tzinfo=UTC)
HOSPITAL = Place("舞钢市样本人民医院", "124104814170481228")
CLINIC = Place("舞钢安康诊所", "91410481MA9K2F7Q0R")


def say(
    number: str, day: str, family: str = REGISTRATION, *, hour: int = 1, counts: bool = True, **items: Any
) -> Saying:
    """A record of that number, of that day; its message is of that hour of one day."""
    on = date.fromisoformat(day)
    fact = Counted(number, family, "11410481983690064T", number, on, KNOWN, None, items)
    return Saying(fact, datetime(2026, 5, 1, hour, tzinfo=UTC), counts)


def institution(number: str, day: str, event: str = "registered", **more: Any) -> Saying:
    return say(number, day, event=event, role="institution", **more)


def doctor(number: str, day: str, event: str = "registered", place: Place | None = None, **more: Any) -> Saying:
    at: dict[str, Any] = {"workplace": place.name} if place else {}
    at |= {"workplace_uscc": place.subject_id} if place and place.subject_id else {}
    return say(number, day, event=event, role="practitioner", **at, **more)


def permit(
    number: str, day: str, certificate: str = "公共场所卫生许可证", until: str = "2099/12/31", **more: Any
) -> Saying:
    more = {"XK_ZT": "1"} | more
    return say(number, day, PERMIT, XK_XKZS=certificate, XK_XKWS="许可决定书", XK_YXQZI=until, **more)


def by(number: str, day: str) -> Source:
    return Source(number, date.fromisoformat(day), KNOWN)


def held(who: Attributes) -> dict[str | None, bool]:
    return {licence.role: licence.in_force for licence in who.licences}


def test_nobody_is_anything_of_whom_nothing_is_said() -> None:
    assert describe([]) == Attributes()


class TestInstitution:
    def test_each_attribute_has_the_record_that_said_it_last(self) -> None:
        who = describe(
            [
                institution(
                    "a",
                    "2015-03-01",
                    level="primary",
                    district="410481",
                    specialties=["内科"],
                    licensed_on="2015-02-10",
                ),
                institution("b", "2024-02-29", "changed", level="secondary", organiser="舞钢市卫生健康委员会"),
                institution("c", "2025-06-01", "verification_passed", organiser="舞钢市卫生健康委员会"),
            ]
        )
        assert who == Attributes(
            roles=frozenset({"institution"}),
            level="secondary",
            district="410481",
            specialties=frozenset({"内科"}),
            licensed=True,
            licensed_on=date(2015, 2, 10),
            organiser=Place("舞钢市卫生健康委员会"),
            licences=(
                Licence(
                    "institution",
                    None,
                    in_force=True,
                    since=date(2015, 2, 10),
                    until=None,
                    source=by("c", "2025-06-01"),
                    since_source=by("a", "2015-03-01"),
                ),
            ),
            sources={
                "level": by("b", "2024-02-29"),
                "district": by("a", "2015-03-01"),
                "specialties": by("a", "2015-03-01"),
                "organiser": by("c", "2025-06-01"),
                "licensed_on": by("a", "2015-03-01"),
            },
        )

    def test_of_one_day_the_later_message_says_what_is_then_the_greater_id(self) -> None:
        day = "2024-02-29"
        late, early = institution("a", day, level="primary", hour=9), institution("b", day, level="secondary", hour=8)
        assert describe([late, early]).level == "primary"
        same = institution("b", day, level="tertiary", hour=9)
        assert describe([same, late]).level == "tertiary"

    @pytest.mark.parametrize(
        ("events", "licensed"),
        [
            (["registered"], True),
            (["changed"], True),  # what came before is not on file
            (["registered", "verification_suspended"], True),
            (["registered", "closed"], False),
            (["registered", "closed", "verification_passed"], True),
            (["registered", "closed", "registered"], True),
            (["registered", "cancelled"], False),
            (["registered", "cancelled", "changed"], False),
            (["registered", "revoked", "verification_passed"], False),
            (["registered", "revoked", "closed"], False),
            (["registered", "revoked", "closed", "changed"], False),
            (["registered", "revoked", "registered"], True),
        ],
    )
    def test_a_licence_holds_until_an_event_ends_it(self, events: list[str], *, licensed: bool) -> None:
        said = [institution(str(year), f"20{year}-01-05", event) for year, event in enumerate(events, start=10)]
        who = describe(said)
        assert who.licensed is licensed
        assert who.roles == {"institution"}  # and it stays known what it was

    def test_a_revocation_that_is_over_or_repaired_gives_no_licence_back(self) -> None:
        over = institution("b", "2020-01-05", "revoked", counts=False)
        assert not describe([institution("a", "2015-03-01"), over]).licensed

    def test_after_an_end_the_licence_date_begins_anew(self) -> None:
        who = describe(
            [
                institution("a", "2010-01-05", licensed_on="2009-12-01"),
                institution("b", "2018-01-05", "cancelled", licensed_on="2009-12-01"),
                institution("c", "2020-01-05"),
                institution("d", "2021-01-05", "changed", licensed_on="2021-01-04"),
            ]
        )
        assert (who.licensed_on, who.sources["licensed_on"]) == (date(2020, 1, 5), by("c", "2020-01-05"))

    def test_what_is_no_day_dates_nothing(self) -> None:
        assert describe([institution("a", "2015-03-01", "changed", licensed_on="2023-02-29")]).licensed_on is None


class TestPermits:
    def test_a_permit_licenses_a_role_while_it_counts(self) -> None:
        old, new = permit("a", "2018-05-01", until="2022/04/30", counts=False), permit("b", "2022-04-20")
        who = describe([new, old])
        assert (who.roles, who.licensed, who.licensed_on) == (frozenset({"public_place"}), True, date(2018, 5, 1))
        expired = describe([old])
        assert (expired.roles, expired.licensed, expired.licensed_on) == (
            frozenset({"public_place"}),
            False,
            date(2018, 5, 1),
        )
        [licence] = expired.licences
        assert (licence.certificate, licence.until) == ("公共场所卫生许可证", date(2022, 4, 30))

    def test_a_permit_that_is_marked_invalid_is_none(self) -> None:
        who = describe([permit("a", "2018-05-01", XK_ZT="2"), permit("b", "2018-05-01", "放射诊疗许可证", XK_ZT="2")])
        assert not who.licensed
        assert who.licensed_on is None

    def test_the_register_alone_is_enough(self) -> None:
        expired = permit("b", "2015-03-01", "医疗机构执业许可证", until="2020/02/29", counts=False)
        who = describe([institution("a", "2015-03-01"), expired])
        assert who.licensed
        [licence] = who.licences
        assert (licence.certificate, licence.until) == (None, None)

    def test_a_permit_outlives_no_revocation_and_a_later_one_is_a_new_licence(self) -> None:
        before = permit("a", "2018-05-01", "医疗机构执业许可证", until="2033/04/30")
        revoked = institution("b", "2020-01-05", "revoked")
        assert not describe([before, revoked]).licensed
        after = permit("c", "2023-02-01", "医疗机构执业许可证（副本）", until="2038/01/31")
        who = describe([after, before, revoked])
        assert (who.licensed, who.licensed_on) == (True, date(2023, 2, 1))
        assert who.licences[0].until == date(2038, 1, 31)

    def test_a_permit_beside_a_role_makes_nobody_anything(self) -> None:
        who = describe(
            [permit("a", "2018-05-01", "放射诊疗许可证", until="2028/02/29"), institution("b", "2020-01-05")]
        )
        assert who.roles == {"institution"}
        assert who.licensed_on == date(2020, 1, 5)
        source = by("a", "2018-05-01")
        assert who.licences[-1] == Licence(
            None, "放射诊疗许可证", in_force=True, since=source.occurred_on, until=date(2028, 2, 29), source=source,
            since_source=source, permit=source,
        )  # fmt: skip
        assert describe([permit("a", "2018-05-01", "放射诊疗许可证")]).roles == frozenset()

    def test_each_role_has_its_own_licence(self) -> None:
        who = describe(
            [institution("a", "2015-03-01"), permit("b", "2012-03-01"), institution("c", "2026-03-01", "cancelled")]
        )
        assert held(who) == {"institution": False, "public_place": True}
        assert who.roles == {"public_place"}
        assert who.licensed_on == date(2012, 3, 1)


class TestPractitioner:
    def test_one_archive_has_every_stay_with_its_dates(self) -> None:
        who = describe(
            [
                doctor("a", "2012-07-01", place=HOSPITAL, profession="physician"),
                doctor("b", "2016-02-29", "changed", CLINIC),
                doctor("c", "2020-02-29", place=HOSPITAL),  # in addition: 多机构执业
            ]
        )
        assert who.stays == (
            Stay(HOSPITAL, by("a", "2012-07-01"), by("b", "2016-02-29")),
            Stay(CLINIC, by("b", "2016-02-29")),
            Stay(HOSPITAL, by("c", "2020-02-29")),
        )
        assert (who.roles, who.profession, who.licensed_on) == (
            frozenset({"practitioner"}),
            "physician",
            date(2012, 7, 1),
        )

    def test_a_move_ends_all_others_and_what_names_no_workplace_ends_none(self) -> None:
        both = [doctor("a", "2012-07-01", place=HOSPITAL), doctor("b", "2013-07-01", place=CLINIC)]
        went_on = describe(
            [*both, doctor("c", "2014-07-01", "changed"), doctor("d", "2015-07-01", "verification_passed")]
        )
        assert [stay.ended for stay in went_on.stays] == [None, None]
        moved = describe([*both, doctor("c", "2014-07-01", "changed", CLINIC)])
        assert [stay.ended for stay in moved.stays] == [by("c", "2014-07-01"), None]

    @pytest.mark.parametrize(
        ("event", "place", "ended", "licensed"),
        [
            ("cancelled", CLINIC, [False, True], True),  # at one of two: the other goes on
            ("cancelled", None, [True, True], False),
            ("revoked", CLINIC, [True, True], False),
            ("closed", HOSPITAL, [True, False], True),
        ],
    )
    def test_an_end_at_one_workplace_of_several(
        self, event: str, place: Place | None, ended: list[bool], *, licensed: bool
    ) -> None:
        who = describe(
            [
                doctor("a", "2012-07-01", place=HOSPITAL),
                doctor("b", "2013-07-01", place=CLINIC),
                doctor("c", "2024-02-29", event, place),
            ]
        )
        assert [stay.ended is not None for stay in who.stays] == ended
        assert who.licensed is licensed

    def test_the_end_at_the_only_workplace_ends_the_licence(self) -> None:
        who = describe([doctor("a", "2012-07-01", place=HOSPITAL), doctor("b", "2024-02-29", "cancelled", HOSPITAL)])
        assert (who.licensed, who.stays) == (
            False,
            (Stay(HOSPITAL, by("a", "2012-07-01"), by("b", "2024-02-29")),),
        )

    def test_a_workplace_without_a_code_is_known_by_name_and_gets_its_code_later(self) -> None:
        named = Place("舞钢市样本人民医院（东院区）")
        coded = Place("舞钢市样本人民医院(东院区)", HOSPITAL.subject_id)
        first, second = doctor("a", "2012-07-01", place=named), doctor("b", "2013-07-01", "verification_passed", coded)
        assert describe([first]).stays == (Stay(named, by("a", "2012-07-01")),)
        assert describe([first, second]).stays == (Stay(coded, by("a", "2012-07-01")),)

    def test_two_of_one_name_and_other_codes_are_two(self) -> None:
        other = Place(HOSPITAL.name, CLINIC.subject_id)
        who = describe([doctor("a", "2012-07-01", place=HOSPITAL), doctor("b", "2013-07-01", place=other)])
        assert [stay.place for stay in who.stays] == [HOSPITAL, other]

    @pytest.mark.parametrize("code", ["0" * 18, "124104814170481229", "417048122", "11010519491231002X", ""])
    def test_what_is_no_code_of_an_organisation_leads_to_nobody(self, code: str) -> None:
        who = describe([doctor("a", "2012-07-01", place=Place("某院", code))])
        assert who.stays[0].place == Place("某院")


def test_the_order_in_which_records_come_does_not_matter() -> None:
    said = [
        institution("a", "2010-01-05", level="primary", licensed_on="2009-12-01"),
        institution("b", "2018-01-05", "cancelled"),
        institution("c", "2018-01-05", hour=2, level="secondary"),
        permit("d", "2018-01-05", "医疗机构执业许可证", hour=2),
        permit("e", "2012-02-29", "放射诊疗许可证", counts=False),
        doctor("f", "2012-07-01", place=HOSPITAL),
        doctor("g", "2016-02-29", "changed", CLINIC),
        doctor("h", "2016-02-29", place=HOSPITAL),
        doctor("i", "2020-02-29", "cancelled", CLINIC),
    ]
    expected, rest = describe(said), random.Random(29)
    for _ in range(50):
        rest.shuffle(said)
        assert describe(said) == expected
    assert expected.licensed_on == date(2012, 7, 1)
    assert held(expected) == {"institution": True, "practitioner": True, None: False}
    assert [stay.ended is None for stay in expected.stays] == [False, False, True]


def then(said: list[Saying], day: str = "2025-12-31") -> Attributes:
    history = recall(describe(said), random.sample(said, len(said)))
    assert history is not None
    return history.on(date.fromisoformat(day))


class TestBefore:
    """Who a subject was on the last day of 2025."""

    HELD = institution("a", "2015-03-01", level="primary", district="530402", specialties=["内科"])

    def test_of_whom_nothing_is_said_there_is_no_history(self) -> None:
        assert recall(describe([]), []) is None

    @pytest.mark.parametrize("event", ["closed", "revoked", "cancelled"])
    @pytest.mark.parametrize(("day", "licensed"), [("2025-12-31", False), ("2026-01-01", True), ("2026-01-10", True)])
    def test_an_end_holds_from_its_day_on(self, event: str, day: str, *, licensed: bool) -> None:
        said = [self.HELD, institution("b", day, event)]
        assert (then(said).licensed, describe(said).licensed) == (licensed, False)

    def test_who_said_nothing_since_is_who_it_is(self) -> None:
        history = recall(describe([self.HELD]), [self.HELD])
        assert history is not None
        assert history.on(date(2025, 12, 31)) is history.now

    def test_what_changed_later_was_not_so(self) -> None:
        moved = institution("b", "2026-01-04", "changed", level="secondary", district="530426", specialties=["儿科"])
        who = then([self.HELD, moved])
        assert (who.level, who.district, who.specialties) == ("primary", "530402", frozenset({"内科"}))
        assert then([self.HELD, moved], "2026-01-04").district == "530426"

    def test_a_role_that_came_later_was_not_there(self) -> None:
        assert then([permit("p", "2020-05-01"), institution("b", "2026-01-04")]).roles == {"public_place"}

    @pytest.mark.parametrize(
        ("first", "licensed"),
        [
            (institution("b", "2026-01-04", licensed_on="2015-02-10"), True),
            (institution("b", "2026-01-04", "verification_passed"), True),
            (institution("b", "2026-01-04", "revoked"), True),
            (institution("b", "2026-01-04", "verification_passed", licensed_on="2026-01-02"), False),
            (institution("b", "2026-01-04"), False),
        ],
    )
    def test_one_that_was_there_before_anything_was_said_of_it_was(self, first: Saying, *, licensed: bool) -> None:
        said = [permit("p", "2020-05-01"), first, institution("c", "2026-01-15", "revoked")]
        assert ("institution" in then(said).roles) is licensed
        assert describe(said).roles == {"public_place"}

    def test_where_no_role_is_known_of_then_it_is_the_one_that_was_said_first(self) -> None:
        renewed = permit("p", "2026-01-04")
        closed = say("q", "2026-01-15", event="closed", role="public_place")
        who = then([renewed, closed])
        assert (who.roles, who.licensed, who.licensed_on) == (frozenset({"public_place"}), True, date(2026, 1, 4))

    @pytest.mark.parametrize(("until", "licensed"), [("2025/12/30", False), ("2025/12/31", True), ("2026/01/05", True)])
    def test_a_permit_that_ran_out_later_was_in_force(self, until: str, *, licensed: bool) -> None:
        over = permit("p", "2022-01-05", until=until)._replace(counts=False)
        assert (then([over]).licensed, describe([over]).licensed) == (licensed, False)
