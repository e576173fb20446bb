"""A kombu transport on one SQLite file that keeps messages through `kill -9`.

kombu 5.7.0 has two durable transports without a server, and both lose what a killed consumer had taken:
`filesystem` removes the message file before it delivers, and `sqlalchemy` commits `visible = False` before it
delivers and never sets it back for a process that died (`Channel._get` of either). Here a taken message is
only leased, and deleted when it is acknowledged.

Exchanges and bindings are in the file too, so that every process sees them. Several processes and threads may
use one file; each channel belongs to one thread at a time. All of them run on one host, as SQLite's
write-ahead log demands.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path
from queue import Empty
from time import time
from typing import Any, ClassVar

from kombu.exceptions import ChannelError
from kombu.transport import virtual
from kombu.transport.virtual.exchange import TopicExchange

from credit.store import wal
from credit.vault import Keyring
from workers.broker.owner import Owner, is_alive, names
from workers.private import close_file

#: After it a message goes to another consumer although the one that took it lives: it hangs.
LEASE_SECONDS = 600.0
#: Sealed messages that are leased and read at once, in bytes; one that is larger comes alone.
_LEASE_BYTES = 4 * 2**20
#: Where a sealed message belongs.
_CONTEXT = b"broker"
#: How long a writer waits for the other writers of the file.
BUSY_SECONDS = 10.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS exchange (name TEXT PRIMARY KEY, type TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS queue (name TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS binding (
    exchange TEXT NOT NULL, key TEXT NOT NULL, queue TEXT NOT NULL, PRIMARY KEY (exchange, key, queue)
) STRICT;
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of arrival
    queue TEXT NOT NULL,
    body BLOB NOT NULL,                   -- sealed: everything but the body as JSON, a line feed, the body
    owner TEXT,                           -- who holds it, under which tag, until when (Unix time)
    tag INTEGER,
    until REAL,
    redelivered INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS message_ready ON message (queue, id) WHERE owner IS NULL;
CREATE INDEX IF NOT EXISTS message_held ON message (owner, tag) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_queue ON message (queue);
PRAGMA user_version = 2;
"""


class _Topic(TopicExchange):  # type: ignore[misc]
    """Topic matching as AMQP defines it; kombu's own `#` needs at least one word."""

    wildcards: ClassVar[dict[str, str]] = {"*": r"[^.]*\.", "#": r"(?:[^.]*\.)*"}

    def key_to_pattern(self, rkey: str) -> str:
        """Translate a binding key to a pattern over words that each end in a dot."""
        return _pattern_of(rkey)

    def _match(self, pattern: str, string: str) -> bool:
        return _matches(pattern, string)


@lru_cache(maxsize=10_000)  # each message is held against each binding, and there are few routing keys
def _matches(pattern: str, key: str) -> bool:
    return re.fullmatch(pattern, key and key + ".", re.DOTALL) is not None


@cache  # for each message the pattern of each binding is asked for, and bindings are few
def _pattern_of(key: str) -> str:
    return "".join(_Topic.wildcards.get(word, re.escape(word + ".")) for word in key.split("."))


class _Message(virtual.Message):  # type: ignore[misc]
    """A message whose body nobody touches; kombu would decompress it if a header says so."""

    def __init__(self, payload: dict[str, Any], channel: Any = None, **kwargs: Any) -> None:
        super().__init__({**payload, "headers": {}}, channel=channel, **kwargs)
        self.headers = payload["headers"]


