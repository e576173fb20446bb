"""`xinglin convert`: rows of one generation in another, what is lost of them, and what cannot go over."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from tests.builders import ROOT
from workers.cli import app
from workers.cli.convert import FileThere

GOLDEN = ROOT / "tests" / "unit" / "connectors" / "golden"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["convert", *words])


def cells(file: str) -> list[dict[str, str]]:
    sheet = CalamineWorkbook.from_path(file).get_sheet_by_index(0)
    head, *rows = sheet.to_python()
    titles = [str(title).rstrip("*") for title in head]
    return [dict(zip(titles, map(str, row), strict=True)) for row in rows]


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GOLDEN, tmp_path / "in"))


def test_organisations_and_persons_go_apart_where_the_generation_wants_it(golden: Path, tmp_path: Path) -> None:
    done = run(str(golden / "penalty-v2019.csv"), "V2018", "--out", str(tmp_path), "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert told["rows"].keys() == {"penalty-v2018-organisation", "penalty-v2018-person"}
    for name, count in told["rows"].items():
        assert len(cells(told["files"][name])) == count > 0
    assert told["behind"] == 0


def test_there_and_back_is_the_same_for_what_both_can_hold(golden: Path, tmp_path: Path) -> None:
    there = json.loads(run(str(golden / "permit-v2018-organisation.csv"), "V2019", "--json").output)
    back = json.loads(run(there["files"]["permit-v2019"], "V2018", "--out", str(tmp_path), "--json").output)
    name = "permit-v2018-organisation"
    again = json.loads(run(back["files"][name], "V2019", "--out", str(tmp_path), "--json").output)
    assert cells(again["files"]["permit-v2019"]) == cells(there["files"]["permit-v2019"])


def test_what_the_other_generation_cannot_hold_is_named(golden: Path, tmp_path: Path) -> None:
    done = run(str(golden / "permit-v2019.csv"), "V2016", "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert "该版容不下的数据项" in done.output
    assert "XK_XKJGDM" in done.output


def test_the_path_of_what_was_written_is_shown_whole(golden: Path, tmp_path: Path) -> None:
    folder = tmp_path / ("很长的文件夹名称" * 8) / ("又一层" * 20)
    folder.mkdir(parents=True)
    done = CliRunner(env={"COLUMNS": "100"}).invoke(
        app, ["convert", str(golden / "permit-v2019.csv"), "V2016", "--out", str(folder)]
    )
    (written,) = folder.iterdir()
    assert str(written) in done.output
    table = done.output.partition("该版容不下的数据项")[2]
    assert max(cell_len(line) for line in table.splitlines()) <= 100


def test_a_void_permit_is_not_written_where_there_is_no_state(golden: Path, tmp_path: Path) -> None:
    told = json.loads(run(str(golden / "permit-v2019.csv"), "V2016", "--out", str(tmp_path), "--json").output)
    assert told["rows"] == {"permit-v2016-organisation": 1}
    assert [(row["row"], "无效的许可会被当作有效" in row["says"]) for row in told["left"]] == [(3, True)]


def test_a_file_that_is_there_is_never_replaced(golden: Path) -> None:
    (golden / "permit-v2019.permit-v2016-organisation.xlsx").write_bytes(b"a day of work")
    done = run(str(golden / "permit-v2019.csv"), "V2016")
    assert isinstance(done.exception, FileThere)
    assert (golden / "permit-v2019.permit-v2016-organisation.xlsx").read_bytes() == b"a day of work"


def test_rows_that_cannot_go_over_are_named_with_their_reason(tmp_path: Path) -> None:
    with (GOLDEN / "penalty-v2016-organisation.csv").open(encoding="utf-8-sig", newline="") as file:
        head, row, *_ = csv.reader(file)
    row[head.index("当前状态")] = "其他"
    with (tmp_path / "one.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, row])
    told = json.loads(run(str(tmp_path / "one.csv"), "V2019", "--json").output)
    assert (told["behind"], told["rows"]) == (1, {})
    assert [(row["sheet"], row["row"]) for row in told["left"]] == [("one", 2)]


def test_a_row_that_intake_would_refuse_stays_behind(tmp_path: Path) -> None:
    with (GOLDEN / "penalty-v2019.csv").open(encoding="utf-8-sig", newline="") as file:
        head, row, *_ = csv.reader(file)
    row[next(at for at, title in enumerate(head) if title.startswith("罚款金额"))] = "两千"
    with (tmp_path / "one.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, row])
    told = json.loads(run(str(tmp_path / "one.csv"), "V2016", "--json").output)
    assert (told["rows"], [each["says"] for each in told["left"]]) == ({}, ["数据项不合规，先按导入规则更正：CF_NR_FK"])


def changed(source: str, folder: Path, **cells_: str) -> Path:
    """The first row of a golden file with other cells, by title."""
    with (GOLDEN / source).open(encoding="utf-8-sig", newline="") as file:
        head, row, *_ = csv.reader(file)
    said = dict(zip(head, row, strict=True)) | cells_
    with (folder / source).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([said.keys(), said.values()])
    return folder / source


def test_what_only_tables_that_are_handed_in_here_have_is_named(tmp_path: Path) -> None:
    path = changed("penalty-v2016-organisation.csv", tmp_path, 修订版次="2")
    told = json.loads(run(str(path), "V2018", "--json").output)
    ours = {"summary_procedure": 1, "suspected_crime": 1, "conduct": 1}
    assert told["lost"] == {"penalty-v2018-organisation": ours | {"revision": 1}}


def test_what_no_other_generation_has_is_named(tmp_path: Path) -> None:
    path = changed(
        "penalty-v2016-organisation.csv",
        tmp_path,
        行政处罚编码="CF001",
        地方编码="410481",
        失信严重程度="一般",
        案件名称="样本美发店无证经营案",
        违法行为类型="未取得卫生许可证",
    )
    (tmp_path / "out").mkdir()
    told = json.loads(run(str(path), "V2019", "--json").output)
    ours = {"summary_procedure": 1, "suspected_crime": 1, "conduct": 1}
    assert told["lost"] == {"penalty-v2019": ours | {"CF_BM": 1, "DFBM": 1, "CF_SXYZCD": 1, "CF_AJMC": 1}}
    said = run(str(path), "V2019", "--out", str(tmp_path / "out"))
    assert "行政处罚编码（CF_BM）" in said.output


def test_a_person_without_a_resident_card_does_not_lose_its_number(tmp_path: Path) -> None:
    path = changed("penalty-v2018-person.csv", tmp_path, 证件类型="护照号", 证件号码="E12345678")
    told = json.loads(run(str(path), "V2016", "--json").output)
    assert (told["rows"], [each["says"] for each in told["left"]]) == (
        {},
        ["V2016 只能填居民身份证号，写入后该自然人没有证件号码"],
    )


def test_an_unknown_generation_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    done = run(str(tmp_path / "x.csv"), "V2017")
    assert done.exit_code == 2
    assert "V2016" in done.output
