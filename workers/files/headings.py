"""Which template a sheet follows, and which of its columns stands where: told by its headings alone.

A heading is compared without blanks, line breaks, marks of required columns, width and case. It may take two rows: the
name of a group over those of its columns, or codes below titles. What only nearly is a heading is never taken for it.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from schemas.file_reasons import FileReason
from schemas.sheets import EXAMPLE_MARK, Column, Kind, Template
from workers.files.grid import Area, Cell, FileRefused, RawRow, column_letter

FIRST_ROWS = 20
"""Among so many rows the headings stand."""
OUTCOME, SAYS, TICKET = "办理结果", "说明", "办理编号"
"""The columns that a verdict adds."""

_ENOUGH, _NEAR = 2, 3
"""So many columns of a template make a row one of headings, where no required one is missing, and where one is."""
_LONGEST, _LONGEST_GROUP = 80, 15
"""Letters of a heading, and of the name of a group of columns."""
_MARKS = re.compile(
    r"[*★☆●]|[(\[【](?:必填|选填|非必填|必录|选录|必选|可选|可空|条件必填|必填项|选填项)[)\]】]|^[0-9]{1,2}[.、]"
)
_GROUP_WORDS = re.compile(r"(?:基本)?(?:信息|情况|资料|内容|数据)$")
_YUAN = re.compile(r"[(\[]?(?:单位:?)?元[)\]]?$")
_TEN_THOUSAND = re.compile(r"[(\[]?(?:单位:?)?万元[)\]]?$")


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


def normalise(text: str) -> str:
    """Return a heading as headings are compared."""
    folded = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return _MARKS.sub("", folded).rstrip(":")


class Headings:
    """The columns of a template by every name that a heading may have for them."""

    def __init__(self, template: Template) -> None:
        """Take in the names once; they are looked up for each of the first rows of each sheet."""
        self.template = template
        self._titles: dict[str, Column] = {}
        self._names: dict[str, Column] = {}
        for column in template.columns:
            self._titles.setdefault(normalise(column.title), column)
            self._titles.setdefault(normalise(column.code), column)
        for column in template.columns:
            for name in column.also:
                self._names.setdefault(normalise(name), column)
        self._names = self._names | self._titles
        self._amounts = {
            _TEN_THOUSAND.sub("", name): column
            for name, column in self._names.items()
            if column.kind is Kind.AMOUNT and _TEN_THOUSAND.search(name)
        }

    @cached_property
    def titles(self) -> dict[str, str]:
        """Titles by their compared forms, for what is nearly one."""
        return {name: column.title for name, column in self._names.items()}

    def find(self, text: str) -> Column | None:
        """Return the column that a compared heading names."""
        return self._names.get(text)

    def find_in_yuan(self, text: str) -> Column | None:
        """Return the column of an amount in 万元 that a heading names in 元."""
        if not _YUAN.search(text) or _TEN_THOUSAND.search(text):
            return None
        return self._amounts.get(_YUAN.sub("", text))

    def find_below(self, group: str, text: str) -> Column | None:
        """Return the column that a heading names below that of a group.

        A name such as 统一社会信用代码 may be that of the party, and below 处罚机关 it is not: where other columns end
        with the same words, the group has to be part of the title.
        """
        if (column := self.find(group + text)) is not None:
            return column
        if (column := self.find(text)) is None:
            return None
        ending = {each.code for name, each in self._names.items() if name.endswith(text)}
        bare = _GROUP_WORDS.sub("", group)
        if len(ending) == 1 or (bare and any(bare in name for name in self._names_of(column))):
            return column
        return None

    def _names_of(self, column: Column) -> Iterable[str]:
        return (name for name, each in self._names.items() if each is column)


_Texts = dict[int, dict[int, str]]
"""Compared headings by row and column."""


@dataclass(slots=True)
class _Fit:
    """How a template fits a row of headings, or two."""

    headings: Headings
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
        columns = self.headings.template.columns
        return [one for one in columns if one.required and not one.ours and one.code not in codes]

    @property
    def rank(self) -> tuple[int, int]:
        """The less the better: headings that are none of its columns, columns that are not there."""
        absent = sum(not column.ours for column in self.headings.template.columns) - len(self.codes)
        return len(self.unknown), absent


def find_layout(rows: Sequence[RawRow], merged: Sequence[Area], templates: Collection[Headings]) -> Layout | None:
    """Return the layout that the headings among the first rows of a sheet tell; None where there are none.

    Raises:
        FileRefused: required columns are missing, a column stands there twice, or two templates fit equally.
    """
    best: list[_Fit] = []
    merged = [area for area in merged if area.first_row <= rows[-1].number]
    texts = {row.number: _spread(row, merged, rows) for row in rows}
    for number in texts:
        fits = [_fit(headings, number, texts, merged) for headings in templates]
        most = max((len(fit.codes) for fit in fits), default=0)
        if most > max((len(fit.codes) for fit in best), default=0):
            best = fits
    best = [fit for fit in best if _counts(fit)]
    if not best:
        return None
    fit = _choose(best)
    outcome, says, ticket = _find_verdict(texts[fit.header_row], fit)
    named = next(row.cells for row in rows if row.number == fit.header_row)
    unknown = tuple(_as_written(one, named) for one in fit.unknown if one.column not in {outcome, says, ticket})
    return Layout(
        fit.headings.template,
        fit.header_row,
        dict(sorted(fit.columns.items())),
        unknown,
        frozenset(fit.in_yuan),
        outcome,
        says,
        ticket,
    )


def _as_written(heading: Heading, cells: Sequence[Cell]) -> Heading:
    cell = cells[heading.column] if heading.column < len(cells) else None
    same = isinstance(cell, str) and normalise(cell) == heading.text
    return replace(heading, text=str(cell).strip()) if same else heading


def _counts(fit: _Fit) -> bool:
    enough = _NEAR if fit.missing else min(_ENOUGH, len(fit.headings.template.columns))
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


def _fit(headings: Headings, number: int, texts: _Texts, merged: Sequence[Area]) -> _Fit:
    """Return how a template fits a row, or that row with the one below it, where both are headings."""
    text, below = texts[number], texts.get(number + 1, {})
    groups = _find_groups(number - 1, texts, merged, len(text))
    one = _fit_one(headings, number, text, groups)
    if not below or groups or any(cell.startswith(normalise(EXAMPLE_MARK)) for cell in below.values()):
        return one
    two = _fit_two(headings, number + 1, text, below)
    grouped = any(area.first_row == number and area.last_column > area.first_column for area in merged)
    spread = any(area.first_row == number and area.last_row == number + 1 for area in merged)
    lower = {column.code for cell in below.values() if (column := headings.find(cell)) is not None}
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


def _fit_one(headings: Headings, number: int, text: dict[int, str], groups: dict[int, str]) -> _Fit:
    fit = _Fit(headings, number)
    for at, cell in text.items():
        group = groups.get(at, cell)
        _place(fit, at, cell, headings.find(cell) if group == cell else headings.find_below(group, cell))
    return fit


def _fit_two(headings: Headings, number: int, text: dict[int, str], below: dict[int, str]) -> _Fit:
    fit = _Fit(headings, number)
    for at in sorted(text.keys() | below.keys()):
        upper, lower = text.get(at, ""), below.get(at, "")
        if not lower or upper == lower:  # one cell over both rows, or the only text of the column
            _place(fit, at, upper, headings.find(upper))
        elif not _is_group(upper) or not upper:
            _place(fit, at, lower, headings.find(lower))
        else:
            above, column = headings.find(upper), headings.find_below(upper, lower)
            own = headings.find(lower)
            if above and own and above.code != own.code and column is own:
                fit.torn.append((at, above, own))
            _place(fit, at, upper + lower if column is None and above is None else lower, column or above)
    return fit


def _place(fit: _Fit, at: int, text: str, column: Column | None) -> None:
    if column is None and (column := fit.headings.find_in_yuan(text)) is not None:
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
    equal = [fit.headings.template.title for fit in others if fit.rank == first.rank]
    if equal:
        names = "、".join(f"「{title}」" for title in (first.headings.template.title, *equal))
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
    open_titles = [name for name in fit.headings.titles if (one := fit.headings.find(name)) and one.code not in codes]
    near = difflib.get_close_matches(heading.text, open_titles, 1, 0.75)
    return Heading(heading.column, heading.text, fit.headings.titles[near[0]]) if near else heading


def _refuse_missing(fit: _Fit) -> FileRefused:
    missing = "、".join(column.title for column in fit.missing)
    near = [one for heading in fit.unknown if (one := _suggest(heading, fit)).like]
    asks = "".join(f"；{column_letter(one.column)} 列的「{one.text}」是否为「{one.like}」" for one in near)
    says = f"按模板「{fit.headings.template.title}」读，第 {fit.header_row} 行的表头缺少必填列：{missing}{asks}"
    return FileRefused(FileReason.COLUMN_MISSING, says)


def _find_verdict(texts: dict[int, str], fit: _Fit) -> tuple[int | None, int | None, int | None]:
    free = {at: text for at, text in texts.items() if at not in fit.columns}
    outcome = max((at for at, text in free.items() if text == OUTCOME), default=None)
    ticket = max((at for at, text in free.items() if text == TICKET), default=None)
    if outcome is None:
        return None, None, ticket
    return outcome, outcome + 1 if free.get(outcome + 1) == SAYS else None, ticket
