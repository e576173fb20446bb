"""Papers of a closed year: letters, the table that is published, the circular; and notices of falls."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from credit.grading import advice
from credit.grading.result import Reason as Ground
from credit.grading.result import Result
from credit.grading.rows import OfficialRow
from credit.store.queries import official
from credit.store.queries.official import Fall, Standing
from credit.store.queries.page import Part
from credit.store.queries.subjects import find
from schemas.base import make_visible
from schemas.papers.common import Addressee, Amount, Paper, Reason, Reference
from schemas.papers.lists import Graded, GradeTable
from schemas.papers.notices import DowngradeNotice, ResultLetter
from schemas.papers.reports import Circular
from schemas.regime.scale import Consequence, Scale
from schemas.states import Decided, ReviewState
from workers.papers.asked import Asked, NotGiven, NothingFound, Shelf

_A_PAGE = 500
_NAME = 200
_BLANK = re.compile(r"(?<=[\u4e00-\u9fff）〕]) (?=[\u4e00-\u9fff（])")


def make_letters(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the letter of each subject with an official result, or of the one that is named."""
    scale = find_scale(shelf, asked)
    numbers = asked.numbers()
    for each in _of(shelf, asked, scale):
        row = _official(each)
        assert row.grade is not None
        result = Result(row.regime, row.scale, row.year, row.subject_id, row.edition, None, row.grade, each.reasons)
        upward = advice.look_up(result, scale)
        yield ResultLetter(
            number=numbers.next(),
            issued_on=asked.on,
            subject=address(each.name, each.identifier),
            year=row.year,
            grade=scale.grades[row.grade],
            score=row.number,
            reasons=tuple(tell(shelf, reason) for reason in each.reasons),
            supervision=say_consequence(scale.follows.get(row.grade)),
            improve=tuple(way.text for way in upward.ways) if upward is not None else (),
        )


