from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.law import calendar, files
from credit.law.calendar import Calendar, Table
from schemas.errors import ConfigurationError

CALENDAR = calendar.join(Table(years=()))
SHIPPED = Path(__file__).parents[3] / "policies" / "national" / "calendar.yaml"

NEXT_YEAR = """
years:
  - year: 2027
    source: a notice made up for this test
    published: 2026-11-30
    holidays:
      - {name: 元旦, first: 2027-01-01, last: 2027-01-03}
    working: [2027-01-09]
"""


def load(path: Path) -> Calendar:
    return calendar.join(files.read(path, Table).value)


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "calendar.yaml"
    path.write_text(text, encoding="utf-8")
    return path


# Each counted by hand on the calendar of 国办发明电〔2025〕7号: 2026-02-15 to 02-23 and 10-01 to 10-07 off,
# 02-14, 02-28, 09-20 and 10-10 worked.
@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (date(2026, 3, 6), 7, date(2026, 3, 17)),
        (date(2026, 2, 12), 1, date(2026, 2, 13)),
        (date(2026, 2, 12), 2, date(2026, 2, 14)),
        (date(2026, 2, 12), 3, date(2026, 2, 24)),
        (date(2026, 2, 12), 7, date(2026, 2, 28)),
        (date(2026, 2, 16), 1, date(2026, 2, 24)),
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 9, 30), 7, date(2026, 10, 15)),
        (date(2026, 12, 28), 3, date(2026, 12, 31)),
    ],
)
def test_deadline_skips_holidays_and_counts_makeup_days(start: date, days: int, due: date) -> None:
    assert CALENDAR.add_working_days(start, days) == (due, True)


def test_deadline_beyond_the_known_years_is_one_working_day_earlier_and_says_so() -> None:
    assert CALENDAR.covered_until() == date(2026, 12, 31)
    assert CALENDAR.add_working_days(date(2026, 12, 28), 7) == (date(2027, 1, 5), False)
    assert CALENDAR.add_working_days(date(2003, 12, 29), 7) == (date(2004, 1, 7), False)
    assert CALENDAR.add_working_days(date(2026, 12, 30), 2) == (date(2026, 12, 31), False)


def test_an_uncovered_deadline_of_one_day_is_not_before_the_first_working_day() -> None:
    assert CALENDAR.add_working_days(date(2026, 12, 31), 1) == (date(2027, 1, 1), False)
    assert CALENDAR.add_working_days(date(2026, 12, 31), 0) == (date(2026, 12, 31), True)


# Holidays by law, years without a notice, counted by hand; of two days or more the working day before is given.
@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (date(2026, 12, 31), 1, date(2027, 1, 4)),  # 1 January is a Friday
        (date(2027, 2, 4), 1, date(2027, 2, 9)),  # eve on Friday the 5th, the third day on Monday the 8th
        (date(2027, 2, 4), 3, date(2027, 2, 10)),
        (date(2027, 4, 2), 1, date(2027, 4, 6)),  # Qingming on a Monday
        (date(2028, 4, 28), 1, date(2028, 5, 3)),  # 1 and 2 May on Monday and Tuesday
        (date(2027, 6, 8), 1, date(2027, 6, 10)),  # Dragon Boat on a Wednesday
        (date(2027, 9, 14), 1, date(2027, 9, 16)),  # Mid-Autumn on a Wednesday
        (date(2035, 9, 28), 1, date(2035, 10, 4)),  # 1 to 3 October from Monday on
        (date(2099, 9, 30), 1, date(2099, 10, 5)),  # past the lunar days: the fixed ones all the same
    ],
)
def test_a_year_without_a_notice_has_its_holidays_by_law(start: date, days: int, due: date) -> None:
    assert load(SHIPPED).add_working_days(start, days) == (due, False)


