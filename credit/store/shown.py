"""Parties as consumers of results and lists may see them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from credit.batch.recognise import NumberUnsound, open_number
from credit.identity import MASKED
from credit.record.rows import SubjectRow
from credit.rules import Rules
from credit.store import alerts, tables
from credit.store.bulk import Question, find, one_of
from credit.telling import cases
from credit.telling.assessments import Shown

_SUBJECTS = select(*(tables.subject.c[name] for name in SubjectRow._fields)).where(
    one_of(tables.subject.c.subject_id, "keys")
)


def read_parties(connection: Connection, subjects: Collection[str], rules: Rules) -> dict[str, Shown]:
    """Return the subjects of whom somebody can be told, each with its number.

    Left out is a successor that no message has spoken of yet, as nobody can be told its name, and who has on file what
    is not its number: a case is opened for it.
    """
    (found,) = find(connection, Question(_SUBJECTS, subjects))
    shown = {}
    unsound = []
    for party in map(SubjectRow._make, found):
        number = _number(party, rules)
        if number is None:
            unsound.append(party.subject_id)
        else:
            shown[party.subject_id] = Shown(party, number)
    alerts.open_cases(connection, [cases.number_unsound(each, rules.at.now) for each in sorted(unsound)])
    return shown


def _number(party: SubjectRow, rules: Rules) -> str | None:
    """Return a party's number as consumers may see it; None where what is on file is not it."""
    if party.kind != "person":
        return party.subject_id
    try:
        return MASKED.number(open_number(party, rules.vault))
    except NumberUnsound:
        return None
