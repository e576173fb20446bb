from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from credit.store.queries.files import Place, RowOutcome
from credit.store.queries.shown import Shown
from schemas.file_reasons import CellReason
from schemas.reasons import HINTS, Reason
from schemas.states import RowState
from tests.builders import NOON
from workers.files.verdicts.naming import summary_path, verdict_path
from workers.files.verdicts.words import MOST, Around, SheetWords, say

TEMPLATES = registry.load().templates()
STANDARD = {column.code: column.title for column in TEMPLATES["penalty-v2019"].columns}
WORDS = SheetWords(
    {"CF_XDR_MC": "A", "CF_XDR_SHXYM": "D", "CF_XDR_ZJHM": "E", "CF_WSH": "F", "CF_JDRQ": "G", "CF_CFJGDM": "AA"},
    TEMPLATES["penalty-v2019"],
    STANDARD,
)
OLDER = SheetWords({"CF_XZJG": "C", "CF_XDR_MC": "A"}, TEMPLATES["penalty-v2016-organisation"], STANDARD)
OWN = SheetWords({"party.uscc": "B", "items.2.marks": "K"}, TEMPLATES["credit.inspection.check.v1"], STANDARD)
KEY = "/inspection sheet-1"
ROW = RowOutcome(1, "表", 5, "penalty-v2019", RowState.APPLIED, "sheet-1", KEY, "r1", None, None, None, None, None)
SHOWN = Shown("舞卫〔2026〕1号", 2, NOON, "/inspection sheet-2")
PLACE = Place("f2", "三月.xlsx", "表", 9, {})
AGAIN = "以本行为准的，把修订版次填为 3 后再报"
OF_SEVERAL = (
    "该文号所称当事人不同：一案有多个当事人的，以“之二”等后缀区分文号后再报；只是更正当事人的，把修订版次填为 3 后再报"
)
NOTHING = Around("f1", {}, {})


def around(stated_by: str = "/inspection sheet-2", places: dict[str, Place] | None = None) -> Around:
    return Around("f1", {"r1": SHOWN._replace(stated_by=stated_by)}, places or {})


def parked(reason: Reason, detail: str) -> RowOutcome:
    return ROW._replace(state=RowState.PARKED, reason=reason.value, detail=detail, parked_id=7)


