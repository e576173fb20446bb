"""`xinglin verify`: a sound archive, however it came about, raises no alarm; each planted fault is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from typer.testing import CliRunner

from credit.identity import IdKind
from credit.record import places
from credit.store import audit
from credit.store.audit import Fault
from credit.store.engine import undone, writing
from tests.builders import HOSPITAL, NOON, WANG, decided, feed_in, mend, message, rows
from workers import settings
from workers.cli import app
from workers.decisions import identities
from workers.postings import Posting
from workers.reading import restate
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings


def clock() -> datetime:
    return NOON


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    """Notices and rows; a mended message, a parked one, one that nobody can read; a link and a further name."""
    with open_runtime(place, clock) as opened:
        fill(opened)
        yield opened


def fill(opened: Runtime) -> None:
    offence = message("security.offence", "1", sanction="criminal")
    bad, good = message("penalty", "2", CF_NR_FK=""), message("penalty", "2")
    old = message("penalty", "3", CF_WSH="舞卫医罚〔2026〕3号", CF_XDR_SHXYM=HOSPITAL)
    new = message("penalty", "4", {"revision": 2}, CF_WSH="舞卫医罚〔2026〕3号", CF_XDR_SHXYM=HOSPITAL)
    registration, parked = message("licensing.registration", "5"), message("penalty", "6", CF_NR_FK="")
    feed_in(opened, offence, bad, old, new, registration, parked, Posting(b"{", None))
    ((number,),) = rows(opened, "SELECT parked_id FROM parked WHERE message_key = '/inspection 2'")
    assert mend(opened, number, good).closed
    identities.claim(opened, offender(opened), IdKind.NAME, "王 五", decided("李科长", "查明"))
    ((after,),) = rows(opened, "SELECT subject_id FROM record WHERE stated_by = '/inspection 2'")
    identities.link(opened, HOSPITAL, after, decided("李科长", "更名"))


def offender(runtime: Runtime) -> str:
    ((found,),) = rows(runtime, "SELECT subject_id FROM record WHERE stated_by = '/security 1'")
    return str(found)


def flip(token: bytes) -> bytes:
    return token[:-1] + bytes([token[-1] ^ 1])


class Planted:
    """An archive within a transaction that is undone, so that each fault is planted in a sound one."""

    def __init__(self, runtime: Runtime, connection: Connection) -> None:
        self.runtime, self.connection = runtime, connection

    def change(self, statement: str, **values: Any) -> None:
        assert self.connection.execute(text(statement), values).rowcount == 1

    def find(self) -> set[str]:
        told: list[int] = []
        found = audit.audit(
            self.connection, self.runtime.keyring, partial(restate, self.runtime.reader.registry), told.append
        )
        misfits = {f"{each.fault}: {each.name}" for each in found}
        assert sum(told) > 0
        return misfits


Plant = Callable[[Planted], set[str]]
"""Plants a fault, and returns what is to be found."""


def swapped_numbers(archive: Planted) -> set[str]:
    tokens = dict(rows(archive.runtime, "SELECT subject_id, identifier FROM subject"))
    one, other, *_ = tokens
    for subject_id, token in ((one, tokens[other]), (other, tokens[one])):
        archive.change("UPDATE subject SET identifier = :t WHERE subject_id = :s", t=token, s=subject_id)
    return {f"{Fault.SUBJECT_NUMBER}: {one}", f"{Fault.SUBJECT_NUMBER}: {other}"}


def number_of_another(archive: Planted) -> set[str]:
    person = offender(archive.runtime)
    token = archive.runtime.keyring.seal(WANG.encode(), places.of_identifier(person))
    archive.change("UPDATE subject SET identifier = :t WHERE subject_id = :s", t=token, s=person)
    return {f"{Fault.SUBJECT_NUMBER}: {person}"}


def flipped_message(key: str) -> Plant:
    def plant(archive: Planted) -> set[str]:
        ((raw,),) = rows(archive.runtime, "SELECT raw FROM message WHERE message_key = :k", k=key)
        archive.change("UPDATE message SET raw = :r WHERE message_key = :k", r=flip(raw), k=key)
        return {f"{Fault.MESSAGE_SEALED}: {key}"}

    return plant


def flipped_former_message(archive: Planted) -> set[str]:
    ((event, raw),) = rows(archive.runtime, "SELECT event_id, raw FROM parked_event WHERE raw IS NOT NULL")
    archive.change("UPDATE parked_event SET raw = :r WHERE event_id = :e", r=flip(raw), e=event)
    return {f"{Fault.FORMER_SEALED}: /inspection 2"}


def changed_fingerprint(column: str, fault: Fault) -> Plant:
    def plant(archive: Planted) -> set[str]:
        archive.change(f"UPDATE message SET {column} = :f WHERE message_key = '/inspection 2'", f=bytes(32))
        return {f"{fault}: /inspection 2"}

    return plant


def changed_head(change: str, *faults: Fault) -> Plant:
    """Change the record that message 4 states, as the second revision after message 3."""

    def plant(archive: Planted) -> set[str]:
        ((record,),) = rows(archive.runtime, "SELECT record_id FROM record WHERE stated_by = '/inspection 4'")
        archive.change(f"UPDATE record SET {change} WHERE record_id = :r", r=record, **ZEROS[":zeros" in change])
        return {f"{fault}: {record}" for fault in faults}

    return plant


ZEROS: Mapping[bool, Mapping[str, bytes]] = {True: {"zeros": bytes(32)}, False: {}}


def changed_hash(archive: Planted) -> set[str]:
    ((value_hash, person),) = rows(archive.runtime, "SELECT value_hash, subject_id FROM alias WHERE kind = 'name'")
    stranger = archive.runtime.keyring.lookup("another")
    archive.change("UPDATE alias SET value_hash = :n WHERE value_hash = :h", n=stranger, h=value_hash)
    return {f"{Fault.ALIAS_SEALED}: name {person}"}


def alias_sealed_under_another_hash(archive: Planted) -> set[str]:
    wanted = changed_hash(archive)
    stranger = archive.runtime.keyring.lookup("another")
    (person,) = (each.rpartition(" ")[2] for each in wanted)
    token = archive.runtime.keyring.seal("王五".encode(), places.of_alias(stranger, "name", person))
    archive.change("UPDATE alias SET value = :t WHERE value_hash = :h", t=token, h=stranger)
    return {f"{Fault.ALIAS_HASH}: name {person}"}


def changed_notice(archive: Planted) -> set[str]:
    notice = first_notice(archive)
    archive.change("UPDATE notice SET measures = '[' WHERE notice_no = :n", n=notice)
    return {f"{Fault.NOTICE_MEASURES}: {notice}", f"{Fault.OUTBOX_CONTENT}: {notice}:issued"}


def notice_of_another(archive: Planted) -> set[str]:
    notice = first_notice(archive)
    archive.change("UPDATE notice SET subject_id = :s WHERE notice_no = :n", s=HOSPITAL, n=notice)
    return {f"{Fault.NOTICE_SUBJECT}: {notice}", f"{Fault.OUTBOX_CONTENT}: {notice}:issued"}


def changed_organ(table: str, name: str, fault: Fault) -> Plant:
    def plant(archive: Planted) -> set[str]:
        ((row,), *_) = rows(archive.runtime, f"SELECT {name} FROM {table} ORDER BY {name}")
        archive.change(f"UPDATE {table} SET organ_code = 'x' WHERE {name} = :n", n=row)
        return {f"{fault}: {row}"}

    return plant


def first_notice(archive: Planted) -> str:
    ((notice,), *_) = rows(archive.runtime, "SELECT notice_no FROM notice ORDER BY notice_no")
    return str(notice)


def flipped_body(archive: Planted) -> set[str]:
    ((message_id, body), *_) = rows(archive.runtime, "SELECT message_id, body FROM outbox")
    archive.change("UPDATE outbox SET body = :b WHERE message_id = :m", b=flip(body), m=message_id)
    return {f"{Fault.OUTBOX_SEALED}: {message_id}"}


PLANTS: Mapping[str, Plant] = {
    "nothing": lambda _: set(),
    "two numbers swapped": swapped_numbers,
    "a number sealed for a subject that it is not of": number_of_another,
    "a byte of a mended message": flipped_message("/inspection 2"),
    "a byte of a superseded message": flipped_message("/inspection 3"),
    "a byte of a parked message": flipped_message("/inspection 6"),
    "a byte of what a mended message was": flipped_former_message,
    "fingerprint of what came": changed_fingerprint("fingerprint", Fault.FORMER_CONTENT),
    "fingerprint of what was mended": changed_fingerprint("mended_fingerprint", Fault.MESSAGE_CONTENT),
    "digest": changed_head("digest = :zeros", Fault.HEAD_CONTENT),
    "revision": changed_head("revision = 9", Fault.HEAD_UNSTATED),
    "no such message": changed_head("stated_by = '/inspection 99'", Fault.HEAD_UNSTATED),
    "message of another record": changed_head("stated_by = '/inspection 2'", Fault.HEAD_UNSTATED),
    "time": changed_head("event_time = '2020-01-01 00:00:00+00:00'", Fault.HEAD_UNSTATED),
    "older message": changed_head("stated_by = '/inspection 3', revision = 1", Fault.HEAD_BEHIND),
    "hash of an alias": changed_hash,
    "alias sealed under another hash": alias_sealed_under_another_hash,
    "measures of a notice": changed_notice,
    "subject of a notice": notice_of_another,
    "organ of a notice": changed_organ("notice", "notice_no", Fault.NOTICE_ORGAN),
    "organ of a row at a feed": changed_organ("feed_row", "row_id", Fault.FEED_ORGAN),
    "a byte of the outbox": flipped_body,
}


def test_a_sound_archive_raises_no_alarm_and_each_planted_fault_is_found(runtime: Runtime) -> None:
    for name, plant in PLANTS.items():
        with undone(runtime.engine) as connection:
            archive = Planted(runtime, connection)
            wanted = plant(archive)
            assert archive.find() == wanted, name


def test_the_command_says_what_does_not_fit_and_fails(tmp_path: Path) -> None:
    with open_runtime(settings.read({}, home=tmp_path), clock) as opened:
        fill(opened)
        sound = CliRunner().invoke(app, ["verify", "--home", str(tmp_path)])
        assert (sound.exit_code, sound.stdout.startswith("✓ 已核查")) == (0, True), sound.output
        with writing(opened.engine) as connection:
            wanted = flipped_body(Planted(opened, connection))
    told = CliRunner().invoke(app, ["verify", "--home", str(tmp_path)])
    assert told.exit_code == 1
    assert Fault.OUTBOX_SEALED.word in told.stdout
    listed = CliRunner().invoke(app, ["verify", "--home", str(tmp_path), "--json"])
    assert listed.exit_code == 1
    assert {f"{each['fault']}: {each['name']}" for each in json.loads(listed.stdout)["misfits"]} == wanted
