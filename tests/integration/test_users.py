"""Users of the broker, on a RabbitMQ that has them: it vouches for them, and keeps each to its own."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker
from typer.testing import CliRunner

from credit import vault
from credit.routing.users import Permissions, permit
from tests.builders import ROOT, declare, message, rows, shipped_routes
from tests.servers import RabbitMQ
from workers import cli, drain, keyfile, settings
from workers.runtime import open_runtime
from workers.settings import Settings

PASSWORD = "a:b/c#d@e"
CHECK = message("check", "1")


@pytest.fixture
def place(emptied_database: str, vhost: str, tmp_path: Path) -> Settings:
    keys = tmp_path / "keys.json"
    keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), keys)
    environ = {"XINGLIN_DATABASE_URL": emptied_database, "XINGLIN_BROKER_URL": vhost, "XINGLIN_KEY_FILE": str(keys)}
    return settings.read(environ, home=tmp_path / "home")


@pytest.fixture
def users(
    request: pytest.FixtureRequest, rabbitmq: RabbitMQ, vhost: str
) -> Iterator[dict[str, pika.ConnectionParameters]]:
    """How three of the users that ship connect, with the rights that `xinglin routing users` gives them.

    The one that a test names is made by the very commands; each starts a machine, and the others are made by what they
    call.
    """
    granted = {each.user: each for each in permit(shipped_routes()) if each.user in {"inspection", "police", "tax"}}
    name = vhost.rsplit("/", 1)[1]
    logins = {}
    for user, permissions in granted.items():
        if user == getattr(request, "param", None):
            adding, *granting = (shlex.split(line)[1:] for line in permissions.commands(name))
            rabbitmq.ctl(*adding, PASSWORD)
            for command in granting:
                rabbitmq.ctl(*command)
        else:
            rabbitmq.evaluate(_grant(permissions, name))
        credentials = pika.PlainCredentials(user, PASSWORD)
        logins[user] = pika.ConnectionParameters("127.0.0.1", rabbitmq.port, name, credentials)
    yield logins
    for user in granted:
        rabbitmq.evaluate(f'ok = rabbit_auth_backend_internal:delete_user(<<"{user}">>, <<"tests">>).')


def _grant(permissions: Permissions, vhost: str) -> str:
    said = {name: value.replace("\\", "\\\\") for name, value in asdict(permissions).items()}
    internal, user, host = "rabbit_auth_backend_internal", f'<<"{permissions.user}">>', f'<<"{vhost}">>'
    return (
        f'ok = {internal}:add_user({user}, <<"{PASSWORD}">>, <<"tests">>),'
        f'ok = {internal}:set_permissions({user}, {host}, <<"^$">>, <<"^credit\\\\.in$">>, <<"{said["reads"]}">>,'
        ' <<"tests">>),'
        f'ok = {internal}:set_topic_permissions({user}, {host}, <<"{permissions.to}">>, <<"{said["topics"]}">>,'
        ' <<"^$">>, <<"tests">>).'
    )


@contextmanager
def speaking(login: pika.ConnectionParameters) -> Iterator[Any]:
    with pika.BlockingConnection(login) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


def publish(login: pika.ConnectionParameters, body: bytes, user_id: str | None, **more: Any) -> int:
    """The code with which the broker refuses a message; 0 where it takes it."""
    properties = pika.BasicProperties(content_type="application/cloudevents+json", user_id=user_id, **more)
    with speaking(login) as channel:
        try:
            channel.basic_publish("credit.in", json.loads(body)["type"], body, properties, mandatory=True)
        except ChannelClosedByBroker as refused:
            return int(refused.reply_code)
    return 0


@pytest.mark.parametrize("users", ["inspection"], indirect=True)
def test_a_message_counts_when_its_own_user_sent_it(
    place: Settings, users: dict[str, pika.ConnectionParameters]
) -> None:
    receipt = message("partner.receipt", "2", {"source": "/partner/police"})
    with open_runtime(place) as runtime:
        declare(runtime.broker, runtime.reader.routes.topology)
        # in the name of another user, or with another's routing key, it does not even arrive
        assert publish(users["police"], CHECK.body, "inspection") == 403
        assert publish(users["police"], receipt.body, "tax") == 406
        # of nobody, and of another agency's user, it is parked; a header says nothing
        assert publish(users["inspection"], CHECK.body, None, headers={"user-id": "inspection"}) == 0
        assert publish(users["tax"], receipt.body, "tax", headers={"user-id": "police"}) == 0
        drain.work_until_empty(runtime, lambda _: None)
        kept = rows(runtime, "SELECT message_key, reason, closed_as FROM parked ORDER BY 1")
        refused = [key for key, *_ in kept]
        assert kept == [(key, "sender.unproven", None) for key in refused]
        # beside the key of its source and id: in its sender's way it is not
        assert [key.partition("?")[0] for key in refused] == ["/inspection 1", "/partner/police 2"]
        assert all("?" in key for key in refused)
        # as it should be it counts, and closes what was parked
        assert publish(users["inspection"], CHECK.body, "inspection") == 0
        assert publish(users["police"], receipt.body, "police") == 0
        drain.work_until_empty(runtime, lambda _: None)
        assert rows(runtime, "SELECT message_key, reason, closed_as FROM parked ORDER BY 1") == [
            (refused[0], "sender.unproven", "repeated"),
            ("/partner/police 2", "receipt.unknown_notice", None),
            (refused[1], "sender.unproven", "repeated"),
        ]
        ((headers,),) = rows(runtime, "SELECT headers FROM message WHERE outcome = 'applied'")
        assert json.loads(headers)["user-id"] == "inspection"
        # what whoever runs Xinglin feeds in is asked for no user
        drain.send(runtime, [message("check", "3", document_no="另一件")], lambda _: None)
        drain.work_until_empty(runtime, lambda _: None)
        applied = rows(runtime, "SELECT message_key FROM message WHERE outcome = 'applied' ORDER BY 1")
        assert applied == [("/inspection 1",), ("/inspection 3",)]


def test_a_user_reads_its_own_queue_and_declares_nothing(
    place: Settings, users: dict[str, pika.ConnectionParameters]
) -> None:
    with open_runtime(place) as runtime:
        declare(runtime.broker, runtime.reader.routes.topology)
    with speaking(users["tax"]) as channel:
        assert channel.basic_get("notice.tax") == (None, None, None)
    refused: dict[str, Callable[[Any], object]] = {
        "another's notices": lambda channel: channel.basic_get("notice.police"),
        "what comes in": lambda channel: channel.basic_get("credit.in.receipts"),
        "a queue of its own": lambda channel: channel.queue_declare(f"mine-{uuid4().hex}"),
        "by the name of a queue": lambda channel: channel.basic_publish("", "credit.in.unsorted", CHECK.body),
        "a notice": lambda channel: channel.basic_publish("credit.out", "notice.tax", CHECK.body),
    }
    for what, attempt in refused.items():
        with speaking(users["tax"]) as channel, pytest.raises(ChannelClosedByBroker) as caught:
            attempt(channel)
        assert caught.value.reply_code == 403, what


def test_the_check_of_a_routing_file_names_whom_nobody_sends_as(tmp_path: Path) -> None:
    routing = (ROOT / "routing.yaml").read_text(encoding="utf-8")
    edited = routing.replace("  security: {/security: all}\n", "").replace(
        "    source: /insurance\n", "    source: /insurance\n    user_id: none\n"
    )
    (tmp_path / "routing.yaml").write_text(edited, encoding="utf-8")
    command = ["routing", "check", str(tmp_path / "routing.yaml")]
    found = json.loads(CliRunner().invoke(cli.app, [*command, "--json"]).stdout)
    assert found["unproven"] == {"open": ["credit.in.insurance"], "mute": ["/security 11410481684874525W"]}
    printed = CliRunner().invoke(cli.app, command).stdout
    assert "任何用户都可冒名发送：credit.in.insurance。" in printed
    assert "所发报文都将挂起" in printed


def test_the_commands_are_printed_for_the_virtual_host_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINGLIN_BROKER_URL", "amqp://xinglin:secret@nowhere/area%2F51")
    monkeypatch.setenv("XINGLIN_DATABASE_URL", "postgresql+psycopg://xinglin@nowhere/xinglin")
    printed = CliRunner().invoke(cli.app, ["routing", "users"]).stdout
    commands = [line for each in permit(shipped_routes()) for line in each.commands("area/51")]
    assert printed.splitlines() == commands
    assert "secret" not in printed
