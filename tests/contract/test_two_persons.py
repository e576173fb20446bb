"""What takes two persons, on one host: from the fall of a grade to its publication, whatever dies on the way."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from credit.access import foureyes
from credit.access.account import ProposalRow
from credit.access.refusal import AccessRefused
from credit.record.rows import Decision
from credit.store import archive, proposals
from credit.store.closing import close
from credit.store.engine import reading, writing
from credit.store.looks import Actor
from credit.store.proposals import Listed
from credit.store.queries.accounts import read_holders
from credit.store.showing import place, waiting
from credit.store.showing import reading as projection
from schemas.errors import PermanentError
from schemas.rights import Right, Role
from schemas.showing import Content
from schemas.states import ReviewState
from tests.accounts import make_account
from tests.builders import CLINIC, HOSPITAL, arrive, clinic, declare, honour, message, penalty, rows, withdrawal
from tests.consoles import EVERYTHING, holder, open_console
from tests.towns import settle
from workers import broker as brokers
from workers import drain, settings
from workers.decisions import confirmed, proposed, reviews
from workers.decisions.confirmed import Post
from workers.decisions.proposed import NotDone, Signatory
from workers.decisions.reviews import Resolution
from workers.runtime import Runtime, open_runtime

CLOSE_DAY = datetime(2026, 1, 20, 4, tzinfo=UTC)
MARCH = datetime(2026, 3, 10, 4, tzinfo=UTC)
PARTY = clinic("舞钢市人民医院", uscc=HOSPITAL)
FINED = penalty("某镇〔2026〕1号", party=PARTY, occurred_on=date(2026, 3, 2))
PEOPLE = {"chen": ("陈晨", Role.CLERK), "li": ("李四", Role.REVIEWER), "wu": ("吴六", Role.REVIEWER)}


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return settle(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def built(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory, template_archive: Path) -> Path:
    """A home where a hospital was excellent in 2025 and was fined in March 2026; nobody decided yet."""
    home = tmp_path_factory.mktemp("built") / "home"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    with open_runtime(settings.read(environ, home=home), lambda: CLOSE_DAY) as runtime:
        take(
            runtime,
            honour(PARTY)._replace(occurred_on=date(2025, 3, 1)),
            penalty("某镇〔2025〕1号", occurred_on=date(2025, 3, 1)),
        )
        close(runtime.engine, "town", 2025, Decision("李科长", "", CLOSE_DAY, "li"), runtime.rules())
    with open_runtime(settings.read(environ, home=home), lambda: MARCH) as runtime:
        take(runtime, FINED)
        with writing(runtime.engine) as connection:
            for name, (person, role) in PEOPLE.items():
                make_account(connection, name, person, MARCH, role)
    return home


def take(runtime: Runtime, *stated: Any) -> None:
    """Take statements in, and let everything follow that follows from them."""
    declare(runtime.broker, runtime.reader.routes.topology)
    arrivals = [arrive(each, f"{runtime.clock():%m%d}-{number}") for number, each in enumerate(stated)]
    archive.take_in(runtime.engine, arrivals, runtime.rules())
    assert [each.failure for each in arrivals] == [None] * len(stated)
    drain.work_until_empty(runtime, lambda _: None)


class House:
    """One host, and those who decide there."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def by(self, name: str) -> Signatory:
        with reading(self.runtime.engine) as connection:
            held = {each.account: each for each in read_holders(connection, self.runtime.clock())}[name]
        return Signatory(held, Actor(held.account, held.person, "test"))

    def propose(self, decision: ReviewState = ReviewState.ADJUSTED, grade: str | None = "pass") -> ProposalRow:
        fall = reviews.find_open(self.runtime, HOSPITAL, "town", None)
        wanted = proposed.review(self.runtime, fall, Resolution(decision, grade, "陈晨", "处罚属实"))
        return proposed.propose(self.runtime, wanted, self.by("chen"))

    def confirm(self, row: ProposalRow, name: str = "li") -> ProposalRow:
        return proposed.confirm(self.runtime, row.proposal_id, "同意", self.by(name))

    def state(self, row: ProposalRow) -> str:
        return proposed.find(self.runtime, row.proposal_id, None).state

    def ask(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        return rows(self.runtime, statement, **values)

    def inbox(self) -> list[tuple[Any, ...]]:
        return self.ask("SELECT message_key, outcome, repeats FROM message WHERE type = 'credit.office.review.v1'")

    def official(self) -> list[tuple[Any, ...]]:
        return self.ask("SELECT grade, cause FROM official WHERE subject_id = :who ORDER BY version", who=HOSPITAL)

    def reviewed(self) -> list[tuple[Any, ...]]:
        return self.ask("SELECT state, decided_grade FROM review WHERE subject_id = :who", who=HOSPITAL)

    def take_in(self) -> None:
        with closing(self.runtime.intake()) as intake:
            while not intake.is_done():
                intake.step()

    def published(self) -> list[dict[str, Any]]:
        """What consumers of grades are sent, taken off their queue."""
        consumer = self.runtime.broker.consumer(["credit.out.assessments"], prefetch=100)
        try:
            taken = consumer.take(100, 0.2)
            if taken:
                consumer.ack(taken[-1])
            return [json.loads(each.body)["data"] for each in taken]
        finally:
            consumer.close()

    def shown(self) -> list[str]:
        """The grades on the public page of the hospital, once what waits is written."""
        with closing(self.runtime.publisher()) as publisher:
            publisher.publish_all()
        page = place.beside(self.runtime.engine)
        try:
            with reading(self.runtime.engine) as connection:
                code = waiting.codes_of(connection, [HOSPITAL])[HOSPITAL]
            with reading(page) as connection:
                found = projection.find_institution(connection, code, self.runtime.rules().at.today)
        finally:
            page.dispose()
        assert found is not None
        return [each.word for each in Content.model_validate_json(found.row.content).grades]


@contextmanager
def opened(built: Path, environ: dict[str, str], tmp_path: Path, now: datetime = MARCH) -> Iterator[House]:
    home = tmp_path / "home"
    if not home.exists():
        shutil.copytree(built, home)
    with open_runtime(settings.read(environ, home=home), lambda: now) as runtime:
        yield House(runtime)


@pytest.fixture
def house(built: Path, environ: dict[str, str], tmp_path: Path) -> Iterator[House]:
    with opened(built, environ, tmp_path) as made:
        yield made


def test_a_fall_is_proposed_confirmed_sent_taken_in_assessed_published_and_shown(house: House) -> None:
    house.published()
    assert house.official() == [("excellent", "close")]
    assert house.reviewed() == [("open", None)]
    assert house.shown() == ["优秀"]

    row = house.propose()
    assert row.about == "舞钢市人民医院：已调整，优秀 → 合格"
    assert proposed.find_deciders(house.runtime, row) == ["李四", "吴六"]
    drain.work_until_empty(house.runtime, lambda _: None)
    assert (house.inbox(), house.reviewed()) == ([], [("open", None)])

    done = house.confirm(row)
    assert (done.state, done.decider, done.answer) == ("done", "李四", "同意")
    assert house.inbox() == []

    house.take_in()
    assert house.inbox() == [(f"/office review-{row.proposal_id}", "applied", 0)]
    assert house.official() == [("excellent", "close")]

    house.runtime.assessor().finish()
    assert house.reviewed() == [("adjusted", "pass")]
    assert house.official() == [("excellent", "close"), ("pass", "review")]
    ((reasons,),) = house.ask("SELECT reasons FROM official WHERE subject_id = :who AND version = 2", who=HOSPITAL)
    assert "经 陈晨、李四 复核已调整，定为 合格" in reasons
    assert house.published() == []

    drain.empty_outbox(house.runtime)
    (news,) = house.published()
    assert (news["grade"], news["previous_grade"], news["cause"]) == ("pass", "excellent", "review")
    assert news["consumers"] == ["funding", "honours"]
    assert news["party"]["uscc"] == HOSPITAL
    assert house.shown() == ["合格"]


def test_the_page_of_a_fall_leads_to_why_by_its_regime_and_year(house: House) -> None:
    ((scale,),) = house.ask("SELECT scale FROM review WHERE subject_id = :who", who=HOSPITAL)
    clerk = open_console(house.runtime, house.by("chen").holder)
    page = clerk.get(f"/reviews/town/{scale}/{HOSPITAL}").text
    assert f'href="/explain/{HOSPITAL}?regime=town&amp;year=2026"' in page
    assert clerk.get(f"/explain/{HOSPITAL}?regime=town&year=2026").status_code == 200


def test_the_second_person_reads_what_is_decided_about_a_fall(house: House) -> None:
    row = house.propose()
    page = open_console(house.runtime, house.by("li").holder).get(f"/proposals/{row.proposal_id}").text
    for said in (f'/{HOSPITAL}">', "<dd>已调整</dd>", "<dt>调整为</dt><dd>合格</dd>"):
        assert said in re.sub(r"\s*\n\s*", "", page)
    assert "to_grade" not in page


def test_what_is_refused_or_expired_changes_nothing(house: House, environ: dict[str, str], tmp_path: Path) -> None:
    row = house.propose()
    with pytest.raises(AccessRefused, match="cannot decide"):
        proposed.refuse(house.runtime, row.proposal_id, "不属实", house.by("chen"))
    assert proposed.refuse(house.runtime, row.proposal_id, "不属实", house.by("li")).state == "refused"
    with pytest.raises(AccessRefused, match="cannot decide"):
        house.confirm(row, "wu")
    again = house.propose()
    assert again.proposal_id != row.proposal_id
    with opened(tmp_path, environ, tmp_path, MARCH + foureyes.WAITS) as later:
        with pytest.raises(AccessRefused, match="cannot decide"):
            later.confirm(again)
        with reading(later.runtime.engine) as connection:
            assert proposals.read_page(connection, Listed(None, later.runtime.clock()), 9) == []
        drain.work_until_empty(later.runtime, lambda _: None)
        assert (later.inbox(), later.reviewed(), len(later.official())) == ([], [("open", None)], 1)
        assert later.confirm(later.propose()).state == "done"


def test_who_looks_for_another_organ_gets_the_same_page_for_a_fall_as_for_none(house: House) -> None:
    row = reviews.find_open(house.runtime, HOSPITAL, "town", None).row
    address = f"/reviews/town/{row.scale}"
    assert open_console(house.runtime, holder(*EVERYTHING)).get(f"{address}/{HOSPITAL}").status_code == 200
    other = open_console(house.runtime, holder(*EVERYTHING, organs=frozenset({"114104810267735464"})))
    found, unknown = other.get(f"{address}/{HOSPITAL}"), other.get(f"{address}/{CLINIC}")
    assert (found.status_code, found.text) == (404, unknown.text)
    sent = {"decision": "confirmed", "why": "属实"}
    assert other.post(f"{address}/{HOSPITAL}", data=sent).status_code == 404
    assert house.ask("SELECT count(*) FROM proposal") == [(0,)]


def test_the_work_list_leads_who_may_see_a_proposal_to_it_and_nobody_else(house: House) -> None:
    address = f"/proposals/{house.propose().proposal_id}"
    elsewhere = frozenset({"114104810267735464"})
    seen = {}
    for name, by in {
        "confirms": holder(*EVERYTHING),
        "looks": holder(*EVERYTHING - {Right.CONFIRM}),
        "confirms for another organ": replace(holder(*EVERYTHING), only={Right.CONFIRM: elsewhere}),
    }.items():
        client = open_console(house.runtime, by)
        pages = [client.get(page).text for page in ("/", "/work/proposals")]
        seen[name] = ([address in page for page in pages], client.get(address).status_code)
    assert seen == {
        "confirms": ([True, True], 200),
        "looks": ([False, False], 404),
        "confirms for another organ": ([False, False], 404),
    }


def test_what_is_no_fall_any_more_is_not_decided(house: House) -> None:
    row = house.propose()
    take(house.runtime, withdrawal(FINED, day=date(2026, 3, 9)))
    assert house.reviewed() == [("moot", None)]
    with pytest.raises(PermanentError, match="no fall of that subject is open"):
        house.confirm(row)
    assert (house.state(row), house.inbox()) == ("open", [])


@pytest.mark.parametrize(
    ("decision", "grade", "why", "told"),
    [
        (ReviewState.ADJUSTED, None, "属实", "a grade is named where"),
        (ReviewState.ADJUSTED, "E", "属实", "'E' is no grade"),
        (ReviewState.CONFIRMED, None, "长" * 5001, "content"),
    ],
)
def test_what_could_not_be_taken_in_is_not_proposed(
    house: House, decision: ReviewState, grade: str | None, why: str, told: str
) -> None:
    fall = reviews.find_open(house.runtime, HOSPITAL, "town", None)
    with pytest.raises(PermanentError, match=told):
        proposed.review(house.runtime, fall, Resolution(decision, grade, "陈晨", why))


@pytest.mark.parametrize(
    ("where", "state", "repeats"),
    [
        ("credit.store.proposals.keep_message", "open", None),  # in the transaction of the confirmation
        ("workers.decisions.confirmed._publish", "confirmed", 0),  # after it, before the message
        ("credit.store.proposals.note_done", "confirmed", 1),  # the broker has it, and nobody says so
    ],
)
def test_who_dies_between_two_steps_leaves_one_message(
    house: House, monkeypatch: pytest.MonkeyPatch, where: str, state: str, repeats: int | None
) -> None:
    row = house.propose()

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(where, die)
        with pytest.raises(Killed):
            house.confirm(row)
    assert house.state(row) == state
    if state == "open":
        assert house.runtime.scheduler().tick().confirmed == 0
        assert house.confirm(row).state == "done"
    else:
        with pytest.raises(AccessRefused, match="cannot decide"):
            house.confirm(row, "wu")
        assert house.runtime.scheduler().tick().confirmed == 1
    assert house.state(row) == "done"
    assert house.runtime.scheduler().tick().confirmed == 0
    drain.work_until_empty(house.runtime, lambda _: None)
    assert house.inbox() == [(f"/office review-{row.proposal_id}", "applied", repeats or 0)]
    assert house.official() == [("excellent", "close"), ("pass", "review")]


def test_of_two_who_confirm_at_once_one_does(house: House) -> None:
    row = house.propose()

    def confirm(name: str) -> str:
        try:
            return house.confirm(row, name).state
        except AccessRefused:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, ("li", "wu"))) == ["done", "refused"]
    drain.work_until_empty(house.runtime, lambda _: None)
    assert house.inbox() == [(f"/office review-{row.proposal_id}", "applied", 0)]


