"""Waiting out trouble: how every worker behaves when broker or database are away."""

from __future__ import annotations

import threading

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


def patiently(stop: threading.Event) -> Retrying:
    """Return attempts that go on through transient errors, waiting longer each time, until `stop` is set."""
    return Retrying(
        retry=retry_if_exception_type(TransientError),
        wait=wait_random_exponential(multiplier=0.1, max=_LONGEST_SECONDS),
        stop=stop_when_event_set(stop),
        sleep=sleep_using_event(stop),
        before_sleep=_tell,
        reraise=True,
    )


def briefly() -> Retrying:
    """Return a few quick attempts: for a batch that met another one's rows, not for a server that is away.

    Nor for a wrong clock: what was decided by its time must not be committed when it is right again.
    """
    return Retrying(
        retry=retry_if_exception_type(TransientError) & retry_if_not_exception_type(ClockWrong),
        wait=wait_random_exponential(multiplier=0.02, max=0.5),
        stop=stop_after_attempt(5),
        reraise=True,
    )


def _tell(state: RetryCallState) -> None:
    outcome = state.outcome.exception() if state.outcome else None
    _log.warning("waiting_out_trouble", attempt=state.attempt_number, trouble=str(outcome))
