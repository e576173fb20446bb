"""Which template a sheet follows, and which of its columns stands where: told by its headings alone.

Headings may take two rows: the names of groups over those of their columns, or codes below titles. What only nearly is
a heading is never taken for it.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from schemas.file_reasons import FileReason
from schemas.sheets import EXAMPLE_MARK, Column, Kind, Template
from workers.files.grid import Area, Cell, FileRefused, RawRow, column_letter
from workers.files.titles import Titles, normalise
from workers.files.verdicts.naming import SAYS, STATE, TICKET

FIRST_ROWS = 20
"""Among so many rows the headings stand."""

_ENOUGH, _NEAR = 2, 3
"""So many columns of a template make a row one of headings, where no required one is missing, and where one is."""
_LONGEST, _LONGEST_GROUP = 80, 15
"""Letters of a heading, and of the name of a group of columns."""
_ALL_IN_YUAN = re.compile(r"[(\[]?(?:金额|计量|货币)?单位:(?:人民币)?元[)\]]?")
"""Above the headings; 填报单位:元… is none."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that is no column of the template."""

    column: int
    text: str
    like: str = ""
    """The title that it nearly is."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a template stand in a sheet; columns are counted from 0."""

    template: Template
    header_row: int
    """The number of the last row of headings; what follows are rows."""
    columns: Mapping[int, Column]
    unknown: tuple[Heading, ...] = ()
    in_yuan: frozenset[int] = frozenset()
    """Columns of amounts whose heading says 元 where the template has 万元."""
    outcome: int | None = None
    """Where 办理结果 stands, in a verdict file that is handed in again."""
    says: int | None = None
    """Where its 说明 stands."""
    ticket: int | None = None
    """Where its 办理编号 stands."""


_Texts = dict[int, dict[int, str]]
"""Compared headings by row and column."""


@dataclass(slots=True)
class _Fit:
    """How a template fits a row of headings, or two."""

    titles: Titles
    header_row: int
    columns: dict[int, Column] = field(default_factory=dict)
    unknown: list[Heading] = field(default_factory=list)
    in_yuan: set[int] = field(default_factory=set)
    twice: list[tuple[Column, int]] = field(default_factory=list)
    torn: list[tuple[int, Column, Column]] = field(default_factory=list)

    @property
    def codes(self) -> set[str]:
        return {column.code for column in self.columns.values()}

    @property
    def missing(self) -> list[Column]:
        """Required columns that are not there; of our own ones the source can say once what holds for all rows."""
        codes = self.codes
        columns = self.titles.template.columns
        return [one for one in columns if one.required and not one.ours and one.code not in codes]

    def take_in_yuan(self, texts: dict[int, str]) -> None:
        """Take amounts in 万元 whose headings do not say so for amounts in 元, as the sheet says of all."""
        for at, column in self.columns.items():
            if column.kind is Kind.AMOUNT and "万元" in column.title and "万元" not in texts.get(at, ""):
                self.in_yuan.add(at)

    @property
    def rank(self) -> tuple[int, int]:
        """The less the better: headings that are none of its columns or no other one, columns that are not there."""
        absent = sum(not column.ours for column in self.titles.template.columns) - len(self.codes)
        return len(self.unknown) + len(self.twice) + len(self.torn), absent


def find_layout(rows: Sequence[RawRow], merged: Sequence[Area], templates: Collection[Titles]) -> Layout | None:
    """Return the layout that the headings among the first rows of a sheet tell; None where there are none.

    Raises:
        FileRefused: required columns are missing, a column stands there twice, or two templates fit equally.
    """
    texts = _read_texts(rows, merged)
    best = [fit for fit in _fit_best(texts, merged, templates) if _counts(fit)]
    if not best:
        return None
    fit = _choose(best)
    outcome, says, ticket = _find_verdict(texts[fit.header_row], fit)
    if any(
        _ALL_IN_YUAN.fullmatch(text) for number in texts if number < fit.header_row for text in texts[number].values()
    ):
        fit.take_in_yuan(texts[fit.header_row])
    named = next(row.cells for row in rows if row.number == fit.header_row)
    unknown = tuple(_as_written(one, named) for one in fit.unknown if one.column not in {outcome, says, ticket})
    return Layout(
        fit.titles.template,
        fit.header_row,
        dict(sorted(fit.columns.items())),
        unknown,
        frozenset(fit.in_yuan),
        outcome,
        says,
        ticket,
    )


def find_nearest(rows: Sequence[RawRow], merged: Sequence[Area], templates: Collection[Titles]) -> str:
    """Say in Chinese which template a sheet without a layout is nearest to; an empty text where it is near to none."""
    fits = _fit_best(_read_texts(rows, merged), merged, templates)
    if not fits:
        return ""
    fit = min(fits, key=lambda fit: (-len(fit.codes), *fit.rank))
    known = "、".join(f"「{column.title}」" for column in fit.columns.values())
    return f"最接近的模板是「{fit.titles.template.title}」，第 {fit.header_row} 行只认出{known}" if known else ""


