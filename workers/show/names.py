"""What the screens call things: agencies, grounds and feeds as in routing.yaml, items as in the connectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.vocabulary import Vocabulary
from credit.routing.routes import Routes

_NO_ITEMS = Vocabulary()


@dataclass(frozen=True, slots=True)
class Names:
    """Names by code; a code without one, as of an agency no longer routed to, is shown itself."""

    agencies: Mapping[str, str] = field(default_factory=dict)
    grounds: Mapping[str, str] = field(default_factory=dict)
    feeds: Mapping[str, str] = field(default_factory=dict)
    vocabulary: Vocabulary = field(default_factory=Vocabulary)


def read_names(routes: Routes, vocabulary: Vocabulary = _NO_ITEMS) -> Names:
    """Return the names in the routes; a screen that shows items gives the vocabulary of the connectors too."""
    return Names(
        agencies={code: agency.name for code, agency in routes.partners.items()},
        grounds={code: ground.name for code, ground in routes.grounds.items()},
        feeds={feed.code: feed.name for feed in routes.feeds},
        vocabulary=vocabulary,
    )
