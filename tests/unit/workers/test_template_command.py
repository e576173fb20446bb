"""`xinglin template`: lists, writes, says what was probably meant, and overwrites nothing."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from workers.cli import app
from workers.cli.template import FileThere


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["template", *words])


def test_every_template_is_listed_by_its_title_and_name() -> None:
    done = run()
    assert done.exit_code == 0
    for text in ("行政处罚（2018 版，自然人）", "penalty-v2018-person", "zrrxzcf", "credit.office.honour.v1", "表彰"):
        assert text in done.output
    by_name = {one["name"]: one for one in json.loads(run("--json").output)}
    assert by_name["grade-v2016"]["table"] == "hypd"
    assert by_name["permit-v2019"]["generation"] == "V2019"
    assert "简易程序" in by_name["penalty-v2019"]["required"]


def test_a_type_whose_national_template_is_the_inside_writes_that_one(tmp_path: Path) -> None:
    file = tmp_path / "t.xlsx"
    done = run("credit.inspection.penalty.v1", "--out", str(file), "--json")
    assert (done.exit_code, json.loads(done.output)["name"]) == (0, "penalty-v2019")
    assert file.stat().st_size > 5000


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "filled.xlsx"
    file.write_bytes(b"a day of work")
    done = run("permit-v2019", "--out", str(file))
    assert isinstance(done.exception, FileThere)
    assert "没有覆盖" in "".join(done.exception.__notes__)
    assert file.read_bytes() == b"a day of work"


def test_a_name_that_is_not_known_is_answered_with_what_is_near() -> None:
    done = run("permit-v2018")
    assert done.exit_code == 2
    assert "permit-v2018-person" in done.output
