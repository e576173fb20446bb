"""Send a message in structured mode: python send.py amqp://USER:PASSWORD@HOST/xinglin message.json …"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import pika

EXCHANGE = "credit.in"
MEDIA_TYPE = "application/cloudevents+json"


def send(url: str, bodies: Iterable[bytes]) -> None:
    """Publish messages one by one; when this returns the broker has them all on disk.

    Raises what pika raises: UnroutableError where no queue takes a type, NackError where the broker refuses, a lost
    connection. After any of them send the same bytes again: a message of the same source and id counts once.
    """
    where = pika.URLParameters(url)
    kept = pika.BasicProperties(content_type=MEDIA_TYPE, delivery_mode=2, user_id=where.credentials.username)
    with pika.BlockingConnection(where) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for body in bodies:
            channel.basic_publish(EXCHANGE, json.loads(body)["type"], body, kept, mandatory=True)


if __name__ == "__main__":
    send(sys.argv[1], (Path(name).read_bytes() for name in sys.argv[2:]))
