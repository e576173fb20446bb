"""What a clerk enters, hands in and decides in the console, and what is in the archive afterwards."""

from __future__ import annotations

import html
import io
import re
import stat
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from credit.identity import MASKED
from credit.store import tables
from credit.store.engine import reading, writing
from credit.store.queries.arrivals import find_arrival
from credit.store.queries.disputes import find_disputed
from credit.store.queries.files import find_files
from credit.store.queries.ledger import read_ledger
from credit.store.queries.links import find_links
from credit.store.queries.page import WHOLE, Part
from schemas.rights import Right
from tests.builders import CLINIC, HEALTH, HOSPITAL, NOON, feed_in, message
from tests.consoles import EVERYTHING, fields_of, holder, open_console
from tests.sheets import penalty, write_csv
from workers import broker as brokers
from workers.console import uploads
from workers.console.entry.composing import find_entries, is_form
from workers.console.entry.forms import Kind, read_data, read_fields
from workers.files import taking
from workers.files.taking import Who
from workers.runtime import Runtime

COMPLAINT = "/entry/credit.public.complaint.v1"
ENTERED = {
    "association": {"finding"},
    "desk": {"answer", "self_assessment", "self_inspection", "submission"},
    "inspection": {"check", "conduct", "measure", "penalty", "points", "transfer"},
    "insurance": {"agreement", "fraud", "points"},
    "licensing": {"commitment", "filing", "permit", "registration"},
    "office": {
        "board",
        "duty",
        "ethics",
        "honour",
        "inspector",
        "liability_insurance",
        "listing",
        "objection",
        "rating",
        "repair",
        "safety_event",
        "sign",
        "told",
        "training",
        "undertaking",
        "withdrawal",
    },
    "public": {"clue", "complaint", "rating"},
    "security": {"offence"},
}
"""What has a form, by connector: all but the answers of agencies and platforms, and reviews, which have a page."""


def filled(page: str) -> dict[str, str]:
    """A complaint as somebody fills the form in."""
    form = re.search(r'name="form" value="([^"]+)"', page)
    assert form is not None
    return {
        "form": form[1],
        "sender": HEALTH.code,
        "organ.name": HEALTH.name,
        "organ.code": HEALTH.code,
        "occurred_on": "2026-05-30",
        "document_no": "舞卫诉〔2026〕1号",
        "party.kind": "organisation",
        "party.name": "舞钢市样本人民医院",
        "party.uscc": HOSPITAL,
        "channel": "hotline",
        "matter": "fee",
        "rewarded": "no",
        "state": "received",
        "content": "收费不明",
        "step": "save",
    }


def received(runtime: Runtime) -> int:
    with reading(runtime.engine) as connection:
        return read_ledger(connection).received


def test_a_form_becomes_one_message_however_often_it_is_sent(runtime: Runtime, clerk: TestClient) -> None:
    sent = filled(clerk.get(COMPLAINT).text)
    answers = [clerk.post(COMPLAINT, data=sent) for _ in range(2)]
    assert "还没有收报" in answers[0].text
    key = f"/public entry-{sent['form']}"
    assert key in answers[1].text
    feed_in(runtime)
    assert "结果：" in clerk.get("/entry/sent", params={"key": key}).text
    assert "已经提交过" in clerk.post(COMPLAINT, data=sent).text
    feed_in(runtime)
    with reading(runtime.engine) as connection:
        found = find_arrival(connection, key)
        ledger = read_ledger(connection)
    assert found is not None
    assert found.outcome == "applied"
    assert (ledger.applied, ledger.parked) == (1, 0)


def test_what_is_wrong_is_said_and_nothing_is_sent_or_lost(runtime: Runtime, clerk: TestClient) -> None:
    sent = filled(clerk.get(COMPLAINT).text) | {"occurred_on": "<b>昨天", "channel": "", "content": "收费<i>不明"}
    answer = clerk.post(COMPLAINT, data=sent)
    assert answer.status_code == 400
    assert 'href="#occurred_on"' in answer.text
    assert 'href="#channel"' in answer.text
    assert "收费&lt;i&gt;不明" in answer.text
    assert "&lt;b&gt;昨天" in answer.text
    typo = clerk.post(COMPLAINT, data=filled(clerk.get(COMPLAINT).text) | {"organ.code": "91410481MA9K2F7Q0X"})
    assert typo.status_code == 400
    checked = clerk.post(COMPLAINT, data=sent | {"step": "check.occurred_on"})
    assert "不是日期" in checked.text
    assert clerk.post(COMPLAINT, data=sent | {"step": "check.content"}).text == ""
    feed_in(runtime)
    assert received(runtime) == 0


