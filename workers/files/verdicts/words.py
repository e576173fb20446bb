"""What a clerk is told of a row, in Chinese: what became of it, which cell it is about, and what she does now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import orjson

from credit.store.queries.files import Place, RowOutcome
from credit.store.queries.shown import Shown
from schemas.file_reasons import CellReason
from schemas.reasons import HINTS, Reason
from schemas.sheets import Column, Kind, Template, find_sheet
from schemas.states import RowState
from workers.files.archive import column_number
from workers.files.grid import column_letter
from workers.files.verdicts.faults import Named, read_faults
from workers.files.verdicts.rows import RowVerdict
from workers.show.style import moment

MOST = 200
"""Characters of what is said of a row, but for what was worked out; more is not read."""
_CELLS = 3
"""So many cells of a row are named."""
_FIRST = (Kind.AMOUNT, Kind.CODE)
_LAST = (Kind.DAY, Kind.END, Kind.INSTANT)
"""What was read in another form is said of amounts and codes first, and of days last."""
_NUMBERED = re.compile(r"^行政相对人代码_\d（(.+)）$")

_OF_ORGANS = "机关|来源|认定部门|认定单位|评定机构"
"""In the titles of columns that are about who decided or reported, and not about the party."""
_ORGAN = r"(?:(?:处罚|许可|决定|认定)机关|认定部门|认定单位|评定机构).*代码"
_USCC = rf"^(?!.*(?:{_OF_ORGANS})).*统一社会信用代码"
_MEANT = {
    Reason.USCC_CHECK: _USCC,
    Reason.USCC_PLACEHOLDER: _USCC,
    Reason.ID_WRONG_COLUMN: _USCC,
    Reason.ID_MISSING: rf"^(?!.*(?:{_OF_ORGANS}|法定代表人)).*(?:统一社会信用代码|证件号码|身份证)",
    Reason.PERSON_ID_CHECK: r"^(?!.*法定代表人).*(?:证件号码|身份证)",
    Reason.PERSON_ID_FORM: r"^(?!.*法定代表人).*(?:证件号码|身份证)",
    Reason.NAME_MISMATCH: r"^(?!.*法定代表人).*(?:证件号码|身份证|相对人名称|当事人·名称|机构全称|姓名)",
    Reason.DATE_FUTURE: r"(?:决定|发生|认定|列入|评定)日期|确认严重失信时间",
    Reason.NUMBER_FILLER: r"文书号|文号",
    Reason.REVISION_IMPLAUSIBLE: r"^修订版次$",
    Reason.ORGAN_FOREIGN: _ORGAN,
}
"""The titles of the columns that a reason is about where its detail names no item."""
_SAID_BY_HINT = frozenset(
    {
        Reason.DATE_INVALID,
        Reason.NUMBER_FILLER,
        Reason.USCC_CHECK,
        Reason.USCC_PLACEHOLDER,
        Reason.PERSON_ID_CHECK,
        Reason.PERSON_ID_FORM,
        Reason.FEED_NUMBER_UNKNOWN,
        Reason.FEED_NUMBER_AMBIGUOUS,
        Reason.FEED_NUMBER_OTHER,
    }
)
"""Reasons of which the hint says as much as the detail."""

NO_LETTERS: Mapping[str, str] = MappingProxyType({})
_STANDARD = ("penalty-v2019", "permit-v2019")
"""The templates whose items messages name."""


class SheetWords:
    """The cells of one sheet by the items that stand there."""

    def __init__(self, columns: Mapping[str, str], template: Template | None, standard: Mapping[str, str]) -> None:
        """Take the letters of columns by code, the template, and the titles of the national items by code.

        A table has no letters: `NO_LETTERS`.
        """
        self._letters = columns
        self._columns: dict[str, Column] = {each.code: each for each in template.columns} if template else {}
        self._held = template.held if template else {}
        self._standard = standard

    @cached_property
    def _titles(self) -> dict[str, str]:
        titles = {column.title: code for code, column in self._columns.items()}
        return {name: code for code, column in self._columns.items() for name in column.also} | titles

    def find(self, item: str, row: int) -> Named | None:
        """Return the cell of an item that a detail names by its code or path; None for what is no item of the sheet.

        An item of the national standard may stand in a column of an earlier generation, which has the same title; where
        a template has several columns for an item, it is the first of those that the sheet has.
        """
        code = re.sub(r"\.(\d+)(?=\.|$)", lambda found: f".{int(found[1]) + 1}", item.removeprefix("data."))
        if held := self._held.get(code):
            code = next((each for each in held if each in self._letters), held[0])
        if code not in self._columns:
            code = self._titles.get(self._standard.get(code, ""), "")
        return self.name(code, row) if code in self._columns else None

    def kind_of(self, code: str) -> Kind | None:
        """Return what the cells of a column hold."""
        return self._columns[code].kind if code in self._columns else None

    def meant(self, titles: str, row: int) -> list[Named]:
        """Return the cells that stand in columns whose titles are such."""
        there = (each for code, each in self._columns.items() if code in self._letters or not self._letters)
        return [self.name(each.code, row) for each in there if re.search(titles, each.title)]

    def name(self, code: str, row: int) -> Named:
        """Return the name of a cell, as D5（统一社会信用代码）."""
        title = self._columns[code].title if code in self._columns else code
        short = _NUMBERED.sub(r"\1", title)
        letters = self._letters.get(code)
        if letters is None:
            return Named(None, f"“{short}”列")
        return Named(column_number(letters), f"{letters}{row}（{short}）")


def words_of(template: str, templates: Mapping[str, Template], letters: Mapping[str, str] = NO_LETTERS) -> SheetWords:
    """Return the words of a sheet that is written in a template, or of a table, which has no letters for columns."""
    standard = {c.code: c.title for name in _STANDARD if name in templates for c in templates[name].columns}
    return SheetWords(letters, find_sheet(templates, template), standard)


@dataclass(frozen=True, slots=True)
class Around:
    """What the archive shows in place of some rows, and by which files it came."""

    file_id: str
    shown: Mapping[str, Shown]
    places: Mapping[str, Place]


NOTHING_AROUND = Around("", MappingProxyType({}), MappingProxyType({}))
"""Enough for rows that were refused or are parked."""


def say(outcome: RowOutcome, words: SheetWords, around: Around) -> RowVerdict:
    """Return the verdict on a row."""
    named: list[Named] = []
    match outcome.state:
        case RowState.REFUSED:
            named, says = _say_refused(outcome.refusal, outcome.row, words)
        case RowState.PARKED:
            named, says = _say_parked(outcome.reason, outcome.detail, outcome.row, words)
        case RowState.REPEATED:
            says = _say_repeated(outcome, around)
        case RowState.SUPERSEDED | RowState.CONFLICT | RowState.DISMISSED:
            says = _say_other(outcome, around)
        case RowState.DISCARDED:
            says = "此前未受理的报文已由人作废，或已由更正的行取代。不用处理。"
        case RowState.WAITING:
            says = "尚在处理，稍后再看。"
        case RowState.APPLIED:
            says = ""
    worked_out, others = _say_notes(outcome.notes, outcome.row, words)
    says = _cut(says) + worked_out
    says += _cut(others, max(MOST - len(says), 1))
    faulty = frozenset(each.column for each in named if each.column is not None)
    return RowVerdict(outcome.row, outcome.state, says, outcome.ticket or "", faulty)


def part_of(outcome: RowOutcome, item: str, place: int) -> RowOutcome:
    """Return what became of a row of a list as that row has it: of its message what is said of the row itself.

    `item` is the list in the message, and `place` where in it the row stands, from 0.
    """
    if outcome.state is not RowState.PARKED or outcome.detail is None:
        return outcome
    own = re.compile(rf"^(?:data\.)?{re.escape(item)}\.{place}\.")
    faults = [own.sub("", fault) for fault in outcome.detail.split("; ") if own.match(fault)]
    return outcome._replace(detail="; ".join(faults))


def _cut(text: str, most: int = MOST) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def say_refused(refusal: str | None, words: SheetWords, row: int = 0) -> str:
    """Return why a row can be no message, by the notes of its cells (JSON), and how it is mended."""
    return _say_refused(refusal, row, words)[1]


def say_parked(reason: str | None, detail: str | None, words: SheetWords, row: int = 0) -> str:
    """Return why a row's message is parked, the cells that the detail names among it, and what to do."""
    return _say_parked(reason, detail, row, words)[1]


