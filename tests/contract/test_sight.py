"""Who looks for one organ sees nothing of another, whichever query is asked; the same over both stores."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine

from credit import vault
from credit.grading.result import Cited, Reason, Step, dump
from credit.grading.rows import DrawnRow, DrawRow, EntryRow, GradeRow, OfficialRow, ReviewRow
from credit.identity import IN_FULL, IdKind, Viewer
from credit.record.rows import Decision, ReceiptRow
from credit.store import bulk, disputes, queries, tables
from credit.store.engine import connect, reading, writing
from credit.store.queries import (
    archive,
    assessment,
    claims,
    draws,
    duties,
    explained,
    feeds,
    files,
    ledger,
    listed,
    notices,
    official,
    page,
    parked_piles,
    search,
    targets,
    work,
)
from credit.store.queries.official import Count
from credit.store.queries.page import Part
from credit.store.queries.subjects import SubjectUnknown
from credit.store.queries.view import View
from credit.vault import Algorithm
from schemas.policy import Confidence
from schemas.states import DutyState, EntryState, FeedState, NoticeState
from schemas.work import WorkKind
from tests.builders import current_regime, national_law
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, NOON, ORGAN, SUCCESSOR, Shelf, put

pytestmark = pytest.mark.long

TODAY = date(2026, 3, 20)
DAY = timedelta(days=1)
HERS, THEIRS = ORGAN, "11410400005451234X"
OTHER = "91410481MA9L4N8P29"
assert OTHER == SUCCESSOR
SECRETS = (OTHER, "平顶山骨科医院", "r2", "XL02", "平卫医罚", "draw-other", THEIRS)
"""What tells of the other organ's subject, its records and notices."""

FOUND = Part(limit=50)
_EVERYTHING = tuple(DutyState)


def _reasons(record_id: str, organ: str) -> str:
    cited = Cited(record_id, "credit.inspection.penalty", organ, f"文号{record_id}", date(2026, 3, 1))
    return dump([Reason(Step.LIST, "rule", "列入", "某办法第1条", Confidence.HIGH, None, (cited,))])


def _of(subject_id: str, record_id: str, organ: str) -> Iterator[tuple[object, bulk.Row]]:
    """Everything that hangs on a subject of an organ."""
    why = _reasons(record_id, organ)
    grade = GradeRow("city", "rating", 2026, subject_id, TODAY, "90", "A", why, hidden=False, licensed_on=None,
                     records=1, as_of=TODAY, changed_at=NOON)  # fmt: skip
    yield tables.grade, grade
    yield tables.grade, grade._replace(scale="other", grade=None)
    yield tables.official, OfficialRow("city", "rating", 2025, subject_id, 1, TODAY, "90", "A", None, why, "close",
                                       TODAY, NOON)  # fmt: skip
    for list_id, state in (("black", EntryState.LISTED), ("red", EntryState.PREPARED)):
        yield tables.list_entry, EntryRow("city", list_id, "black", 0, subject_id, "rule", None, TODAY, None,
                                          state.value, why, None, TODAY, NOON)  # fmt: skip


@pytest.fixture
def shelf(archive_url: str) -> Iterator[Shelf]:
    engine = connect(archive_url)
    made = Shelf(engine, vault.generate(Algorithm.AES_256_GCM))
    _fill(engine, made)
    yield made
    engine.dispose()


