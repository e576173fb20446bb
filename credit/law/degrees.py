"""Degrees of dishonesty 失信程度: which provision of an edition gives a fact its degree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from credit.law.amounts import read_amount
from credit.law.conditions import holds, mentions
from schemas.policy import Degree, Escalation, Fines, PenaltyTable, SeverityRule
from schemas.record import Ruling, Severity
from schemas.statement import Category, Fact

_FINE = "罚款"
_OTHER_PREFIXES = ("其他-", "其他－", "其他—")
_WEIGHTS: Mapping[Severity | None, int] = {None: -1, **{severity: severity.weight for severity in Severity}}


class Applied(NamedTuple):
    """The provision that gives a fact its degree, by the name that the clause calls it.

    `heavier` is the part of it that the text of the decision calls for, where it does.
    """

    name: str
    degree: Degree
    heavier: Escalation | None = None

    @property
    def severity(self) -> Severity | None:
        """The degree."""
        return self.heavier.severity if self.heavier else self.degree.severity

    @property
    def ruling(self) -> Ruling:
        """The degree with its clause."""
        return Ruling(self.severity, f"{self.name}：{self.degree.source}")


@dataclass(frozen=True, slots=True)
class Degrees:
    """An edition of the degrees of dishonesty; of the rules of a family the first that holds decides."""

    penalties: PenaltyTable
    rules: Mapping[str, tuple[SeverityRule, ...]]
    otherwise: Degree

    def apply(self, fact: Fact) -> Applied:
        """Return the provision that gives a fact its degree."""
        if fact.category is Category.PENALTY:
            return _weigh(self.penalties, fact)
        for rule in self.rules.get(fact.key.family, ()):
            if (rule.party_kinds is None or fact.party.kind in rule.party_kinds) and holds(rule.when, fact):
                return Applied(rule.name, rule)
        return Applied("未列入失信认定规则", self.otherwise)


def _weigh(table: PenaltyTable, fact: Fact) -> Applied:
    if fact.items.get("summary_procedure") is True:
        return Applied("简易程序", table.summary_procedure)
    kinds = fact.items.get("penalty_kinds") or ("其他",)
    found = [_kind(table, kind, fact) for kind in kinds]
    fine = read_amount(fact.items.get("CF_NR_FK"))
    if fine and _FINE not in map(plain_kind, kinds):  # named as an amount alone, it is a fine all the same
        found.append(_fine(table.fines, fact, "罚款金额"))
    # `max` keeps the first of equals: the order in the decision names the clause.
    return max(found, key=lambda each: _WEIGHTS[each.severity])


def _kind(table: PenaltyTable, kind: str, fact: Fact) -> Applied:
    name = f"处罚类别“{kind}”"
    kind = plain_kind(kind)
    if kind == _FINE:
        return _fine(table.fines, fact, name)
    degree = table.kinds.get(kind)
    if degree is None:
        return Applied(name, table.other_kinds)
    if degree.heavier is not None and mentions(degree.heavier.contains, fact.items):
        return Applied(name, degree, degree.heavier)
    return Applied(name, degree)


def _fine(fines: Fines, fact: Fact, name: str) -> Applied:
    """Weigh a fine by its amount; one whose amount is not given is not small."""
    fine, kind = read_amount(fact.items.get("CF_NR_FK")), fact.party.kind
    if fine > (above := fines.huge.above_wan(kind)):
        return Applied(f"罚款超过{above:f}万元", fines.huge)
    if Decimal(0) < fine <= (most := fines.small.up_to_wan(kind)):
        return Applied(f"罚款不超过{most:f}万元", fines.small)
    return Applied(name, fines.larger)


def plain_kind(kind: str) -> str:
    """Return a kind of penalty that was written as another, such as 其他-警告, by its own name."""
    for prefix in _OTHER_PREFIXES:
        kind = kind.removeprefix(prefix)
    return kind
