"""Logs: JSON lines where machines read them, readable lines on a terminal; no ID number and no key in either.

Nor does a letter of a message steer the terminal or forge a line there.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping, MutableMapping
from textwrap import indent
from typing import Any

import structlog

from credit.identity import mask_text
from workers.letters import escape, spell

_SECRET = ("password", "secret", "keys", "key_file", "raw", "identifier", "id_no")


def configure(level: int) -> None:
    """Set up logging for this process: to standard error, masked by a processor that sees every event last.

    A worker logs from INFO on; a command that a person waits for shows results, and logs only what failed.
    """
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask,
            *(_FOR_PEOPLE if terminal else _FOR_MACHINES),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    # pika and kombu explain lost connections at length; what matters of it is in our own errors.
    logging.basicConfig(level=logging.CRITICAL)


def _render(value: Any, **options: Any) -> str:
    return escape(json.dumps(value, ensure_ascii=False, **options))


def spell_out(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep every text of an event on its line; a traceback has several, and none of them begins where an event does.

    Values that are no texts are shown as Python writes them, which is safe.
    """
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = indent(spell(value), "  ") if name == "exception" else spell(value, keep="")
    return event


_FOR_PEOPLE = (spell_out, structlog.dev.ConsoleRenderer())
_FOR_MACHINES = (structlog.processors.JSONRenderer(_render),)


def always() -> Any:
    """Return a logger for what is written whatever the level: that somebody looked at what others may not see."""
    wrapper = structlog.make_filtering_bound_logger(logging.INFO)
    return structlog.wrap_logger(structlog.PrintLogger(sys.stderr), wrapper_class=wrapper)


def mask(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Replace ID numbers in every text of an event, and drop what is never to be logged."""
    return {name: "[removed]" if name in _SECRET else _masked(value) for name, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {mask_text(str(name)): _masked(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask_text(str(value))