def test_a_lost_broker_is_said_and_what_was_typed_stays(runtime: Runtime) -> None:
    lost = replace(runtime, broker=brokers.connect("amqp://guest:guest@127.0.0.1:1/", runtime.keyring))
    clerk = open_console(lost, holder(*EVERYTHING))
    answer = clerk.post(COMPLAINT, data=filled(clerk.get(COMPLAINT).text))
    assert answer.status_code == 503
    assert "没有保存" in answer.text
    assert "收费不明" in answer.text


@pytest.mark.parametrize(
    "changes", [{"form": "x"}, {"form": "20260601T040000-../../x"}, {"sender": "11410481001581767M"}, {"sender": ""}]
)
def test_a_forged_form_is_refused(runtime: Runtime, clerk: TestClient, changes: dict[str, str]) -> None:
    assert clerk.post(COMPLAINT, data=filled(clerk.get(COMPLAINT).text) | changes).status_code == 400
    assert received(runtime) == 0


def test_an_organ_enters_what_its_queues_take(runtime: Runtime) -> None:
    other = open_console(runtime, holder(*EVERYTHING, organs=frozenset({"114104810267735464"})))
    page = other.get("/entry").text
    assert "/entry/credit.insurance.fraud.v1" in page
    assert "/entry/credit.public.complaint.v1" not in page
    assert other.get(COMPLAINT).status_code == 404
    assert open_console(runtime, holder(Right.LOOK)).get(COMPLAINT).status_code == 403


def test_a_list_gets_a_line_more_without_script(clerk: TestClient) -> None:
    path = "/entry/credit.desk.self_assessment.v1"
    page = clerk.get(path).text
    form = re.search(r'name="form" value="([^"]+)"', page)
    assert form is not None
    assert 'name="items.0.code"' in page
    sent = {"form": form[1], "sender": HEALTH.code, "items.lines": "1", "items.0.code": "1.1", "step": "add.items"}
    more = clerk.post(path, data=sent).text
    assert 'name="items.1.code"' in more
    assert 'value="1.1"' in more


def propose_withdrawal(runtime: Runtime, clerk: TestClient) -> str:
    """Take a penalty in and enter its withdrawal; return the number of the proposal."""
    feed_in(runtime, message("penalty", "1", None, CF_WSH="舞卫医罚〔2026〕1号"))
    path = "/entry/credit.office.withdrawal.v1"
    page = clerk.get(path).text
    fields = read_fields(find_entries(runtime, None)["credit.office.withdrawal.v1"].model.model)
    codes = {each.name: next(iter(each.choices)) for each in fields if each.kind is Kind.CODE}
    sent = (
        filled(page)
        | codes
        | {
            "target.family": "credit.inspection.penalty",
            "target.organ_code": HEALTH.code,
            "target.document_no": "舞卫医罚〔2026〕1号",
        }
    )
    assert "须由另一人复核" in clerk.post(path, data=sent).text
    [number] = set(re.findall(r'href="/proposals/(\w+)"', clerk.get("/proposals").text))
    return str(number)


def test_what_law_wants_confirmed_waits_for_a_second_person(runtime: Runtime, clerk: TestClient) -> None:
    number = propose_withdrawal(runtime, clerk)
    feed_in(runtime)
    assert received(runtime) == 1
    second = open_console(runtime, holder(*EVERYTHING, person="李明", account="li"))
    assert "已同意并办理" in second.post(f"/proposals/{number}", data={"step": "yes"}).text
    feed_in(runtime)
    assert received(runtime) == 2


def test_what_is_confirmed_while_the_broker_is_away_is_sent_later_and_once(runtime: Runtime, clerk: TestClient) -> None:
    number = propose_withdrawal(runtime, clerk)
    lost = replace(runtime, broker=brokers.connect("amqp://guest:guest@127.0.0.1:1/", runtime.keyring))
    second = open_console(lost, holder(*EVERYTHING, person="李明", account="li"))
    assert "不必再次同意" in second.post(f"/proposals/{number}", data={"step": "yes"}).text
    assert "已同意，待执行" in second.get("/proposals").text
    assert second.post(f"/proposals/{number}", data={"step": "yes"}).status_code == 403
    assert received(runtime) == 1
    assert [runtime.scheduler().tick().confirmed for _ in range(2)] == [1, 0]
    feed_in(runtime)
    assert received(runtime) == 2
    assert "已执行" in clerk.get(f"/proposals/{number}").text