def _fill(engine: Engine, shelf: Shelf) -> None:
    late = {"reply_by": TODAY - DAY}
    lifted = {"lift_cause": "repaired", "lifted_at": NOON, "lift_reply_by": TODAY - DAY}
    held = '["missing:CF_NR"]'
    for subject_id, name, record_id, organ, number in (
        (CLINIC, "舞钢安康诊所", "r1", HERS, "舞卫医罚〔2026〕1号"),
        (OTHER, "平顶山骨科医院", "r2", THEIRS, "平卫医罚〔2026〕2号"),
    ):
        fact = rows.FACT.replace("舞钢安康诊所", name).replace(ORGAN, organ)
        key = f"/inspection {record_id}"
        put(
            engine,
            rows.organisation(subject_id, shelf.keyring, name),
            rows.record(
                record_id,
                subject_id,
                organ_code=organ,
                document_no=number,
                fact=fact,
                stated_by=key,
                disputed=True,
                transfer_by=TODAY,
            ),
            rows.message(key, record_id=record_id, sender=organ),
            rows.claim(IdKind.REGISTRATION_NO, f"reg-{record_id}", subject_id, shelf.keyring)._replace(
                claimed_by=f"person:{record_id}"
            ),
            rows.message(f"parked {record_id}", "parked", record_id=None, sender=organ),
            rows.parked(f"parked {record_id}", "json.invalid", f"{record_id}: wrong"),
            rows.act(f"act-{record_id}", record_id, "repair", "applied", document_no=f"修复申请{record_id}"),
            rows.act(
                f"obj-{record_id}", record_id, "objection", "filed", document_no=f"异议申请{record_id}", disputed=True
            ),
            rows.complaint(f"TS{record_id}", subject_id, organ_code=organ),
            rows.act(f"late-{record_id}", f"none-{record_id}", "withdrawal", "void", organ_code=organ),
            rows.notice(f"XL0{record_id[1]}-1", record_id, subject_id, organ_code=organ, **late),
            rows.notice(f"XL0{record_id[1]}-2", record_id, subject_id, organ_code=organ, **lifted),
            rows.feed_row(f"held-{record_id}", record_id, organ_code=organ, held=held),
            rows.feed_row(
                f"refused-{record_id}",
                record_id,
                organ_code=organ,
                result_code="2001",
                result_at=NOON,
                answered_by=f"/feed row-{record_id}",
            ),
            rows.feed_row(f"list-{record_id}", f"list:city/black/2026/{subject_id}", subject_id=subject_id),
            rows.duty(about=record_id, subject_id=subject_id, period=""),
            rows_of_review(subject_id, record_id, organ),
        )
        with writing(engine) as connection:
            disputes.ask(connection, record_id, 1, TODAY, Decision("李科长", "核对", NOON))
            for table, row in _of(subject_id, record_id, organ):
                bulk.insert(connection, table, [row])  # type: ignore[arg-type]
            bulk.insert(connection, tables.file, [rows.file(f"file {record_id}", organ)])
            receipt = ReceiptRow(f"/agency of-{record_id}", f"XL0{record_id[1]}-1", "executed", NOON, "{}")
            bulk.insert(connection, tables.receipt, [receipt])
    with writing(engine) as connection:
        drawn = [DrawnRow("city/random/2026", each, place, "A", "drawn", "[]", "[]")
                 for place, each in enumerate((CLINIC, OTHER))]  # fmt: skip
        bulk.insert(connection, tables.draw, [DrawRow("city/random/2026", "city", "random", "2026", "seed", NOON, "李",
                                                      None, "digest", b"", "{}")])  # fmt: skip
        bulk.insert(connection, tables.drawn, drawn)


def rows_of_review(subject_id: str, record_id: str, organ: str) -> bulk.Row:
    return ReviewRow("city", "rating", 2026, subject_id, "A", "C", TODAY, TODAY, "open", _reasons(record_id, organ))


def _archive(connection: Connection, view: View) -> object:
    found = []
    for key in (CLINIC, OTHER):
        try:
            found.append(archive.read_archive(connection, key, view))
        except SubjectUnknown:
            found.append(None)  # type: ignore[arg-type]
    return found


def _explain(connection: Connection, view: View) -> object:
    regime = next(iter(current_regime().values()))
    found: list[object] = []
    for key in (CLINIC, OTHER):
        try:
            found.append(explained.explain_grades(connection, key, regime, 2026, TODAY, national_law(), view))
            found.append(explained.find_known(connection, key, national_law(), TODAY, view))
        except SubjectUnknown:
            found.append(None)
    return found


