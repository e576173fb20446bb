"""One AMQP connection with one channel, driven by the thread that calls it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pika
from pika.adapters.select_connection import IOLoop, SelectConnection
from pika.adapters.utils.selector_ioloop_adapter import SelectorIOServicesAdapter
from pika.exceptions import ChannelClosedByBroker

from schemas.errors import ConfigurationError, PermanentError
from workers.broker.seam import HEARTBEAT_SECONDS, BrokerLost

_FILES = ("cacertfile", "certfile", "keyfile")
"""What an AMQP URL may name for TLS, as RabbitMQ's own clients call it."""
#: For opening a connection and for each declaration.
CALL_SECONDS = 10.0
#: How long the broker may refuse to read, for want of memory or disk.
_BLOCKED_SECONDS = 30.0
#: For a polite goodbye; after it the socket is dropped.
_CLOSE_SECONDS = 2.0


def parameters(url: str) -> pika.ConnectionParameters:
    """Read an AMQP URL and set every time limit that pika leaves open or generous.

    With `amqps` the server's certificate has to be of its host, and of an authority of the file `cacertfile`, without
    it of one that the system trusts; `certfile` and `keyfile` are a certificate of our own.

    Raises `ConfigurationError` when the URL, or a file that it names, cannot be read.
    """
    try:
        said = urlsplit(url)
        query = dict(parse_qsl(said.query, keep_blank_values=True, strict_parsing=bool(said.query)))
        files = {name: query.pop(name) for name in _FILES if name in query}
        if (said.username and said.password is None) or (files and said.scheme != "amqps"):
            raise ValueError  # noqa: TRY301 - as pika does of what it cannot read
        found = pika.URLParameters(urlunsplit(said._replace(query=urlencode(query))))
    except (ValueError, SyntaxError):
        # The cause is left out: it may quote the URL and with it the password.
        raise ConfigurationError(
            "the AMQP URL of the broker cannot be read; it looks like amqp://user:password@host:5672/vhost, "
            "with TLS like amqps://user:password@host:5671/vhost?cacertfile=/etc/xinglin/ca.pem",
        ) from None
    if said.scheme == "amqps" and "ssl_options" not in query:
        found.ssl_options = pika.SSLOptions(_trust(files), found.host)
    found.heartbeat = HEARTBEAT_SECONDS
    found.blocked_connection_timeout = _BLOCKED_SECONDS
    found.socket_timeout = CALL_SECONDS / 2
    found.stack_timeout = CALL_SECONDS
    found.connection_attempts = 1
    return found


def _trust(files: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=files.get("cacertfile"))
        if "certfile" in files:
            context.load_cert_chain(files["certfile"], files.get("keyfile"))
    except OSError as error:
        named = ", ".join(f"{name} {file}" for name, file in files.items())
        raise ConfigurationError(
            f"the broker's URL names files for TLS that cannot be used ({named}): {error}"
        ) from error
    return context


