"""What is said of a command that cannot be understood, in Chinese: Typer says it in English, and has no catalogue.

Each kind of error is told by what it holds; what is said of a value is told sentence by sentence. A sentence that is
not known here stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer._click import exceptions
from typer._click.formatting import HelpFormatter
from typer.core import TyperGroup

_OPTIONS, _COMMANDS = "[选项]", "命令 [参数]..."
_SENTENCES = tuple(
    (re.compile(english, re.DOTALL), chinese)
    for english, chinese in (
        (r"No such command (.+?)\. Did you mean (.+)\?", r"没有命令 \1。是否指 \2？"),
        (r"No such command (.+)\.", r"没有命令 \1。"),
        (r"Missing command\.", "缺少命令。"),
        (r"Got unexpected extra argument\(s\) \((.+)\)", r"多余的参数：\1。"),
        (r"Option (.+) requires an argument\.", r"选项 \1 之后须有值。"),
        (r"Option (.+) does not take a value\.", r"选项 \1 之后不带值。"),
        (r"Input should be a valid integer.*", "应为整数。"),
        (r"Input should be greater than or equal to (\S+)", r"不得小于 \1。"),
        (r"Input should be less than or equal to (\S+)", r"不得大于 \1。"),
        (r"Value error, (.+) is not one of (.+)\.", r"没有 \1。可选：\2。"),
        (r"Value error, (.+) does not match the formats '%Y-%m-%d'\.", r"\1 不是日期，应如 2026-12-31。"),
        (r"(?:file|dir|path) (.+) does not exist\.", r"\1 不存在。"),
        (r"dir (.+) is a file\.", r"\1 是文件，应为目录。"),
        (r"file (.+) is a directory\.", r"\1 是目录，应为文件。"),
        (r"(?:file|dir|path) (.+) is not readable\.", r"无权读取 \1。"),
    )
)


class _Formatter(HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or "用法：")


class _Context(typer.Context):
    formatter_class = _Formatter


class Group(TyperGroup):
    """The root of a tree of commands: what any of them refuses of its arguments is told in Chinese."""

    context_class = _Context

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Read the arguments before the first command."""
        with _telling():
            return super().make_context(*args, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that is asked for."""
        with _telling():
            return super().invoke(ctx)


def word(command: Any) -> None:
    """Let the line that says how a command is used be Chinese."""
    command.context_class = _Context
    command.options_metavar = _OPTIONS
    if isinstance(command, TyperGroup):
        command.subcommand_metavar = _COMMANDS


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except exceptions.NoArgsIsHelpError:
        raise  # the help was printed: it holds nothing else
    except exceptions.UsageError as error:
        raise exceptions.UsageError(_tell(error), error.ctx) from error


def _tell(error: exceptions.UsageError) -> str:
    match error:
        case exceptions.MissingParameter(param=param):
            kind = "选项" if param is not None and param.param_type_name == "option" else "参数"
            return f"缺少{kind} {_hint(error)}。"
        case exceptions.BadParameter():
            hint = _hint(error)
            return f"{hint} 的值不可用：{_say(error.message)}" if hint else f"值不可用：{_say(error.message)}"
        case exceptions.NoSuchOption(option_name=name, possibilities=possible):
            return f"没有选项 {name}。" + (f"是否指 {' 或 '.join(sorted(possible))}？" if possible else "")
    return _say(error.message)


def _hint(error: exceptions.BadParameter) -> str:
    hint = error.param_hint or (error.param.get_error_hint() if error.param is not None else "")
    return hint if isinstance(hint, str) else " / ".join(map(repr, hint))


def _say(sentence: str) -> str:
    for english, chinese in _SENTENCES:
        if found := english.fullmatch(sentence):
            return found.expand(chinese)
    return sentence
