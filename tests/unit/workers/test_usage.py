"""What the command line says of a command that cannot be understood."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.unit.workers.test_help import all_of
from workers.cli import app
from workers.cli.app import _PLACES

WIDE = CliRunner(env={"COLUMNS": "200"})
ENGLISH = re.compile(r"Usage|Error|Try |Missing|Invalid|such|OPTIONS|COMMAND|argument|Input|exist|mean")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--nothing"], "没有选项 --nothing。"),
        (["ledger", "--jsn"], "没有选项 --jsn。是否指 --json？"),
        (["ledgr"], "没有命令 'ledgr'。是否指 'ledger'？"),
        (["nothing"], "没有命令 'nothing'。"),
        (["parked", "lst"], "没有命令 'lst'。是否指 'list'？"),
        (["subject"], "缺少参数 'KEY'。"),
        (["paper", "board", "--out", "x.pdf"], "缺少选项 '--regime'。"),
        (["parked", "show", "first"], "'ID' 的值不可用：应为整数。"),
        (["parked", "list", "--limit", "0"], "'--limit' 的值不可用：不得小于 1。"),
        (["proposals", "--limit", "501"], "'--limit' 的值不可用：不得大于 500。"),
        (["ledger", "extra"], "多余的参数：extra。"),
        (["ledger", "--home"], "选项 '--home' 之后须有值。"),
        (["ledger", "--json=x"], "选项 '--json' 之后不带值。"),
        (["policy", "show", "--day", "May"], "'--day' 的值不可用：'May' 不是日期，应如 2026-12-31。"),
        (["keys", "new", "--cipher", "rot13", "x"], "没有 'rot13'。可选：'aes-256-gcm', 'sm4-gcm'。"),
        (["routing", "diff", "/nowhere"], "'FILE' 的值不可用：'/nowhere' 不存在。"),
        (["routing", "diff", "/tmp"], "'FILE' 的值不可用：'/tmp' 是目录，应为文件。"),
        (["policy", "diff", __file__, "/tmp"], f"'FOLDER' 的值不可用：{__file__!r} 是文件，应为目录。"),
        (["identity", "unlink", "1", "--by", " "], "'--by' 的值不可用：不能为空"),
        (["duties", "--state", "mised"], "'--state' 的值不可用：没有 'mised'。是否指 'missed'"),
    ],
)
def test_what_cannot_be_understood_is_told_in_chinese(words: list[str], told: str) -> None:
    done = WIDE.invoke(app, words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert told in done.stderr
    assert "错误" in done.stderr
    assert not ENGLISH.search(done.stderr.replace(__file__, ""))


def test_the_program_itself_says_so(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("xinglin")
    done = subprocess.run([program, "ledgr"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "用法：xinglin [选项] 命令 [参数]..." in done.stderr
    assert "没有命令 'ledgr'。是否指 'ledger'？" in done.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "用法：xinglin [选项] 命令 [参数]..."),
        (["parked"], "用法：xinglin parked [选项] 命令 [参数]..."),
        (["parked", "show"], "用法：xinglin parked show [选项] {ID}"),
    ],
)
def test_the_help_says_in_chinese_how_a_command_is_used(words: list[str], line: str) -> None:
    shown = WIDE.invoke(app, [*words, "--help"], prog_name="xinglin").stdout
    assert line in shown
    assert "Usage" not in shown


@pytest.mark.parametrize("name", _PLACES)
def test_no_command_takes_what_would_be_refused_in_english(name: str) -> None:
    """Typer refuses each kind of value in sentences of its own; those of other kinds are not translated."""
    for words, command in all_of(name).items():
        for param in command.params:
            found = param.type_descriptor
            assert found.parameter_info.parser is not None or re.fullmatch(
                r"<(str|bool|int|int range|path|file|dir|%Y-%m-%d|[a-z0-9-]+(\|[a-z0-9-]+)+|list\[(str|Path)\])>",
                param.display_type(typer.Context(command)),
            ), (words, param.name)
            assert param.nargs in {1, -1}, (words, param.name)
            assert not found.parameter_info.writable, (words, param.name)
