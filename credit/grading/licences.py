"""What a subject is licensed for: by the register, and by its permits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from credit.grading.sayings import PERMIT, Saying, Source, day_of
from credit.grading.stays import ENDS, GONE
from schemas.forms import LONG_TERM

CERTIFICATES: Mapping[str, str] = {
    "医疗机构执业许可证": "institution",
    "诊所备案凭证": "institution",
    "公共场所卫生许可证": "public_place",
    "供水单位卫生许可证": "water_supplier",
    "消毒产品生产企业卫生许可证": "disinfectant_producer",
    "餐饮具集中消毒卫生证明": "tableware_disinfector",
    "医师执业证书": "practitioner",
    "护士执业证书": "practitioner",
    "乡村医生执业证书": "practitioner",
}
"""By the certificate of a permit, the role that it licenses; other permits are held beside a role."""

_INVALID = "2"


class Licence(NamedTuple):
    """What a subject is licensed for: a role, or by its `certificate` something beside it.

    `since` is its first licence date since it was last revoked or cancelled, None where none is known; `until` the last
    day of the permit that is shown, None where it has no end. `source` is the record by which it stands as it does,
    `since_source` the one that says since when, `permit` the permit that is shown; None where the register says it all.
    """

    role: str | None
    certificate: str | None
    in_force: bool
    since: date | None
    until: date | None
    source: Source
    since_source: Source | None
    permit: Source | None = None


def main_of(licences: Iterable[Licence]) -> Licence | None:
    """Return the licence in force that a subject is shown by: a medical institution's, else of a role, else any."""
    in_force = [each for each in licences if each.in_force]
    return min(in_force, key=lambda each: (each.role != "institution", each.role is None), default=None)


def number_of(licence: Licence, permit: Mapping[str, Any], registered: str | None) -> str:
    """Return the number of a licence; empty where no message has told it.

    That of the permit that is shown, whose items are `permit`; of a medical institution else the one that it is
    `registered` by; else that of the permit's decision, where the permit has none of its own.
    """
    of_register = registered if licence.role == "institution" else None
    return str(permit.get("XK_XKBH") or of_register or permit.get("XK_WSH") or "")


def role_of(permit: Saying) -> str | None:
    """Return the role that a permit licenses; None for one that is held beside a role."""
    items = permit.fact.items
    return _role_of(str(items.get("XK_XKZS") or items.get("XK_XKWS") or ""))


@lru_cache(maxsize=1024)
def _role_of(certificate: str) -> str | None:
    return next((role for name, role in CERTIFICATES.items() if name in certificate), None)


def ran_out_after(saying: Saying, day: date) -> bool:
    """Tell whether a saying is a permit that is over by now, and ended on a later day than this one."""
    if saying.counts or saying.fact.family != PERMIT:
        return False
    until = day_of(saying.fact.items.get("XK_YXQZI"))
    return until is not None and until >= day


def beside(permit: Saying, source: Source) -> Licence:
    """Return what a permit licenses that makes nobody anything."""
    certificate, until = _paper(permit)
    return Licence(None, certificate, _is_valid(permit), source.occurred_on, until, source, source, source)


@dataclass(slots=True)
class Role:
    """How a subject came to be licensed for a role, event by event.

    Revoked or cancelled, it is licensed again only when it is registered, or given a permit, anew; closed, by any later
    event of one at work. The register alone is enough: a permit that ran out, with no news of another, takes nobody out
    of supervision whom the register still has.
    """

    role: str
    source: Source
    registered: bool = False
    gone: bool = False
    shut: bool = False
    since: date | None = None
    since_source: Source | None = None
    permits: list[Saying] = field(default_factory=list)

    def register(self, items: Mapping[str, Any], source: Source, *, goes_on: bool) -> None:
        """Take an event of the register; `goes_on`: what ended was one workplace of several."""
        event = items.get("event")
        if event in ENDS:
            if not goes_on:
                self.gone, self.shut, self.source = self.gone or event in GONE, True, source
            return
        if event == "registered":
            self._begin(source)
            self._date(source.occurred_on, source)
        if not self.gone:
            self.registered, self.shut, self.source = True, False, source
            self._date(day_of(items.get("licensed_on")), source)

    def permit(self, saying: Saying, source: Source) -> None:
        """Take a permit; one that is marked as invalid says nothing."""
        if saying.fact.items.get("XK_ZT") == _INVALID:
            return
        self._begin(source)
        self.shut = False
        self.permits.append(saying)
        self._date(source.occurred_on, source)

    def licence(self) -> Licence:
        """Return how it stands after the last event."""
        valid = [each for each in self.permits if each.counts]
        in_force = not self.gone and not self.shut and (self.registered or bool(valid))
        shown = valid or ([] if self.registered else self.permits)
        certificate, until = _paper(shown[-1]) if shown else _NO_PAPER
        permit = shown[-1].source if shown else None
        return Licence(self.role, certificate, in_force, self.since, until, self.source, self.since_source, permit)

    def _begin(self, source: Source) -> None:
        if self.gone:
            self.gone, self.registered, self.since, self.since_source = False, False, None, None
            self.permits.clear()
        self.source = source

    def _date(self, day: date | None, source: Source) -> None:
        if day is not None and (self.since is None or day < self.since):
            self.since, self.since_source = day, source


class _Paper(NamedTuple):
    """The name of a permit's certificate, and its last day where it ends."""

    certificate: str | None
    until: date | None


_NO_PAPER = _Paper(None, None)


def _paper(permit: Saying) -> _Paper:
    items = permit.fact.items
    until = day_of(items.get("XK_YXQZI"))
    named = items.get("XK_XKZS") or items.get("XK_XKWS")
    return _Paper(str(named) if named else None, until if until is not None and until < LONG_TERM else None)


def _is_valid(permit: Saying) -> bool:
    return permit.counts and permit.fact.items.get("XK_ZT") != _INVALID