def test_every_type_has_a_form(runtime: Runtime, clerk: TestClient) -> None:
    assert set(find_entries(runtime, None)) == {
        f"credit.{name}.{each}.v1" for name, some in ENTERED.items() for each in some
    }
    for name in find_entries(runtime, None):
        answer = clerk.get(f"/entry/{name}")
        assert answer.status_code == 200, name
        assert 'name="form"' in answer.text
    for entry in find_entries(runtime, None).values():
        assert read_data(read_fields(entry.model.model), {}) == {}


def test_a_table_is_taken_in_and_its_verdict_fetched(runtime: Runtime, clerk: TestClient) -> None:
    template = clerk.get("/templates/" + re.findall(r'href="/templates/([^"]+)"', clerk.get("/templates").text)[0])
    assert template.content[:2] == b"PK"
    books = {"file": ("../../evil<b>.xlsx", io.BytesIO(b"PK\x03\x04 no workbook"), "application/octet-stream")}
    refused = clerk.post("/upload", data={"sender": HEALTH.code}, files=books)
    assert "未接收" in refused.text
    assert "<b>.xlsx" not in refused.text
    assert list(uploads.folder(runtime.settings.home).iterdir()) == []
    assert not (runtime.settings.home.parent / "evil<b>.xlsx").exists()
    listed = clerk.get("/files").text
    assert "/files/" in listed
    with reading(runtime.engine) as connection:
        assert len(find_files(connection, runtime.view(MASKED), Part(limit=9))) == 1
    [file] = set(re.findall(r'href="(/files/[0-9a-f]{64})"', listed))
    elsewhere = replace(holder(*EVERYTHING), only={Right.UPLOAD: frozenset({"other"})})
    assert open_console(runtime, elsewhere).get(f"{file}/verdict").status_code == 403
    assert clerk.get("/files/" + "0" * 64).status_code == 404
    assert clerk.get("/files/%25").status_code == 404


def test_the_rows_of_a_table_come_in_and_its_verdict_is_fetched(
    runtime: Runtime, clerk: TestClient, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "处罚.csv", [penalty(1), penalty(2, CF_XDR_SHXYM="92410481MA9TK8C742")])
    with path.open("rb") as book:
        taken = clerk.post("/upload", data={"sender": HEALTH.code}, files={"file": (path.name, book, "text/csv")})
    assert "已接收 2 行" in taken.text
    address = taken.url.path
    assert clerk.get(f"{address}/verdict").status_code == 400
    home = runtime.settings.home / "uploads"
    [kept] = home.iterdir()
    assert [stat.S_IMODE(each.stat().st_mode) for each in (home, kept)] == [0o700, 0o600]
    clear = path.read_bytes()
    assert clear not in kept.read_bytes()
    assert b"92410481MA9TK8C742" in clear
    assert b"92410481MA9TK8C742" not in kept.read_bytes()
    feed_in(runtime)
    through = clerk.get(address).text
    assert f'href="{address}/verdict"' in through
    assert 'href="/parked/1"' in through
    looker = open_console(runtime, holder(Right.LOOK)).get(address).text
    assert f'href="{address}/verdict"' not in looker
    assert "您没有“导入表格”的权限" in looker
    verdict = clerk.get(f"{address}/verdict")
    assert "已受理" in verdict.content.decode("utf-8-sig")
    assert verdict.headers["content-disposition"].startswith('attachment; filename="verdict.csv"')
    with path.open("rb") as book:
        again = clerk.post("/upload", data={"sender": HEALTH.code}, files={"file": (path.name, book, "text/csv")})
    assert again.url.path == address
    assert received(runtime) == 2
    assert [each.name for each in home.iterdir()] == [address.rpartition("/")[2]]  # nothing is left in clear
    with path.open("rb") as book:
        named = clerk.post("/upload", data={"sender": HEALTH.code}, files={"file": ("处罚.xlsx", book, "text/csv")})
    assert "表格未接收：扩展名与内容不符（文件内容是文本（CSV）" in named.text
    assert named.url.path == address


