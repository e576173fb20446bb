"""Bells: where alerts ring besides their queue, so that nobody is alerted through what is broken.

A bell that fails is logged and tried again in the next round; it holds up nobody: not the alerts, not the other bells,
not the scheduler.
"""

from __future__ import annotations

import http.client
import os
import queue
import socket
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from credit.record import places
from credit.record.rows import AlertRow, DispatchRow
from credit.rules import Rules
from credit.store.alerts import Followed
from credit.telling import alerts
from credit.telling.messages import SOURCE
from schemas import wire
from schemas.alerts import Urgency
from schemas.outgoing import AlertAlive
from schemas.routing import BellPlan

_log = structlog.get_logger(__name__)

ALIVE_FOR = timedelta(minutes=3)
"""For so long a message that the scheduler is alive holds: two of them may be lost."""
TRIES = 60
"""So many rounds a bell is tried with one alert: an hour."""
MOST_OWED = 1000
"""So many alerts a bell that fails is owed; of more, the oldest are given up."""
_TIMEOUT_SECONDS = 5.0
_ANSWER_SECONDS = 10.0
_ROUND_SECONDS = 15.0
"""A bell that answers slowly rings what is left in the next round."""


@dataclass(frozen=True, slots=True)
class Toll:
    """One alert that began or ended, as the CloudEvent of its queue in JSON."""

    message_id: str
    severity: str
    event: bytes


class _Failed(Exception):
    """The bell did not ring; the text says why, without what is secret."""


class _Bell(Protocol):
    def ring(self, event: bytes) -> None:
        """Let an event be heard. Raises `_Failed`."""


@dataclass(frozen=True, slots=True)
class _Owed:
    toll: Toll
    tries: int = 0


class _Rope:
    """A bell and what it is still owed, in order."""

    def __init__(self, name: str, plan: BellPlan, bell: _Bell) -> None:
        self._name, self._plan, self._bell = name, plan, bell
        self._owed: deque[_Owed] = deque()

    def pull(self, tolls: Sequence[Toll]) -> None:
        """Ring what is owed and what is new, until one fails or the time of a round is over."""
        until = monotonic() + _ROUND_SECONDS
        loud = {Urgency.PAGE.value, self._plan.least.value}
        self._owed.extend(_Owed(toll) for toll in tolls if toll.severity in loud)
        while len(self._owed) > MOST_OWED:
            self._give_up(self._owed.popleft())
        while self._owed:
            if not self._try(self._owed[0].toll.event):
                first = self._owed.popleft()
                if first.tries + 1 < TRIES:
                    self._owed.appendleft(replace(first, tries=first.tries + 1))
                else:
                    self._give_up(first)
                return
            self._owed.popleft()
            if monotonic() >= until:
                return

    def say_alive(self, event: bytes) -> None:
        """Ring once, if the bell asks for it: the next one comes in a minute."""
        if self._plan.alive:
            self._try(event)

    def _try(self, event: bytes) -> bool:
        try:
            self._bell.ring(event)
        except _Failed as failed:
            _log.error("bell_failed", bell=self._name, trouble=str(failed), owed=len(self._owed))
            return False
        return True

    def _give_up(self, owed: _Owed) -> None:
        _log.error("bell_given_up", bell=self._name, message=owed.toll.message_id, tries=owed.tries)


class Bells:
    """The bells of routing.yaml. What a bell is owed is remembered by the process alone."""

    def __init__(self, plans: Mapping[str, BellPlan], environ: Mapping[str, str]) -> None:
        """Hang the bells; `environ` has what is secret of them. Nothing is opened before they ring."""
        self._ropes = [_Rope(name, plan, _hang(plan, environ)) for name, plan in plans.items()]
        self._rang = False

    def ring(self, followed: Followed, rules: Rules) -> None:
        """Ring what a round began and ended, what is owed from before, and that the scheduler is alive.

        The first time all that are open ring: a scheduler that died may have owed them. No bell that fails raises.
        """
        if not self._ropes:
            return
        over = {row.alert_id for row in followed.ended}
        still = [row for row in followed.seen.alerts if row.alert_id not in over]
        began = followed.raised if self._rang else (*still, *followed.raised)
        tolls = [_toll(row, alerts.tell_raised(row, rules), rules) for row in began]
        tolls += [_toll(row, alerts.tell_ended(row, rules), rules) for row in followed.ended]
        self._rang = True
        self.pull(tolls, say_alive([row.severity for row in (*still, *followed.raised)], rules))

    def miss(self) -> None:
        """Ring all that are open in the next round: in this one alerts may have begun that nobody knows of."""
        self._rang = False

    def pull(self, tolls: Sequence[Toll], alive: bytes) -> None:
        """Ring tolls and what is owed from before; say that the scheduler is alive to the bells that ask for it."""
        for rope in self._ropes:
            rope.pull(tolls)
            rope.say_alive(alive)


