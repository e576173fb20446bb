"""What the template that a row is written in demands of it, for rows that no rules of portals are about. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from pydantic_core import PydanticCustomError

from credit.identity.organisations import is_placeholder, is_uscc
from schemas.forms import read_day, read_end
from schemas.held import HeldReason
from schemas.sheets import Column, Kind, Template

_UNIFIED = frozenset({"TYSHXYDM", "party.uscc"})
_OF_PERSONS = frozenset({"SFZH", "party.id_no"})


def find_marks(template: Template, values: Mapping[str, str], without: Collection[str] = ()) -> tuple[str, ...]:
    """Return the marks of everything for which a reader of the template would refuse a row, in the order of columns.

    `values` are texts by column code; columns of ours do not leave, and those named by `without` are not asked for.
    The number of a person has to be masked, which the template itself does not say.
    """
    asked = (column for column in template.columns if not column.ours and column.code not in without)
    return tuple(f"{reason.value}:{column.code}" for column in asked for reason in _faults(column, values))


def _faults(column: Column, values: Mapping[str, str]) -> Iterator[HeldReason]:
    text = values.get(column.code, "")
    if not text.strip():
        if column.required:
            yield HeldReason.MISSING
        return
    if column.most is not None and len(text) > column.most:
        yield HeldReason.TOO_LONG
    if column.kind is Kind.CHOICE and not any(text in (choice.word, choice.code) for choice in column.choices):
        yield HeldReason.UNLISTED
    if column.kind in {Kind.DAY, Kind.END} and not _is_day(text, column.kind):
        yield HeldReason.DAY
    if column.code in _UNIFIED and not (is_uscc(text) and not is_placeholder(text)):
        yield HeldReason.CODE
    if column.code in _OF_PERSONS and "*" not in text:
        yield HeldReason.NUMBER


def _is_day(text: str, kind: Kind) -> bool:
    try:
        read_day(text) if kind is Kind.DAY else read_end(text)
    except PydanticCustomError:
        return False
    return True
