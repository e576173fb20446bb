"""Keys at rest: rotation reaches every sealed column, may be interrupted, and wrong keys are refused at the start."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, text

from credit import vault
from credit.record import places
from credit.record.rows import ContactRow
from credit.store import archive, contacts, proposals, rotation, tables
from credit.store.digest import digest
from credit.store.engine import reading, writing
from credit.store.looks import Actor
from credit.store.proposals import Proposed
from credit.vault import Algorithm, Keyring
from schemas.access import FourEyes
from schemas.errors import ConfigurationError
from schemas.rights import Role
from tests.accounts import give_second, make_account
from tests.builders import NOON, feed_in, mend, message, rows
from workers import keyfile
from workers.cli import keys
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings, read

HASHES = {"message.fingerprint", "message.mended_fingerprint", "record.digest", "act.digest", "notice.digest"}
HASHES |= {"feed_row.digest", "dispute.digest"}
IDS = {"draw.ballot"}
"""Holds ids of subjects alone: codes of organisations, and of persons what was hashed of their numbers under a key."""


def clock() -> datetime:
    return NOON


def key_path(place: Settings) -> Path:
    found = keyfile.key_file(place.home, place.environ)
    assert found is not None
    return found


def fill(runtime: Runtime) -> None:
    """Put something into every sealed column."""
    offence = message("security.offence", "1", sanction="criminal")
    bad, good = message("penalty", "2", CF_NR_FK=""), message("penalty", "2")
    feed_in(runtime, offence, bad, message("licensing.registration", "3"))
    ((number,),) = rows(runtime, "SELECT parked_id FROM parked")
    mend(runtime, number, good)
    with writing(runtime.engine) as connection:
        holder = make_account(connection, "chen", "陈晨", NOON, Role.CLERK)
        give_second(connection, "chen", runtime.keyring, NOON)
        wanted = Proposed(FourEyes.DISCARD, "1 份挂起报文", "", b'{"numbers":[1]}', "重复")
        row = proposals.propose(connection, wanted, holder, Actor("chen", "陈晨", "test"), runtime.keyring, NOON)
        proposals.keep_message(connection, row.proposal_id, b"{}", runtime.keyring)
        reached = runtime.keyring.seal(b"13800000000", places.of_contact("TS1"))
        contacts.keep(connection, [ContactRow("TS1", reached, NOON)])


def digest_of(runtime: Runtime, keyring: Keyring) -> str:
    with reading(runtime.engine) as connection:
        return digest(connection, keyring)


def used(runtime: Runtime) -> set[str]:
    """The ids of the keys that anything is sealed with."""
    found = set()
    for sealed in rotation.SEALED:
        column, table = sealed.column.name, sealed.table.name
        values = rows(runtime, f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
        assert values, f"{table}.{column} is empty: the test proves nothing"
        found |= {vault.key_id_of(value) for (value,) in values}
    return found


def test_every_column_of_bytes_is_sealed_or_a_hash() -> None:
    binary = {
        f"{table.name}.{column.name}"
        for table in tables.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    sealed = {f"{sealed.table.name}.{sealed.column.name}" for sealed in rotation.SEALED}
    assert binary - HASHES - IDS == sealed


def test_rotation_reaches_everything_and_changes_nothing(place: Settings) -> None:
    with open_runtime(place, clock) as runtime:
        fill(runtime)
        old = runtime.keyring
        before = digest_of(runtime, old)
        assert rotation.is_complete(runtime.engine, old)
        new = vault.with_new_key(old, Algorithm.SM4_GCM)
        assert not rotation.is_complete(runtime.engine, new)
        told: list[int] = []
        assert rotation.reseal(runtime.engine, new, told.append) == sum(told) > 6
        assert used(runtime) == {new.current}
        alone = Keyring(new.index_key, {new.current: new.data_keys[new.current]}, new.current)
        assert digest_of(runtime, alone) == before
        keyfile.save(alone, key_path(place))
    with open_runtime(place, clock) as again:
        feed_in(again, message("penalty", "2"))
        assert rows(again, "SELECT repeats FROM message WHERE message_key = '/inspection 2'") == [(1,)]


def test_rotation_that_was_interrupted_goes_on(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_AT_ONCE", 2)

    class Killed(BaseException):
        pass

    lots: list[int] = []

    def kill(done: int) -> None:
        lots.append(done)
        if len(lots) == 2:
            raise Killed

    with open_runtime(place, clock) as runtime:
        fill(runtime)
        new = vault.with_new_key(runtime.keyring, Algorithm.AES_256_GCM)
        keyfile.save(new, key_path(place))
        with pytest.raises(Killed):
            rotation.reseal(runtime.engine, new, kill)
        assert used(runtime) == {runtime.keyring.current, new.current}
    with open_runtime(place, clock) as again:
        assert again.keyring.current == new.current
        feed_in(again, message("penalty", "between", CF_WSH="舞卫公罚〔2026〕77号"))
        assert not rotation.is_complete(again.engine, again.keyring)
        rotation.reseal(again.engine, again.keyring, lots.append)
        assert used(again) == {new.current}
        assert rotation.reseal(again.engine, again.keyring, lots.append) == 0


@pytest.mark.parametrize("other", ["all", "index", "data"])
def test_other_keys_are_refused_before_any_message_is_touched(place: Settings, other: str) -> None:
    with open_runtime(place, clock) as runtime:
        mine = runtime.keyring
    strange = vault.generate(Algorithm.AES_256_GCM)
    ring = {
        "all": strange,
        "index": Keyring(strange.index_key, mine.data_keys, mine.current),
        "data": Keyring(mine.index_key, strange.data_keys, strange.current),
    }[other]
    keyfile.save(ring, key_path(place))
    with pytest.raises(ConfigurationError, match="written with other keys"), open_runtime(place, clock):
        pass


def test_servers_without_keys_are_refused(tmp_path: Path) -> None:
    environ = {"XINGLIN_DATABASE_URL": "postgresql+psycopg://nobody@localhost/none", "XINGLIN_BROKER_URL": "amqp://x"}
    with pytest.raises(ConfigurationError, match="no keys"), open_runtime(read(environ, home=tmp_path), clock):
        pass
    assert list(tmp_path.iterdir()) == []


OTHER = "440524188001010014"


@pytest.mark.parametrize("how", ["moved", "sealed in its place", "damaged"])
def test_nobody_is_told_under_the_number_of_another(place: Settings, how: str) -> None:
    with open_runtime(place, clock) as runtime:
        feed_in(runtime, message("security.offence", "1", sanction="criminal"))
        ((subject_id,),) = rows(runtime, "SELECT subject_id FROM subject WHERE kind = 'person'")
        records = [record for (record,) in rows(runtime, "SELECT record_id FROM record")]
        assert rows(runtime, "SELECT count(*) FROM notice WHERE subject_id = :s", s=subject_id) != [(0,)]
        seal, mine = runtime.keyring.seal, places.of_identifier(subject_id)
        token = {
            "moved": seal(OTHER.encode(), places.of_identifier("P0")),
            "sealed in its place": seal(OTHER.encode(), mine),
            "damaged": b"x",
        }[how]
        with writing(runtime.engine) as connection:
            connection.execute(
                text("UPDATE subject SET identifier = :t WHERE subject_id = :s"), {"t": token, "s": subject_id}
            )
            for table in ("notice", "unsent", "outbox"):
                connection.execute(text(f"DELETE FROM {table}"))
        work = archive.settle_again(runtime.engine, records, runtime.rules())
        assert not work.notices.changed
        assert [(case.kind, case.about) for case in work.cases] == [("number-unsound", subject_id)]
        assert work.dispatches == []


def test_new_keys_make_the_folder_they_lie_in(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "keys.json"
    keys.new(file)
    assert (file.parent.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert keyfile.read(file).current
