"""`xinglin ingest` with tables, and `xinglin files`."""

from __future__ import annotations

import csv
import json
import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from schemas.errors import ConfigurationError
from tests.rights import bound_by_modes
from tests.sheets import penalty, write_csv
from workers.cli import app

WRONG = "92410481MA9TK8C742"
"""A code whose check digit is wrong."""
NUMBER = "11010519491231002X"


@pytest.fixture
def home(tmp_path: Path, template_archive: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir(mode=0o700)
    (made / "archive.sqlite").write_bytes(template_archive.read_bytes())
    return made


def give(home: Path, *words: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "400"}).invoke(app, [*map(str, words), "--home", str(home)])


def test_tables_are_worked_off_and_a_refused_one_stops_no_other(home: Path, tmp_path: Path) -> None:
    good = write_csv(
        tmp_path / f"处罚 {NUMBER}.csv", [penalty(1), penalty(2, CF_XDR_SHXYM=WRONG), penalty(3, revision="两")]
    )
    empty = tmp_path / "empty.csv"
    empty.touch()
    shown = give(home, "ingest", empty, good)
    assert shown.exit_code == 1
    assert "✗ empty.csv：空文件" in shown.stdout
    assert "3 行" in shown.stdout
    assert "未读入 1，未受理 1，已受理 1" in shown.stdout
    assert NUMBER not in shown.stdout
    assert (tmp_path / f"处罚 {NUMBER}.办理结果.csv").exists()

    listed = json.loads(give(home, "files", "--json").stdout)
    assert [(each["state"], each["rows"]) for each in listed] == [("answered", 3), ("refused", 0)]
    assert {state: count for state, count in listed[0]["counts"].items() if count} == {
        "applied": 1,
        "parked": 1,
        "refused": 1,
    }
    assert NUMBER not in json.dumps(listed, ensure_ascii=False)

    one = json.loads(give(home, "files", listed[0]["file_id"][:8], "--json").stdout)
    assert [(row["row"], row["state"], row["reason"]) for row in one["rows"]] == [
        (3, "parked", "uscc.check_digit"),
        (4, "refused", None),
    ]
    told = give(home, "files", listed[0]["file_id"][:8]).stdout
    assert "uscc.check_digit" in told
    with (tmp_path / f"处罚 {NUMBER}.办理结果.csv").open(encoding="utf-8-sig", newline="") as file:
        verdicts = [row["说明"] for row in csv.DictReader(file)]
    assert verdicts[1].startswith("C3（")
    assert verdicts[2].startswith("V4（修订版次）")
    for row, says in zip((3, 4), verdicts[1:], strict=True):
        assert f"第 {row} 行" in told
        assert says[:10] in told


def test_tables_that_differ_by_their_endings_alone_have_a_verdict_each(home: Path, tmp_path: Path) -> None:
    one, other = (
        write_csv(tmp_path / "三月.csv", [penalty(1)]),
        write_csv(tmp_path / "三月.txt", [penalty(2), penalty(3)]),
    )
    assert give(home, "ingest", one, other).exit_code == 0
    for name, count in (("三月.办理结果.csv", 1), ("三月 (2).办理结果.csv", 2)):
        with (tmp_path / name).open(encoding="utf-8-sig", newline="") as file:
            assert [row["办理结果"] for row in csv.DictReader(file)] == ["已受理"] * count
    assert (tmp_path / "三月 (2).办理汇总.xlsx").exists()


def test_corrections_in_a_verdict_are_not_overwritten(home: Path, tmp_path: Path) -> None:
    table, verdict = write_csv(tmp_path / "三月.csv", [penalty(1, CF_XDR_SHXYM=WRONG)]), tmp_path / "三月.办理结果.csv"
    assert give(home, "ingest", table).exit_code == 0
    assert give(home, "ingest", table).exit_code == 0
    assert sorted(path.name for path in tmp_path.glob("*.csv")) == ["三月.csv", "三月.办理结果.csv"]

    corrected = verdict.read_text(encoding="utf-8-sig").replace(WRONG, penalty(1)["CF_XDR_SHXYM"])
    verdict.write_text(corrected, encoding="utf-8-sig")
    os.utime(verdict, (time.time() + 60, time.time() + 60))
    assert "三月(2).办理结果.csv" in "".join(give(home, "ingest", table).stdout.split())  # lines break at blanks
    assert verdict.read_text(encoding="utf-8-sig") == corrected
    assert "已受理 1" in give(home, "ingest", table, verdict).stdout
    assert [path.name for path in sorted(tmp_path.glob("*.csv"))] == [
        "三月 (2).办理结果.csv",
        "三月 (3).办理结果.csv",
        "三月.csv",
        "三月.办理结果.csv",
    ]
    with verdict.open(encoding="utf-8-sig", newline="") as file:
        assert [row["办理结果"] for row in csv.DictReader(file)] == ["已受理"]