def make_table(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the table of a year's official grades."""
    scale = find_scale(shelf, asked)
    found = list(_of(shelf, asked, scale))
    yield GradeTable(
        number=asked.numbers().next(),
        issued_on=asked.on,
        year=asked.need_year(),
        entries=tuple(_grade(each, scale) for each in found),
        counts=_count(found, scale),
    )


def make_circular(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the circular of a year; who has the best grade is praised by name."""
    scale = find_scale(shelf, asked)
    found = list(_of(shelf, asked, scale))
    best = next(iter(scale.grades))
    yield Circular(
        number=asked.numbers().next(),
        issued_on=asked.on,
        year=asked.need_year(),
        addressees=("机关各科室", "各有关单位"),
        counts=_count(found, scale),
        commended=tuple(shorten(each.name) for each in found if each.row.grade == best),
        entries=tuple(_grade(each, scale) for each in found),
    )


def make_downgrades(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the notice of each fall that a person confirmed, or adjusted, of a subject in a year."""
    lineage = find(shelf.connection, asked.need("subject"), shelf.view.keyring)
    numbers = asked.numbers()
    falls = official.reviews_of(shelf.connection, shelf.view, shelf.regime.code, lineage.members)
    decided = [
        each
        for each in falls
        if each.state in {ReviewState.CONFIRMED, ReviewState.ADJUSTED} and each.row.year == asked.need_year()
    ]
    if not decided:
        raise NothingFound("no fall of this subject was confirmed in the year", "该主体当年没有经复核确认的等级下降。")
    for each in decided:
        yield _downgrade(shelf, asked, each, numbers.next())


def _downgrade(shelf: Shelf, asked: Asked, each: Fall, number: str | None) -> DowngradeNotice:
    row = each.row
    scale = shelf.regime.scale(row.scale, row.year)
    assert scale is not None
    after = row.decided_grade or row.to_grade
    decided_on = row.decided_at.date() if row.decided_at is not None else asked.on
    return DowngradeNotice(
        number=number,
        issued_on=asked.on,
        subject=address(each.name, each.identifier),
        year=row.year,
        before=scale.grades[row.from_grade],
        after=scale.grades[after],
        reasons=tuple(tell(shelf, reason) for reason in each.reasons),
        reported_on=min(row.report_by, decided_on),
        reviewed_by=asked.need("reviewed_by"),
        reviewed_on=decided_on,
        supervision=say_consequence(scale.follows.get(after)),
    )


def find_scale(shelf: Shelf, asked: Asked) -> Scale:
    """Return the scale that is meant: the only one of the regime in that year, or the one that is named.

    Raises:
        NotGiven: there are several.
        NothingFound: there is none, or none of that name.
    """
    year, named = asked.need_year(), asked.given.get("scale")
    edition = shelf.regime.edition(year)
    scales = edition.scales if edition is not None else ()
    if named is None and len(scales) > 1:
        raise NotGiven("scale")
    for scale in scales:
        if named in {None, scale.id}:
            return scale
    known = "、".join(scale.id for scale in scales)
    raise NothingFound(
        f"'{shelf.regime.code}' has no such scale in {year}",
        f"该制度 {year} 年度没有这一评价标准，现有：{known or '无'}。",
    )


def _of(shelf: Shelf, asked: Asked, scale: Scale) -> Iterator[Standing]:
    """Yield the official results of a year, or that of the subject that is named.

    Raises:
        NothingFound: there is none.
    """
    year, key, code = asked.need_year(), asked.given.get("subject"), shelf.regime.code
    if key is not None:
        members = find(shelf.connection, key, shelf.view.keyring).members
        held = official.results_of(shelf.connection, shelf.view, code, members)
        found = [each for each in held if (each.row.scale, each.row.year) == (scale.id, year)]
        found = [each for each in found if each.row.grade is not None]
    else:
        found = list(_all(shelf, code, scale.id, year))
    if not found:
        raise NothingFound(
            f"there is no official result of {year} by '{code}'",
            f"{shelf.regime.name} {year} 年度没有正式评定结果。年度结束后先执行 xinglin assess close。",
        )
    yield from found


def _all(shelf: Shelf, code: str, scale: str, year: int) -> Iterator[Standing]:
    after = ""
    while True:
        page = official.find_table(shelf.connection, shelf.view, code, scale, year, Part(after, _A_PAGE))
        yield from page
        if len(page) < _A_PAGE:
            return
        after = page[-1].row.subject_id


def _official(each: Standing) -> OfficialRow:
    assert isinstance(each.row, OfficialRow)
    return each.row


def _grade(each: Standing, scale: Scale) -> Graded:
    row = _official(each)
    assert row.grade is not None
    corrected = row.decided_on if row.cause == Decided.CORRECTION else None
    return Graded(
        name=shorten(each.name),
        code=each.identifier,
        grade=scale.grades[row.grade],
        score=row.number,
        corrected_on=corrected,
    )


def _count(found: list[Standing], scale: Scale) -> tuple[Amount, ...]:
    counted = Counter(each.row.grade for each in found)
    whole = Amount(name="参加评价", value=f"{len(found)}家")
    return (whole, *(Amount(name=word, value=f"{counted[grade]}家") for grade, word in scale.grades.items()))


def say_consequence(brings: Consequence | None) -> str | None:
    """Return how a subject with a grade is supervised, in words; None where the scale does not say."""
    if brings is None:
        return None
    if brings.visits is None:
        return brings.supervision
    least, most, years = brings.visits.at_least, brings.visits.at_most, brings.visits.years
    span = "每年" if years == 1 else f"每{years}年"
    if most is None:
        return f"{brings.supervision}，{span}检查不少于{least}次"
    times = f"{least}次" if least == most else f"{least}至{most}次"
    return f"{brings.supervision}，{span}检查{times}"


def tell(shelf: Shelf, ground: Ground) -> Reason:
    """Return a rule that shaped a result as a paper says it."""
    return Reason(
        text=_close_up(ground.effect.rstrip("。")),
        clause=_close_up(ground.clause),
        records=tuple(
            Reference(
                number=cited.document_no,
                day=cited.occurred_on,
                content=shelf.vocabulary.titles.get(cited.family, cited.family),
            )
            for cited in ground.records
        ),
    )


def _close_up(text: str) -> str:
    """Return a text without blanks between Chinese characters: screens need them, papers have none."""
    return _BLANK.sub("", text)


def address(name: str, identifier: str) -> Addressee:
    """Return who a paper is for."""
    return Addressee(name=shorten(name), code=identifier)


def shorten(name: str) -> str:
    """Return a name as a paper may hold it."""
    return make_visible(name, _NAME)
