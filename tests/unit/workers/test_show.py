"""What officials see: in words, within the screen, and never what a hostile message wants them to see."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from connectors import registry
from connectors.vocabulary import Item
from credit import vault
from credit.identity import MASKED, IdKind
from credit.law.law import Counting
from credit.record import places
from credit.rules import Moment
from credit.store import bulk, tables
from credit.store.engine import reading, writing
from credit.store.queries import archive, feeds, ledger, notices, parked, parked_piles, slo
from credit.store.queries.view import View
from credit.vault import Algorithm
from schemas.objectives import Objective
from schemas.policy import Confidence
from schemas.states import FeedState
from tests.builders import HOSPITAL
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, NOON, ORGAN, SUCCESSOR, Shelf, put
from workers.decisions.parking import Verdict
from workers.show.detail import NO_ITEMS
from workers.show.feeds import show_feeds
from workers.show.ledger import show_ledger
from workers.show.names import Names
from workers.show.notices import show_closure, show_notices
from workers.show.parked import show_list, show_piles, show_story
from workers.show.slo import show_slo
from workers.show.style import plain
from workers.show.subject import show_archive
from workers.show.verdicts import show_verdict
from workers.show.words import arrange, say_value

TODAY = date(2026, 3, 20)
DAY = timedelta(days=1)
NAMES = Names(
    {"tax": "舞钢市税务局", "police": "舞钢市公安局"},
    {"unlicensed-practice": "无证行医"},
    {"credit-china": "信用中国"},
    registry.load().vocabulary(),
)
PENALTY, CHECK, PERMIT = (
    NAMES.vocabulary.items(f"credit.{family}")
    for family in ("inspection.penalty", "inspection.check", "licensing.permit")
)
LONG = "示例" * 90


def render(view: RenderableType, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, color_system=None)
    console.print(view)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    tables.metadata.create_all(engine)
    keys = vault.generate(Algorithm.AES_256_GCM)
    put(
        engine,
        rows.organisation(CLINIC, keys, "舞钢旧名诊所"),
        rows.organisation(SUCCESSOR, keys, f"舞钢[bold red]安康[/]诊所{LONG}终"),
        rows.claim(IdKind.LICENCE_NO, "PDY10048141048116D1202", CLINIC, keys),
        rows.record("r1", state="repaired", cause="repaired", acts='["/office a1"]', public=False),
        rows.record(
            "r2", SUCCESSOR, disputed=True, occurred_on=TODAY, fact=rows.FACT.replace("罚款人民币二万元", LONG * 9)
        ),
        rows.act("a1", "r1", "repair", "granted"),
        rows.message("/inspection 1"),
        rows.message(
            "/inspection 7",
            "parked",
            raw=keys.seal(b'{"id_no": "110105194912310021"}', places.of_message("/inspection 7")),
        ),
        rows.parked("/inspection 7", "person_id.check_digit", "data.party.id_no: the check character is wrong"),
        rows.notice("XL0A1B2C3D4E5F60-1", "r2", SUCCESSOR, reply_by=TODAY - DAY),
        rows.notice(
            "XL0A1B2C3D4E5F61-1",
            agency="police",
            lift_cause="repaired",
            lifted_at=NOON,
            lift_reply_by=TODAY - DAY,
        ),
        rows.feed_row(
            "4e" * 16,
            "r2",
            result_code="2001",
            result_message="校验位不符",
            result_at=NOON,
            answered_by=f"/feed/credit-china sheet-{'4e' * 16}",
        ),
        rows.feed_row("5e" * 16, "r2", due_on=TODAY - DAY),
    )
    rows.connect_subjects(engine, CLINIC, SUCCESSOR)
    yield Shelf(engine, keys)
    engine.dispose()


@pytest.fixture
def views(shelf: Shelf) -> dict[str, RenderableType]:
    view = View(MASKED, shelf.keyring, TODAY)
    with reading(shelf.engine) as connection:
        entries = feeds.find_entries(connection, view)
        found = archive.read_archive(connection, CLINIC, view)
        return {
            "ledger": show_ledger(ledger.read_ledger(connection)),
            "subject": show_archive(found, NAMES),
            "explained": show_archive(found, NAMES, explained=True),
            "notices": show_notices(notices.find_notices(connection, view), NAMES),
            "closure": show_closure(notices.find_unclosed(connection, view), NAMES),
            "feed": show_feeds(entries, feeds.summarise(entries), NAMES),
            "parked": show_list(parked.find_parked(connection, MASKED), 1, NAMES.vocabulary),
            "piles": show_piles(parked_piles.find_piles(connection, view)),
            "slo": show_slo(slo.measure(connection, NOON.date(), Moment(NOON + 18 * DAY, TODAY)), NOON.date()),
            "story": show_story(parked.read_story(connection, 1, shelf.keyring, MASKED), NO_ITEMS),
        }


@pytest.mark.parametrize("width", [80, 100, 160])
def test_every_view_fits_the_screen_and_needs_no_colour(views: dict[str, RenderableType], width: int) -> None:
    for name, view in views.items():
        text = render(view, width)
        assert "\x1b" not in text, name
        assert max(map(cell_len, text.splitlines())) <= width, name


def test_a_subject_is_told_at_a_glance(views: dict[str, RenderableType]) -> None:
    text = render(views["subject"])
    assert f"统一社会信用代码  {SUCCESSOR}" in text
    assert "信用记录 2 条，其中有效的失信记录 1 条；生效中的联合惩戒通知 1 件" in text
    assert f"{CLINIC} → {SUCCESSOR}" in text
    assert "执业许可证号  PDY10048141048116D1202" in text
    for words in ("来源前后不一", "已修复", "因信用修复", "不公示", "待确认解除 1 件", "通知 1 件", "平台 2 行"):
        assert words in text
    assert "[1]" not in text


def test_a_subject_is_told_with_what_it_is_and_who_said_so(shelf: Shelf) -> None:
    put(
        shelf.engine,
        rows.registration(
            "q1", date(2015, 3, 1), "registered", SUCCESSOR, level="secondary", specialties=["内科", "骨科"]
        ),
        rows.registration(
            "q2", date(2024, 2, 29), "changed", SUCCESSOR, organiser="舞钢市卫生健康委员会", organiser_uscc=ORGAN
        ),
    )
    with reading(shelf.engine) as connection:
        found = archive.read_archive(connection, CLINIC, View(MASKED, shelf.keyring, TODAY))
    lines = [line.split() for line in render(show_archive(found, NAMES), 160).splitlines()]
    dates = ["2015-03-01"]
    assert ["机构级别", "二级", "舞卫医罚〔2026〕q1号", *dates] in lines
    assert ["诊疗科目", "内科；骨科", "舞卫医罚〔2026〕q1号", *dates] in lines
    assert ["举办单位", f"舞钢市卫生健康委员会（{ORGAN}）", "舞卫医罚〔2026〕q2号", "2024-02-29"] in lines
    assert ["医疗机构", "有效", "2015-03-01", "—", "舞卫医罚〔2026〕q2号", "2024-02-29"] in lines


def test_a_practitioner_is_told_with_every_workplace(shelf: Shelf) -> None:
    one, other = {"workplace": "舞钢市样本人民医院", "workplace_uscc": HOSPITAL}, {"workplace": "舞钢[bold]诊所"}
    put(
        shelf.engine,
        rows.registration("q1", date(2012, 7, 1), "registered", SUCCESSOR, role="practitioner", **one),
        rows.registration("q2", date(2024, 2, 29), "changed", SUCCESSOR, role="practitioner", **other),
    )
    with reading(shelf.engine) as connection:
        found = archive.read_archive(connection, CLINIC, View(MASKED, shelf.keyring, TODAY))
    lines = [line.split() for line in render(show_archive(found, NAMES), 160).splitlines()]
    assert ["舞钢市样本人民医院", "2012-07-01", "2024-02-29", "舞卫医罚〔2026〕q2号", "2024-02-29"] in lines
    assert ["舞钢[bold]诊所", "2024-02-29", "在执业", "舞卫医罚〔2026〕q2号", "2024-02-29"] in lines


@pytest.mark.parametrize(
    ("confidence", "shown"),
    [
        (None, "第58号令"),
        (Confidence.HIGH, "第58号令"),
        (Confidence.MEDIUM, "第58号令（条文未重新核对）"),
        (Confidence.LOW, "第58号令（本系统默认值，待主管部门确认）"),
    ],
)
def test_a_clause_that_the_law_is_not_sure_of_says_so(shelf: Shelf, confidence: Confidence | None, shown: str) -> None:
    names = replace(NAMES, confidence={"第58号令": confidence}.get)
    with reading(shelf.engine) as connection:
        found = archive.read_archive(connection, CLINIC, View(MASKED, shelf.keyring, TODAY))
    lines = render(show_archive(found, names, explained=True), 200).splitlines()
    assert any(line.strip(" │").endswith(f"依据 {shown}") for line in lines)


def test_an_explained_record_names_its_sources(views: dict[str, RenderableType]) -> None:
    lines = render(views["explained"]).splitlines()
    (repaired,) = (line for line in lines if "状态" in line and "已修复" in line)
    (source,) = (line for line in lines if "报文 /office a1 " in line)
    number = repaired.split()[-2]
    assert source.split()[1] == number
    assert any("依据 第58号令" in line for line in lines)
    assert any("修复：准予" in line and "决定现状态" in line for line in lines)
    assert any("罚款金额（万元）" in line and "2.000000" in line for line in lines)


def explained(shelf: Shelf, *changes: bulk.Row) -> list[str]:
    put(shelf.engine, *changes)
    with reading(shelf.engine) as connection:
        found = archive.read_archive(connection, CLINIC, View(MASKED, shelf.keyring, TODAY))
    names = replace(NAMES, due=lambda name, start: DUE[name] if start == TODAY else None)
    return render(show_archive(found, names, explained=True), 200).splitlines()


DUE = {
    "repair_notice": date(2026, 3, 30),
    "repair_acceptance": date(2026, 4, 1),
    "objection_answer": date(2026, 4, 4),
    "objection_answer_checked": date(2026, 4, 5),
    "complaint_answer": date(2026, 4, 6),
    "repair_decision": date(2026, 4, 2),
    "repair_decision_complex": date(2026, 4, 3),
}


def test_a_repair_that_came_too_early_says_from_when_it_counts(shelf: Shelf) -> None:
    early = rows.record("r7", acts='["/office a7"]', repairable_from=date(2026, 7, 1))
    lines = explained(shelf, early, rows.act("a7", "r7", "repair", "granted"))
    (line,) = (line for line in lines if "最短公示期未满" in line)
    assert "修复：准予" in line
    assert "2026-07-01 起生效" in line


@pytest.mark.parametrize(
    ("step", "told"),
    [("applied", "答复是否受理限期 2026-04-01"), ("accepted", "决定限期 2026-04-02，情况复杂的 2026-04-03")],
)
def test_a_step_of_a_repair_says_by_when_the_next_is_due(shelf: Shelf, step: str, told: str) -> None:
    act = rows.act("a7", "r7", "repair", step, occurred_on=TODAY)
    assert any(told in line for line in explained(shelf, rows.record("r7"), act))


def test_a_record_says_from_when_on_it_can_be_a_ground(shelf: Shelf) -> None:
    with reading(shelf.engine) as connection:
        found = archive.read_archive(connection, CLINIC, View(MASKED, shelf.keyring, TODAY))
    names = replace(NAMES, counting=lambda _row: Counting(date(2026, 9, 1), "某条例 第二十条"))
    lines = render(show_archive(found, names, explained=True), 200).splitlines()
    assert any("可作认定依据之日" in line and "2026-09-01" in line for line in lines)
    assert any(line.strip(" │").endswith("依据 某条例 第二十条") for line in lines)


def test_a_record_that_no_clause_makes_public_says_so(shelf: Shelf) -> None:
    lines = explained(shelf, rows.record("r7", severity=None, public=False, public_until=None, window_clause=""))
    assert any(line.strip(" │").endswith("依据 无") for line in lines)


def test_an_explained_penalty_says_by_when_its_case_is_to_be_handed_over(shelf: Shelf) -> None:
    late = rows.record("r8", transfer_by=date(2026, 3, 5))
    put(shelf.engine, late)
    with reading(shelf.engine) as connection:
        found = archive.read_archive(connection, CLINIC, View(MASKED, shelf.keyring, TODAY))
    (line,) = (line for line in render(show_archive(found, NAMES, explained=True)).splitlines() if "移送期限" in line)
    assert "2026-03-05（限期内未见移送）" in line
    assert "[1]" in line


def test_overdue_is_said_in_words(views: dict[str, RenderableType]) -> None:
    assert "逾期未复" in render(views["notices"])
    assert "2026-03-19 逾期" in render(views["closure"])
    assert "其中逾期 1 件" in render(views["closure"])
    assert "逾期" in render(views["feed"])
    assert "2001 校验位不符" in render(views["feed"], 200)


def test_an_agency_that_is_routed_to_no_more_is_shown_by_its_code(shelf: Shelf) -> None:
    put(shelf.engine, rows.notice("XL99-1", agency="salt-bureau"))
    with reading(shelf.engine) as connection:
        found = notices.find_notices(connection, View(MASKED, shelf.keyring, TODAY))
    assert "salt-bureau" in render(show_notices(found, NAMES))


def test_markup_in_a_name_is_shown_as_it_is(views: dict[str, RenderableType]) -> None:
    assert "舞钢[bold red]安康[/]诊所" in render(views["subject"], 400)


def test_a_long_name_is_shown_to_its_end(views: dict[str, RenderableType]) -> None:
    for name in ("subject", "notices", "feed"):
        assert "终" in render(views[name]), name


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J", "<U+001B>[2J"),
        ("王\u202e某", "王<U+202E>某"),
        ("a\u200bb", "a<U+200B>b"),
        ("a\rb", "a<U+000D>b"),
        ("\x9b31m", "<U+009B>31m"),
        ("a\tb\nc", "a    b\nc"),
        ("[link=x]", "[link=x]"),
    ],
)
def test_characters_that_steer_a_terminal_are_shown_by_number(hostile: str, shown: str) -> None:
    assert plain(hostile).plain == shown


def test_a_personal_number_is_masked_even_when_it_is_wrong(views: dict[str, RenderableType]) -> None:
    text = render(views["story"])
    assert "110105********0021" in text
    assert "身份证件号码校验位不符。请按证件逐位核对" in text
    assert "110105194912310021" not in text


def test_a_ledger_that_does_not_add_up_cries_out(shelf: Shelf) -> None:
    with writing(shelf.engine) as connection:
        connection.execute(tables.batch.insert().values(at=NOON, received=3))
    with reading(shelf.engine) as connection:
        text = render(show_ledger(ledger.read_ledger(connection)))
    assert "✗ 账实不符：收到 3，有去向的 2" in text


def test_what_is_empty_is_said_to_be() -> None:
    assert "没有符合条件的联合惩戒通知" in render(show_notices([], NAMES))
    assert "所有解除通知均已得到确认" in render(show_closure([], NAMES))
    assert "没有报送过任何数据" in render(show_feeds([], [], NAMES))
    assert "没有挂起的报文" in render(show_list([], 0, NAMES.vocabulary))


def test_a_verdict_gives_hint_and_detail() -> None:
    stays = Verdict(7, "/x 1", "item.missing", "parked", "date.future", "2027-01-01 is after today, 2026-03-20")
    text = render(show_verdict(stays))
    assert "7 号报文仍然挂起：决定日期晚于今天。请核实日期" in text
    assert "date.future: 2027-01-01 晚于今日 2026-03-20" in text
    assert "7 号报文已处理" in render(show_verdict(Verdict(7, "/x 1", "item.missing", "applied")))


def test_rows_of_two_feeds_are_told_apart(shelf: Shelf) -> None:
    with reading(shelf.engine) as connection:
        first, second = feeds.find_entries(connection, View(MASKED, shelf.keyring, TODAY))
    entries = [first, replace(second, row=second.row._replace(feed="province"))]
    names = replace(NAMES, feeds={first.row.feed: "信用中国", "province": "省平台"})
    shown = render(show_feeds(entries, [], names), 200)
    assert shown.count("信用中国") == shown.count("省平台") == 1


def test_an_answer_names_the_message_that_brought_it(shelf: Shelf) -> None:
    with reading(shelf.engine) as connection:
        entries = feeds.find_entries(connection, View(MASKED, shelf.keyring, TODAY))
    lines = [line.split() for line in render(show_feeds(entries, [], NAMES), 200).splitlines()]
    assert any(line[-2:] == ["报文", f"sheet-{'4e' * 16}"] for line in lines)


def test_a_feed_is_summed_up_by_every_state() -> None:
    assert {field for field in feeds.Summary.__dataclass_fields__ if field in set(FeedState)} == set(FeedState)


def test_items_come_in_the_order_of_the_model_and_unknown_ones_after_them() -> None:
    arranged = arrange({"zz": 1, "penalty_kinds": 5, "CF_NR": 2, "CF_XDR_MC": 3, "aa": 4}, PENALTY)
    assert [(each.name, each.item.title, each.value) for each in arranged] == [
        ("CF_XDR_MC", "行政相对人名称", 3),
        ("CF_NR", "处罚内容", 2),
        ("penalty_kinds", "处罚种类", 5),
        ("aa", "aa", 4),
        ("zz", "zz", 1),
    ]


@pytest.mark.parametrize(
    ("item", "value", "said"),
    [
        (PENALTY["summary_procedure"], True, "是"),
        (PENALTY["penalty_kinds"], ["警告", "罚款"], "警告；罚款"),
        (CHECK["items"], [{"met": False, "star": 1, "code": "3.1"}], "编号 3.1，星级 一星，达标 否"),
        (CHECK["items"], list(range(10)), "0；1；2；3；4；5；6；7；……共 10 项"),
        (CHECK["scheme"], "wugang-onsite", "现场量化评价"),
        (PENALTY["conduct"], "unlicensed_practice", "无证行医"),
        (PENALTY["conduct"], "new_kind", "new_kind"),
        (PERMIT["XK_ZT"], "1", "有效"),
        (Item("记分"), 1, "1"),
    ],
)
def test_values_are_said_in_words(item: Item, value: object, said: str) -> None:
    assert say_value(item, value) == said


@pytest.mark.parametrize(
    ("target", "good", "bad", "said"),
    [(1.0, 999_999, 1, "99.99%"), (0.99, 98_999, 1_001, "98.99%"), (0.999, 99_899, 101, "99.89%"), (1.0, 0, 7, "0%")],
)
def test_an_objective_that_was_nearly_met_does_not_say_that_it_was(
    target: float, good: int, bad: int, said: str
) -> None:
    text = render(show_slo([slo.Measured(Objective.ROWS, target, good, bad)], NOON.date()))
    assert f" {said} " in text
    assert f"{good:,}" in text
    assert "✗ 未达标" in text
