"""Whether the party of a record was told before the agencies are, and from which day on they may be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from credit.law.law import Law
from credit.record.standing import OfficeAct
from schemas.statement import ActKind

_ONE_DAY = timedelta(days=1)


def heard_from(acts: Sequence[OfficeAct], law: Law) -> date | None:
    """Return the first day on which the party counts as heard; None while nothing says that it was told.

    Served alone, the party may answer until the last day of that deadline; once it answered, or said that it will
    not, it is heard from the day of service on. `acts` are the effective acts on the record; of several tellings the
    earliest counts.
    """
    return min((_free_from(act, law) for act in acts if act.kind is ActKind.TOLD), default=None)


def _free_from(act: OfficeAct, law: Law) -> date:
    if act.state == "served":
        return law.due("told_answer", act.occurred_on).on + _ONE_DAY
    return act.occurred_on