def _read_texts(rows: Sequence[RawRow], merged: Sequence[Area]) -> _Texts:
    near = [area for area in merged if area.first_row <= rows[-1].number]
    return {row.number: _spread(row, near, rows) for row in rows}


def _fit_best(texts: _Texts, merged: Sequence[Area], templates: Collection[Titles]) -> list[_Fit]:
    """Return how each template fits the row of which most is known."""
    near = [area for area in merged if area.first_row <= max(texts)]
    known = {name for titles in templates for name in titles.names}
    best: list[_Fit] = []
    for number in texts:
        if _has_headings(number, texts, known):
            fits = [_fit(titles, number, texts, near) for titles in templates]
            if _most(fits) > _most(best) or _goes_on(number, fits, best):
                best = fits
    return best


def _goes_on(number: int, fits: list[_Fit], best: list[_Fit]) -> bool:
    """Tell whether the headings of the best fit have one more row: 单位：万元 above them is not their first one."""
    if not best or _most(fits) < _most(best):
        return False
    last, before = (max(each, key=lambda fit: len(fit.codes)).header_row for each in (fits, best))
    return number <= before < last


def _most(fits: list[_Fit]) -> int:
    return max((len(fit.codes) for fit in fits), default=0)


def _has_headings(number: int, texts: _Texts, known: set[str]) -> bool:
    """Tell cheaply whether anything in a row, or in the one below it, is a heading at all: rows of values are none."""
    text, below = texts[number], texts.get(number + 1, {})
    return any(cell in known for cell in text.values()) or any(
        cell in known or text.get(at, "") + cell in known for at, cell in below.items()
    )


def _as_written(heading: Heading, cells: Sequence[Cell]) -> Heading:
    cell = cells[heading.column] if heading.column < len(cells) else None
    same = isinstance(cell, str) and normalise(cell) == heading.text
    return replace(heading, text=str(cell).strip()) if same else heading


def _counts(fit: _Fit) -> bool:
    enough = _NEAR if fit.missing else min(_ENOUGH, len(fit.titles.template.columns))
    return len(fit.codes) >= enough


def _spread(row: RawRow, merged: Sequence[Area], rows: Sequence[RawRow]) -> dict[int, str]:
    """Return the compared headings of a row by column; each part of a merged cell has its text."""
    texts = {at: normalise(cell) for at, cell in enumerate(row.cells) if isinstance(cell, str)}
    texts = {at: text for at, text in texts.items() if text and len(text) <= _LONGEST}
    for area in merged:
        if area.first_row <= row.number <= area.last_row:
            text = _text_at(rows, area.first_row, area.first_column)
            if text:
                texts |= dict.fromkeys(range(area.first_column, area.last_column + 1), text)
    return texts


def _text_at(rows: Sequence[RawRow], number: int, column: int) -> str:
    cell: Cell = next((row.cells[column] for row in rows if row.number == number and column < len(row.cells)), None)
    return normalise(cell) if isinstance(cell, str) and len(cell) <= _LONGEST else ""


def _fit(titles: Titles, number: int, texts: _Texts, merged: Sequence[Area]) -> _Fit:
    """Return how a template fits a row, or that row with the one below it, where both are headings."""
    text, below = texts[number], texts.get(number + 1, {})
    groups = _find_groups(number - 1, texts, merged, len(text))
    one = _fit_one(titles, number, text, groups)
    if not below or groups or any(cell.startswith(normalise(EXAMPLE_MARK)) for cell in below.values()):
        return one
    two = _fit_two(titles, number + 1, text, below)
    grouped = any(area.first_row == number and area.last_column > area.first_column for area in merged)
    spread = any(area.first_row == number and area.last_row == number + 1 for area in merged)
    lower = {column.code for cell in below.values() if (column := titles.find(cell)) is not None}
    return two if len(two.codes) > len(one.codes) or len(lower) >= _ENOUGH or (grouped and spread) else one


def _find_groups(number: int, texts: _Texts, merged: Sequence[Area], width: int) -> dict[int, str]:
    """Return the names of groups in a row; one over the whole sheet is its title."""
    text, groups = texts.get(number, {}), dict[int, str]()
    for area in merged:
        covers = range(area.first_column, area.last_column + 1)
        if area.first_row <= number <= area.last_row and 1 < len(covers) < width:
            groups |= {at: text[at] for at in covers if at in text and _is_group(text[at])}
    return groups


def _is_group(text: str) -> bool:
    return len(text) <= _LONGEST_GROUP and ":" not in text


