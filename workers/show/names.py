"""The names that routing.yaml gives to agencies, grounds and feeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from credit.routing.routes import Routes


@dataclass(frozen=True, slots=True)
class Names:
    """Names by code; a code without one, as of an agency no longer routed to, is shown itself."""

    agencies: Mapping[str, str] = field(default_factory=dict)
    grounds: Mapping[str, str] = field(default_factory=dict)
    feeds: Mapping[str, str] = field(default_factory=dict)


def read_names(routes: Routes) -> Names:
    """Return the names in the routes."""
    return Names(
        agencies={code: agency.name for code, agency in routes.partners.items()},
        grounds={code: ground.name for code, ground in routes.grounds.items()},
        feeds={feed.code: feed.name for feed in routes.feeds},
    )