def test_an_upload_that_was_cut_off_goes_on_from_its_sealed_copy(
    runtime: Runtime, clerk: TestClient, tmp_path: Path
) -> None:
    path, home = write_csv(tmp_path / "处罚.csv", [penalty(1), penalty(2)]), runtime.settings.home
    with closing(taking.take(runtime, path, Who(HEALTH.code, "李四"))) as taken:  # and then the console was killed
        address = f"/files/{taken.row.file_id}"
    assert "再次提交同一文件" in clerk.get(address).text
    assert clerk.post(address).status_code == 404
    uploads.keep(home, runtime.keyring, taken.row.file_id, path)
    shown = clerk.get(address).text
    assert ("继续报送" in shown, "处理中" in shown) == (True, True)
    with writing(runtime.engine) as connection:
        connection.execute(update(tables.file).values(taken_at=NOON - timedelta(minutes=30)))
    assert ["未送完" in clerk.get(page).text for page in (address, "/files")] == [True, True]
    elsewhere = replace(holder(*EVERYTHING), only={Right.UPLOAD: frozenset({"other"})})
    assert open_console(runtime, elsewhere).post(address).status_code == 403
    assert "已接收 2 行" in clerk.post(address).text
    feed_in(runtime)
    assert received(runtime) == 2
    assert clerk.get(f"{address}/verdict").status_code == 200
    done = clerk.post(address)
    assert (done.status_code, "已经送完" in done.text) == (400, True)
    assert [each.name for each in uploads.folder(home).iterdir()] == [taken.row.file_id]  # nothing is left in clear


def test_an_upload_whose_rows_are_all_through_and_was_not_noted_as_sent_goes_on_too(
    runtime: Runtime, clerk: TestClient, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "处罚.csv", [penalty(1), penalty(2)])
    with closing(taking.take(runtime, path, Who(HEALTH.code, "李四"))) as taken:
        address = f"/files/{taken.row.file_id}"
        runtime.broker.declare(runtime.reader.routes.topology)
        taking.publish(runtime, taken)
    uploads.keep(runtime.settings.home, runtime.keyring, taken.row.file_id, path)
    feed_in(runtime)
    with writing(runtime.engine) as connection:  # killed right before
        connection.execute(update(tables.file).values(sent=0, taken_at=NOON - timedelta(minutes=30)))
    stopped = clerk.get(address).text
    assert ["未送完" in stopped, "已送 0 行" in stopped, "继续报送</button>" in stopped] == [True, True, True]
    clerk.post(address)
    done = clerk.get(address).text
    assert ["未送完" in done, f'href="{address}/verdict"' in done] == [False, True]
    assert received(runtime) == 2


def test_uploaded_files_go_after_a_week_and_what_was_left_in_clear_at_once(runtime: Runtime, tmp_path: Path) -> None:
    home, keyring = runtime.settings.home, runtime.keyring
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b")
    uploads.keep(home, keyring, "1" * 64, path)
    left = uploads.folder(home) / ".open-killed"
    left.mkdir()
    (left / "a.csv").write_bytes(b"in clear")
    began = datetime.fromtimestamp(left.stat().st_mtime, UTC)
    uploads.forget_old(home, began + timedelta(minutes=50))
    assert (left.is_dir(), uploads.is_kept(home, "1" * 64)) == (True, True)
    uploads.forget_old(home, began + timedelta(days=6))
    assert (left.is_dir(), uploads.is_kept(home, "1" * 64)) == (False, True)
    again = tmp_path / "again.csv"
    uploads.open_again(home, keyring, "1" * 64, again)
    assert again.read_bytes() == b"a,b"
    uploads.forget_old(home, began + timedelta(days=8))
    assert not uploads.is_kept(home, "1" * 64)


def test_a_file_that_is_too_large_is_not_taken(runtime: Runtime, clerk: TestClient) -> None:
    books = {"file": ("a.csv", io.BytesIO(b"a" * (20 * 1024 * 1024 + 1)), "text/csv")}
    answer = clerk.post("/upload", data={"sender": HEALTH.code}, files=books)
    assert answer.status_code == 400
    assert "超过 20 MB" in answer.text
    assert not (runtime.settings.home / "uploads").exists()


def test_a_form_that_was_opened_at_no_moment_is_none() -> None:
    assert is_form("20260601T040000-" + "0" * 24)
    for never in ("20261301T040000-", "20260601T246060-", "2026-"):
        assert not is_form(never + "0" * 24)


def test_a_table_of_another_organ_is_refused(runtime: Runtime) -> None:
    other = open_console(runtime, holder(*EVERYTHING, organs=frozenset({"114104810267735464"})))
    books = {"file": ("a.csv", io.BytesIO(b"a,b"), "text/csv")}
    assert other.post("/upload", data={"sender": HEALTH.code}, files=books).status_code == 400
    assert other.post("/upload", data={"sender": "114104810267735464"}).status_code == 400