def test_a_year_with_a_notice_has_the_holidays_of_the_notice_alone(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace("years: []", NEXT_YEAR.strip())
    noticed = load(table(tmp_path, text))
    assert noticed.is_working_day(date(2027, 2, 8))
    assert not noticed.is_working_day(date(2028, 1, 27))


def test_the_lunar_holidays_of_each_year_are_four() -> None:
    by_law = files.read(SHIPPED, Table).value.by_law
    assert by_law is not None
    for year in range(2027, 2037):
        assert [each.name for each in by_law.lunar if each.first.year == year] == ["春节", "清明节", "端午节", "中秋节"]


def test_operators_table_covers_the_next_year(tmp_path: Path) -> None:
    extended = load(table(tmp_path, NEXT_YEAR))
    assert extended.covered_until() == date(2027, 12, 31)
    assert extended.add_working_days(date(2026, 12, 28), 7) == (date(2027, 1, 7), True)
    assert extended.is_working_day(date(2027, 1, 9))
    assert not extended.is_working_day(date(2027, 1, 10))
    assert CALENDAR.add_working_days(date(2026, 12, 28), 7) == (date(2027, 1, 5), False)


def test_operators_table_corrects_the_library(tmp_path: Path) -> None:
    text = (
        NEXT_YEAR.replace("2027", "2026")
        .replace("2026-01-09", "2026-01-02")
        .replace("last: 2026-01-03", "last: 2026-01-01")
    )
    corrected = load(table(tmp_path, text))
    assert not CALENDAR.is_working_day(date(2026, 1, 2))
    assert corrected.is_working_day(date(2026, 1, 2))


def test_a_gap_ends_what_is_covered(tmp_path: Path) -> None:
    gap = load(table(tmp_path, NEXT_YEAR.replace("2027", "2028")))
    assert gap.covered_until() == date(2026, 12, 31)
    assert gap.add_working_days(date(2028, 1, 3), 1).covered
    assert not gap.add_working_days(date(2027, 12, 30), 1).covered


def test_no_days_end_on_the_start_and_negative_days_are_refused() -> None:
    assert CALENDAR.add_working_days(date(2026, 2, 15), 0) == (date(2026, 2, 15), True)
    with pytest.raises(ValueError, match="forward"):
        CALENDAR.add_working_days(date(2026, 2, 15), -1)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("source:", "sorce:", "sorce"),
        ("last: 2027-01-03", "last: 2026-12-30", "last lies before first"),
        ("last: 2027-01-03", "last: 2027-03-03", "longer than a month"),
        (
            "first: 2027-01-01, last: 2027-01-03",
            "first: 9999-12-31, last: 9999-12-31",
            "does not belong to 2027",
        ),
        ("working: [2027-01-09]", "working: [2027-01-02]", "both as holiday and as working day"),
        ("working: [2027-01-09]", "working: [2028-01-09]", "does not belong to 2027"),
        ("working: [2027-01-09]", "working: [soon]", "working.0"),
        ("      - {name: 元旦, first: 2027-01-01, last: 2027-01-03}", "      []", "holidays"),
        ("published:", "source:", "duplicate"),
        ("years:", "years: {", "calendar.yaml:3: is not YAML"),
        ("year: 2027", "year: &a 2027", "anchors and aliases"),
        ("published: 2026-11-30", "published: 2026-13-45", "not a date of the calendar"),
    ],
)
def test_faulty_table_is_refused_with_its_place(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = table(tmp_path, NEXT_YEAR.replace(old, new))
    with pytest.raises(ConfigurationError, match=complaint) as raised:
        load(path)
    assert str(path) in str(raised.value)


def test_missing_or_empty_or_doubled_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path / "none.yaml")
    with pytest.raises(ConfigurationError, match=r"calendar\.yaml"):
        load(table(tmp_path, ""))
    with pytest.raises(ConfigurationError, match="a year is given twice"):
        load(table(tmp_path, NEXT_YEAR + NEXT_YEAR.replace("\nyears:\n", "")))


@given(
    st.dates(date(2000, 1, 1), date(2030, 12, 31)),
    st.integers(1, 40),
)
def test_deadline_is_a_working_day_with_exactly_so_many_up_to_it(start: date, days: int) -> None:
    due, covered = CALENDAR.add_working_days(start, days)
    between = (start + timedelta(days=n) for n in range(1, (due - start).days + 1))
    assert CALENDAR.is_working_day(due)
    assert sum(map(CALENDAR.is_working_day, between)) == (days if covered or days == 1 else days - 1)