def _toll(row: AlertRow, told: DispatchRow, rules: Rules) -> Toll:
    return Toll(told.message_id, row.severity, rules.vault.unseal(told.body, places.of_dispatch(told.message_id)))


def say_alive(severities: Sequence[str], rules: Rules) -> bytes:
    """Compose that a scheduler has done its round, given how urgent each of the open alerts is."""
    message = AlertAlive(
        at=rules.at.now,
        until=rules.at.now + ALIVE_FOR,
        pages=severities.count(Urgency.PAGE.value),
        tickets=severities.count(Urgency.TICKET.value),
    )
    return wire.compose(
        message.model_dump(),
        message_type="credit.alert.alive.v1",
        message_id=f"alive:{rules.at.now.isoformat()}",
        source=SOURCE,
        sender=rules.routes.authority,
        time=rules.at.now,
    )


def _hang(plan: BellPlan, environ: Mapping[str, str]) -> _Bell:
    if plan.file is not None:
        return _File(plan.file)
    return _Webhook(plan, environ)


_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
"""A pipe that nobody reads fails at once."""


class _File:
    """A file of JSON, one event a line; opened for each, so that it may be moved away at any time."""

    def __init__(self, path: str) -> None:
        self._path = path

    def ring(self, event: bytes) -> None:
        """Append a line in one piece."""
        try:
            handle = os.open(self._path, _APPENDING, 0o640)
            try:
                if os.write(handle, event + b"\n") <= len(event):
                    raise _Failed(f"{self._path}: no space is left for it")
            finally:
                os.close(handle)
        except OSError as error:
            raise _Failed(f"{self._path}: {error.strerror}") from error


class _Webhook:
    """An address that takes an event by POST, and answers 2xx. A redirection is a failure."""

    def __init__(self, plan: BellPlan, environ: Mapping[str, str]) -> None:
        self._plan, self._environ = plan, environ

    def ring(self, event: bytes) -> None:
        """Post it."""
        plan = self._plan
        url = plan.webhook or self._secret(plan.webhook_from)
        headers = {"Content-Type": "application/cloudevents+json"}
        if plan.token_from is not None:
            headers["Authorization"] = f"Bearer {self._secret(plan.token_from)}"
        try:
            status = _post(url, headers, event)
        except (OSError, ValueError, http.client.HTTPException) as error:
            # The text of the error may quote the address, and with it a key.
            raise _Failed(f"{plan.webhook or plan.webhook_from}: {type(error).__name__}") from None
        if not 200 <= status < 300:
            raise _Failed(f"{plan.webhook or plan.webhook_from}: answered {status}")

    def _secret(self, variable: str | None) -> str:
        value = self._environ.get(variable or "", "").strip()
        if not value:
            raise _Failed(f"{variable} is not set: give it to the scheduler")
        return value


def _post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Return the status of the answer, within ten seconds or with an error."""
    where = urlsplit(url)
    if where.scheme not in {"http", "https"} or not where.hostname:
        raise ValueError("no address of http or https")
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    connection = kind(where.hostname, where.port, timeout=_TIMEOUT_SECONDS)
    path = f"{where.path or '/'}{'?' if where.query else ''}{where.query}"
    said: queue.SimpleQueue[int | Exception] = queue.SimpleQueue()

    def call() -> None:
        try:
            connection.request("POST", path, body, dict(headers))
            said.put(connection.getresponse().status)
        except Exception as error:  # noqa: BLE001 - raised below, to who waits for it
            said.put(error)
        finally:
            connection.close()

    # Names are resolved without a timeout, and each byte may come within one: apart, it holds up nobody.
    threading.Thread(target=call, daemon=True).start()
    try:
        answer = said.get(timeout=_ANSWER_SECONDS)
    except queue.Empty:
        _cut(connection)
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
