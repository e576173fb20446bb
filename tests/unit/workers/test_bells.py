"""Bells ring what they are asked for, fail alone, and are tried again."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from credit.record.rows import AlertRow
from credit.store.alerts import Followed
from schemas.alerts import Urgency
from schemas.routing import BellPlan
from tests.builders import NOON, rules
from tests.observed import observation
from workers import bells
from workers.bells import Bells, Toll, say_alive

PAGE = Toll("alert:1:raised", "page", '{"id": "1", "detail": "总账"}'.encode())
TICKET = Toll("alert:2:raised", "ticket", b'{"id": "2"}')
ALIVE = b'{"id": "alive"}'
CLOSED_PORT = "http://127.0.0.1:1/ring"


class Call(NamedTuple):
    path: str
    type: str | None
    token: str | None
    body: bytes


class Desk:
    """A webhook on the loopback interface; it answers with what is next in `answers`, then with 204."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: list[int] = []
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                desk.calls.append(Call(self.path, self.headers["Content-Type"], self.headers["Authorization"], body))
                self.send_response(desk.answers.pop(0) if desk.answers else 204)
                self.send_header("Location", desk.url)
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/duty"

    @property
    def bodies(self) -> list[bytes]:
        return [call.body for call in self.calls]


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@contextmanager
def complaints() -> Iterator[list[str]]:
    """What bells log, event and trouble."""
    said: list[str] = []
    with capture_logs() as logs:
        yield said
    said += [f"{line['event']} {line['bell']} {line.get('trouble', line.get('message'))}" for line in logs]


def test_a_file_has_one_event_a_line_and_may_be_moved_away(tmp_path: Path) -> None:
    file = tmp_path / "alerts.jsonl"
    hung = Bells({"log": BellPlan(file=str(file))}, {})
    hung.pull([PAGE, TICKET], ALIVE)
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == ["1", "2"]
    file.rename(tmp_path / "alerts.jsonl.1")
    hung.pull([TICKET], ALIVE)
    assert file.read_bytes() == TICKET.event + b"\n"
    assert file.stat().st_mode & 0o007 == 0


def test_a_webhook_is_posted_the_event_with_its_token(desk: Desk) -> None:
    plan = BellPlan(webhook=desk.url, token_from="XINGLIN_BELL_DESK")
    Bells({"desk": plan}, {"XINGLIN_BELL_DESK": "t0ken\n"}).pull([PAGE], ALIVE)
    assert desk.calls == [Call("/duty", "application/cloudevents+json", "Bearer t0ken", PAGE.event)]


def test_an_address_may_stand_in_the_environment_with_its_key(desk: Desk) -> None:
    plan = BellPlan(webhook_from="XINGLIN_BELL_PHONE")
    Bells({"phone": plan}, {"XINGLIN_BELL_PHONE": f"{desk.url}?key=s3cret"}).pull([PAGE], ALIVE)
    assert [call.path for call in desk.calls] == ["/duty?key=s3cret"]
    assert desk.calls[0].token is None


def test_a_bell_rings_from_its_severity_on(desk: Desk) -> None:
    Bells({"desk": BellPlan(webhook=desk.url, least=Urgency.PAGE)}, {}).pull([TICKET, PAGE], ALIVE)
    assert desk.bodies == [PAGE.event]


