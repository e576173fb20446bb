"""The floor under any intake: take a batch, COPY it into a staging table, upsert, commit, acknowledge. Nothing else.

`python -m tests.bench.floor` with the environment of a worker. It has no validation, no identity, no encryption and no
outbox; what it shares with Xinglin are the messages, the durable queues, the consumer, the size of a batch
and a database that syncs.
"""

from __future__ import annotations

import hashlib

import psycopg

from tests.bench.place import plain
from workers import broker, keyfile, settings
from workers.intake import BATCH_LIMITS
from workers.runtime import load_reader

TABLE = "CREATE TABLE kept (key bytea PRIMARY KEY, queue text NOT NULL, body bytea NOT NULL)"
_STAGING = "CREATE TEMP TABLE staging (key bytea, queue text, body bytea) ON COMMIT DELETE ROWS"
_COPY = "COPY staging FROM STDIN (FORMAT BINARY)"
_UPSERT = """
INSERT INTO kept SELECT DISTINCT ON (key) key, queue, body FROM staging ORDER BY key
ON CONFLICT (key) DO UPDATE SET queue = excluded.queue, body = excluded.body
"""


def take_in(connection: psycopg.Connection, batch: list[broker.Delivery]) -> None:
    """Upsert a batch in one transaction."""
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            copy.set_types(["bytea", "text", "bytea"])
            for delivery in batch:
                copy.write_row((hashlib.sha256(delivery.body).digest(), delivery.queue, delivery.body))
        cursor.execute(_UPSERT)


def run() -> None:
    """Work until killed."""
    where = settings.read()
    inbound = load_reader(where).routes.inbound
    keys = keyfile.load(where.home, where.environ, servers=where.servers)
    consumer = broker.connect(where.broker_url, keys).consumer(inbound, prefetch=2 * BATCH_LIMITS.messages)
    with psycopg.connect(plain(where.database_url), autocommit=True) as connection:
        connection.execute(_STAGING)
        while True:
            batch = consumer.take(BATCH_LIMITS.messages, BATCH_LIMITS.seconds)
            if batch:
                take_in(connection, batch)
                consumer.ack(batch[-1])


if __name__ == "__main__":
    run()
