"""Files over the national law: a province's rules (policies/regions/), and what an authority confirmed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.base import Closed, Day, Name, Text
from schemas.policy import DeadlineName, DeadlineRule, FreeReports, Provision, Source


class Switch(Provision):
    """Whether something holds in a province."""

    on: bool


class AppealPeriod(Provision):
    """How long a penalty may be appealed against: so many months from the day of service.

    No message gives that day; it is taken to be the last on which the decision has to be served.
    """

    served_within_working_days: Annotated[int, Field(ge=0, le=366)]
    months: Annotated[int, Field(ge=1, le=1200)]


class RegionFile(Closed):
    """policies/regions/PROVINCE.yaml: what is not given is as the national law says.

    `summary_penalties_of_persons`: whether a penalty of a natural person by summary procedure is reported to feeds and
    is a ground of notices. `penalties_count_after`: the period that has to be over before a penalty is a ground; its
    publicity does not wait for it, nor does what a statute lays down. `own_reports`: how many reports about itself a
    subject gets free of charge in a year. `left_out` says in Chinese what the province's
    rules hold besides and Xinglin does not follow, `not_known` what was not found.
    """

    name: Name
    deadlines: dict[DeadlineName, DeadlineRule] = Field(default_factory=dict)
    summary_penalties_of_persons: Switch | None = None
    penalties_count_after: AppealPeriod | None = None
    own_reports: FreeReports | None = None
    left_out: tuple[Text, ...] = ()
    not_known: tuple[Text, ...] = ()


class Confirmation(Closed):
    """Somebody of the authority answers for a clause from a day on; document and clause as the law's file writes it."""

    document: Text
    clause: Text
    by: Name
    on: Day

    @property
    def source(self) -> Source:
        """The clause as provisions cite it."""
        return Source(document=self.document, clause=self.clause)


class ConfirmedFile(Closed):
    """policies/confirmed.yaml."""

    confirmed: tuple[Confirmation, ...]