def test_who_is_who_is_decided_and_undone(runtime: Runtime, clerk: TestClient) -> None:
    for number, code in enumerate((CLINIC, HOSPITAL), 1):
        party = {"kind": "organisation", "name": "舞钢安康诊所", "uscc": code}
        feed_in(
            runtime, message("office.honour", f"{number}", None, party=party, document_no=f"舞卫表〔2026〕{number}号")
        )
    said = {"before": CLINIC, "after": HOSPITAL, "why": "换发代码<b>", "step": "link"}
    assert "已关联" in clerk.post("/identity", data=said).text
    page = clerk.get("/identity").text
    assert "换发代码&lt;b&gt;" in page
    with reading(runtime.engine) as connection:
        [link] = find_links(connection)
    assert link.linked_by == "王芳"
    assert f'href="/identity/{link.link_id}"' in page
    assert "取消理由" in clerk.get(f"/identity/{link.link_id}").text
    assert [clerk.get(f"/identity/{number}").status_code for number in (99, 10**30)] == [404, 404]
    assert (
        "已取消" in clerk.post("/identity", data={"number": str(link.link_id), "step": "unlink", "why": "误认<i>"}).text
    )
    undone = clerk.get(f"/identity/{link.link_id}").text
    assert "已取消，王芳（wang）：误认&lt;i&gt;" in undone
    assert "取消理由" not in undone
    assert "没有符合条件的主体关联" in clerk.get("/identity?undone=no").text
    refused = clerk.post("/identity", data=said | {"before": "x"})
    assert refused.status_code == 400
    assert "没有办理，档案没有变化" in refused.text
    for typed in ('value="x"', f'value="{HOSPITAL}"', ">换发代码&lt;b&gt;</textarea>"):
        assert typed in refused.text
    claim = {"key": HOSPITAL, "kind": "licence_no", "value": "41704812241048111A1001", "step": "claim", "why": "证照"}
    alone = clerk.post("/identity", data=claim).text
    assert "已认领" in alone
    assert "注意" not in alone
    listed = clerk.get("/identity/claims").text
    assert all(each in listed for each in (claim["value"], f'href="/subjects/{HOSPITAL}"', "王芳", "证照", "有效"))
    too = clerk.post("/identity", data=claim | {"key": CLINIC}).text
    assert f"这一标识也属于 {HOSPITAL}" in too
    clerk.post("/identity", data=claim | {"key": CLINIC, "step": "disclaim", "why": "认错"})
    assert "已取消，王芳：认错" in clerk.get("/identity/claims").text
    assert "认领已取消" in clerk.post("/identity", data=claim | {"step": "disclaim"}).text
    assert "（王芳 认领：证照），已取消（王芳：证照）" in clerk.get(f"/subjects/{HOSPITAL}").text
    assert clerk.post("/identity", data=claim | {"kind": "uscc"}).status_code == 400
    empty = clerk.post("/identity", data=claim | {"why": ""})
    assert empty.status_code == 400
    assert "请填写“理由”" in empty.text
    kept = fields_of(empty.text, "/identity")
    assert [kept[name] for name in ("key", "kind", "value")] == [claim[name] for name in ("key", "kind", "value")]
    some = open_console(runtime, holder(*EVERYTHING, organs=frozenset({HEALTH.code})))
    assert some.post("/identity", data=said).status_code == 403
    assert some.get("/identity/claims").status_code == 403
    menus = [each.get("/notices").text for each in (clerk, some)]
    for path in ("/identity", "/disputes"):
        assert [f'href="{path}"' in menu for menu in menus] == [True, False]
    assert "人工认领" not in some.get("/").text