def test_a_lost_broker_leaves_it_confirmed_and_the_next_round_sends_it(house: House) -> None:
    lost = brokers.connect("amqp://guest:guest@127.0.0.1:1/", house.runtime.keyring)
    away, first, second = House(replace(house.runtime, broker=lost)), house.propose(), discard(house)
    assert away.confirm(first).state == "confirmed"
    assert away.confirm(second).state == "done"  # it needs no broker
    post = Post(house.runtime.engine, lost, house.runtime.reader.routes, house.runtime.keyring)
    assert confirmed.send_left(post, MARCH) == 0
    with reading(house.runtime.engine) as connection:
        listed = proposals.read_page(connection, Listed(None, MARCH + timedelta(days=30)), 9)
    assert [each.proposal_id for each in listed] == [first.proposal_id]
    assert house.runtime.scheduler().tick().confirmed == 1
    house.take_in()
    assert house.inbox() == [(f"/office review-{first.proposal_id}", "applied", 0)]


def discard(house: House, *more: int) -> ProposalRow:
    """Propose to discard a message that is parked for a day to come."""
    early = message("penalty", "early", {"time": "2026-03-01T00:00:00+08:00"}, CF_JDRQ="2027-01-01")
    drain.send(house.runtime, [early], lambda _: None)
    house.take_in()
    ((number,),) = house.ask("SELECT parked_id FROM parked")
    wanted = proposed.discard([number, *more], [""], "误报")
    return proposed.propose(house.runtime, wanted, house.by("chen"))


def test_what_is_gone_of_many_hinders_nobody_and_all_gone_is_said(house: House) -> None:
    row = discard(house, 99)
    assert row.about == "挂起报文 2 份（1 至 99 号）"
    assert house.confirm(row).state == "done"
    assert house.ask("SELECT closed_as, closed_by FROM parked") == [("discarded", "陈晨、李四")]
    wanted = proposed.discard([1], [""], "再次作废")
    gone = proposed.propose(house.runtime, wanted, house.by("chen"))
    with pytest.raises(NotDone) as refused:
        house.confirm(gone)
    assert refused.value.__notes__ == ["报文已不在挂起之列，或正由他人办理；没有作废。"]
    assert house.state(gone) == "open"
