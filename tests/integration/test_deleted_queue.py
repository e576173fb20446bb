"""Intake makes a deleted inbound queue again, so that the others are not held up."""

from __future__ import annotations

import threading

import pika
import pytest
from tenacity import retry, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from schemas.errors import PermanentError
from tests.builders import declare, rows
from tests.integration.test_examples import SAMPLES
from tests.servers import RabbitMQ
from workers import drain, postings
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings


@retry(wait=wait_fixed(0.05), stop=stop_after_delay(90), retry=retry_if_result(lambda met: not met))
def _wait_for(runtime: Runtime, received: int) -> bool:
    # What was not acknowledged when the queue went comes again, and is counted as repeated.
    return rows(runtime, "SELECT count(*) FROM message") == [(received,)]


@retry(wait=wait_fixed(0.05), stop=stop_after_delay(90), retry=retry_if_exception_type(PermanentError))
def _send(runtime: Runtime, message: Posting) -> None:
    """Send one message as soon as its queue is there and bound; what no queue takes is stored nowhere."""
    drain.send(runtime, [message], lambda _: None)


@pytest.mark.parametrize("own_place", ["servers"], indirect=True)
def test_a_deleted_queue_is_made_again(own_place: Settings, rabbitmq: RabbitMQ) -> None:
    messages = [posting for path in SAMPLES for posting in postings.read_file(path)]
    stop = threading.Event()
    with open_runtime(own_place) as runtime:
        declare(runtime.broker, runtime.reader.routes.topology)
        intake = runtime.intake()
        worker = threading.Thread(target=intake.run, args=(stop,))
        worker.start()
        try:
            drain.send(runtime, messages[:5], lambda _: None)
            _wait_for(runtime, 5)
            rabbitmq.settle_dead_letters()
            with pika.BlockingConnection(pika.URLParameters(own_place.broker_url)) as connection:
                connection.channel().queue_delete("credit.in.inspection")
            for message in messages[5:]:
                _send(runtime, message)
            _wait_for(runtime, len(messages))
        finally:
            stop.set()
            worker.join()
            intake.close()