@pytest.mark.parametrize(
    ("words", "reason", "detail", "cells", "columns"),
    [
        (WORDS, Reason.USCC_CHECK, "the check character of uscc is wrong", "D5（统一社会信用代码）：", {3}),
        (
            WORDS,
            Reason.USCC_CHECK,
            "the organ's code is not a unified social credit code",
            "AA5（处罚机关统一社会信用代码）：",
            {26},
        ),
        (WORDS, Reason.PERSON_ID_CHECK, "the check character of id_no is wrong", "E5（自然人证件号码）：", {4}),
        (
            WORDS,
            Reason.ID_MISSING,
            "the party has no usable identifier",
            "D5（统一社会信用代码）；E5（自然人证件号码）：",
            {3, 4},
        ),
        (WORDS, Reason.DATE_FUTURE, "2027-01-01 is after today, 2026-06-01", "G5（处罚决定日期）：", {6}),
        (
            WORDS,
            Reason.ITEM_MISSING,
            "CF_WSH: Field required; CF_XDR_MC: Field required",
            "F5（行政处罚决定书文号）未填；A5（行政相对人名称）未填：",
            {0, 5},
        ),
        (WORDS, Reason.ITEM_MISSING, "CF_XDR_MC: is a filler, no name", "A5（行政相对人名称）只是占位文字：", {0}),
        (
            WORDS,
            Reason.ITEM_INVALID,
            "data.CF_XDR_MC: String should have at most 200 characters",
            "A5（行政相对人名称）最多 200 个字符：",
            {0},
        ),
        (WORDS, Reason.ITEM_CONDITIONAL, "CF_FRDB: is missing", "“法定代表人”列：", set()),
        (
            WORDS,
            Reason.FINE_IMPLAUSIBLE,
            "CF_NR_FK is 3000 万元, above 100: is the unit wrong?",
            "“罚款金额（万元）”列：",
            set(),
        ),
        (
            WORDS,
            Reason.DATE_ORDER,
            "data: CF_JDRQ is before CF_WSH",
            "G5（处罚决定日期）早于 F5（行政处罚决定书文号）：",
            {5, 6},
        ),
        (
            WORDS,
            Reason.ITEM_CONDITIONAL,
            "data: CF_XDR_ZJHM is required for 自然人; CF_XDR_SHXYM must be blank for 自然人; CF_FRDB is tall",
            "自然人应填 E5（自然人证件号码）；自然人的 D5（统一社会信用代码）应为空；“法定代表人”列：",
            {3, 4},
        ),
        (
            WORDS,
            Reason.ITEM_INVALID,
            "CF_WSH: kind 2 is not on the list; is 警告 meant? If not, write it as 其他-…; CF_WSH: Field required",
            "F5（行政处罚决定书文号）：第 2 种不在名录；是否指 警告？否则写作 其他-…。",
            {5},
        ),
        (WORDS, Reason.DATE_INVALID, "CF_JDRQ: is not a date of the calendar", "G5（处罚决定日期）：", {6}),
        (
            OWN,
            Reason.DATE_ORDER,
            "data: occurred_on is before party.uscc",
            "“发生日期”列早于 B5（当事人·统一社会信用代码）：",
            {1},
        ),
        (
            OWN,
            Reason.ITEM_INVALID,
            "data.items.1: marks are above full_marks",
            "得分（K5（检查项目2·得分））高于满分（“检查项目2·满分”列）：",
            {10},
        ),
        (OWN, Reason.USCC_CHECK, "party: the check character of uscc is wrong", "B5（当事人·统一社会信用代码）：", {1}),
        (
            OWN,
            Reason.ITEM_INVALID,
            "items.1.marks: Input should be a valid number, unable to",
            "K5（检查项目2·得分）应为数字：",
            {10},
        ),
        (
            WORDS,
            Reason.ITEM_INVALID,
            "summary_procedure: Input should be a valid boolean, unable to interpret input",
            "“简易程序”列应填“是”或“否”：",
            set(),
        ),
        (WORDS, Reason.INTERNAL, "", "", set()),
        (WORDS, Reason.RECORD_FOREIGN, "nobody: knows; this.path: at all", "", set()),
        (
            OLDER,
            Reason.ITEM_INVALID,
            "CF_CFJG: String should have at least 2 characters",
            "C5（处罚机关）至少 2 个字符：",
            {2},
        ),
        (OWN, Reason.USCC_CHECK, "the check character of uscc is wrong", "B5（当事人·统一社会信用代码）：", {1}),
        (OWN, Reason.ITEM_INVALID, "items.1.marks: Input should be greater", "K5（检查项目2·得分）：", {10}),
    ],
)
def test_a_parked_row_names_its_cells_and_what_to_do(
    words: SheetWords, reason: Reason, detail: str, cells: str, columns: set[int]
) -> None:
    found = say(parked(reason, detail), words, NOTHING)
    assert found.says == cells + HINTS[reason]
    assert found.faulty == columns


LISTS = {
    "red-v2016-organisation": {
        "TYSHXYDM": "A",
        "JGQC": "D",
        "RDRQ": "E",
        "RDBMQC": "F",
        "organ.code": "G",
        "RYMC": "I",
    },
    "black-v2016-person": {"FZRXM": "A", "SFZH": "B", "QRYZSXSJ": "C", "RDDW": "D", "organ.code": "G", "title": "I"},
    "grade-v2016": {"TYSHXYDM": "A", "JGQC": "D", "PDRQ": "E", "PDJGMC": "F", "organ.code": "G", "PDMC": "I"},
}


@pytest.mark.parametrize(
    ("name", "reason", "detail", "cells"),
    [
        ("red-v2016-organisation", Reason.USCC_CHECK, "the check character of uscc is wrong", "A"),
        ("grade-v2016", Reason.USCC_CHECK, "the check character of uscc is wrong", "A"),
        ("red-v2016-organisation", Reason.ID_MISSING, "the party has no usable identifier", "A"),
        ("black-v2016-person", Reason.PERSON_ID_CHECK, "the check character of id_no is wrong", "B"),
        ("red-v2016-organisation", Reason.USCC_CHECK, "the organ's code is not a unified social credit code", "G"),
        ("black-v2016-person", Reason.USCC_CHECK, "the organ's code is not a unified social credit code", "G"),
        ("grade-v2016", Reason.ORGAN_FOREIGN, "", "G"),
        ("grade-v2016", Reason.NAME_MISMATCH, "", "D"),
        ("black-v2016-person", Reason.NAME_MISMATCH, "", "AB"),
        ("black-v2016-person", Reason.DATE_FUTURE, "2027-01-01 is after today, 2026-06-01", "C"),
        ("grade-v2016", Reason.DATE_FUTURE, "2027-01-01 is after today, 2026-06-01", "E"),
    ],
)
def test_of_a_list_only_the_cell_that_is_wrong_is_red(name: str, reason: Reason, detail: str, cells: str) -> None:
    found = say(parked(reason, detail), SheetWords(LISTS[name], TEMPLATES[name], STANDARD), NOTHING)
    assert found.faulty == {"ABCDEFGHI".index(letter) for letter in cells}