class _Services(SelectorIOServicesAdapter):  # type: ignore[misc]
    """pika's socket services, remembering the socket: pika itself cannot cut a connection.

    The copy stays usable where TLS takes over the original.
    """

    copy: socket.socket | None = None

    def create_streaming_connection(
        self,
        protocol_factory: Callable[[], Any],
        sock: socket.socket,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Go on as pika does with a connected socket."""
        self.forget()
        self.copy = sock.dup()
        return super().create_streaming_connection(protocol_factory, sock, *args, **kwargs)

    def cut(self) -> None:
        """Make both directions end at once; pika then finds the connection lost."""
        if self.copy is not None:
            with suppress(OSError):  # the other side was faster
                self.copy.shutdown(socket.SHUT_RDWR)

    def forget(self) -> None:
        """Close the copy."""
        if self.copy is not None:
            self.copy.close()
            self.copy = None


class Link:
    """A connection and its channel; once lost it stays lost and is to be dropped.

    pika's event loop runs only inside `wait`. Its blocking connection is not used because it can neither keep
    a window of confirms nor be dropped while the network swallows everything.
    """

    def __init__(self, where: pika.ConnectionParameters) -> None:
        """Connect and open the channel. Raises `BrokerLost`; for a refused login, `PermanentError`."""
        self._where = where
        self._trouble: BaseException | None = None
        self._closed = False
        self._loop = IOLoop()
        self._services = _Services(self._loop)
        self._loop.activate_poller()
        self.channel: Any = None
        self._connection = SelectConnection(
            where,
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._channel_opened),
            on_open_error_callback=self._connection_closed,
            on_close_callback=self._connection_closed,
            custom_ioloop=self._services,
        )
        try:
            self._require(lambda: self.channel is not None, CALL_SECONDS * 2)
        except BaseException:
            self.drop()
            raise

    def __str__(self) -> str:
        where = self._where
        return f"the broker at {where.host}:{where.port}, virtual host {where.virtual_host!r},"

    @property
    def server_version(self) -> str:
        """What the broker says of its version."""
        return str((self._connection.server_properties or {}).get("version", "unknown"))

    def _channel_opened(self, channel: Any) -> None:
        channel.add_on_close_callback(lambda _, reason: self.fail(reason))
        channel.add_on_cancel_callback(lambda _: self.fail(LookupError("a consumed queue was deleted")))
        self.channel = channel

    def _connection_closed(self, _connection: Any, reason: BaseException) -> None:
        self._closed = True
        self.fail(reason)

    def hear_blocked(self, hear: Callable[[str], object]) -> None:
        """Let `hear` be told why, when the broker takes nothing from publishers."""
        self._connection.add_on_connection_blocked_callback(lambda _, frame: hear(frame.method.reason))

    def fail(self, reason: BaseException) -> None:
        """Mark the link as lost; the first reason counts."""
        self._trouble = self._trouble or reason

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Do what the network asks for until `done()` or `seconds` passed; return whether it is done.

        Turns the loop at least once, so that heartbeats are answered and written bytes leave. Raises
        `BrokerLost` when the link is lost.
        """
        finished = done()
        deadline = monotonic() + (0 if finished else seconds)
        timer = self._loop.call_later(max(deadline - monotonic(), 0), lambda: None)
        try:
            while self._trouble is None:
                self._loop.poll()
                self._loop.process_timeouts()
                finished = done()
                if finished or monotonic() >= deadline:
                    break
        finally:
            self._loop.remove_timeout(timer)
        if self._trouble is not None:
            raise _translate(str(self), self._trouble) from self._trouble
        return finished

    def _require(self, done: Callable[[], bool], seconds: float) -> None:
        if not self.wait(done, seconds):
            raise BrokerLost(f"{self} did not answer for {seconds:.0f} s; is it overloaded?")

    def call(self, method: Callable[..., object], **arguments: object) -> Any:
        """Call a method of the channel that the broker answers, and return the answer.

        Raises `PermanentError` when the broker refuses, `BrokerLost` when it does not answer.
        """
        answers: list[Any] = []
        try:
            method(**arguments, callback=answers.append)
            self._require(lambda: bool(answers), CALL_SECONDS)
        except BrokerLost as error:
            if isinstance(error.__cause__, ChannelClosedByBroker):
                raise PermanentError(str(error)) from error.__cause__
            raise
        return answers[0]

    def close(self) -> None:
        """Say goodbye, briefly; then drop."""
        try:
            if self._trouble is None:
                self._connection.close()
                self.wait(lambda: self._closed, _CLOSE_SECONDS)
        except BrokerLost:
            pass  # also how a goodbye ends: the connection is gone
        finally:
            self.drop()

    def drop(self) -> None:
        """Cut the connection at once, without a word to the other side."""
        self._services.cut()
        give_up = monotonic() + _CLOSE_SECONDS
        self._loop.call_later(_CLOSE_SECONDS, lambda: None)
        while self._services.copy is not None and not self._closed and monotonic() < give_up:
            self._loop.poll()
            self._loop.process_timeouts()
        self._services.forget()
        self._loop.close()


def _translate(link: str, trouble: BaseException) -> Exception:
    refused = (
        pika.exceptions.AuthenticationError,
        pika.exceptions.ProbableAuthenticationError,
        pika.exceptions.ProbableAccessDeniedError,
    )
    if isinstance(trouble, refused):
        return PermanentError(f"{link} refused the login; check user, password and virtual host of the URL")
    if (distrust := find_distrust(trouble)) is not None:
        wrong = f"shows a certificate that is not trusted: {distrust}"
        return PermanentError(f"{link} {wrong}; check cacertfile and host of the URL")
    return BrokerLost(f"{link} is gone: {trouble!r}")


def find_distrust(trouble: BaseException) -> str | None:
    """Tell why the server's certificate is not trusted, where that is the trouble."""
    found = (cause for cause in _causes(trouble) if isinstance(cause, ssl.SSLCertVerificationError))
    return next((cause.verify_message for cause in found), None)


def _causes(trouble: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what pika has packed into it."""
    if trouble is not None:
        yield trouble
        for part in (*getattr(trouble, "exceptions", ()), getattr(trouble, "exception", None)):
            yield from _causes(part)