BOTH = (CLINIC, OTHER)
QUERIES: dict[str, Callable[[Connection, View], object]] = {
    "archive.read_archive": _archive,
    "archive.keep_visible": _archive,
    "assessment.find_listed": lambda c, v: assessment.find_listed(c, v, "city", "black", FOUND, list(EntryState)),
    "claims.find_claims": lambda c, v: claims.find_claims(c, v, FOUND),
    "draws.read_draw": lambda c, v: draws.read_draw(c, "city/random/2026", v),
    "duties.find_untransferred": duties.find_untransferred,
    "duties.read_duties": lambda c, v: duties.read_duties(c, v, duties.Filter(states=_EVERYTHING)),
    "explained.explain_grades": _explain,
    "explained.find_known": _explain,
    "feeds.find_entries": feeds.find_entries,
    "feeds.find_page": lambda c, v: [feeds.find_page(c, v, feeds.Filter(state=each), FOUND) for each in FeedState],
    "feeds.read_entry": lambda c, v: [feeds.read_entry(c, v, f"held-{each}") for each in ("r1", "r2")],
    "feeds.find_tasks": lambda c, v: feeds.find_tasks(c, v, None),
    "feeds.of_records": lambda c, v: feeds.of_records(c, ["r1", "r2"], v),
    "files.find_files": lambda c, v: files.find_files(c, v, FOUND),
    "listed.find_listed": lambda c, v: listed.find_listed(c, v, "city", "black", None),
    "listed.find_prepared": lambda c, v: listed.find_prepared(c, v, "city"),
    "listed.lists_of": lambda c, v: listed.lists_of(c, v, "city", BOTH),
    "notices.find_notices": lambda c, v: [
        notices.find_notices(c, v, notices.Filter(subjects=frozenset(BOTH))),
        *(notices.find_notices(c, v, notices.Filter(state=each), FOUND) for each in NoticeState),
    ],
    "notices.find_unclosed": notices.find_unclosed,
    "notices.of_records": lambda c, v: notices.of_records(c, ["r1", "r2"], v),
    "notices.read_notice": lambda c, v: [notices.read_notice(c, v, each) for each in ("XL01-1", "XL02-1")],
    "official.find_current": lambda c, v: official.find_current(c, v, "city", "rating", 2026, FOUND),
    "official.find_not_assessed": lambda c, v: official.find_not_assessed(c, v, "city", 2026, FOUND),
    "official.find_reviews": lambda c, v: official.find_reviews(c, v, ["city"]),
    "official.find_table": lambda c, v: official.find_table(c, v, "city", "rating", 2025, FOUND),
    "official.results_of": lambda c, v: official.results_of(c, v, "city", BOTH),
    "official.reviews_of": lambda c, v: official.reviews_of(c, v, "city", BOTH),
    "parked_piles.find_piles": parked_piles.find_piles,
    "search.find_by_name": lambda c, v: [search.find_by_name(c, each, v, FOUND) for each in ("舞钢", "平顶山")],
    "search.search": lambda c, v: [
        search.search(c, each, v, ["/inspection", "/agency", "/feed"])
        for each in (*BOTH, "XL01-1", "XL02-1", "舞卫医罚（2026）1号", "平卫医罚（2026）2号", "/inspection r1",
                     "/inspection r2", "parked r1", "parked r2", "held-r1", "held-r2", "修复申请r2", "平顶山",
                     "r2", "of-r2", "row-r2", "list-r2")
    ],
    "targets.find_on_file": lambda c, v: [
        targets.find_on_file(c, each, v) for each in ("r1", "r2", "act-r1", "act-r2", "none", "late-r1", "late-r2")
    ],
    "targets.find_waiting": lambda c, v: targets.find_waiting(c, v, FOUND),
    "work.find_work": lambda c, v: [work.find_work(c, v, kind, FOUND) for kind in WorkKind],
    "work.read_pile": lambda c, v: [work.read_pile(c, v, kind, 5) for kind in WorkKind],
}  # fmt: skip
COUNTING = {
    "duties.tally",
    "duties.count_transfers",
    "duties.read_transfers",
    "ledger.read_tallies",
    "official.read_status",
    "draws.read_plan",
    "sight.cite_seen",
    "feeds.is_there",
    "duties.split_shown",
    "sight.split_seen",
    "sight.hangs_on_seen",
    "unsettled.select_unasked",
} | {f"sight.{name}" for name in ("is_of_organs", "is_one_of_organs", "is_seen", "is_about_seen", "keep_seen")}
"""Those that show no row of their own here: counts, which are asked below, the plan, and the conditions themselves."""


