"""What the help says of each command, as somebody on call reads it."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
import typer
from typer.core import TyperOption
from typer.testing import CliRunner

from schemas.states import NoticeState
from workers.cli import app
from workers.cli.app import _PLACES, _command

WITHOUT_JSON = {"worker", "console", "public"}
"""What runs until it is stopped, and answers nothing."""


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def all_of(name: str) -> dict[str, Any]:
    found = _command(name)
    below = {f"{name} {word}": each for word, each in getattr(found, "commands", {}).items()}
    return {name: found} | below


def answers(command: Any) -> bool:
    """Whether a command does something by itself: a group may be there for its commands alone."""
    return not hasattr(command, "commands") or command.invoke_without_command


@pytest.mark.parametrize("name", _PLACES)
def test_each_command_is_told_in_one_short_line_of_chinese(name: str) -> None:
    for words, command in all_of(name).items():
        first = (command.help or "").partition("\n")[0]
        assert any("\u4e00" <= letter <= "\u9fff" for letter in first), words
        assert width(first) <= 83, words


@pytest.mark.parametrize("name", _PLACES)
def test_no_option_takes_a_type_of_python(name: str) -> None:
    for words, command in all_of(name).items():
        for param in command.params:
            if isinstance(param, TyperOption):
                taken = param.display_type_rich(typer.Context(command)) or ""
                assert taken in {"", "<aes-256-gcm|sm4-gcm>"} or not taken.startswith("<"), (words, param.name)
                assert taken == "" or not param.is_flag, (words, param.name)


@pytest.mark.parametrize("name", sorted(set(_PLACES) - WITHOUT_JSON))
def test_programs_can_read_what_each_command_says(name: str) -> None:
    for words, command in all_of(name).items():
        if answers(command):
            assert any("--json" in param.opts for param in command.params), words


def test_what_typer_adds_is_told_in_chinese() -> None:
    for words in ([], ["parked"], ["parked", "list"]):
        shown = CliRunner(env={"COLUMNS": "100"}).invoke(app, [*words, "--help"]).stdout
        assert "显示说明。" in shown
        assert "<" not in shown
        assert "Show" not in shown


@pytest.mark.parametrize("columns", ["80", "100"])
def test_the_states_of_notices_are_told_in_words(columns: str) -> None:
    shown = CliRunner(env={"COLUMNS": columns}).invoke(app, ["notices", "--help"]).stdout
    assert all(f"{state}（{state.word}）" in shown for state in NoticeState)