def say_notes(kept: str | None, row: int, words: SheetWords) -> str:
    """Return what is to be said of cells that were read in another form than they were written (JSON).

    What was worked out is always said; of the rest three cells are named, of days last.
    """
    return "".join(_say_notes(kept, row, words))


def _say_notes(kept: str | None, row: int, words: SheetWords) -> tuple[str, str]:
    """Return what was worked out, and what else is to be said."""
    notes = sorted(orjson.loads(kept or "[]"), key=lambda note: _rank(note, words))
    worked_out = [note for note in notes if note["reason"] == CellReason.WORKED_OUT]
    others = [note for note in notes if note["reason"] != CellReason.WORKED_OUT]
    said = [
        "".join(f"{_place(note, row, words)}：{note['says']}。" for note in part)
        for part in (worked_out, others[:_CELLS])
    ]
    if len(others) > _CELLS:
        said.append(f"另有 {len(others) - _CELLS} 处按其他写法读入。")
    return said[0], "".join(said[1:])


def _rank(note: Mapping[str, Any], words: SheetWords) -> int:
    kind = words.kind_of(note["code"])
    if kind in _FIRST:
        return _FIRST.index(kind)
    return len(_FIRST) + (kind in _LAST or note["reason"] == CellReason.FILLER)


def _place(note: Mapping[str, Any], row: int, words: SheetWords) -> str:
    if note["column"] is not None:
        return f"{column_letter(note['column'])}{row}"
    return words.name(note["code"], row).name if note["code"] else "本行"