def test_a_number_of_two_parties_is_split_and_joined(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(
        runtime, message("penalty", "1", None), message("penalty", "2", None, CF_XDR_SHXYM=HOSPITAL, CF_XDR_MC="医院")
    )
    number = "舞卫医罚〔2026〕7号"
    found = re.search(r'"CF_WSH": "([^"]+)"', message("penalty", "1", None).body.decode())
    number = found[1] if found else number
    page = clerk.get("/disputes", params={"named": number}).text
    keys = [html.unescape(key) for key in re.findall(r'name="message" value="([^"]+)"', page)]
    assert keys
    if len(keys) > 1:
        done = clerk.post("/disputes", data={"named": number, "message": keys[1], "why": "两家", "step": "split"})
        assert "已拆分" in done.text
        assert "两家" not in clerk.get("/disputes/splits?undone=yes").text
        assert "两家" in clerk.get("/disputes/splits").text
        assert (
            "已取消"
            in clerk.post("/disputes", data={"named": number, "number": "1", "step": "join", "why": "误拆"}).text
        )
    assert clerk.get("/disputes", params={"named": "没有"}).status_code == 400


def test_a_dispute_is_seen_side_by_side_asked_about_and_settled(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, message("penalty", "1", None), message("penalty", "2", None, CF_SY="另一事实"))
    with reading(runtime.engine) as connection:
        [disputed] = find_disputed(connection, WHOLE)
    assert disputed.document_no in clerk.get("/disputes").text
    waits = clerk.get("/work/disputed").text
    assert f'href="/disputes?named={disputed.record_id}">{disputed.document_no}</a>' in waits
    assert "待认定的争议记录" in clerk.get("/").text
    page = clerk.get("/disputes", params={"named": disputed.record_id}).text
    assert "另一事实" in page
    assert "未认定，暂以此为准" in page
    [seen] = re.findall(r'name="seen" value="([^"]+)"', page)
    about = {"named": disputed.record_id, "record": disputed.record_id, "why": "原件核对"}
    printed = {"named": disputed.record_id, "regime": "wugang"}
    assert clerk.get("/disputes/paper", params=printed).status_code == 400
    assert clerk.post("/disputes", data=about | {"step": "ask", "due": "明天"}).status_code == 400
    due = (runtime.clock().date() + timedelta(days=9)).isoformat()
    assert "已列入待办" in clerk.post("/disputes", data=about | {"step": "ask", "due": due}).text
    assert "待来源单位答复的争议记录" in clerk.get("/").text
    assert "待认定的争议记录" not in clerk.get("/").text
    page = html.unescape(clerk.get("/disputes", params={"named": disputed.record_id}).text)
    assert f'href="/disputes/paper?named={disputed.record_id}&regime=wugang"' in page
    letter = clerk.get("/disputes/paper", params=printed)
    assert letter.headers["content-type"] == "application/pdf"
    [sheet] = pypdfium2.PdfDocument(letter.content)
    text = re.sub(r"\s", "", sheet.get_textpage().get_text_range())
    assert "关于核对信用信息的函" in text
    assert "另一事实" in text
    assert f"{int(due[:4])}年{int(due[5:7])}月{int(due[8:])}日前" in text
    assert clerk.get("/disputes/paper", params=printed | {"regime": "none"}).status_code == 404
    wrong = about | {"step": "take", "message": "/inspection 2", "seen": "00"}
    refused = clerk.post("/disputes", data=wrong)
    assert refused.status_code == 400
    assert "来源单位又有新的报文" in refused.text
    assert ">原件核对</textarea>" in refused.text
    assert 'value="/inspection 2" required checked' in refused.text
    done = clerk.post("/disputes", data=wrong | {"seen": seen}).text
    assert "已认定（2 号）" in done
    again = clerk.post("/disputes", data=wrong | {"seen": seen})
    assert again.status_code == 400
    assert "已经采信这一内容" in again.text
    assert "不采信" in done
    assert "争议记录</a> <small>" not in clerk.get("/").text
    assert "没有来源前后不一的记录" in clerk.get("/disputes").text
    undone = clerk.post(
        "/disputes", data={"named": disputed.record_id, "number": "2", "step": "undo", "why": "误选"}
    ).text
    assert "认定 2 号已取消" in undone
    assert "已取消，王芳（wang）：误选" in clerk.get("/disputes/decided?step=taken").text
    assert "误选" not in clerk.get("/disputes/decided?undone=no").text
    assert "已取消</span> 王芳：误选" in undone
    assert clerk.post("/disputes", data={"named": disputed.record_id, "number": "1", "step": "undo"}).status_code == 400
    assert "待来源单位答复的争议记录" in clerk.get("/").text


def test_lists_of_those_who_watch(runtime: Runtime, clerk: TestClient) -> None:
    feed_in(runtime, message("penalty", "1", None))
    assert "舞钢市公安局" in clerk.get("/sources").text
    assert "账实相符" in clerk.get("/ledger").text
    assert "没有提醒" in clerk.get("/alerts").text
    assert clerk.post("/alerts/9", data={"why": "x"}).status_code == 400
    assert clerk.get("/reviews/none/none/none").status_code == 404
