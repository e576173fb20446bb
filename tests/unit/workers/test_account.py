"""Who runs a command, by the operating system."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from workers.account import read_account

ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.mark.parametrize(
    ("login", "environ", "account"),
    [
        (str(os.geteuid()), {}, ME),
        ("4294967295", {}, ME),
        ("4294967295", {"XINGLIN_ACCOUNT": "wang"}, f"wang ({ME})"),
        ("4294967295", {"XINGLIN_ACCOUNT": ""}, ME),
        ("54321", {"XINGLIN_ACCOUNT": "wang"}, f"54321 ({ME})"),
        ("", {}, ME),
    ],
)
def test_who_logged_in_goes_before_who_it_runs_as(
    tmp_path: Path, login: str, environ: dict[str, str], account: str
) -> None:
    (tmp_path / "loginuid").write_text(login)
    assert read_account(environ, tmp_path / "loginuid") == account


def test_a_system_that_does_not_say_who_logged_in(tmp_path: Path) -> None:
    assert read_account({}, tmp_path / "none") == ME