def test_a_bell_that_failed_is_tried_again_in_order_and_holds_up_no_other(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "log"
    hung = Bells({"desk": BellPlan(webhook=desk.url), "log": BellPlan(file=str(file))}, {})
    desk.answers = [503]
    with complaints() as said:
        hung.pull([PAGE, TICKET], ALIVE)
    assert said == [f"bell_failed desk {desk.url}: answered 503"]
    assert file.read_bytes() == PAGE.event + b"\n" + TICKET.event + b"\n"
    hung.pull([], ALIVE)
    hung.pull([], ALIVE)
    assert desk.bodies == [PAGE.event, PAGE.event, TICKET.event]


def test_a_redirection_is_not_followed(desk: Desk) -> None:
    desk.answers = [302]
    with complaints() as said:
        Bells({"desk": BellPlan(webhook=desk.url)}, {}).pull([PAGE], ALIVE)
    assert said == [f"bell_failed desk {desk.url}: answered 302"]
    assert len(desk.calls) == 1


@pytest.mark.parametrize(
    ("plan", "environ", "trouble"),
    [
        (BellPlan(webhook=CLOSED_PORT), {}, f"{CLOSED_PORT}: ConnectionRefusedError"),
        (BellPlan(webhook_from="XINGLIN_BELL_X"), {}, "XINGLIN_BELL_X is not set: give it to the scheduler"),
        (
            BellPlan(webhook_from="XINGLIN_BELL_X"),
            {"XINGLIN_BELL_X": "ftp://s3cret"},
            "XINGLIN_BELL_X: ValueError",
        ),
        (
            BellPlan(webhook_from="XINGLIN_BELL_X"),
            {"XINGLIN_BELL_X": "http://127.0.0.1:1/?key=s3cret"},
            "XINGLIN_BELL_X: ConnectionRefusedError",
        ),
        (
            BellPlan(webhook=CLOSED_PORT, token_from="XINGLIN_BELL_X"),
            {"XINGLIN_BELL_X": "s3cret\r\nHost: elsewhere"},
            f"{CLOSED_PORT}: ValueError",
        ),
        (BellPlan(file="/proc/nowhere/alerts"), {}, "/proc/nowhere/alerts: No such file or directory"),
    ],
)
def test_a_bell_that_cannot_ring_says_why_and_no_secret(plan: BellPlan, environ: dict[str, str], trouble: str) -> None:
    with complaints() as said:
        Bells({"b": plan}, environ).pull([PAGE], ALIVE)
    assert said == [f"bell_failed b {trouble}"]


def test_what_rang_in_vain_for_an_hour_is_given_up(desk: Desk) -> None:
    hung = Bells({"desk": BellPlan(webhook=desk.url)}, {})
    desk.answers = [500] * bells.TRIES
    with complaints() as said:
        hung.pull([PAGE], ALIVE)
        for _ in range(bells.TRIES - 1):
            hung.pull([], ALIVE)
    assert said[-1] == "bell_given_up desk alert:1:raised"
    hung.pull([TICKET], ALIVE)
    assert desk.bodies == [PAGE.event] * bells.TRIES + [TICKET.event]


def test_of_too_many_the_oldest_are_given_up(desk: Desk) -> None:
    hung = Bells({"desk": BellPlan(webhook=desk.url)}, {})
    desk.answers = [500]
    with complaints() as said:
        hung.pull([PAGE, *[TICKET] * bells.MOST_OWED], ALIVE)
    assert [line for line in said if line.startswith("bell_given_up")] == ["bell_given_up desk alert:1:raised"]


def test_a_peer_that_never_answers_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bells, "_ANSWER_SECONDS", 0.05)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as silent, complaints() as said:
        url = f"http://127.0.0.1:{silent.server_port}/"
        Bells({"b": BellPlan(webhook=url)}, {}).pull([PAGE], ALIVE)
    assert len(said) == 1
    assert said[0].startswith(f"bell_failed b {url}: ")


def test_a_name_that_is_never_resolved_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    resolved = threading.Event()

    def resolve(*_: Any, **__: Any) -> list[Any]:
        resolved.wait(20)
        return []

    monkeypatch.setattr(bells, "_ANSWER_SECONDS", 0.05)
    monkeypatch.setattr("socket.getaddrinfo", resolve)
    with complaints() as said:
        Bells({"b": BellPlan(webhook="https://desk.invalid/")}, {}).pull([PAGE], ALIVE)
    assert said == ["bell_failed b https://desk.invalid/: TimeoutError"]
    assert not resolved.is_set()
    resolved.set()


def test_a_slow_bell_rings_the_rest_in_the_next_round(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bells, "_ROUND_SECONDS", 0)
    hung = Bells({"desk": BellPlan(webhook=desk.url)}, {})
    hung.pull([PAGE, TICKET], ALIVE)
    assert desk.bodies == [PAGE.event]
    hung.pull([], ALIVE)
    assert desk.bodies == [PAGE.event, TICKET.event]


def test_a_pipe_that_nobody_reads_holds_up_nobody(tmp_path: Path) -> None:
    pipe = tmp_path / "alerts"
    os.mkfifo(pipe)
    with complaints() as said:
        Bells({"log": BellPlan(file=str(pipe))}, {}).pull([PAGE], ALIVE)
    assert said == [f"bell_failed log {pipe}: No such device or address"]


