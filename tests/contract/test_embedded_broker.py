"""What only the broker in a file can be asked."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemas.errors import PermanentError
from tests.builders import KEYS
from tests.contract import hands
from tests.contract.hands import PATIENCE
from tests.contract.sites import TOPOLOGY, Site, bodies, collect, left_over, message, messages, publish, ready
from tests.processes import FORKS
from workers.broker import BrokerLost, Delivery, Fate, Outgoing, connect, transport


def test_a_batch_is_stored_whole_or_not_at_all(embedded: Site) -> None:
    with pytest.raises(BrokerLost, match="missing"):
        publish(embedded.broker, [*messages(3), message("bad", exchange="missing")])
    assert ready(embedded.broker, ["all"]) == {"all": 0}


def test_depths_include_what_a_consumer_holds(embedded: Site) -> None:
    publish(embedded.broker, messages(3))
    consumer = embedded.broker.consumer(["all"], prefetch=2)
    taken = collect(consumer, 2)
    assert ready(embedded.broker, ["all"]) == {"all": 3}
    consumer.ack(taken[0])
    assert ready(embedded.broker, ["all"]) == {"all": 2}
    consumer.close()


def test_an_expired_lease_goes_to_another_and_the_late_ack_deletes_nothing(
    embedded: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(embedded.broker, messages(2))
    hung, other = (embedded.broker.consumer(["all"], prefetch=10) for _ in range(2))
    monkeypatch.setattr(transport, "LEASE_SECONDS", -1.0)
    late = collect(hung, 2)
    monkeypatch.undo()
    assert bodies(collect(other, 2)) == [b"m0", b"m1"]
    hung.ack(late[-1])
    assert ready(embedded.broker, ["all"]) == {"all": 2}
    hung.close()
    other.close()
    assert left_over(embedded) == [b"m0", b"m1"]


def test_a_living_owner_keeps_its_messages(embedded: Site) -> None:
    publish(embedded.broker, messages(2))
    first, second = (embedded.broker.consumer(["all"], prefetch=10) for _ in range(2))
    assert len(collect(first, 2)) == 2
    assert second.take(1, 0.1) == []
    first.close()
    second.close()


def test_no_lock_file_stays_behind(embedded: Site, tmp_path: Path) -> None:
    consumer = embedded.broker.consumer(["all"], prefetch=10)
    consumer.take(1, 0)
    dead = tmp_path / "broker.sqlite-owner-0123"
    dead.touch()
    consumer.close()
    consumer.take(1, 0)
    consumer.close()
    assert not list(tmp_path.glob("*-owner-*"))


def test_the_file_is_readable_by_its_owner_only(embedded: Site, tmp_path: Path) -> None:
    publish(embedded.broker, messages(1))
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


def test_processes_and_threads_write_one_file_at_once(tmp_path: Path) -> None:
    # Nobody has made the file yet: they also race to do so.
    url = f"embedded://{tmp_path}/broker.sqlite"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: connect(url, KEYS).declare(TOPOLOGY), range(4)))
    writers = [FORKS.Process(target=hands.write, args=(url, str(number)), daemon=True) for number in range(3)]
    for writer in writers:
        writer.start()
    consumer = connect(url, KEYS).consumer(["all"], prefetch=50)
    seen: list[Delivery] = []
    while len(seen) < 600 and (taken := collect(consumer, 1)):
        seen += taken
        consumer.ack(taken[-1])
    consumer.close()
    for writer in writers:
        writer.join(PATIENCE)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert len(seen) == len(set(bodies(seen))) == 600


def test_a_writer_that_holds_the_file_too_long_loses_the_broker(embedded: Site, tmp_path: Path) -> None:
    publisher = embedded.broker.publisher()
    other = sqlite3.connect(tmp_path / "broker.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BrokerLost, match="locked"):
        publisher.publish(messages(1), 0.05)
    other.close()
    assert publisher.publish(messages(1), PATIENCE) == {"m0": Fate.CONFIRMED}
    publisher.close()


def test_a_missing_folder_is_permanent(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="make its folder"):
        connect(f"embedded://{tmp_path}/missing/broker.sqlite", KEYS).look(["all"])


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.sqlite"
    path.write_text("Dear committee, " * 1000)
    with pytest.raises(PermanentError, match="not the file"):
        connect(f"embedded://{path}", KEYS).declare(TOPOLOGY)
    assert path.read_text() == "Dear committee, " * 1000


def test_the_file_holds_nothing_of_a_message_in_clear_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "broker.sqlite"
    path.touch(mode=0o666)
    path.chmod(0o666)
    broker = connect(f"embedded://{path}", KEYS)
    broker.declare(TOPOLOGY)
    told = Outgoing("m1", "events", "x", b"41048120000229101X", "text/plain", {"h": "110105491231002"})
    broker.publisher().publish([told], PATIENCE)
    for file in tmp_path.glob("broker.sqlite*"):
        held = file.read_bytes()
        assert b"41048120000229101X" not in held, file
        assert b"110105491231002" not in held, file
        assert file.stat().st_mode & 0o077 == 0, file
    (delivery,) = broker.consumer(["all"], 10).take(1, PATIENCE)
    assert (delivery.body, delivery.headers) == (told.body, told.headers)


def test_what_an_older_file_holds_in_clear_is_sealed_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "broker.sqlite"
    broker = connect(f"embedded://{path}", KEYS)
    broker.declare(TOPOLOGY)
    broker.publisher().publish([message("m1", body=b"41048120000229101X")], PATIENCE)
    with sqlite3.connect(path) as old:
        (sealed,) = old.execute("SELECT body FROM message").fetchone()
        envelope, _, body = KEYS.unseal(sealed, b"broker").partition(b"\n")
        old.execute("ALTER TABLE message ADD COLUMN envelope TEXT NOT NULL DEFAULT ''")
        old.execute("UPDATE message SET body = ?, envelope = ?", (body, envelope.decode()))
        old.execute("PRAGMA user_version = 1")
    old.close()
    (delivery,) = broker.consumer(["all"], 10).take(1, PATIENCE)
    assert delivery.body == b"41048120000229101X"
    assert all(b"41048120000229101X" not in file.read_bytes() for file in tmp_path.glob("broker.sqlite*"))
