"""What the screens call things: agencies, grounds, feeds and items; and how sure the law is of a clause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from connectors.registry import Registry
from connectors.vocabulary import Vocabulary
from credit.grading.regime import Regime
from credit.law.law import Counting, Law
from credit.record.rows import RecordRow
from credit.routing.routes import Routes
from schemas.policy import Confidence, DeadlineName


@dataclass(frozen=True, slots=True)
class Names:
    """Names by code; a code without one, as of an agency no longer routed to, is shown itself.

    `regimes` have those of scales, grades and lists; they are there where a screen asks for them. `organs` are those
    that the routes name, by the code of the organ. `confidence`, `counting` and `due` ask the law in use.
    """

    agencies: Mapping[str, str] = field(default_factory=dict)
    grounds: Mapping[str, str] = field(default_factory=dict)
    feeds: Mapping[str, str] = field(default_factory=dict)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    confidence: Callable[[str], Confidence | None] = lambda _clause: None
    counting: Callable[[RecordRow], Counting | None] = lambda _row: None
    due: Callable[[DeadlineName, date], date | None] = lambda _name, _start: None
    regimes: Mapping[str, Regime] = field(default_factory=dict)
    organs: Mapping[str, str] = field(default_factory=dict)

    def cite(self, clause: str) -> str:
        """Return a clause, 无 for none; where the law is not sure of it, with a word of caution."""
        return cite(clause, self.confidence(clause)) if clause else "无"


def read_names(registry: Registry, routes: Routes | None, law: Law | None) -> Names:
    """Return the names in the routes, the words of the connectors and the confidence of the law in use.

    Without routes every agency, ground and feed is shown by its code; without the law no clause has a word of caution.
    """
    names = Names(vocabulary=registry.vocabulary())
    if routes is not None:
        names = replace(
            names,
            agencies={code: agency.name for code, agency in routes.partners.items()},
            grounds={code: ground.name for code, ground in routes.grounds.items()},
            feeds={feed.code: feed.name for feed in routes.feeds},
            organs=_name_organs(routes),
        )
    if law is not None:
        names = replace(
            names,
            confidence=law.confidence,
            counting=lambda row: law.counting(row.stated),
            due=lambda name, start: law.due(name, start).on,
        )
    return names


def _name_organs(routes: Routes) -> dict[str, str]:
    """Return the names of organs by code; of several the first, which is that of a partner where it is one."""
    names: dict[str, str] = {}
    for name, code in routes.organs.items():
        names.setdefault(code, name)
    return names


def cite(clause: str, confidence: Confidence | None) -> str:
    """Return a clause; where it is a default or was not read again, with a word of caution."""
    return clause if confidence in {None, Confidence.HIGH} else f"{clause}（{confidence.word}）"