def _find_queries() -> set[str]:
    found = set()
    for module in pkgutil.iter_modules(queries.__path__):
        loaded = importlib.import_module(f"credit.store.queries.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            of_here = function.__module__ == loaded.__name__ and not name.startswith("_")
            if of_here and any(each.annotation == "View" for each in inspect.signature(function).parameters.values()):
                found.add(f"{module.name}.{name}")
    return found


def test_every_query_that_takes_a_view_is_tried_here() -> None:
    assert _find_queries() == QUERIES.keys() | COUNTING


@pytest.mark.parametrize("query", sorted(QUERIES))
def test_who_looks_for_one_organ_sees_nothing_of_another(shelf: Shelf, query: str) -> None:
    everybody = View(IN_FULL, shelf.keyring, TODAY)
    one = View(Viewer(sees_numbers=True, sees_sealed=True, organs=frozenset({HERS})), shelf.keyring, TODAY)
    none = View(Viewer(sees_numbers=True, sees_sealed=True, organs=frozenset()), shelf.keyring, TODAY)
    with reading(shelf.engine) as connection:
        whole, hers, nothing = (repr(QUERIES[query](connection, each)) for each in (everybody, one, none))
    assert any(secret in whole for secret in SECRETS)
    assert [secret for secret in SECRETS if secret in hers] == []
    assert any(sign in hers for sign in (CLINIC, "r1", "XL01"))
    assert [sign for sign in (CLINIC, OTHER, "XL0", "舞卫医罚", "平卫医罚") if sign in nothing] == []


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("/inspection r1", "message", "r1"),
        ("r1", "message", "r1"),
        ("of-r1", "receipt", "XL01-1"),
        ("row-r1", "answer", "refused-r1"),
        ("refused-r1", "feed_row", "refused-r1"),
        ("list-r1", "feed_row", "list-r1"),
    ],
)
def test_a_message_is_found_by_the_id_that_its_sender_says(shelf: Shelf, text: str, kind: str, key: str) -> None:
    view = View(IN_FULL, shelf.keyring, TODAY)
    with reading(shelf.engine) as connection:
        found = search.search(connection, text, view, ["/agency", "/feed", "/inspection", "/other"])
    assert [(each.kind.value, each.key, each.subject_id, each.name) for each in found] == [
        (kind, key, CLINIC, "舞钢安康诊所")
    ]


def test_counts_are_of_what_is_seen(shelf: Shelf) -> None:
    one = View(Viewer(sees_numbers=False, sees_sealed=False, organs=frozenset({HERS})), shelf.keyring, TODAY)
    with reading(shelf.engine) as connection:
        (tallied,) = duties.tally(connection, one, duties.Filter())
        piles = {kind: work.read_pile(connection, one, kind, 5).number for kind in WorkKind}
        messages = ledger.read_tallies(connection, one)
        status = official.read_status(connection, one, ["city"])
    assert tallied.missed == 1
    assert [(each.received, each.applied, each.parked) for each in messages] == [(2, 1, 1)]
    assert status.current == (Count("city", "other", 2026, None, 1), Count("city", "rating", 2026, "A", 1))
    assert status.official == (Count("city", "rating", 2025, "A", 1),)
    assert piles == dict.fromkeys(WorkKind, 1) | {WorkKind.PROPOSALS: 0, WorkKind.HELD: 2}