@pytest.mark.parametrize(
    ("name", "letters", "item", "cell"),
    [
        ("black-v2016-person", LISTS["black-v2016-person"], "occurred_on", "C5（确认严重失信时间）"),
        ("black-v2016-person", LISTS["black-v2016-person"], "party.id_no", "B5（身份证号）"),
        ("black-v2016-person", LISTS["black-v2016-person"], "organ.name", "D5（认定单位）"),
        ("red-v2016-organisation", LISTS["red-v2016-organisation"], "party.uscc", "A5（统一社会信用代码）"),
        ("red-v2016-organisation", LISTS["red-v2016-organisation"], "document_no", "“认定文号”列"),
        ("penalty-v2016-person", {"CF_CFLB2": "E"}, "CF_CFLB", "E5（处罚类别2）"),
        ("penalty-v2016-person", {"CF_AJMC": "E"}, "CF_WFXW", "E5（案件名称）"),
        ("penalty-v2016-person", {"CF_SFZ": "B"}, "CF_XDR_ZJHM", "B5（居民身份证号）"),
        ("penalty-v2016-organisation", {"CF_SFZ": "B"}, "CF_FR_ZJHM", "B5（法定代表人居民身份证号）"),
        ("penalty-v2016-organisation", {"SJC": "B"}, "occurred_on", "B5（数据更新时间戳）"),
        ("penalty-v2018-organisation", {"CF_FR_SFZH": "B"}, "CF_FR_ZJHM", "B5（法定代表人身份证号）"),
        ("permit-v2016-person", {"XK_JZQ": "B"}, "XK_YXQZI", "B5（许可截止期）"),
        ("permit-v2016-person", {"XK_XMMC": "B"}, "XK_XKWS", "B5（项目名称）"),
    ],
)  # fmt: skip
def test_an_item_is_found_in_the_column_that_holds_it(name: str, letters: dict[str, str], item: str, cell: str) -> None:
    words = SheetWords(letters, TEMPLATES[name], STANDARD)
    found = say(parked(Reason.ITEM_MISSING, f"{item}: Field required"), words, NOTHING)
    assert found.says == f"{cell}未填：{HINTS[Reason.ITEM_MISSING]}"


def test_every_reason_fits(tmp_path: Path) -> None:
    everything = "; ".join(f"{code}: Field required" for code in STANDARD)
    for reason in Reason:
        assert 0 < len(say(parked(reason, everything), WORDS, NOTHING).says) <= MOST


def note(**said: Any) -> str:
    return json.dumps([{"column": 4, "code": "CF_XDR_ZJHM", "reason": "number.as_float", "says": "已丢失"} | said])


def test_a_refused_row_names_its_cells() -> None:
    found = say(ROW._replace(state=RowState.REFUSED, ticket=None, refusal=note()), WORDS, NOTHING)
    assert found.says == "E5（自然人证件号码）：已丢失。请将该列设为“文本”格式，再按证照重新填写该号码。"
    assert found.faulty == {4}
    assert not found.ticket


def test_a_row_that_is_refused_without_a_cell_says_why() -> None:
    refusal = note(column=None, code="", reason="item.missing", says="缺少来源")
    found = say(ROW._replace(state=RowState.REFUSED, refusal=refusal), WORDS, NOTHING)
    assert found.says == "本行：缺少来源。" + HINTS[Reason.ITEM_MISSING]
    assert found.faulty == set()


def test_what_was_read_in_another_form_is_said_and_coloured_nowhere() -> None:
    found = say(ROW._replace(notes=note(says="46027 按日期读作 2026-01-05", column=2)), WORDS, NOTHING)
    assert found.says == "C5：46027 按日期读作 2026-01-05。"
    assert not found.faulty


def notes(*said: tuple[int, str, CellReason, str]) -> str:
    return json.dumps(
        [{"column": at, "code": code, "reason": reason.value, "says": says} for at, code, reason, says in said]
    )


DAYS = [
    (at, code, CellReason.READ_AS, f"「二〇二六年」读作「{at}」") for at, code in enumerate(("CF_JDRQ", "CF_YXQ"), 1)
]
FINE = (25, "CF_NR_FK", CellReason.WORKED_OUT, "「2,000元」换算为 0.2 万元")


def test_amounts_codes_and_serials_are_said_before_days() -> None:
    kept = notes(
        *DAYS,
        (3, "BZ", CellReason.FILLER, "「无」视为空"),
        (4, "CF_GSJZQ", CellReason.WORKED_OUT, "46320 按日期读作 2026-10-25"),
        (5, "CF_XDR_SHXYM", CellReason.READ_AS, "「９1」读作「91」"),
        (6, "CF_CFLB", CellReason.READ_AS, "「警告,罚款」读作「警告；罚款」"),
        FINE,
    )
    assert say(ROW._replace(notes=kept), WORDS, NOTHING).says == (
        "Z5：「2,000元」换算为 0.2 万元。E5：46320 按日期读作 2026-10-25。"
        "F5：「９1」读作「91」。G5：「警告,罚款」读作「警告；罚款」。B5：「二〇二六年」读作「1」。"
        "另有 2 处按其他写法读入。"
    )