def test_who_asks_for_it_is_told_that_the_scheduler_is_alive_and_is_owed_nothing_of_it(desk: Desk) -> None:
    other = BellPlan(webhook=f"{desk.url}/quiet")
    hung = Bells({"desk": BellPlan(webhook=desk.url, alive=True), "other": other}, {})
    desk.answers = [500]
    with complaints() as said:
        hung.pull([], b"1")
    hung.pull([], b"2")
    assert said == [f"bell_failed desk {desk.url}: answered 500"]
    assert desk.bodies == [b"1", b"2"]


def test_the_message_that_all_is_well_says_until_when_and_what_is_open() -> None:
    event = json.loads(say_alive(["page", "ticket", "ticket"], rules(NOON)))
    assert (event["type"], event["source"], event["id"]) == (
        "credit.alert.alive.v1",
        "/xinglin",
        "alive:2026-06-01T04:00:00+00:00",
    )
    assert event["data"] == {
        "at": "2026-06-01T04:00:00+00:00",
        "until": "2026-06-01T04:03:00+00:00",
        "pages": 1,
        "tickets": 2,
    }


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"file": "/a", "webhook": "https://h"},
        {"file": "alerts.jsonl"},
        {"file": "/var/log/"},
        {"file": "/a", "alive": True},
        {"file": "/a", "token_from": "XINGLIN_BELL_A"},
        {"webhook": "https://user:pass@h/"},
        {"webhook": "https://h/?key=1"},
        {"webhook": "https://h/a b"},
        {"webhook": "ftp://h/"},
        {"webhook": "file:///etc/passwd"},
        {"webhook_from": "XINGLIN_DATABASE_URL"},
        {"webhook": "https://h", "token_from": "XINGLIN_KEYS"},
        {"webhook": "https://h", "least": "fatal"},
        {"webhook": "https://h", "tokn": "x"},
    ],
)
def test_plans_that_cannot_be_meant_are_refused(plan: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BellPlan.model_validate(plan)


def test_a_plan_of_the_file_rings_from_its_severity_on() -> None:
    assert BellPlan.model_validate({"file": "/a", "least": "page"}).least is Urgency.PAGE
    assert BellPlan.model_validate({"file": "/a"}).least is Urgency.TICKET


def row(number: int, severity: str, ended_at: datetime | None = None) -> AlertRow:
    return AlertRow(number, "outbox-old", "", severity, NOON, ended_at, 1, NOON, "待发消息积压", "[]")


def test_a_round_rings_what_began_and_ended_and_the_first_one_what_was_open(desk: Desk) -> None:
    hung = Bells({"desk": BellPlan(webhook=desk.url, alive=True)}, {})
    held, over = row(1, "page"), row(2, "ticket")
    seen = observation(rules().at, alerts=(held, over))
    hung.ring(Followed(seen, raised=(row(3, "ticket"),), ended=(over._replace(ended_at=NOON),)), rules())
    told = [json.loads(body) for body in desk.bodies]
    assert [(each["type"].removeprefix("credit.alert."), each["id"]) for each in told] == [
        ("raised.v1", "alert:1:raised"),
        ("raised.v1", "alert:3:raised"),
        ("ended.v1", "alert:2:ended"),
        ("alive.v1", "alive:2026-06-01T04:00:00+00:00"),
    ]
    assert (told[-1]["data"]["pages"], told[-1]["data"]["tickets"]) == (1, 1)
    desk.calls.clear()
    hung.ring(Followed(observation(rules().at, alerts=(held,)), (), ()), rules())
    assert [json.loads(body)["type"] for body in desk.bodies] == ["credit.alert.alive.v1"]


def test_after_a_round_that_failed_all_that_are_open_ring_again(desk: Desk) -> None:
    hung = Bells({"desk": BellPlan(webhook=desk.url)}, {})
    seen = observation(rules().at, alerts=(row(1, "page"),))
    for _ in range(2):
        hung.ring(Followed(seen, (), ()), rules())
    assert len(desk.calls) == 1
    hung.miss()
    for _ in range(2):
        hung.ring(Followed(seen, (), ()), rules())
    assert [json.loads(body)["id"] for body in desk.bodies] == ["alert:1:raised"] * 2
