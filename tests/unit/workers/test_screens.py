"""What the commands print for a person: Chinese, no wider than a sheet, with numbers that can be copied whole."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from rich.cells import cell_len
from typer.testing import CliRunner

from schemas.errors import PermanentError
from tests import processes
from tests.builders import ROOT
from workers.cli import app, tell_error
from workers.cli.common import telling

pytestmark = pytest.mark.long

PAPER = 100
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LONGEST_WORD = 48


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a demonstration, and in `screen.txt` what that printed."""
    place = tmp_path_factory.mktemp("demonstration")
    done = processes.run(["demo", "--home", str(place)], os.environ, ROOT)
    assert done.returncode == 0, done.stderr
    (place / "screen.txt").write_text(done.stdout)
    return place


def look(home: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--home", str(home)])
    assert done.exit_code == 0, done.output
    return done.stdout


def ask(home: Path, *arguments: str) -> Any:
    return json.loads(look(home, *arguments, "--json"))


def keys_of(parked: dict[str, Any]) -> Iterator[str]:
    """The two words of a message key, as the list shows them: a long one without its middle."""
    for word in parked["message_key"].split(" "):
        yield word if len(word) <= LONGEST_WORD else word[:20]


def missing(text: str, wanted: set[str]) -> set[str]:
    """What is not whole on any line."""
    return {word for word in wanted if word not in text}


def check(text: str, wanted: set[str]) -> None:
    assert max(map(cell_len, text.splitlines())) <= PAPER
    assert wanted, "nothing was looked for: the test proves nothing"
    assert missing(text, wanted) == set()


def test_the_demonstration_fits_a_sheet(home: Path) -> None:
    reasons = {row["reason"] for row in ask(home, "parked", "list")}
    unclosed = {row["notice_no"] for row in ask(home, "closure")}
    check((home / "screen.txt").read_text(), reasons | unclosed | set(look(home, "digest").split()))


def test_parked_messages_fit_a_sheet(home: Path) -> None:
    rows = ask(home, "parked", "list")
    text = look(home, "parked", "list")
    check(text, {key for row in rows for key in keys_of(row)} | {row["reason"] for row in rows})
    assert missing(text, {row["type"] or row["queue"] for row in rows}) == set()
    assert any(len(word) > LONGEST_WORD for row in rows for word in row["message_key"].split(" "))


def test_each_parked_message_is_told_in_chinese_first(home: Path) -> None:
    for row in ask(home, "parked", "list")[:2]:
        first = look(home, "parked", "show", str(row["parked_id"])).splitlines()[1]
        assert row["hint"] in first


def test_a_key_that_the_list_shortens_is_shown_whole(home: Path) -> None:
    row = next(row for row in ask(home, "parked", "list") if len(row["message_key"]) > PAPER - 10)
    check(look(home, "parked", "show", str(row["parked_id"])), set(row["message_key"].split(" ")))


def test_notices_fit_a_sheet(home: Path) -> None:
    rows = ask(home, "notices")
    check(look(home, "notices"), {row["notice_no"] for row in rows} | {row["identifier"] for row in rows})


def test_closure_fits_a_sheet(home: Path) -> None:
    rows = ask(home, "closure")
    wanted = {row[name] for row in rows for name in ("notice_no", "identifier", "document_no")}
    check(look(home, "closure"), wanted)


def test_feed_rows_fit_a_sheet(home: Path) -> None:
    rows = ask(home, "feed")["rows"]
    check(look(home, "feed"), {row["row_id"] for row in rows} | {row["document_no"] for row in rows})


def test_the_ledger_fits_a_sheet(home: Path) -> None:
    check(look(home, "ledger"), {each["type"] for each in ask(home, "ledger")["types"]})


def test_archives_fit_a_sheet(home: Path) -> None:
    subjects = {row["identifier"] for row in ask(home, "closure") if "*" not in row["identifier"]}
    for key in subjects:
        found = ask(home, "subject", key)
        numbers = {record["document_no"] for record in found["records"]}
        check(look(home, "subject", key), numbers | {found["identifier"]})
        told = {notice["notice_no"] for record in found["records"] for notice in record["notices"]}
        told |= {row["row_id"] for record in found["records"] for row in record["feeds"]}
        said = {message["message_key"] for record in found["records"] for message in record["messages"]}
        check(look(home, "subject", key, "--explain"), numbers | told | {word for key in said for word in key.split()})


def test_the_doctor_fits_a_sheet_and_speaks_chinese(home: Path) -> None:
    findings = ask(home, "doctor")
    text = look(home, "doctor")
    check(text, {finding["check"] for finding in findings} | {"✓ 正常"})
    for finding in findings:
        assert CHINESE.search(finding["told"]), finding
        assert not CHINESE.search(finding["found"]), finding


@pytest.mark.parametrize("sample", ["security/samples/offence", "inspection/samples/penalty", "office/samples/repair"])
def test_a_dry_run_fits_a_sheet_and_speaks_chinese(home: Path, sample: str) -> None:
    file = str(Path(__file__).parents[3] / "connectors" / f"{sample}.json")
    (found,) = ask(home, "routing", "explain", file)
    text = look(home, "routing", "explain", file)
    check(text, set(found["message"].split()) | {found["queue"]})
    for step in found["steps"]:
        assert step["what"].isascii()
        assert step["what"] == "queue" or CHINESE.search(step["told"]), step


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command, with how it is called."""
    command = command or typer.main.get_command(app)
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


ALL = list(commands())


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) or "xinglin" for path, _ in ALL])
def test_help_is_in_chinese_and_cut_off_nowhere(path: tuple[str, ...], command: click.Command) -> None:
    assert CHINESE.search(command.help or ""), "the command says nothing in Chinese"
    for parameter in command.params:
        told = getattr(parameter, "help", None)
        generic = {"help", "install_completion", "show_completion"}
        assert parameter.name in generic or CHINESE.search(told or ""), parameter.name
    for width in ("80", "100"):
        shown = CliRunner(env={"COLUMNS": width, "TERMINAL_WIDTH": width}).invoke(app, [*path, "--help"]).stdout
        assert "…" not in shown, shown
        assert max(map(cell_len, shown.splitlines())) <= int(width)


def test_every_command_that_reports_has_json() -> None:
    groups = {path[:-1] for path, _ in ALL if path}
    silent = {path for path, command in ALL if path not in groups and not has_json(command)}
    assert silent == {("public",), ("console",)} | {
        ("worker", name)
        for name in ("intake", "relay", "scheduler", "assessor", "carrier", "frontend", "all", "folder")
    }


def has_json(command: click.Command) -> bool:
    return any("--json" in parameter.opts for parameter in command.params)


def test_an_error_has_its_own_words_after_what_a_clerk_is_told() -> None:
    error = PermanentError("no link 7[/]\x1b[2J")
    assert tell_error(error).plain == "错误：no link 7[/]<U+001B>[2J"
    with pytest.raises(PermanentError) as caught, telling("没有办理。"):
        raise error
    assert tell_error(caught.value).plain == "错误：没有办理。\nno link 7[/]<U+001B>[2J"