def _fit_one(titles: Titles, number: int, text: dict[int, str], groups: dict[int, str]) -> _Fit:
    fit = _Fit(titles, number)
    for at, cell in text.items():
        group = groups.get(at, cell)
        _place(fit, at, cell, titles.find(cell) if group == cell else titles.find_below(group, cell))
    return fit


def _fit_two(titles: Titles, number: int, text: dict[int, str], below: dict[int, str]) -> _Fit:
    fit = _Fit(titles, number)
    groups = {upper for upper, columns in Counter(text.values()).items() if columns > 1}
    for at in sorted(text.keys() | below.keys()):
        upper, lower = text.get(at, ""), below.get(at, "")
        if not lower or upper == lower:  # one cell over both rows, or the only text of the column
            _place(fit, at, upper, titles.find(upper))
        elif not _is_group(upper) or not upper:
            _place(fit, at, lower, titles.find(lower))
        elif upper in groups:
            column = titles.find_below(upper, lower)
            _place(fit, at, upper + lower if column is None else lower, column)
        else:
            _place_one(fit, at, upper, lower)
    return fit


def _place_one(fit: _Fit, at: int, upper: str, lower: str) -> None:
    """Place a column that has a heading in each row: the name of a group or a title above, a title or a code below."""
    above, column, own = fit.titles.find(upper), fit.titles.find_below(upper, lower), fit.titles.find(lower)
    if above and own and above.code != own.code and column is own and not lower.startswith(upper):
        fit.torn.append((at, above, own))
    _place(fit, at, upper + lower if column is None and above is None else lower, column or above)


def _place(fit: _Fit, at: int, text: str, column: Column | None) -> None:
    if column is None and (column := fit.titles.find_in_yuan(text)) is not None:
        fit.in_yuan.add(at)
    if column is None:
        fit.unknown.append(Heading(at, text))
    elif column.code in fit.codes:
        fit.twice.append((column, at))
    else:
        fit.columns[at] = column


def _choose(fits: list[_Fit]) -> _Fit:
    whole = sorted((fit for fit in fits if not fit.missing), key=lambda fit: fit.rank)
    if not whole:
        raise _refuse_missing(min(fits, key=lambda fit: (-len(fit.codes), *fit.rank)))
    first, *others = whole
    equal = [fit.titles.template.title for fit in others if fit.rank == first.rank]
    if equal:
        names = "、".join(f"「{title}」" for title in (first.titles.template.title, *equal))
        raise FileRefused(FileReason.HEADER_AMBIGUOUS, f"表头同样符合模板{names}")
    if first.twice:
        column, at = first.twice[0]
        before = next(place for place, one in first.columns.items() if one.code == column.code)
        says = f"「{column.title}」在 {column_letter(before)} 列和 {column_letter(at)} 列都有"
        raise FileRefused(FileReason.HEADER_TWICE, says)
    if first.torn:
        at, above, below = first.torn[0]
        says = f"{column_letter(at)} 列的两行表头不一致：上行为「{above.title}」，下行为「{below.title}」"
        raise FileRefused(FileReason.HEADER_AMBIGUOUS, says)
    for at, heading in enumerate(first.unknown):
        first.unknown[at] = _suggest(heading, first)
    return first


def _suggest(heading: Heading, fit: _Fit) -> Heading:
    """Say which title that is not there a heading nearly is."""
    codes = fit.codes
    open_titles = [name for name in fit.titles.shown if (one := fit.titles.find(name)) and one.code not in codes]
    near = difflib.get_close_matches(heading.text, open_titles, 1, 0.75)
    return Heading(heading.column, heading.text, fit.titles.shown[near[0]]) if near else heading


def _refuse_missing(fit: _Fit) -> FileRefused:
    missing = "、".join(column.title for column in fit.missing)
    near = [one for heading in fit.unknown if (one := _suggest(heading, fit)).like]
    asks = "".join(f"；{column_letter(one.column)} 列的「{one.text}」是否为「{one.like}」" for one in near)
    says = f"按模板「{fit.titles.template.title}」读，第 {fit.header_row} 行的表头缺少必填列：{missing}{asks}"
    return FileRefused(FileReason.COLUMN_MISSING, says)


def _find_verdict(texts: dict[int, str], fit: _Fit) -> tuple[int | None, int | None, int | None]:
    free = {at: text for at, text in texts.items() if at not in fit.columns}
    outcome = max((at for at, text in free.items() if text == STATE), default=None)
    ticket = max((at for at, text in free.items() if text == TICKET), default=None)
    says = outcome + 1 if outcome is not None and free.get(outcome + 1) == SAYS else None
    if ticket is None and says is None:  # a column that the clerk calls so is hers
        outcome = None
    return outcome, says, ticket
