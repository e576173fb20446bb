"""The job with FastStream: `python -m tests.bench.peers.stream`.

Handlers run as many at a time as the channel may prefetch; a message is acknowledged when its handler has returned
and what it returns is published, with confirms.
"""
# mypy: disable-error-code="import-not-found,untyped-decorator,no-any-unimported"

from __future__ import annotations

import asyncio

from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitMessage, RabbitQueue
from sqlalchemy.ext.asyncio import create_async_engine

from tests.bench.peers import job

_engine = create_async_engine(job.database_url(), pool_size=job.POOL)
_broker = RabbitBroker(job.broker_url(), default_channel=Channel(prefetch_count=job.PREFETCH), logger=None)
_in = RabbitQueue(job.QUEUE_IN, durable=True, queue_type=QueueType.QUORUM)
_out = RabbitQueue(job.QUEUE_OUT, durable=True, queue_type=QueueType.QUORUM)
app = FastStream(_broker, logger=None)


@app.after_startup
async def declare() -> None:
    """Declare where notices go to."""
    await _broker.declare_queue(_out)


@_broker.subscriber(_in, ack_policy=AckPolicy.NACK_ON_ERROR)
async def take_in(message: RabbitMessage) -> None:
    """Take one message in."""
    work = job.prepare(message.body)
    async with _engine.begin() as connection:
        for statement in work.statements:
            await connection.execute(statement)
    if work.notice is not None:
        await _broker.publish(work.notice, _out, persist=True)


if __name__ == "__main__":
    asyncio.run(app.run())
