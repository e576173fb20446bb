"""What screens share that decide something: what went wrong is told in Chinese, and who decides has the law in use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from credit.access.refusal import AccessRefused
from schemas.errors import ConfigurationError, PermanentError, TransientError
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.leading import name_screens
from workers.decisions import concord
from workers.decisions.proposed import NotDone
from workers.show.detail import NO_ITEMS, say_detail


@contextmanager
def telling(said: str, kind: type[PermanentError] = Incomplete) -> Iterator[None]:
    """Tell in Chinese why what was asked for could not be done: `said`, and what was found, unless it is told already.

    Raises:
        PermanentError: of that kind, for whatever cannot be done as it was asked for.
    """
    try:
        yield
    except (Incomplete, Missing, AccessRefused, NotDone):
        raise
    except PermanentError as error:
        raise kind(f"{said}（{name_screens(say_detail(str(error), NO_ITEMS))}）") from error


def refuse_to_differ(asked: Asked) -> None:
    """Refuse to decide by other routing or law than the workers at work have loaded.

    Raises:
        TransientError: somebody has, in Chinese.
    """
    try:
        concord.refuse_to_differ(asked.runtime)
    except ConfigurationError as error:
        raise TransientError("后台进程所载入的路由或法规与控制台不同，暂不能办理，请通知运维人员。") from error