class Channel(virtual.Channel):  # type: ignore[misc]
    """One SQLite connection, one consumer of the file."""

    Message = _Message
    exchange_types: ClassVar[dict[str, Any]] = {"topic": _Topic}
    body_encoding = None  # a blob needs no base64
    do_restore = False  # kombu would publish unacknowledged messages anew; ours are still there

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        #: Handlers of returned messages, where kombu's Producer looks for them.
        self.events: defaultdict[str, set[Callable[..., None]]] = defaultdict(set)
        self._path = Path(connection.client.transport_options["path"])
        self._tag = 0
        self._owner: Owner | None = None
        self._keyring: Keyring = connection.client.transport_options["keyring"]
        self._sql = _open(self._path, self._keyring)

    @contextmanager
    def transaction(self, wait_seconds: float = BUSY_SECONDS) -> Iterator[None]:
        """Make everything inside one durable transaction; wait up to `wait_seconds` for other writers.

        Raises `sqlite3.OperationalError`, and then nothing was done.
        """
        self._sql.execute(f"PRAGMA busy_timeout = {max(int(wait_seconds * 1000), 0)}")
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._sql.execute("COMMIT")
        finally:
            if self._sql.in_transaction:
                self._sql.execute("ROLLBACK")

    # --- topology

    def exchange_declare(
        self,
        exchange: str,
        type: str = "topic",  # noqa: A002 - kombu's name
        *,
        passive: bool = False,
        **_kwargs: Any,
    ) -> None:
        """Declare a durable exchange; if `passive`, only check that it is there."""
        if not passive:
            with self.transaction():
                self._sql.execute("INSERT OR IGNORE INTO exchange VALUES (?, ?)", (exchange, type))
        if self._type(exchange) != type:
            raise ChannelError(f"exchange {exchange!r} exists with another type than {type!r}")

    def queue_bind(self, queue: str, exchange: str, routing_key: str = "", **_kwargs: Any) -> None:
        """Bind a queue by a topic key."""
        with self.transaction():
            self._sql.execute("INSERT OR IGNORE INTO binding VALUES (?, ?, ?)", (exchange, routing_key, queue))

    def typeof(self, exchange: str, default: str = "topic") -> Any:
        """Return kombu's rules for the type of an exchange. Raises `ChannelError` when it does not exist."""
        del default  # an exchange that nobody declared is an error here, as in AMQP
        return self.exchange_types[self._type(exchange)]

    def get_table(self, exchange: str) -> list[tuple[str, str, str]]:
        """Return the bindings of an exchange as kombu's rules read them."""
        rows = self._sql.execute("SELECT key, queue FROM binding WHERE exchange = ?", (exchange,))
        rules = self.typeof(exchange)
        return [rules.prepare_bind(queue, exchange, key, None) for key, queue in rows]

    def _type(self, exchange: str) -> str:
        row = self._sql.execute("SELECT type FROM exchange WHERE name = ?", (exchange,)).fetchone()
        if row is None:
            raise ChannelError(f"exchange {exchange!r} does not exist; declare the topology")
        return str(row[0])

    def _new_queue(self, queue: str, **_kwargs: Any) -> None:
        with self.transaction():
            self._sql.execute("INSERT OR IGNORE INTO queue VALUES (?)", (queue,))

    def _has_queue(self, queue: str, **_kwargs: Any) -> bool:
        return self._sql.execute("SELECT 1 FROM queue WHERE name = ?", (queue,)).fetchone() is not None

    def _size(self, queue: str) -> int:
        return int(self._sql.execute("SELECT count(*) FROM message WHERE queue = ?", (queue,)).fetchone()[0])

    def count(self, queue: str) -> int | None:
        """Count the messages of a queue, those that a consumer holds as well; None when there is no such queue."""
        return self._size(queue) if self._has_queue(queue) else None

    # --- publishing

    def basic_publish(
        self,
        message: dict[str, Any],
        exchange: str,
        routing_key: str,
        *,
        mandatory: bool = False,
        **_kwargs: Any,
    ) -> None:
        """Store a message in every queue that it reaches, inside the caller's `transaction`."""
        self._inplace_augment_message(message, exchange, routing_key)
        queues = self._reached(exchange, routing_key)
        for queue in queues:
            self._put(queue, message)
        if mandatory and not queues:
            for handle in self.events["basic_return"]:
                handle(ChannelError("NO_ROUTE"), exchange, routing_key, message)

    def _reached(self, exchange: str, routing_key: str) -> list[str]:
        """Return the queues that a message reaches; the default exchange leads to the queue of that name."""
        if not exchange:
            return [routing_key] if self._has_queue(routing_key) else []
        return list(self.typeof(exchange).lookup(self.get_table(exchange), exchange, routing_key, None))

    def _put(self, queue: str, message: dict[str, Any], **_kwargs: Any) -> None:
        envelope = json.dumps({name: value for name, value in message.items() if name != "body"})
        body = message["body"]
        sealed = _seal(envelope, body.encode() if isinstance(body, str) else body, self._keyring)
        self._sql.execute("INSERT INTO message (queue, body) VALUES (?, ?)", (queue, sealed))

    # --- consuming

    def basic_consume(self, queue: str, *args: Any, **kwargs: Any) -> None:
        """Consume a queue; the first one makes this channel an owner of messages."""
        if not self._has_queue(queue):
            raise ChannelError(f"queue {queue!r} does not exist; declare the topology")
        if self._owner is None:
            # In one transaction, so that nobody sweeps a lock file between its creation and its lock.
            with self.transaction():
                for name in names(self._path):
                    is_alive(self._path, name)
                self._owner = Owner(self._path)
        super().basic_consume(queue, *args, **kwargs)

    def _get_many(self, queues: list[str], timeout: float | None = None) -> None:  # noqa: ARG002 - kombu's hook
        """Lease what the prefetch limit leaves room for, a few MiB at once, and deliver it in the order of arrival."""
        assert self._owner is not None
        self._give_back_orphans(self._owner.name)
        if not self._ready(queues, 1):
            raise Empty
        leased = []
        with self.transaction():
            for number in self._ready(queues, self.qos.can_consume_max_estimate()):
                self._tag += 1
                leased.append(self._lease(number, self._owner.name))
        for queue, payload in leased:
            self.connection._deliver(payload, queue)  # noqa: SLF001 - the way in for a batch

    def _ready(self, queues: list[str], limit: int) -> list[int]:
        # One index range for each queue: a single query over all of them would sort the whole backlog.
        query = "SELECT id, length(body) FROM message WHERE queue = ? AND owner IS NULL ORDER BY id LIMIT ?"
        found = sorted(row for queue in queues for row in self._sql.execute(query, (queue, limit)))[:limit]
        sums = accumulate(size for _, size in found)
        fitting = [number for (number, _), total in zip(found, sums, strict=True) if total <= _LEASE_BYTES]
        return fitting or [number for number, _ in found[:1]]

    def _lease(self, number: int, owner: str) -> tuple[str, dict[str, Any]]:
        queue, sealed, redelivered = self._sql.execute(
            "UPDATE message SET owner = ?, tag = ?, until = ? WHERE id = ? RETURNING queue, body, redelivered",
            (owner, self._tag, time() + LEASE_SECONDS, number),
        ).fetchone()
        envelope, _, body = self._keyring.unseal(sealed, _CONTEXT).partition(b"\n")
        payload = json.loads(envelope) | {"body": body}
        payload["properties"]["delivery_tag"] = self._tag
        payload["properties"]["delivery_info"] |= {"queue": queue, "redelivered": bool(redelivered)}
        return queue, payload

    def _give_back_orphans(self, me: str) -> None:
        """Make ready again what dead owners hold, and what anyone holds for too long."""
        holders = self._sql.execute("SELECT owner, min(until) FROM message WHERE owner IS NOT NULL GROUP BY owner")
        for owner, until in holders.fetchall():
            dead = owner != me and not is_alive(self._path, owner)
            if dead or until < time():
                self._give_back(owner, float("inf") if dead else time())

    def _give_back(self, owner: str, held_until: float) -> None:
        with self.transaction():
            self._sql.execute(
                "UPDATE message SET owner = NULL, tag = NULL, until = NULL, redelivered = 1 "
                "WHERE owner = ? AND until <= ?",
                (owner, held_until),
            )

    def basic_ack(self, delivery_tag: int, multiple: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's
        """Delete what was delivered: one message, or all up to it. What another consumer got since stays."""
        assert self._owner is not None
        first = 0 if multiple else delivery_tag
        with self.transaction():
            self._sql.execute(
                "DELETE FROM message WHERE owner = ? AND tag BETWEEN ? AND ?",
                (self._owner.name, first, delivery_tag),
            )
        for tag in [tag for tag in self.qos._delivered if first <= tag <= delivery_tag]:  # noqa: SLF001
            self.qos.ack(tag)

    def close(self) -> None:
        """Give back what is unacknowledged at once, and release the file."""
        if self.closed:
            return
        super().close()
        try:
            if self._owner is not None:
                self._give_back(self._owner.name, float("inf"))
        finally:
            self._sql.close()
            if self._owner is not None:
                self._owner.release()


class Transport(virtual.Transport):  # type: ignore[misc]
    """The transport; `transport_options` names the file as `path`."""

    Channel = Channel
    polling_interval = 0.02


def reseal(path: Path, keyring: Keyring) -> int:
    """Seal every message of a broker file again with the current key, in one transaction; return how many there are.

    Raises:
        SealBroken: one does not open with any key of the ring; nothing is changed.
    """
    sql = _open(path, keyring)
    try:
        sql.execute("BEGIN IMMEDIATE")
        held = sql.execute("SELECT id FROM message").fetchall()
        for (number,) in held:
            (body,) = sql.execute("SELECT body FROM message WHERE id = ?", (number,)).fetchone()
            again = keyring.seal(keyring.unseal(body, _CONTEXT), _CONTEXT)
            sql.execute("UPDATE message SET body = ? WHERE id = ?", (again, number))
        sql.execute("COMMIT")
    finally:
        sql.close()  # what was not committed is undone
    return len(held)


def _seal(envelope: str, body: bytes, keyring: Keyring) -> bytes:
    return keyring.seal(envelope.encode() + b"\n" + body, _CONTEXT)


def _open(path: Path, keyring: Keyring) -> sqlite3.Connection:
    path.touch(mode=0o600)
    close_file(path)
    # Used by one thread at a time, though not always by the one that made it.
    sql = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        wal.enter(sql, BUSY_SECONDS)
        sql.execute("PRAGMA synchronous = FULL")
        # Sealed or not, nothing of a message stays in free pages.
        sql.execute("PRAGMA secure_delete = ON")
        if sql.execute("PRAGMA user_version").fetchone() == (0,):
            sql.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        _seal_what_is_open(sql, keyring)
    except BaseException:
        sql.close()
        raise
    return sql


def _seal_what_is_open(sql: sqlite3.Connection, keyring: Keyring) -> None:
    """Seal what a file of the first version holds in clear."""
    if sql.execute("PRAGMA user_version").fetchone() != (1,):
        return
    sql.execute("BEGIN IMMEDIATE")
    if sql.execute("PRAGMA user_version").fetchone() == (1,):  # still: another process may have been faster
        for number, envelope, body in sql.execute("SELECT id, envelope, body FROM message").fetchall():
            sql.execute("UPDATE message SET body = ? WHERE id = ?", (_seal(envelope, body, keyring), number))
        sql.execute("ALTER TABLE message DROP COLUMN envelope")
        sql.execute("PRAGMA user_version = 2")
    sql.execute("COMMIT")
    sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