def test_rows_that_contradict_each_other_are_to_be_looked_at(home: Path, tmp_path: Path) -> None:
    write_csv(tmp_path / "三月.csv", [penalty(1), penalty(1, CF_SY="另有事实")])
    assert give(home, "ingest", tmp_path / "三月.csv").exit_code == 0
    one = json.loads(give(home, "files", "三月.csv", "--json").stdout)
    assert [(row["row"], row["state"]) for row in one["rows"]] == [(2, "conflict"), (3, "conflict")]


def test_the_list_names_files_whole_on_a_screen_of_a_hundred_columns(home: Path, tmp_path: Path) -> None:
    name = "舞钢市卫生健康委员会行政处罚2026年3月.csv"
    table = write_csv(tmp_path / name, [penalty(1), penalty(2, CF_XDR_SHXYM=WRONG), penalty(1), penalty(3)])
    assert give(home, "ingest", table).exit_code == 0
    listed = CliRunner(env={"COLUMNS": "100"}).invoke(app, ["files", "--home", str(home)]).stdout
    lines = [line.split() for line in listed.splitlines() if line.strip()]
    at = next(at for at, words in enumerate(lines) if words[0] == name)
    assert (lines[at][1], lines[at][-3:]) == ("已办结", ["4", "未受理", "1"])
    assert (lines[at + 1][-2:], lines[at + 2]) == (["已受理", "2"], ["重复", "1"])


def test_a_file_that_is_not_there_is_said_before_anything_is_done(home: Path, tmp_path: Path) -> None:
    good = write_csv(tmp_path / "a.csv", [penalty(1)])
    found = give(home, "ingest", good, tmp_path / "b.csv")
    assert found.exit_code == 1
    assert not (tmp_path / "a.办理结果.csv").exists()


def test_tables_and_messages_go_together_and_say_so_in_json(home: Path, tmp_path: Path) -> None:
    table = write_csv(tmp_path / "a.csv", [penalty(1)])
    sample = Path(__file__).parents[3] / "connectors" / "inspection" / "samples" / "check.json"
    shown = give(home, "ingest", table, sample, "--json").stdout
    said = json.loads(shown[shown.index("\n{\n") :])  # after the log
    assert [(each["file"]["name"], each["verdict"]) for each in said["files"]] == [
        ("a.csv", str(tmp_path / "a.办理结果.csv"))
    ]
    assert (said["ledger"]["received"], said["ledger"]["balanced"]) == (2, True)


def test_what_was_taken_and_is_refused_under_another_name_is_shown_as_refused(home: Path, tmp_path: Path) -> None:
    taken = write_csv(tmp_path / "a.csv", [penalty(1)])
    assert give(home, "ingest", taken).exit_code == 0
    copy, other = tmp_path / "a.xlsx", write_csv(tmp_path / "b.csv", [penalty(2)])
    copy.write_bytes(taken.read_bytes())
    shown = give(home, "ingest", copy, other)
    assert shown.exit_code == 1
    assert "✗ a.xlsx：扩展名与内容不符" in shown.stdout
    assert "✓ b.csv：1 行" in shown.stdout
    said = give(home, "ingest", copy, "--json").stdout
    (told,) = json.loads(said[said.find("\n{\n") + 1 :])["files"]
    assert (told["file"]["name"], told["file"]["state"], told["verdict"]) == ("a.xlsx", "refused", None)
    listed = json.loads(give(home, "files", "--json").stdout)
    assert {(each["name"], each["state"]) for each in listed} == {("a.csv", "answered"), ("b.csv", "answered")}


def test_nothing_is_taken_where_no_verdict_can_be_written(home: Path, tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    table = write_csv(share / "a.csv", [penalty(1)])
    share.chmod(0o555)
    with bound_by_modes():
        refused = give(home, "ingest", table)
    assert isinstance(refused.exception, ConfigurationError)
    assert refused.exception.__notes__[0].startswith("没有送入任何内容：办理结果写在表格旁边")
    share.chmod(0o755)
    assert "已受理 1" in give(home, "ingest", table).stdout


def test_a_file_that_may_not_be_read_is_refused_and_stops_no_other(home: Path, tmp_path: Path) -> None:
    closed, good = write_csv(tmp_path / "a.csv", [penalty(1)]), write_csv(tmp_path / "b.csv", [penalty(2)])
    closed.chmod(0)
    with bound_by_modes():
        shown = give(home, "ingest", closed, good)
    assert shown.exit_code == 1
    assert "✗ a.csv：没有读取权限" in shown.stdout
    assert "✓ b.csv：1 行" in shown.stdout
