"""What the screens call things: agencies, grounds, feeds and items; and how sure the law is of a clause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from connectors.vocabulary import Vocabulary
from schemas.policy import Confidence
from workers.reading import Reader


@dataclass(frozen=True, slots=True)
class Names:
    """Names by code; a code without one, as of an agency no longer routed to, is shown itself.

    `repair_notice_by` gives the last day to serve the notice of repair with what was decided on a day.
    """

    agencies: Mapping[str, str] = field(default_factory=dict)
    grounds: Mapping[str, str] = field(default_factory=dict)
    feeds: Mapping[str, str] = field(default_factory=dict)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    confidence: Callable[[str], Confidence | None] = lambda _clause: None
    repair_notice_by: Callable[[date], date | None] = lambda _decided: None

    def cite(self, clause: str) -> str:
        """Return a clause; where the law is not sure of it, with a word of caution."""
        return cite(clause, self.confidence(clause))


def read_names(reader: Reader) -> Names:
    """Return the names in the routes, the words of the connectors and the confidence of the law in use."""
    routes = reader.routes
    return Names(
        agencies={code: agency.name for code, agency in routes.partners.items()},
        grounds={code: ground.name for code, ground in routes.grounds.items()},
        feeds={feed.code: feed.name for feed in routes.feeds},
        vocabulary=reader.registry.vocabulary(),
        confidence=reader.law.confidence,
        repair_notice_by=lambda decided: reader.law.due("repair_notice", decided).on,
    )


def cite(clause: str, confidence: Confidence | None) -> str:
    """Return a clause; where it is a default or was not read again, with a word of caution."""
    return clause if confidence in {None, Confidence.HIGH} else f"{clause}（{confidence.word}）"
