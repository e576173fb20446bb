"""Rates of the peers, each one process, on the servers that Xinglin is measured on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pika

from tests.bench.peers import job
from tests.bench.place import ROOT, Place, Round, Worker, measure, wait
from tests.bench.rates import Pace, pace
from workers.postings import Posting

PACKAGES = ROOT / ".peers"
_KEPT = "SELECT count(*) FROM peer_record"
_CODE = "import sys; from tests.bench.peers import task; task.send(sys.argv[1])"
_CREATE = "from tests.bench.peers import job; job.create_tables()"


def faststream(place: Place, warm: Sequence[Posting], postings: Sequence[Posting]) -> Pace:
    """Return the pace of the job with FastStream."""
    command = ["-m", "tests.bench.peers.stream"]
    return _rate(place, command, _publish, (warm, postings))


def celery(place: Place, warm: Sequence[Posting], postings: Sequence[Posting]) -> Pace:
    """Return the pace of the job with Celery."""
    worker = ["worker", "--concurrency", "1", "--queues", job.QUEUE_IN, "--loglevel", "ERROR"]
    command = ["-m", "celery", "--app", "tests.bench.peers.task", *worker]
    return _rate(place, command, _call, (warm, postings))


def _rate(
    place: Place,
    command: Sequence[str],
    publish: Callable[[Round, Sequence[Posting]], None],
    said: tuple[Sequence[Posting], Sequence[Posting]],
) -> Pace:
    warm, postings = said
    with place.round() as kept:
        _run(kept, _CREATE).process.wait()
        _clear(kept)
        worker = _start(kept, *command)
        kept.wait_for_consumers(job.QUEUE_IN, 1, [worker])
        publish(kept, warm)
        known = len({posting.body for posting in warm})
        kept.wait_for(_KEPT, known, [worker])
        expected = known + len({posting.body for posting in postings})
        effort = measure(kept, [worker], lambda: publish(kept, postings), (_KEPT, expected, "peer_record"))
        _expect_notices(kept, [*warm, *postings], worker)
    return pace(effort, len(postings))


def _expect_notices(kept: Round, postings: Sequence[Posting], worker: Worker) -> None:
    """Wait for all notices: a peer that cannot publish is not to be measured."""
    expected = sum(str(posting.type).startswith(job.TOLD) for posting in postings)
    with pika.BlockingConnection(pika.URLParameters(kept.runtime.settings.broker_url)) as connection:
        channel = connection.channel()

        def met() -> bool:
            worker.check()
            return bool(channel.queue_declare(job.QUEUE_OUT, passive=True).method.message_count == expected)

        wait(met)


def _start(kept: Round, *command: str) -> Worker:
    return kept.start(sys.executable, *command, PYTHONPATH=f"{PACKAGES}:{ROOT}")


def _run(kept: Round, code: str, *arguments: str) -> Worker:
    return _start(kept, "-c", code, *arguments)


def _clear(kept: Round) -> None:
    with pika.BlockingConnection(pika.URLParameters(kept.runtime.settings.broker_url)) as connection:
        channel = connection.channel()
        for queue in (job.QUEUE_IN, job.QUEUE_OUT):
            channel.queue_delete(queue)
            channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})


def _publish(kept: Round, postings: Sequence[Posting]) -> None:
    with pika.BlockingConnection(pika.URLParameters(kept.runtime.settings.broker_url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for posting in postings:
            channel.basic_publish("", job.QUEUE_IN, posting.body, pika.BasicProperties(delivery_mode=2), mandatory=True)


def _call(kept: Round, postings: Sequence[Posting]) -> None:
    file: Path = kept.log.with_name("calls.jsonl")
    file.write_bytes(b"".join(posting.body + b"\n" for posting in postings))
    sender = _run(kept, _CODE, str(file))
    sender.process.wait()
