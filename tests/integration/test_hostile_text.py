"""Text of senders that would steer a terminal, forge a line, be markup or begin a formula is shown as what it is."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from connectors import registry
from credit.identity.hiding import items_of
from tests.builders import ROOT, feed_in, rows
from workers import logs, settings
from workers.cli import app
from workers.letters import escape, spell
from workers.postings import Posting
from workers.runtime import open_runtime

MARKUP = "[red]甲[/red][link=http://e.example]乙[/link]"
HOSTILE = [
    MARKUP,
    "甲\x1b[2J\x1b]0;乙\x07",
    "甲\x9b31m乙",
    "甲\u202e乙\u2066丙",
    "甲\r\n✓ 账实相符",
    "=cmd|' /C calc'!A0",
    "@SUM(A1)\t",
]


def planted() -> Iterator[Posting]:
    """Each sample, with every one of its texts and codes, and of the attributes around them, as nobody should write."""
    models = registry.load().models()
    turn = 0
    for sample in sorted((ROOT / "connectors").glob("*/samples/*.json")):
        event = json.loads(sample.read_text())
        items = items_of(models[event["type"]])
        texts = list(dict.fromkeys((*items.texts, *items.codes, *items.registrations)))
        for name in texts:
            turn += 1
            data = event["data"] | {name: HOSTILE[turn % len(HOSTILE)] if turn % 2 else MARKUP}
            if "document_no" in data and name != "document_no":
                data["document_no"] = f"舞卫〔2026〕{turn}号"
            yield pack(event | {"id": f"hostile-{turn}", "data": data})
        for name in ("id", "source", "sender", "type", "time"):
            turn += 1
            yield pack(event | {"id": f"hostile-{turn}", name: HOSTILE[turn % len(HOSTILE)]})
    for text in HOSTILE:
        yield Posting(f'{{"{text}": '.encode(), "credit.office.honour.v1")


def pack(event: dict[str, Any]) -> Posting:
    return Posting(json.dumps(event, ensure_ascii=False).encode(), event["type"])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("hostile")
    with open_runtime(settings.read({}, home=home)) as runtime:
        feed_in(runtime, *planted())
        reasons = {reason for (reason,) in rows(runtime, "SELECT DISTINCT reason FROM parked")}
        assert {"text.forbidden_character", "json.invalid", "envelope.invalid"} <= reasons
    return home


def run(home: Path, *words: str) -> str:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*words, "--home", str(home)])
    assert not isinstance(done.exception, (ValueError, TypeError, UnicodeError)), done.exception
    return done.stdout + done.stderr


def check(text: str, words: Sequence[str]) -> None:
    odd = {f"{ord(char):04X}" for char in text if not char.isprintable() and char != "\n"}
    assert odd == set(), words
    assert not any(line.startswith("✓ 账实相符") for line in text.splitlines()) or "ledger" in words


def test_no_command_lets_text_of_a_sender_out_as_anything_else(written: Path) -> None:
    with open_runtime(settings.read({}, home=written)) as runtime:
        numbers = [str(number) for (number,) in rows(runtime, "SELECT parked_id FROM parked")]
        names = {name for (name,) in rows(runtime, "SELECT subject_id FROM record")}
    file = written / "again.jsonl"
    file.write_bytes(b"\n".join(posting.body for posting in list(planted())[:12]))
    commands = [
        ["parked", "list"],
        *(["parked", "show", number] for number in (*numbers[:: len(numbers) // 6], *numbers[-len(HOSTILE) :])),
        *(["subject", name, "--explain"] for name in sorted(names)[:4]),
        ["notices"],
        ["closure"],
        ["feed"],
        ["ledger"],
        ["verify"],
        ["routing", "explain", str(file)],
        ["doctor"],
    ]
    seen = ""
    for words in commands:
        for more in ([], ["--json"]):
            said = run(written, *words, *more)
            check(said, words)
            seen += said
    assert MARKUP in seen
    assert "<U+202E>" in seen
    assert "\\u202e" in seen


def test_no_command_takes_a_mistake_in_its_own_words_for_markup(written: Path, tmp_path: Path) -> None:
    for words in (["subject", MARKUP], ["parked", "show", "99999"], ["routing", "explain", f"/tmp/{MARKUP}"]):
        check(run(written, *words), words)
    folder = tmp_path / "[red]目录[/]"
    shutil.copytree(ROOT / "policies", folder)
    checked = CliRunner(env={"COLUMNS": "400"}).invoke(app, ["policy", "check", str(folder / "national")])
    assert f"{folder}/national" in checked.stdout


def test_the_bytes_of_a_message_steer_no_terminal(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_runtime(settings.read({}, home=written)) as runtime:
        found = rows(runtime, "SELECT parked_id FROM parked WHERE reason = 'json.invalid' ORDER BY parked_id")
    number = str(found[1][0])
    words = ["parked", "show", number, "--raw", "--home", str(written)]
    exact = CliRunner().invoke(app, words).stdout_bytes
    assert exact == f'{{"{HOSTILE[1]}": '.encode()
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    app(words, standalone_mode=False)
    check(terminal.getvalue(), words)
    assert "甲<U+001B>[2J" in terminal.getvalue()


@pytest.fixture
def _structlog() -> Iterator[None]:
    yield
    structlog.reset_defaults()


class Terminal(io.StringIO):
    """Where a person reads."""

    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("_structlog")
@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "file"])
def test_logs_have_one_line_for_each_event(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure(0)
    log = structlog.get_logger()
    for text in HOSTILE:
        log.warning("parked", message=text, detail={text: [text]})
    log.error("failed", exc_info=ValueError("\n".join(HOSTILE)))
    lines = stream.getvalue().splitlines(keepends=True)
    check(re.sub(r"\x1b\[\d*m", "", stream.getvalue()), [])  # but for the colours of structlog itself
    assert sum("parked" in line for line in lines) == len(HOSTILE)
    assert lines[len(HOSTILE)].count("failed") == 1


def test_what_prints_stays_and_what_does_not_is_named() -> None:
    assert spell("舞钢[red]=1+1\n好") == "舞钢[red]=1+1\n好"
    assert spell("a\tb\x1b\u200b\ue000", keep="") == "a    b<U+001B><U+200B><U+E000>"
    assert spell("a\nb", keep="") == "a<U+000A>b"
    text = json.dumps({"a\u202e": "\x9b\u2028𐀀\U000e0001"}, ensure_ascii=False)
    assert escape(text).isprintable()
    assert json.loads(escape(text)) == json.loads(text)
