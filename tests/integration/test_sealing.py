"""A sealed record is told to nobody, shown to nobody without the right, and what was told of it is lifted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from rich.console import Console
from typer.testing import CliRunner

from credit.batch.settle import settle
from credit.identity import IN_FULL, MASKED
from credit.record.rows import Decision
from credit.rules import Rules
from credit.store.engine import reading, writing
from credit.store.queries import notices as notice_queries
from credit.store.queries import parked as queries
from credit.store.queries.archive import read_archive
from credit.store.queries.subjects import SubjectUnknown
from schemas.policy import Source
from schemas.reasons import HINTS, Reason
from tests.builders import Archive, arrive, carry_on, feed_in, message, offence, on, record_of, rules, told
from workers.cli import app
from workers.demo import report
from workers.runtime import open_runtime
from workers.settings import Settings

DETAINED = offence(items={"behaviour": "B2", "sanction": "detention", "hospital": "舞钢市人民医院"})
GROUND = "grave-harm-to-medical-order"
STATE_RULE = Source(document="试验规定", clause="第一条")


def _with_ground(*, by_rule: Source | None, now: Rules | None = None) -> Rules:
    """The rules with a ground that reaches those who were only detained."""
    base = now or rules()
    grounds = base.routes.grounds
    detention = grounds[GROUND].when[0].model_copy(update={"items": {"sanction": ("detention", "criminal")}})
    calls = {
        key: tuple(replace(call, when=(detention,), tells_sealed=by_rule is not None) for call in value)
        if key[0] == "credit.security.offence"
        else value
        for key, value in base.routes.calls.items()
    }
    return replace(base, routes=replace(base.routes, calls=calls))


def _told(by_rule: Source | None) -> set[str]:
    archive = Archive()
    archive.take(arrive(DETAINED), at=_with_ground(by_rule=by_rule))
    return archive.in_force()


def test_a_sealed_record_is_not_public_and_says_by_which_clause() -> None:
    archive = Archive()
    archive.take(arrive(DETAINED))
    row = archive.work.records[record_of(DETAINED)]
    assert (row.public, row.sealed_clause) == (False, "治安处罚封存：试验法 封存")


def test_a_criminal_sentence_is_open() -> None:
    archive = Archive()
    archive.take(arrive(offence()))
    assert archive.work.records[record_of(offence())].sealed_clause is None
    assert archive.in_force() == {"development-reform", "finance", "human-resources"}


def test_a_ground_reaches_a_sealed_record_only_by_a_rule_of_the_state() -> None:
    assert _told(None) == set()
    assert _told(STATE_RULE) == {"development-reform", "finance", "human-resources"}


def test_the_day_the_law_seals_is_a_day_to_look_again() -> None:
    before = on(date(2026, 3, 30))
    archive = Archive()
    stated = DETAINED._replace(occurred_on=date(2026, 3, 6))
    archive.take(arrive(stated), at=before)
    row = archive.work.records[record_of(stated)]
    assert (row.sealed_clause, row.changes_on) == (None, date(2026, 4, 1))


def test_what_was_told_of_a_record_is_lifted_on_the_day_the_law_seals_it() -> None:
    archive = Archive()
    stated = DETAINED._replace(occurred_on=date(2026, 3, 6))
    archive.take(arrive(stated), at=_with_ground(by_rule=None, now=on(date(2026, 3, 31))))
    assert archive.in_force() == {"development-reform", "finance", "human-resources"}
    work = carry_on(archive.work, _with_ground(by_rule=None, now=on(date(2026, 4, 1))))
    settle([record_of(stated)], work)
    assert work.records[record_of(stated)].sealed_clause == "治安处罚封存：试验法 封存"
    assert not [row for row in work.notices.values() if row.in_force]
    lifts = [event["data"] for event in told(work) if event["type"] == "credit.notice.lifted.v1"]
    assert {lift["agency"] for lift in lifts} == {"development-reform", "finance", "human-resources"}
    assert {lift["notice_no"] for lift in lifts} == set(archive.work.notices)


def test_nor_is_it_lifted_where_a_rule_of_the_state_has_it_told_all_the_same() -> None:
    archive = Archive()
    stated = DETAINED._replace(occurred_on=date(2026, 3, 6))
    archive.take(arrive(stated), at=_with_ground(by_rule=STATE_RULE, now=on(date(2026, 3, 31))))
    work = carry_on(archive.work, _with_ground(by_rule=STATE_RULE, now=on(date(2026, 4, 1))))
    settle([record_of(stated)], work)
    assert work.records[record_of(stated)].sealed_clause is not None
    assert {row.agency for row in work.notices.values() if row.in_force} == archive.in_force()


@pytest.fixture
def home(place: Settings) -> Settings:
    """A place with one person who was only detained, and one who was sentenced."""
    other = {"kind": "person", "name": "王某", "id_type": "身份证", "id_no": "11010519491231002X"}
    with open_runtime(place) as opened:
        feed_in(
            opened,
            message("security.offence", "1", sanction="detention"),
            message("security.offence", "2", sanction="criminal", document_no="2号", party=other),
        )
    return place


def test_who_has_no_right_sees_neither_record_nor_subject(home: Settings) -> None:
    with open_runtime(home) as opened, reading(opened.engine) as connection:
        number = str(json.loads(message("security.offence", "1").body)["data"]["party"]["id_no"])
        with pytest.raises(SubjectUnknown):
            read_archive(connection, number, opened.view(MASKED))
        assert len(read_archive(connection, number, opened.view(IN_FULL)).records) == 1
        assert len(read_archive(connection, "11010519491231002X", opened.view(MASKED)).records) == 1
        assert {each.name for each in notice_queries.find_notices(connection, opened.view(MASKED))} == {"王某"}


SECRET = "封存测试医院"


@pytest.mark.parametrize("place", ["embedded"], indirect=True)
@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("show", "1"), ("show", "1", "--json"), ("demo",)])
def test_nor_what_a_parked_message_says_of_one(place: Settings, words: tuple[str, ...]) -> None:
    hospital = {"kind": "organisation", "name": SECRET, "uscc": "1" * 18}
    party = {"kind": "person", "name": "封存测试人", "id_type": "身份证", "id_no": "410481200002291011"}
    with open_runtime(place) as opened:
        feed_in(opened, message("security.offence", "1", sanction="detention", hospital=hospital, party=party))
        if words == ("demo",):
            console = Console(record=True, file=StringIO())
            console.print(*report.show(report.look(opened, None), opened))
            shown = console.export_text()
        else:
            shown = CliRunner().invoke(app, ["parked", *words, "--home", str(place.home)]).output
        look = Decision("王芳", "", opened.clock())
        with writing(opened.engine) as connection:
            assert SECRET in queries.read_raw(connection, 1, opened.keyring, IN_FULL, look).decode()
    assert "person_id.check_digit" in shown or HINTS[Reason.PERSON_ID_CHECK][:8] in shown
    assert not [hidden for hidden in (SECRET, "封存测试人", "detention", "行政拘留", "2000022910") if hidden in shown]
