"""What screens share that decide something: what went wrong is told in Chinese, and who decides has the law in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from credit.access.refusal import AccessRefused
from schemas.errors import ConfigurationError, PermanentError, TransientError
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.leading import name_screens
from workers.console.screens import Page, Shown
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


def shown_again(show: Callable[[Asked], Shown], do: Callable[[Asked], Shown]) -> Callable[[Asked], Shown]:
    """Return what a screen does, which shows its page again where that is refused: why, and what was typed.

    The page finds what was typed in the form that it is asked with, and says of what is refused in `refused`.
    """

    def done(asked: Asked) -> Shown:
        try:
            return do(asked)
        except (AccessRefused, Missing):
            raise
        except PermanentError as error:
            page = show(asked)
            if not isinstance(page, Page):
                raise
            told = "".join(getattr(error, "__notes__", ())) or str(error)
            return replace(page, values={**page.values, "refused": told}, status=400)

    return done


def refuse_to_differ(asked: Asked) -> None:
    """Refuse to decide by other routing or law than the workers at work have loaded.

    Raises:
        TransientError: somebody has, in Chinese.
    """
    try:
        concord.refuse_to_differ(asked.runtime)
    except ConfigurationError as error:
        raise TransientError("后台进程所载入的路由或法规与控制台不同，暂不能办理，请通知运维人员。") from error
