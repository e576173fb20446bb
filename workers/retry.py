"""Waiting out trouble: how every worker behaves when broker or database are away."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_not_exception_type,
    sleep_using_event,
    stop_after_attempt,
    stop_when_event_set,
    wait_random_exponential,
)

from schemas.errors import ClockWrong, TransientError

_log = structlog.get_logger(__name__)
_LONGEST_SECONDS = 10


Tell = Callable[[BaseException], None]
"""Hears of each trouble that is waited out."""


def patiently(stop: threading.Event, tell: Tell = lambda _: None) -> Retrying:
    """Return attempts that go on through transient errors, waiting longer each time, until `stop` is set."""
    return Retrying(
        retry=retry_if_exception_type(TransientError),
        wait=wait_random_exponential(multiplier=0.1, max=_LONGEST_SECONDS),
        stop=stop_when_event_set(stop),
        sleep=sleep_using_event(stop),
        before_sleep=lambda state: _say(state, tell),
        reraise=True,
    )


def briefly(tell: Tell = lambda _: None) -> Retrying:
    """Return a few quick attempts: for a batch that met another one's rows, not for a server that is away.

    Nor for a wrong clock: what was decided by its time must not be committed when it is right again.
    """
    return Retrying(
        retry=retry_if_exception_type(TransientError) & retry_if_not_exception_type(ClockWrong),
        wait=wait_random_exponential(multiplier=0.02, max=0.5),
        stop=stop_after_attempt(5),
        before_sleep=lambda state: tell(_trouble_of(state)),
        reraise=True,
    )


def _say(state: RetryCallState, tell: Tell) -> None:
    trouble = _trouble_of(state)
    _log.warning("waiting_out_trouble", attempt=state.attempt_number, trouble=str(trouble))
    tell(trouble)


def _trouble_of(state: RetryCallState) -> BaseException:
    trouble = state.outcome.exception() if state.outcome else None
    assert trouble is not None  # before a wait for the next attempt
    return trouble
