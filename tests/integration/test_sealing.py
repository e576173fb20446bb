"""A sealed record is told to nobody, shown to nobody without the right, and what was told of it is lifted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from credit.batch.work import Work
from credit.identity import IN_FULL, MASKED
from credit.store.engine import reading
from credit.store.queries import notices as notice_queries
from credit.store.queries.archive import read_archive
from credit.store.queries.subjects import SubjectUnknown
from schemas.policy import Source
from tests.builders import Archive, arrive, feed_in, message, offence, on, record_of, rules
from workers.runtime import open_runtime
from workers.settings import Settings

DETAINED = offence(items={"behaviour": "B2", "sanction": "detention", "hospital": "舞钢市人民医院"})
GROUND = "grave-harm-to-medical-order"
STATE_RULE = Source(document="试验规定", clause="第一条")


def _with_ground(*, by_rule: Source | None) -> Work:
    base = rules()
    grounds = base.routes.grounds
    detention = grounds[GROUND].when[0].model_copy(update={"items": {"sanction": ("detention", "criminal")}})
    calls = {
        key: tuple(replace(call, when=(detention,), tells_sealed=by_rule is not None) for call in value)
        if key[0] == "credit.security.offence"
        else value
        for key, value in base.routes.calls.items()
    }
    archive = Archive()
    archive.take(arrive(DETAINED), at=replace(base, routes=replace(base.routes, calls=calls)))
    return archive.work


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
    without, with_rule = _with_ground(by_rule=None), _with_ground(by_rule=STATE_RULE)
    assert list(without.notices) == []
    assert {row.agency for row in with_rule.notices.values()} == {"development-reform", "finance", "human-resources"}


def test_the_day_the_law_seals_is_a_day_to_look_again() -> None:
    before = on(date(2026, 3, 30))
    archive = Archive()
    stated = DETAINED._replace(occurred_on=date(2026, 3, 6))
    archive.take(arrive(stated), at=before)
    row = archive.work.records[record_of(stated)]
    assert (row.sealed_clause, row.changes_on) == (None, date(2026, 4, 1))


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