def _say_refused(refusal: str | None, row: int, words: SheetWords) -> tuple[list[Named], str]:
    notes: list[dict[str, Any]] = orjson.loads(refusal or "[]")
    named = [_named(note, row, words) for note in notes]
    hints = dict.fromkeys(_hint(note["reason"]) for note in notes)
    cells = "；".join(f"{cell.name}：{note['says']}" for cell, note in zip(named[:_CELLS], notes, strict=False))
    more = f"等 {len(notes)} 处" if len(notes) > _CELLS else ""
    return named, f"{cells}{more}。{''.join(hints)}"


def _named(note: Mapping[str, Any], row: int, words: SheetWords) -> Named:
    if note["column"] is None:
        return words.name(note["code"], row) if note["code"] else Named(None, "本行")
    return Named(note["column"], words.name(note["code"], row).name if note["code"] else _place(note, row, words))


def _hint(reason: str) -> str:
    cell = next((each for each in CellReason if each == reason), None)
    return cell.hint if cell is not None else HINTS[Reason(reason)]


def _say_parked(code: str | None, detail: str | None, row: int, words: SheetWords) -> tuple[list[Named], str]:
    reason, detail = Reason(code or Reason.INTERNAL), detail or ""
    faults = list(read_faults(detail, lambda item: words.find(item, row)))
    named = list(dict.fromkeys(cell for fault in faults for cell in fault.cells)) or _meant(reason, detail, row, words)
    says = [fault.says for fault in faults] if reason not in _SAID_BY_HINT else []
    says = says or [cell.name for cell in named]
    cells = "；".join(says[:_CELLS])
    more = f"等 {len(says)} 项" if len(says) > _CELLS else ""
    return named, f"{cells}{more}{'。' if '：' in cells else '：'}{HINTS[reason]}" if cells else HINTS[reason]


def _meant(reason: Reason, detail: str, row: int, words: SheetWords) -> list[Named]:
    titles = _ORGAN if detail.startswith("the organ's code") else _MEANT.get(reason)
    return words.meant(titles, row) if titles else []


def _say_repeated(outcome: RowOutcome, around: Around) -> str:
    shown = around.shown.get(outcome.record_id or "")
    by = _by(outcome.message_key or "", outcome, around)
    if shown is not None and shown.stated_by != outcome.message_key:
        by = _by(shown.stated_by, outcome, around)
    when = f"，{moment(shown.time)}" if shown is not None else ""
    again = "此后另有答复的，请填答复的时间；否则不用处理。" if outcome.answers else "不用处理。"
    return f"与此前所报相同（{by}{when}），档案无变化。{again}"


def _say_other(outcome: RowOutcome, around: Around) -> str:
    if outcome.answers:
        return "另有同样或更晚的答复，或此后已重新报送，以更晚的为准。不用处理。"
    shown = around.shown.get(outcome.record_id or "")
    if shown is None:
        return "档案中另有内容不同的陈述。请核对后以更高的修订版次再报。"
    again = f"把修订版次填为 {shown.revision + 1} 后再报"
    if shown.of_several:
        again = f"该文号所称当事人不同：一案有多个当事人的，以“之二”等后缀区分文号后再报；只是更正当事人的，{again}"
    else:
        again = f"以本行为准的，{again}"
    by = f"{_by(shown.stated_by, outcome, around)}，{moment(shown.time)}"
    if outcome.state is RowState.DISMISSED:
        return f"与“{shown.document_no}”的另一陈述（{by}）内容不同，经人工认定以该陈述为准。{again}；否则不用处理。"
    if outcome.state is RowState.SUPERSEDED:
        return f"“{shown.document_no}”现为第 {shown.revision} 版（{by}）。{again}；否则不用处理。"
    if shown.stated_by == outcome.message_key:
        return f"“{shown.document_no}”另有版次相同、内容不同的陈述，暂以本行为准。请核对；{again}。"
    return f"与“{shown.document_no}”的陈述（{by}）内容不同、版次相同，暂以先报的为准。{again}；否则不用处理。"


def _by(key: str, outcome: RowOutcome, around: Around) -> str:
    place = around.places.get(key)
    if place is None:
        return f"来源 {key.partition(' ')[0]} 的报文"
    if place.file_id == around.file_id:
        return "本文件此前提交" if place.row == outcome.row else f"本文件第 {place.row} 行"
    return f"文件“{place.name[:40]}”第 {place.row} 行"