def test_a_subject_is_seen_by_the_records_of_whom_it_carries_on(shelf: Shelf) -> None:
    rows.connect_subjects(shelf.engine, CLINIC, OTHER)
    one = View(Viewer(sees_numbers=False, sees_sealed=False, organs=frozenset({HERS})), shelf.keyring, TODAY)
    with reading(shelf.engine) as connection:
        found = official.find_current(connection, one, "city", "rating", 2026, FOUND)
        records = archive.read_archive(connection, OTHER, one).records
    assert {each.row.subject_id for each in found} == {CLINIC, OTHER}
    assert {each.row.record_id for each in records} == {"r1", "TSr1"}


def test_a_page_goes_on_after_the_last_row_of_the_one_before(shelf: Shelf) -> None:
    view = View(IN_FULL, shelf.keyring, TODAY)
    with reading(shelf.engine) as connection:
        for kind in WorkKind:
            every = work.find_work(connection, view, kind, Part())
            paged = [*work.find_work(connection, view, kind, Part(limit=1))]
            paged += work.find_work(connection, view, kind, Part(paged[0].after, 5)) if paged else []
            assert paged == every, kind
            assert len(every) == {WorkKind.PROPOSALS: 0, WorkKind.HELD: 4}.get(kind, 2)
        numbers = [each.row.notice_no for each in notices.find_notices(connection, view)]
        walked: list[str] = []
        while found := notices.find_notices(connection, view, part=Part(walked[-1] if walked else "", 1)):
            walked += [each.row.notice_no for each in found]
    assert walked == numbers
    assert len(numbers) == 4


@pytest.mark.parametrize("after", ["x", "[]", '["2026-01-01"]', "[1, 2, 3]", "{}", '["2026-01-01", 7]'])
def test_a_key_of_no_page_is_refused(shelf: Shelf, after: str) -> None:
    view = View(IN_FULL, shelf.keyring, TODAY)
    with reading(shelf.engine) as connection, pytest.raises(page.PageUnknown):
        work.find_work(connection, view, WorkKind.REPLIES, Part(after, 5))


def test_states_are_asked_for_as_they_are_told(shelf: Shelf) -> None:
    day = TODAY + DAY
    put(
        shelf.engine,
        rows.notice("XL05-1", reply_by=day, reply_state="received"),
        rows.notice("XL06-1", reply_by=TODAY - DAY, reply_state="executed", answered=True),
        rows.notice("XL07-1", reply_by=day),
        rows.dispatch("XL07-1:issued"),
        rows.notice("XL08-1", reply_by=None, issued_at=None),
        rows.notice("XL09-1", reply_by=None, issued_at=None, lifted_at=NOON),
        rows.notice("XL10-1", reply_by=TODAY - DAY, reply_state="received"),
        rows.notice("XL11-1", lifted_at=NOON, lift_reply_by=day, lift_confirmed_at=NOON),
        rows.notice("XL12-1", reply_by=day),
        rows.feed_row("accepted", result_code="0000", result_at=NOON),
        rows.feed_row("pending", due_on=day),
        rows.dispatch("pending:1"),
    )
    view = View(IN_FULL, shelf.keyring, TODAY)
    with reading(shelf.engine) as connection:
        every = notices.find_notices(connection, view)
        for state in NoticeState:
            wanted = notices.find_notices(connection, view, notices.Filter(state=state))
            assert wanted == [each for each in every if each.state is state], state
        entries = feeds.find_page(connection, view, feeds.Filter(), Part())
        for feed_state in FeedState:
            found = feeds.find_page(connection, view, feeds.Filter(state=feed_state), Part())
            assert found == [each for each in entries if each.state is feed_state], feed_state
    assert {each.state for each in entries} == set(FeedState)


