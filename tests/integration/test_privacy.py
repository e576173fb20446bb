"""No ID number in clear: not in the database, not in logs, listings or rows; only in the notice to the agency."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from credit.record import places
from credit.store import tables
from credit.store.engine import reading
from tests import processes
from tests.builders import LI, NOON, ROOT, feed_in, message
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

WANG = "11010519491231002X"
OLD = "110105491231002"
"""The same number as it was written before 1999."""


def party(number: str, name: str = "样本人员") -> dict[str, str]:
    return {"kind": "person", "name": name, "id_type": "身份证", "id_no": number}


def mixed() -> list[Posting]:
    """Offences, a fine of a person, a mismatch of names, and numbers where none belong."""
    person: dict[str, Any] = {"CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": WANG}
    return [
        message("security.offence", "1", sanction="criminal", party=party(LI)),
        message("security.offence", "2", sanction="criminal", party=party(WANG.lower()), document_no="2号"),
        message("security.offence", "3", sanction="criminal", party=party(OLD), document_no="3号"),
        message("penalty", "4", **person, CF_XDR_MC="样本人员", CF_SY=f"当事人（{WANG}）无证行医", CF_FRDB=""),
        message("security.offence", "5", party=party(LI, "另一人"), document_no="5号"),
        message("penalty", "6", CF_XDR_SHXYM=LI),
        message("penalty", "7", **person, CF_XDR_MC="样本人员", CF_WSH=f"罚{WANG}", CF_FRDB=""),
        message("security.offence", "8", party=party(LI[:-1] + "1"), document_no="8号"),
        Posting(message("security.offence", "9", party=party(LI)).body[:-4], "credit.security.offence.v1"),
    ]


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    def clock() -> datetime:
        return NOON

    with open_runtime(place, clock) as opened:
        feed_in(opened, *mixed())
        yield opened


def numbers(text: str) -> set[str]:
    return {number for number in (LI, WANG, OLD, LI[:-1] + "1") if number.casefold() in text.casefold()}


def dump(runtime: Runtime) -> Iterator[tuple[str, Any]]:
    with reading(runtime.engine) as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                yield from ((f"{table.name}.{name}", value) for name, value in row._mapping.items())


def test_the_database_holds_no_number_in_clear(runtime: Runtime) -> None:
    seen = 0
    for column, value in dump(runtime):
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        assert numbers(text) == set(), column
        seen += 1
    assert seen > 200


def test_nor_do_the_files_of_the_embedded_archive(runtime: Runtime) -> None:
    for file in runtime.settings.home.glob("archive.sqlite*"):
        assert numbers(file.read_bytes().decode("latin-1")) == set(), file


def test_only_the_agency_is_told_the_number(runtime: Runtime) -> None:
    told: dict[str, set[str]] = {}
    with reading(runtime.engine) as connection:
        sent = connection.execute(select(tables.outbox.c.type, tables.outbox.c.message_id, tables.outbox.c.body)).all()
    for kind, message_id, body in sent:
        event = json.loads(runtime.keyring.unseal(body, places.of_dispatch(message_id)))
        found = numbers(json.dumps(event, ensure_ascii=False))
        told.setdefault(kind, set()).update(found)
        if kind == "credit.notice.issued.v1":
            assert found == {event["data"]["party"].pop("id_no")}
            assert numbers(json.dumps(event, ensure_ascii=False)) == set()
    assert told.pop("credit.notice.issued.v1") == {LI, WANG}
    assert set(told) >= {"credit.feed.rows.v1"}
    assert all(found == set() for found in told.values())


def test_the_row_at_credit_china_has_a_masked_number(runtime: Runtime) -> None:
    with reading(runtime.engine) as connection:
        rows = select(tables.outbox.c.message_id, tables.outbox.c.body).where(
            tables.outbox.c.type == "credit.feed.rows.v1"
        )
        bodies = connection.execute(rows).all()
    opened = [runtime.keyring.unseal(body, places.of_dispatch(message_id)) for message_id, body in bodies]
    shown = [json.loads(body)["data"]["rows"][0] for body in opened]
    assert [row["CF_XDR_ZJHM"] for row in shown] == ["110105********002X"]


WORK = """
import logging, sys
from pathlib import Path
from tests.builders import feed_in
from workers import logs, settings
from workers import postings
from workers.runtime import open_runtime

logs.configure(logging.DEBUG)
with open_runtime(settings.read({}, home=Path(sys.argv[2]))) as runtime:
    feed_in(runtime, *postings.read_file(Path(sys.argv[1])))
    runtime.scheduler().tick()
"""


ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("XINGLIN_")}


def all_of(done: subprocess.CompletedProcess[str]) -> str:
    """All that a program said."""
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def run(*words: str) -> str:
    """Run a command as a person does; return all that it says."""
    return all_of(processes.run(words, ENVIRON, ROOT))


def test_neither_logs_nor_listings_show_a_number(tmp_path: Path) -> None:
    file, home = tmp_path / "day.jsonl", tmp_path / "home"
    file.write_bytes(b"\n".join(posting.body for posting in mixed()))
    work = [sys.executable, "-c", WORK, str(file), str(home)]
    logged = all_of(subprocess.run(work, capture_output=True, text=True, env=ENVIRON, cwd=ROOT, check=False))
    assert '"reason": "identity.name_mismatch"' in logged
    assert numbers(logged) == set()
    said = ""
    for words in (("parked", "list"), ("notices",), ("subject", LI)):
        said += run(*words, "--json", "--home", str(home)) + run(*words, "--home", str(home))
    said += run("feed", "--json", "--home", str(home))
    assert "样本人员" in said
    assert numbers(said) == set()
