"""The job with Celery: `celery --app tests.bench.peers.task worker --concurrency 1`.

Late acknowledgement, quorum queues and confirms, as its manual advises for messages that may not be lost.
"""
# mypy: disable-error-code="import-not-found,untyped-decorator,no-any-unimported"

from __future__ import annotations

from functools import cache
from pathlib import Path

from celery import Celery
from kombu import Queue
from sqlalchemy import Engine, create_engine

from tests.bench.peers import job

app = Celery("bench", broker=job.broker_url())
app.conf.update(
    task_queues=[Queue(name, queue_arguments={"x-queue-type": "quorum"}) for name in (job.QUEUE_IN, job.QUEUE_OUT)],
    task_default_queue=job.QUEUE_IN,
    task_default_exchange_type="direct",
    task_routes={"bench.notify": {"queue": job.QUEUE_OUT}},
    worker_detect_quorum_queues=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    broker_transport_options={"confirm_publish": True},
)


@cache
def _engine() -> Engine:
    # In the process that works, not in the one that forks it.
    return create_engine(job.database_url())


@app.task(name="bench.take_in")
def take_in(body: str) -> None:
    """Take one message in."""
    work = job.prepare(body.encode())
    with _engine().begin() as connection:
        for statement in work.statements:
            connection.execute(statement)
    if work.notice is not None:
        notify.delay(work.notice.decode())


@app.task(name="bench.notify")
def notify(_body: str) -> None:
    """Tell a partner; here nobody listens."""


def send(path: str) -> None:
    """Publish the messages of a file, one a line, as calls of the task."""
    with Path(path).open(encoding="utf-8") as lines, app.producer_or_acquire() as producer:
        for line in lines:
            take_in.apply_async((line.rstrip("\n"),), producer=producer)