def test_what_is_sealed_is_not_found_by_any_number_without_the_right(shelf: Shelf) -> None:
    put(
        shelf.engine,
        rows.organisation("91410481MA9N6R0T4F", shelf.keyring, "封存诊所"),
        rows.record("r9", "91410481MA9N6R0T4F", sealed_clause="某条例", document_no="密9号"),
        rows.message("/sealed 9", record_id="r9"),
        rows.notice("XL99-1", "r9", "91410481MA9N6R0T4F"),
    )
    asked = ("91410481MA9N6R0T4F", "封存", "密9号", "/sealed 9", "XL99-1")
    masked = View(Viewer(sees_numbers=False, sees_sealed=False), shelf.keyring, TODAY)
    with reading(shelf.engine) as connection:
        assert [search.search(connection, each, masked) for each in asked] == [[]] * 5
        full = View(IN_FULL, shelf.keyring, TODAY)
        assert all(search.search(connection, each, full) for each in asked)


def test_names_that_many_have_are_found_as_those_that_few_have(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = "91410481MA9N6R0T4F"
    put(
        shelf.engine,
        rows.organisation(sealed, shelf.keyring, "舞钢封存诊所"),
        rows.record("r9", sealed, sealed_clause="某条例", document_no="密9号"),
        rows.organisation("91410481MA9TK8C741", shelf.keyring, "舞钢无记录诊所"),
    )
    rows.connect_subjects(shelf.engine, CLINIC, OTHER)
    organs = (None, frozenset({HERS}), frozenset({THEIRS}), frozenset[str]())
    viewers = [Viewer(sees_numbers=False, sees_sealed=may, organs=each) for each in organs for may in (True, False)]

    def find(name: str, part: Part) -> list[list[str | None]]:
        with reading(shelf.engine) as connection:
            views = (View(each, shelf.keyring, TODAY) for each in viewers)
            return [[hit.subject_id for hit in search.find_by_name(connection, name, view, part)] for view in views]

    asked = [(name, part) for name in ("舞钢", "平顶山") for part in (FOUND, Part(limit=1), Part(CLINIC, 5))]
    few = [find(*each) for each in asked]
    assert few[0] == [sorted([CLINIC, sealed, "91410481MA9TK8C741"]), sorted([CLINIC, "91410481MA9TK8C741"]),
                      [CLINIC, sealed], [CLINIC], [], [], [], []]  # fmt: skip
    assert few[3] == [[OTHER], [OTHER], [OTHER], [OTHER], [OTHER], [OTHER], [], []]
    monkeypatch.setattr(search, "MOST", 0)
    assert [find(*each) for each in asked] == few


def test_a_person_is_found_by_number_and_shown_masked(shelf: Shelf) -> None:
    put(shelf.engine, rows.person(rows.WANG, shelf.keyring))
    masked = View(Viewer(sees_numbers=False, sees_sealed=False), shelf.keyring, TODAY)
    with reading(shelf.engine) as connection:
        (found,) = search.search(connection, rows.WANG, masked)
        assert search.search(connection, "%", masked) == search.search(connection, "_", masked) == []
    assert rows.WANG not in repr(found)
    assert found.subject_id is not None
    assert found.subject_id.startswith("P")


@pytest.mark.parametrize(
    "text",
    [
        rows.WANG,
        "1101 0519 4912 31002X",
        "１１０１０５１９４９１２３１００２X",
        "110105491231002",
        "护照 E12345678",
        "412345678901234567",
    ],
)
def test_what_may_be_the_number_of_a_person_belongs_into_no_address(text: str) -> None:
    assert search.is_personal(text)


@pytest.mark.parametrize(
    "text",
    [
        CLINIC,
        ORGAN,
        "舞卫医罚〔2026〕12号",
        "XL01-1",
        "舞钢安康诊所",
        "/inspection 8f14e45f-ceea-4d3a-9a3c-2b7d1f3b6c10",
        "P" + "1" * 31,
    ],
)
def test_other_numbers_may_stand_in_an_address(text: str) -> None:
    assert not search.is_personal(text)
