"""The tree of commands. Each is imported when it is given: one needs a fraction of what all together do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pkgutil import resolve_name
from typing import Any

import typer
from typer import rich_utils
from typer.core import TyperOption
from typer.main import get_group

from workers.cli import usage

_PLACES = {
    "demo": "demo:demo",
    "worker": "worker:app",
    "console": "console:console",
    "public": "public:public",
    "ingest": "ingest:ingest",
    "files": "files:files",
    "ledger": "ledger:ledger",
    "subject": "subject:subject",
    "explain": "explain:explain",
    "list": "lists:list_",
    "notices": "notices:notices",
    "closure": "notices:closure",
    "feed": "feed:app",
    "paper": "paper:paper",
    "report": "report:app",
    "digest": "digest:digest",
    "verify": "verify:verify",
    "contract": "contract:contract",
    "template": "template:template",
    "convert": "convert:convert",
    "top": "top:top",
    "workers": "workers:workers",
    "slo": "slo:slo",
    "sources": "sources:sources",
    "doctor": "doctor:doctor",
    "draw": "draw:draw",
    "duties": "duties:duties",
    "alerts": "alerts:app",
    "draws": "draws:app",
    "assess": "assess:app",
    "review": "review:app",
    "proposals": "proposals:app",
    "account": "account:app",
    "parked": "parked:app",
    "identity": "identity:app",
    "record": "record:app",
    "policy": "policy:app",
    "routing": "routing:app",
    "keys": "keys:app",
    "db": "db:app",
}
"""Which module has a command, and under which name: a function, or the Typer of a group. In the order of the help."""

# What Typer writes around our texts; its messages, which have no such constants, are told anew in `usage`.
rich_utils.ARGUMENTS_PANEL_TITLE = "参数"
rich_utils.OPTIONS_PANEL_TITLE = "选项"
rich_utils.COMMANDS_PANEL_TITLE = "命令"
rich_utils.ERRORS_PANEL_TITLE = "错误"
rich_utils.ABORTED_TEXT = "已中止。"
rich_utils.DEFAULT_STRING = "[默认：{}]"
rich_utils.REQUIRED_LONG_STRING = "[必填]"
rich_utils.RICH_HELP = "说明见 [blue]'{command_path} {help_option}'[/]。"


@cache
def _command(name: str) -> Any:
    root = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode="rich")
    found = resolve_name(f"{__package__}.{_PLACES[name]}")
    if isinstance(found, typer.Typer):
        root.add_typer(found, name=name)
    else:
        root.command(name)(found)
    found = get_group(root).commands[name]
    _word(found)
    return found


_VALUES = {
    "<bool>": "",
    "<str>": "TEXT",
    "<int>": "N",
    "<int range>": "N",
    "<path>": "PATH",
    "<dir>": "DIR",
    "<%Y-%m-%d>": "YYYY-MM-DD",
}
"""What the help says that an option takes, for what Typer says by itself: Python's types, and of a flag a value."""
_HELP = {
    "help": "显示说明。",
    "install_completion": "为当前 shell 安装命令补全。",
    "show_completion": "显示命令补全的脚本，供复制或改写。",
}
"""What the options that Typer adds are for."""


def _word_one(param: Any, context: Any) -> None:
    if not isinstance(param, TyperOption):
        return
    param.help = _HELP.get(param.name or "", param.help)
    if param.metavar is None:
        taken = str(param.display_type_rich(context))
        param.metavar = _VALUES.get(taken, taken)


def _word(command: Any) -> None:
    """Let the help of a command, and of those below it, say in Chinese what Typer adds, and what its options take."""
    usage.word(command)
    context = typer.Context(command)
    for param in command.get_params(context):
        _word_one(param, context)
    for each in getattr(command, "commands", {}).values():
        _word(each)


class _Commands(Mapping[str, Any]):
    """The commands by name."""

    def __getitem__(self, name: str) -> Any:
        return _command(name)

    def __contains__(self, name: object) -> bool:
        return name in _PLACES

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


class _Tree(usage.Group):
    """A group whose commands are imported when they are asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"commands": _Commands()})
        usage.word(self)

    def list_commands(self, _: Any) -> list[str]:
        return list(self.commands)

    def get_help(self, ctx: Any) -> str:
        for param in self.get_params(ctx):
            _word_one(param, ctx)
        return super().get_help(ctx)


app = typer.Typer(
    name="xinglin",
    cls=_Tree,
    callback=lambda: None,
    help="杏林 Xinglin：卫生健康主管部门的信用档案、联合惩戒通知和“信用中国”报送。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
