"""A number planted in every text of every type, in many spellings, is in clear nowhere: at rest or on screens."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from connectors import registry
from credit.identity.hiding import items_of
from credit.record import places
from credit.store import tables
from credit.store.engine import reading
from tests.builders import LI, NOON, ROOT, feed_in
from workers import settings
from workers.cli import app
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime

STRANGER = "110105194912310038"
OLD = "110105491231003"
SPELLINGS = [
    STRANGER,
    " ".join(STRANGER),
    f"{STRANGER[:6]}-{STRANGER[6:14]}-{STRANGER[14:]}",
    "\u2009".join((STRANGER[:6], STRANGER[6:14], STRANGER[14:])),
    STRANGER.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)}),
    ".".join(STRANGER),
    OLD,
    f"{LI[:17]}x",
    f"{LI[:17]}×",
]


def clear(text: str) -> set[str]:
    """The numbers that can be read in a text, however they are written there."""
    solid = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).upper().replace("×", "X")
    return {number for number in (STRANGER, OLD, LI, LI[:17]) if number in solid}


def planted() -> Iterator[Posting]:
    """Each sample, with one of its texts or codes after the other in another spelling of a number."""
    models = registry.load().models()
    turn = 0
    for sample in sorted((ROOT / "connectors").glob("*/samples/*.json")):
        event = json.loads(sample.read_text())
        items = items_of(models[event["type"]])
        for name in (*items.texts, *items.codes, *items.registrations):
            for style in (SPELLINGS[turn % len(SPELLINGS)], STRANGER):
                turn += 1
                # Document numbers of a region, a day and a count look like an old number: of a code it is not refused.
                number = STRANGER if style == OLD and name not in items.texts else style
                label = "身份证号" if name in items.texts else ""
                data = event["data"] | {name: f"{label}{number}"}
                if name in items.texts and "document_no" in data:
                    data["document_no"] = f"舞卫〔2026〕{turn}号"
                body = event | {"id": f"planted-{turn}", "data": data}
                yield Posting(json.dumps(body, ensure_ascii=False).encode(), event["type"])


@pytest.fixture
def runtime(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Runtime]:
    def clock() -> datetime:
        return NOON

    with open_runtime(settings.read({}, home=tmp_path), clock) as opened:
        feed_in(opened, *planted())
        said = capsys.readouterr()
        for line in (said.out + said.err).splitlines():
            assert clear(line) == set(), line
        yield opened


def test_no_planted_number_is_in_clear_anywhere(runtime: Runtime) -> None:
    with reading(runtime.engine) as connection:
        rows = [
            (f"{table.name}.{name}", value)
            for table in tables.metadata.sorted_tables
            for row in connection.execute(select(table))
            for name, value in row._mapping.items()
        ]
        sent = connection.execute(select(tables.outbox.c.message_id, tables.outbox.c.body)).all()
    assert len(rows) > 500
    for column, value in rows:
        if isinstance(value, str):
            assert clear(value) == set(), (column, value)
    for file in runtime.settings.home.glob("*.sqlite*"):
        held = file.read_bytes()
        assert STRANGER.encode() not in held, file
        assert OLD.encode() not in held, file
    for message_id, body in sent:
        event: dict[str, Any] = json.loads(runtime.keyring.unseal(body, places.of_dispatch(message_id)))
        event["data"].get("party", {}).pop("id_no", None)
        for text in strings(event):
            assert clear(text) == set(), (message_id, text)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def test_no_screen_shows_a_planted_number(runtime: Runtime) -> None:
    home = str(runtime.settings.home)
    for words in (["parked", "list"], ["parked", "show", "1"], ["notices"], ["closure"], ["feed"], ["ledger"]):
        for more in ([], ["--json"]):
            shown = CliRunner().invoke(app, [*words, *more, "--home", home]).output
            for line in shown.splitlines():
                assert clear(line) == set(), (words, line)
