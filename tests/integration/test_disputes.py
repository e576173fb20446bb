"""A source contradicts itself: a person says which content holds, or asks; whatever order, and it can be undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from credit.identity import MASKED
from credit.record.rows import Decision
from credit.store import audit
from credit.store.digest import digest
from credit.store.engine import reading
from credit.store.queries.disputes import find_disputed
from credit.store.queries.ledger import read_ledger
from credit.store.queries.page import WHOLE
from credit.store.queries.work import find_work
from schemas.errors import PermanentError
from schemas.states import DisputeStep
from schemas.work import WorkKind
from tests.builders import HEALTH, HOSPITAL, LI, NOON, decided, feed_in, message, rows
from workers.cli import app
from workers.decisions import disputes, edits, records
from workers.decisions.disputes import Decided
from workers.papers.asked import NothingFound
from workers.postings import Posting
from workers.reading import restate
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings
from workers.settings import read as read_settings

NUMBER = "舞卫医罚〔2026〕9084号"
WHO = Decision("李科长", "原件核对", NOON, "li")
UNDO = Decision("王科长", "误选", NOON, "wang")
OPEN_CASES = "SELECT kind, name FROM alert_case WHERE closed_at IS NULL ORDER BY kind"


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    with open_runtime(place, lambda: NOON) as opened:
        yield opened


def penalty(message_id: str, fact: str = "甲", minutes: int = 0, revision: int = 1, **items: Any) -> Posting:
    party = {"CF_XDR_SHXYM": HOSPITAL, "CF_XDR_MC": "舞钢市样本医院", "CF_XDR_LB": "法人及非法人组织"}
    party |= {"CF_FRDB": "样本法人", "CF_WSH": NUMBER, "CF_SY": f"事实{fact}"}
    time = f"2026-05-20T09:{minutes:02}:00+08:00"
    return message("penalty", message_id, {"revision": revision, "time": time}, **(party | items))


def take(runtime: Runtime, message_id: str = "2", **more: Any) -> Decided:
    return disputes.take(runtime, f"/inspection {message_id}", WHO, **more)


def found(runtime: Runtime) -> tuple[str, bool]:
    """The message that the record shows, and whether it is disputed."""
    ((by, disputed),) = rows(runtime, f"SELECT stated_by, disputed FROM record WHERE document_no = '{NUMBER}'")
    return by, bool(disputed)


def digest_of(runtime: Runtime) -> str:
    with reading(runtime.engine) as connection:
        assert read_ledger(connection).balanced
        assert list(audit.audit(connection, runtime.keyring, partial(restate, runtime.reader.registry))) == []
        return digest(connection, runtime.keyring)


def told(runtime: Runtime) -> list[tuple[Any, ...]]:
    return rows(runtime, "SELECT operation, version FROM feed_row ORDER BY feed")


def test_what_is_taken_holds_and_is_told(runtime: Runtime) -> None:
    feed_in(runtime, penalty("1"), penalty("2", "乙", 5))
    assert found(runtime) == ("/inspection 1", True)
    assert rows(runtime, OPEN_CASES) == [("record-disputed", NUMBER)]
    decided = take(runtime)
    assert (decided.document_no, decided.told.feed_operations) == (NUMBER, 1)
    assert found(runtime) == ("/inspection 2", False)
    assert rows(runtime, OPEN_CASES) == []
    assert told(runtime) == [("update", 2)]
    assert rows(runtime, "SELECT message_key, outcome FROM message ORDER BY 1") == [
        ("/inspection 1", "conflict"),
        ("/inspection 2", "applied"),
    ]
    assert edits.apply(runtime, lambda _: None).feed_operations == 0
    digest_of(runtime)


def test_what_is_taken_is_not_taken_twice_until_more_is_said(runtime: Runtime) -> None:
    feed_in(runtime, penalty("1"), penalty("2", "乙", 5))
    take(runtime)
    with pytest.raises(PermanentError, match="taken already"):
        take(runtime)
    assert rows(runtime, "SELECT count(*) FROM dispute") == [(1,)]
    feed_in(runtime, penalty("3", "丙", 7))
    assert take(runtime).number == 2
    assert take(runtime, "1").number == 3
    disputes.undo(runtime, 3, WHO)
    with pytest.raises(PermanentError, match="taken already"):
        take(runtime)


def test_what_was_dismissed_may_come_again_and_changes_nothing(runtime: Runtime) -> None:
    feed_in(runtime, penalty("1"), penalty("2", "乙", 5))
    take(runtime)
    before = digest_of(runtime)
    feed_in(runtime, penalty("3", "甲", 1), penalty("1"), penalty("4", "乙", 9))
    assert digest_of(runtime) == before
    assert rows(runtime, OPEN_CASES) == []
    assert rows(runtime, "SELECT outcome FROM message WHERE message_key = '/inspection 3'") == [("conflict",)]


def test_a_content_that_nobody_weighed_opens_the_dispute_again_and_does_not_show(runtime: Runtime) -> None:
    feed_in(runtime, penalty("1", minutes=3), penalty("2", "乙", 5))
    take(runtime)
    feed_in(runtime, penalty("3", "丙", 1))
    assert found(runtime) == ("/inspection 2", True)
    assert rows(runtime, OPEN_CASES) == [("record-disputed", NUMBER)]
    digest_of(runtime)
    take(runtime, "3")
    assert found(runtime) == ("/inspection 3", False)
    disputes.undo(runtime, 2, UNDO)
    assert found(runtime) == ("/inspection 2", True)
    assert rows(runtime, OPEN_CASES) == [("record-disputed", NUMBER)]


def test_a_higher_revision_supersedes_the_decision(runtime: Runtime) -> None:
    feed_in(runtime, penalty("1"), penalty("2", "乙", 5))
    take(runtime)
    feed_in(runtime, penalty("3", "丁", 0, 2))
    assert found(runtime) == ("/inspection 3", False)
    with pytest.raises(PermanentError, match="a higher revision shows"):
        take(runtime)
    feed_in(runtime, penalty("4", "戊", 1, 2))
    assert found(runtime) == ("/inspection 3", True)


def test_undone_it_is_as_if_it_had_never_come(runtime: Runtime) -> None:
    feed_in(runtime, penalty("1"), penalty("2", "乙", 5))
    before = digest_of(runtime)
    take(runtime)
    taken = digest_of(runtime)
    disputes.undo(runtime, 1, UNDO)
    assert digest_of(runtime) == before
    assert found(runtime) == ("/inspection 1", True)
    assert rows(runtime, OPEN_CASES) == [("record-disputed", NUMBER)]
    with pytest.raises(PermanentError, match="no decision 1 is in force"):
        disputes.undo(runtime, 1, UNDO)
    take(runtime)
    assert digest_of(runtime) == taken


def test_a_statement_about_another_party_can_be_dismissed(runtime: Runtime) -> None:
    other: dict[str, Any] = {"CF_XDR_MC": "样本人员", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_FRDB": ""}
    other |= {"CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": LI}
    feed_in(runtime, penalty("1", **other), penalty("2", "甲", 5))
    assert [kind for kind, _ in rows(runtime, OPEN_CASES)] == ["party-disputed"]
    take(runtime)
    assert found(runtime) == ("/inspection 2", False)
    assert rows(runtime, f"SELECT subject_id FROM record WHERE document_no = '{NUMBER}'") == [(HOSPITAL,)]
    assert rows(runtime, OPEN_CASES) == []
    feed_in(runtime, penalty("3", minutes=7, **other))
    assert rows(runtime, OPEN_CASES) == []
    digest_of(runtime)
    disputes.undo(runtime, 1, UNDO)
    assert [kind for kind, _ in rows(runtime, OPEN_CASES)] == ["party-disputed", "record-disputed"]
    digest_of(runtime)


def test_an_act_is_settled_like_a_record(runtime: Runtime) -> None:
    organ = "11410481983690064T"
    target = {"family": "credit.inspection.penalty", "organ_code": organ, "document_no": NUMBER}
    feed_in(runtime, penalty("1"))

    def objection(message_id: str, state: str, minutes: int) -> Posting:
        time = f"2026-05-21T09:{minutes:02}:00+08:00"
        said = {"target": target, "document_no": "异议9号", "state": state}
        return message("office.objection", message_id, {"time": time}, **said)

    feed_in(runtime, objection("a", "rejected", 0), objection("b", "upheld", 5))
    state = f"SELECT state FROM record WHERE document_no = '{NUMBER}'"
    assert rows(runtime, state) == [("in_force",)]
    before = digest_of(runtime)
    disputes.take(runtime, "/office b", WHO)
    assert rows(runtime, state) == [("withdrawn",)]
    assert rows(runtime, "SELECT stated_by FROM act WHERE NOT disputed") == [("/office b",)]
    assert rows(runtime, OPEN_CASES) == []
    assert [operation for operation, _ in told(runtime)] == ["withdraw"]
    feed_in(runtime, objection("c", "rejected", 2))
    assert rows(runtime, state) == [("withdrawn",)]
    digest_of(runtime)
    disputes.undo(runtime, 1, UNDO)
    assert rows(runtime, state) == [("in_force",)]
    assert digest_of(runtime) == before  # the third message says what the first says
    [shown] = disputes.read_disputes(runtime, "异议9号", MASKED)
    assert [version.values["state"] for version in shown.versions] == ["rejected", "upheld"]


def test_what_each_message_said_stands_side_by_side(runtime: Runtime) -> None:
    feed_in(runtime, penalty("1"), penalty("2", "乙", 5), penalty("3", "乙", 7))
    [shown] = disputes.read_disputes(runtime, "舞卫医罚[2026]9084号", MASKED)
    assert [[said.message_key for said in each.messages] for each in shown.versions] == [
        ["/inspection 1"],
        ["/inspection 2", "/inspection 3"],
    ]
    assert [(each.values["CF_SY"], each.shown, each.holds) for each in shown.versions] == [
        ("事实甲", True, False),
        ("事实乙", False, False),
    ]
    seen = shown.marks
    feed_in(runtime, penalty("4", "丙", 9))
    with pytest.raises(PermanentError, match="said more meanwhile"):
        take(runtime, seen=seen)
    assert found(runtime) == ("/inspection 1", True)


def test_a_source_is_asked_until_it_answers_or_somebody_decides(runtime: Runtime) -> None:
    feed_in(runtime, penalty("1"), penalty("2", "乙", 5))
    due = NOON.date() + timedelta(days=10)
    assert disputes.ask(runtime, NUMBER, due, WHO).number == 1
    with reading(runtime.engine) as connection:
        [open_one] = find_disputed(connection, WHOLE)
    assert (open_one.document_no, open_one.due_on) == (NUMBER, due)
    with pytest.raises(PermanentError, match="asked already"):
        disputes.ask(runtime, NUMBER, due, WHO)
    [shown] = disputes.read_disputes(runtime, NUMBER, MASKED)
    assert [(each.step, each.due_on) for each in shown.settlements] == [(DisputeStep.ASKED, due)]
    feed_in(runtime, penalty("3", "乙", 0, 2))
    with reading(runtime.engine) as connection:
        assert find_disputed(connection, WHOLE) == []
    with pytest.raises(PermanentError, match="nothing to ask"):
        disputes.ask(runtime, NUMBER, due, WHO)


@pytest.mark.parametrize("due", [NOON.date() - timedelta(days=1), date(2036, 1, 1)])
def test_a_day_that_cannot_be_meant_is_refused(runtime: Runtime, due: date) -> None:
    feed_in(runtime, penalty("1"), penalty("2", "乙", 5))
    with pytest.raises(PermanentError, match="name the day"):
        disputes.ask(runtime, NUMBER, due, WHO)


def test_what_contradicts_itself_waits_for_somebody_until_its_source_is_asked(runtime: Runtime) -> None:
    def waits(kind: WorkKind) -> list[str]:
        with reading(runtime.engine) as connection:
            return [each.title for each in find_work(connection, runtime.view(MASKED), kind, WHOLE)]

    def both() -> tuple[list[str], list[str]]:
        return waits(WorkKind.DISPUTED), waits(WorkKind.ASKED)

    feed_in(runtime, penalty("1"), penalty("2", "乙", 5))
    assert both() == ([NUMBER], [])
    disputes.ask(runtime, NUMBER, date(2026, 6, 10), WHO)
    assert both() == ([], [NUMBER])
    take(runtime)
    assert both() == ([], [])
    # A content that nobody has weighed comes, and the source was asked about the others.
    feed_in(runtime, penalty("3", "丙", 9))
    assert both() == ([NUMBER], [])
    feed_in(runtime, penalty("4", "乙", 20, revision=2))
    assert both() == ([], [])


def test_an_act_that_contradicts_itself_waits_too(runtime: Runtime) -> None:
    feed_in(runtime, penalty("1"))
    target = {"family": "credit.inspection.penalty", "organ_code": HEALTH.code, "document_no": NUMBER}
    asked = {"target": target, "document_no": "异字1号", "state": "filed"}
    first, second = {"time": "2026-05-21T09:00:00+08:00"}, {"time": "2026-05-21T10:00:00+08:00"}
    feed_in(
        runtime,
        message("office.objection", "o1", first, **asked),
        message("office.objection", "o2", second, **asked | {"state": "rejected"}),
    )
    with reading(runtime.engine) as connection:
        [found_one] = find_work(connection, runtime.view(MASKED), WorkKind.DISPUTED, WHOLE)
    assert (found_one.title, found_one.name) == ("异字1号", "舞钢市样本医院")


def test_what_there_is_nothing_to_decide_about_is_refused(runtime: Runtime) -> None:
    feed_in(runtime, penalty("1"), penalty("2", "甲", 5))
    with pytest.raises(PermanentError, match="nothing contradicts"):
        take(runtime)
    with pytest.raises(PermanentError, match="no message of that key"):
        take(runtime, "9")
    assert disputes.read_disputes(runtime, NUMBER, MASKED) == []


def test_a_record_that_was_split_keeps_what_was_decided_of_it(runtime: Runtime) -> None:
    doctor: dict[str, Any] = {"CF_XDR_MC": "样本人员", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_FRDB": ""}
    doctor |= {"CF_XDR_ZJLX": "身份证", "CF_XDR_ZJHM": LI}
    feed_in(runtime, penalty("1"), penalty("2", "乙", 5), penalty("3", "丙", 6, **doctor))
    records.split(runtime, "/inspection 3", decided("李科长", "一案两罚"))
    assert found(runtime) == ("/inspection 1", True)
    take(runtime)
    assert found(runtime) == ("/inspection 2", False)
    feed_in(runtime, penalty("4", "甲", 8))
    assert found(runtime) == ("/inspection 2", False)
    digest_of(runtime)


def test_commands_and_the_explained_archive_say_it_in_chinese(place: Settings) -> None:
    if place.servers:
        pytest.skip("the commands are the same")
    with open_runtime(place, lambda: NOON) as opened:
        feed_in(opened, penalty("1"), penalty("2", "乙", 5))

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, [*arguments, "--home", str(place.home)], env={"COLUMNS": "200"})
        assert result.exit_code == 0, result.output
        return result.output

    who = ("--by", "李", "--why", "原件核对")
    assert NUMBER in run("record", "disputes")
    assert "事实乙" in run("record", "disputes", NUMBER)
    due = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    file = place.home / "letter.docx"
    printing = ("paper", "source-inquiry", "--regime", "wugang", "--document", NUMBER, "--out", str(file))
    refused = CliRunner().invoke(app, [*printing, "--home", str(place.home)])
    assert isinstance(refused.exception, NothingFound)
    assert f"于 {due} 前答复" in run("record", "ask", NUMBER, "--due", due, *who)
    assert "已写出" in run(*printing, "--number", "舞卫信函〔2026〕3号")
    letter = Document(str(file))
    said = [paragraph.text for paragraph in letter.paragraphs]
    assert said[:3] == ["关于核对信用信息的函", "舞卫信函〔2026〕3号", "舞钢市卫生健康委员会："]
    assert f"你单位报送的行政处罚“{NUMBER}”（第1版）先后内容不同，列示如下：" in said
    rows_of = [[cell.text for cell in row.cells] for row in letter.tables[0].rows]
    assert rows_of == [
        ["项目", "内容1", "内容2"],
        ["报文", "/inspection 1", "/inspection 2"],
        ["违法事实", "事实甲", "事实乙"],
    ]
    assert "已认定（2 号）" in run("record", "take", "/inspection 2", *who)
    explained = run("subject", HOSPITAL, "--explain")
    assert "来源前后不一（人工认定）" in explained
    assert "以报文 /inspection 2 为准" in explained
    assert "已取消" in run("record", "undo", "2", "--by", "王", "--why", "误选")
    assert "误选" in run("record", "disputes")
    assert (
        len(json.loads(CliRunner().invoke(app, ["record", "disputes", "--json", "--home", str(place.home)]).stdout))
        == 2
    )


# What comes before the decision and what after it, in whatever order and batches: the archive is one.
later = st.permutations(["3", "4", "5", "6", "7"])
SAID = {
    "1": penalty("1", minutes=4),
    "2": penalty("2", "乙", 5),
    "3": penalty("3", "乙", 1),
    "4": penalty("4", "甲", 0),
    "5": penalty("5", "丙", 2),
    "6": penalty("6", "丁", 3, 0),
    "7": penalty("7", "丙", 9),
}


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(order=later, batch=st.sampled_from([1, 2, 100]), first=st.permutations(["1", "2"]))
def test_order_and_batches_do_not_matter_around_a_decision(
    tmp_path_factory: pytest.TempPathFactory, order: list[str], batch: int, first: list[str]
) -> None:
    home = tmp_path_factory.mktemp("order")
    with open_runtime(read_settings({}, home=home), lambda: NOON) as opened:
        feed_in(opened, *(SAID[each] for each in first), batch=batch)
        take(opened)
        feed_in(opened, *(SAID[each] for each in order), batch=batch)
        assert found(opened) == ("/inspection 3", True)
        DIGESTS.add(digest_of(opened))
    assert len(DIGESTS) == 1


DIGESTS: set[str] = set()