def test_what_was_worked_out_is_said_however_much_else_is() -> None:
    dispute = ROW._replace(state=RowState.CONFLICT, notes=notes(*DAYS, FINE))
    long = Around("f1", {"r1": SHOWN._replace(document_no="文" * 128)}, {})
    assert say(dispute, WORDS, long).says.endswith("…Z5：「2,000元」换算为 0.2 万元。…")


@pytest.mark.parametrize(
    ("state", "known", "expected"),
    [
        (RowState.APPLIED, NOTHING, ""),
        (RowState.WAITING, NOTHING, "尚在处理，稍后再看。"),
        (RowState.DISCARDED, NOTHING, "此前未受理的报文已由人作废，或已由更正的行取代。不用处理。"),
        (
            RowState.REPEATED,
            around(KEY, {KEY: PLACE}),
            "与此前所报相同（文件“三月.xlsx”第 9 行，2026-06-01 12:00），档案无变化。不用处理。",
        ),
        (
            RowState.REPEATED,
            around(KEY, {KEY: PLACE._replace(file_id="f1", row=5)}),
            "与此前所报相同（本文件此前提交，2026-06-01 12:00），档案无变化。不用处理。",
        ),
        (
            RowState.REPEATED,
            around("/security 77"),
            "与此前所报相同（来源 /security 的报文，2026-06-01 12:00），档案无变化。不用处理。",
        ),
        (
            RowState.SUPERSEDED,
            around(places={"/inspection sheet-2": PLACE}),
            "“舞卫〔2026〕1号”现为第 2 版（文件“三月.xlsx”第 9 行，2026-06-01 12:00）。" + AGAIN + "；否则不用处理。",
        ),
        (
            RowState.CONFLICT,
            around(places={"/inspection sheet-2": PLACE._replace(file_id="f1")}),
            "与“舞卫〔2026〕1号”的陈述（本文件第 9 行，2026-06-01 12:00）内容不同、版次相同，暂以先报的为准。"
            + AGAIN
            + "；否则不用处理。",
        ),
        (
            RowState.CONFLICT,
            around(KEY),
            "“舞卫〔2026〕1号”另有版次相同、内容不同的陈述，暂以本行为准。请核对；" + AGAIN + "。",
        ),
        (
            RowState.CONFLICT,
            Around("f1", {"r1": SHOWN._replace(stated_by=KEY, of_several=True)}, {}),
            "“舞卫〔2026〕1号”另有版次相同、内容不同的陈述，暂以本行为准。请核对；" + OF_SEVERAL + "。",
        ),
        (RowState.CONFLICT, NOTHING, "档案中另有内容不同的陈述。请核对后以更高的修订版次再报。"),
    ],
)
def test_every_other_row_says_what_the_archive_shows_and_what_to_do(
    state: RowState, known: Around, expected: str
) -> None:
    found = say(ROW._replace(state=state), WORDS, known)
    assert (found.says, found.ticket) == (expected, "sheet-1")
    assert not found.faulty
    assert len(found.says) <= MOST


def test_long_names_are_cut(tmp_path: Path) -> None:
    long = Around(
        "f1", {"r1": SHOWN._replace(document_no="文" * 128)}, {"/inspection sheet-2": PLACE._replace(name="名" * 200)}
    )
    assert len(say(ROW._replace(state=RowState.CONFLICT), WORDS, long).says) == MOST


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("三月.xlsx", "三月.办理结果.xlsx"),
        ("三月.XLS", "三月.办理结果.xlsx"),
        ("三月.xml", "三月.办理结果.xlsx"),
        ("三月.csv", "三月.办理结果.csv"),
        ("三月.TXT", "三月.办理结果.csv"),
        ("三月.tsv", "三月.办理结果.csv"),
        ("三月.v2.csv", "三月.v2.办理结果.csv"),
        ("三月.办理结果.xlsx", "三月.办理结果.xlsx"),
    ],
)
def test_a_verdict_is_named_after_its_file(name: str, verdict: str) -> None:
    assert verdict_path(Path("/in") / name) == Path("/in") / verdict
    assert verdict_path(Path("/in") / name, Path("/done")) == Path("/done") / verdict
    assert summary_path(Path("/in/三月.办理结果.csv")) == Path("/in/三月.办理汇总.xlsx")
