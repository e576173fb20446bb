"""The public projection: what of an archive is public, how it leaves, who may read it; the same over both stores."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import psycopg
import pytest
from sqlalchemy import make_url, select, text, update

from credit.grading.loading import load
from credit.grading.regime import Regime
from credit.identity import MASKED
from credit.record import places
from credit.record.rows import ContactRow, Decision
from credit.rules import Rules
from credit.store import archive, contacts, tables
from credit.store.closing import close
from credit.store.engine import connect, reading, writing
from credit.store.queries.view import View
from credit.store.showing import place, waiting
from credit.store.showing import reading as projection
from credit.store.showing import tables as public
from credit.store.showing.reading import Place, Shown
from credit.store.showing.rows import InboxRow, InstitutionRow
from credit.store.showing.writing import TABLES, digest_of, has_form, read_inbox
from credit.vault import seal_to
from schemas.party import record_key
from schemas.showing import Content, Sent, Standing
from schemas.statement import Act, Category, Fact
from tests.builders import (
    CLINIC,
    HEALTH,
    HOSPITAL,
    KEYS,
    LI,
    NOON,
    ROOT,
    WANG,
    arrive,
    clinic,
    connectors,
    honour,
    penalty,
    person,
    repair,
    rules,
    shipped_routes,
    withdrawal,
)
from workers.assessor import Assessor
from workers.broker import Fate, Outgoing
from workers.papers.asked import Asked, NotGiven, Shelf
from workers.papers.records import make_sheets
from workers.public.publisher import Publisher, Shop

CLOSE_DAY = datetime(2026, 1, 20, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def town() -> Regime:
    return load(ROOT / "tests" / "law" / "regimes", connectors().models())["town"]


class Broker:
    """Takes what is published; the first times it refuses, if it is told so."""

    def __init__(self) -> None:
        self.taken: list[Outgoing] = []
        self.refuses = 0

    def publisher(self) -> Broker:
        return self

    def publish(self, batch: list[Outgoing], _seconds: float) -> dict[str, Fate]:
        if self.refuses:
            self.refuses -= 1
            return {each.message_id: Fate.REFUSED for each in batch}
        self.taken += batch
        return {each.message_id: Fate.CONFIRMED for each in batch}

    def close(self) -> None:
        pass


class Town:
    """An archive that one regime assesses, and its public page."""

    def __init__(self, url: str, regime: Regime) -> None:
        self.engine, self.regime, self.now = connect(url), regime, NOON
        self.broker, self.messages = Broker(), 0
        self.shop = Shop(
            shipped_routes(), connectors().vocabulary(), cast("Any", self.broker), "https://credit.test", HEALTH.name
        )
        self.publisher = self.publish_as_begun()
        self.page = place.beside(self.engine)

    def publish_as_begun(self) -> Publisher:
        """Begin as a program does that was started anew."""
        return Publisher(self.engine, self.rules, self.shop)

    def rules(self) -> Rules:
        return replace(rules(self.now), regimes={"town": self.regime})

    def take(self, *stated: Fact | Act) -> None:
        self.messages += 1
        arrivals = [arrive(each, f"{self.messages}-{number}") for number, each in enumerate(stated)]
        archive.take_in(self.engine, arrivals, self.rules())
        assert [each.failure for each in arrivals] == [None] * len(stated)
        self.follow()

    def follow(self) -> None:
        Assessor(self.engine, self.rules).finish()
        self.publisher.finish()

    def on(self, day: date) -> None:
        """Let the day's sweep pass, after the scheduler settled what was due."""
        self.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        with reading(self.engine) as connection:
            due = archive.find_due_records(connection, self.rules(), 500)
        archive.settle_again(self.engine, due, self.rules())
        self.follow()

    def code(self, subject: str = CLINIC) -> str:
        with reading(self.engine) as connection:
            return waiting.codes_of(connection, [subject])[subject]

    def shown(self, subject: str = CLINIC) -> Shown:
        with reading(self.page) as connection:
            found = projection.find_institution(connection, self.code(subject), self.rules().at.today)
        assert found is not None
        return found

    def content(self) -> Content:
        return Content.model_validate_json(self.shown().row.content)

    def everything(self) -> str:
        """All that stands in the projection, as text."""
        with reading(self.page) as connection:
            return "\n".join(str(tuple(row)) for table in public.READ for row in connection.execute(select(table)))

    def send(self, number: str, form: str = "", **said: Any) -> bool:
        form = form or digest_of(number)
        with reading(self.page) as connection:
            box = bytes.fromhex(projection.read_about(connection)["box"])
        sent = Sent(code=self.code(), number=number, **said)
        sealed = seal_to(box, sent.model_dump_json().encode(), places.of_sent(form))
        with writing(self.page) as connection:
            return projection.send(connection, InboxRow(form, self.now, sealed))


@pytest.fixture
def there(archive_url: str, town: Regime) -> Iterator[Town]:
    made = Town(archive_url, town)
    yield made
    made.publisher.close()
    made.page.dispose()
    made.engine.dispose()


def registration(number: str = "舞卫医登〔2020〕1号", **items: Any) -> Fact:
    return Fact(
        key=record_key("credit.licensing.registration", HEALTH.code, number),
        organ=HEALTH,
        party=items.pop("party", clinic()),
        category=Category.REGISTRATION,
        occurred_on=items.pop("on", date(2020, 1, 1)),
        items={"event": "registered", "role": "institution", "specialties": ["内科", "外科"]} | items,
    )


def practitioner(**items: Any) -> Fact:
    return registration(
        items.pop("number", "舞卫执〔2021〕1号"),
        party=items.pop("party", person("李某", LI)),
        on=items.pop("on", date(2021, 1, 1)),
        **{
            "role": "practitioner",
            "profession": "physician",
            "specialties": ["中医"],
            "workplace": "舞钢安康诊所",
            "workplace_uscc": CLINIC,
            **items,
        },
    )


def said(family: str, number: str, category: Category = Category.DECLARATION, **items: Any) -> Fact:
    return Fact(record_key(family, HEALTH.code, number), HEALTH, clinic(), category, date(2026, 5, 19), items)


def test_a_page_has_licence_penalties_commitments_staff_and_the_answer(there: Town) -> None:
    there.take(
        registration(),
        penalty(),
        practitioner(),
        said("credit.licensing.commitment", "承〔2026〕1号", Category.COMMITMENT, state="kept", content="明码标价"),
        said("credit.desk.answer", "答〔2026〕1号", state="released", content="已经整改"),
        said("credit.desk.answer", "答〔2026〕2号", state="received", content="尚未审核"),
        said("credit.public.complaint", "诉〔2026〕1号", Category.VOICE, state="substantiated", content="多收费"),
    )
    shown, content = there.shown(), there.content()
    assert (shown.row.name, shown.row.standing) == ("舞钢安康诊所", Standing.OPEN)
    assert content.licence is not None
    assert (content.licence.number, content.licence.scope) == ("", "内科、外科")
    assert (content.licence.organ, content.licence.until) == (HEALTH.name, None)
    assert [(each.number, each.degree, each.content) for each in content.penalties] == [
        ("舞卫医罚〔2026〕1号", "一般", "使用非卫生技术人员：罚款人民币二千元")
    ]
    assert [(each.state, each.content) for each in content.commitments] == [("已履行", "明码标价")]
    assert [each.content for each in content.answers] == ["已经整改"]
    assert [(each.name, each.profession, each.scope) for each in shown.staff] == [("李某", "医师", "中医")]
    assert "尚未审核" not in there.everything()
    assert "多收费" not in there.everything()


LICENCE = "41704812241048111A1001"


def permit(number: str = "舞卫医许〔2026〕5号", certificate: str = "医疗机构执业许可证", **items: Any) -> Fact:
    day = items.pop("on", date(2026, 5, 20))
    said = {"XK_XKZS": certificate, "XK_ZT": "1", "XK_WSH": number, "XK_YXQZI": "2031/05/19"} | items
    key = record_key("credit.licensing.permit", HEALTH.code, number)
    until = date.fromisoformat(said["XK_YXQZI"].replace("/", "-"))
    return Fact(key, HEALTH, clinic(), Category.PERMIT, day, said, valid_from=day, valid_until=until)


def test_the_number_is_that_of_the_licence_in_force_and_of_nothing_that_became_of_it(there: Town) -> None:
    registered = clinic(uscc=CLINIC, licence_no=LICENCE)
    there.take(registration(party=registered))

    def number() -> str | None:
        licence = there.content().licence
        return licence.number if licence is not None else None

    assert number() == LICENCE
    for at, event in enumerate(("changed", "verification_passed", "verification_suspended"), 1):
        there.take(registration(f"舞卫医登〔2026〕{at}号", event=event, party=registered, on=date(2026, 5, at)))
        assert number() == LICENCE
    there.take(permit(on=date(2026, 5, 20)))
    assert number() == LICENCE
    there.take(permit("舞卫公许〔2026〕7号", "公共场所卫生许可证", XK_XKBH="舞卫公字第7号", on=date(2026, 5, 21)))
    assert number() == LICENCE
    # Revoked, it still works by its other permit; the number of the revocation is none of a licence.
    there.take(registration("舞卫注〔2026〕1号", event="revoked", party=registered, on=date(2026, 5, 25)))
    assert number() == "舞卫公字第7号"
    assert "舞卫注" not in there.everything()


def test_a_permit_alone_is_shown_until_it_ends(there: Town) -> None:
    there.take(permit(certificate="公共场所卫生许可证", XK_YXQZI="2026/06/30"))
    licence = there.content().licence
    assert licence is not None
    assert (licence.number, licence.organ, licence.until) == ("舞卫医许〔2026〕5号", HEALTH.name, date(2026, 6, 30))
    there.on(date(2026, 7, 1))
    assert there.content().licence is None
    there.take(permit("舞卫医许〔2026〕6号", certificate="公共场所卫生许可证", XK_ZT="2", on=date(2026, 5, 21)))
    assert there.content().licence is None


def test_a_licence_number_that_two_claim_is_shown_of_neither(there: Town) -> None:
    there.take(registration(party=clinic(uscc=CLINIC, licence_no=LICENCE)))
    other = clinic(name="舞钢平安诊所", uscc=HOSPITAL, licence_no=LICENCE)
    there.take(registration("舞卫医登〔2026〕9号", party=other))
    with writing(there.engine) as connection:
        waiting.add_everybody(connection)
    there.follow()
    assert LICENCE not in there.everything()


def test_no_number_of_a_person_is_anywhere_whatever_text_it_stands_in(there: Town) -> None:
    there.take(
        registration(specialties=[f"内科{WANG}"]),
        practitioner(specialties=[f"中医{LI}"]),
        penalty(items={"CF_WFXW": f"聘用{WANG}行医"}),
        said("credit.desk.answer", "答〔2026〕1号", state="released", content=f"与{LI}无关"),
        penalty("舞卫医罚〔2026〕9号", party=person()),
    )
    everything = there.everything()
    assert "聘用" in everything
    assert "舞卫医罚〔2026〕9号" not in everything
    for number in (WANG, LI):
        assert number not in everything
        assert number[6:14] not in everything


def test_text_that_steers_is_made_visible(there: Town) -> None:
    there.take(
        registration(), said("credit.desk.answer", "答〔2026〕1号", state="released", content="a\u202eb\x1b[2Jc")
    )
    assert [each.content for each in there.content().answers] == ["a b [2Jc"]


@pytest.mark.parametrize("ending", [withdrawal(penalty()), repair(penalty())], ids=["withdrawn", "repaired"])
def test_what_was_ended_goes_with_the_message_that_ended_it(there: Town, ending: Act) -> None:
    there.take(registration(), penalty(occurred_on=date(2025, 9, 1)))
    assert len(there.content().penalties) == 1
    there.take(ending)
    assert there.content().penalties == ()
    assert "舞卫医罚" not in there.everything()


def test_what_expires_goes_with_the_sweep_of_the_day_after_its_last(there: Town) -> None:
    there.take(registration(), penalty())
    (shown,) = there.content().penalties
    assert shown.until is not None
    there.on(shown.until)
    assert len(there.content().penalties) == 1
    there.on(shown.until + timedelta(days=1))
    assert there.content().penalties == ()


def test_a_minor_penalty_was_never_there(there: Town) -> None:
    there.take(registration(), penalty(items={"penalty_kinds": ["警告"], "CF_NR_FK": "", "CF_NR": "警告"}))
    assert there.content().penalties == ()
    assert "警告" not in there.everything()


def test_what_is_sealed_is_not_given_to_whoever_composes(there: Town) -> None:
    there.take(registration(), penalty())
    with writing(there.engine) as connection:
        connection.execute(
            tables.record.update().where(tables.record.c.category == "penalty").values(sealed_clause="某法第一条")
        )
        waiting.add(connection, [CLINIC])
    there.publisher.finish()
    assert there.content().penalties == ()
    assert "舞卫医罚" not in there.everything()


@pytest.mark.parametrize("event", ["closed", "revoked", "cancelled"])
def test_who_closed_keeps_the_code_and_nothing_else(there: Town, event: str) -> None:
    there.take(registration(), penalty(), practitioner())
    before = there.code()
    there.take(registration("舞卫医登〔2026〕8号", on=date(2026, 5, 20), event=event))
    assert there.code() == before
    shown = there.shown()
    assert (shown.row.standing, shown.staff, shown.lists) == (Standing.CLOSED, (), ())
    assert Content.model_validate_json(shown.row.content) == Content()
    with reading(there.page) as connection:
        assert projection.find_institutions(connection, "安康", "", None) == []


def test_a_permit_that_ran_out_closes_nobody(there: Town) -> None:
    permit = Fact(
        record_key("credit.licensing.permit", HEALTH.code, "许〔2022〕1号"),
        HEALTH,
        clinic(),
        Category.PERMIT,
        date(2022, 1, 1),
        {"XK_XKZS": "公共场所卫生许可证", "XK_ZT": "1", "XK_YXQZI": "2026/05/01"},
        valid_until=date(2026, 5, 1),
    )
    there.take(permit)
    with writing(there.engine) as connection:
        connection.execute(tables.record.update().values(state="expired"))
        waiting.add(connection, [CLINIC])
    there.publisher.finish()
    assert there.shown().row.standing == Standing.OPEN


def test_a_practitioner_who_left_or_lost_the_licence_is_gone(there: Town) -> None:
    there.take(registration(), practitioner())
    there.take(practitioner(number="舞卫执〔2026〕2号", on=date(2026, 5, 20), event="revoked"))
    assert there.shown().staff == ()


def test_the_grade_is_the_official_one_with_its_year_and_what_it_means(there: Town) -> None:
    there.now = CLOSE_DAY
    there.take(registration(), penalty("某镇〔2025〕1号", occurred_on=date(2025, 3, 1)))
    assert there.content().grades == ()
    close(there.engine, "town", 2025, Decision("李科长", "", CLOSE_DAY, "li"), there.rules())
    there.follow()
    (grade,) = there.content().grades
    (scale,) = there.regime.file.editions[-1].scales
    assert (grade.year, grade.corrected) == (2025, False)
    assert [each.word for each in grade.words] == list(scale.grades.values())
    assert [each.word for each in grade.words if each.mine] == [grade.word]
    with reading(there.page) as connection:
        key = there.shown().row.grade
        assert [row.subject for row in projection.find_institutions(connection, "", key, None)] == [CLINIC]
        assert projection.find_institutions(connection, "", "town/rating/none", None) == []
        assert key in {row.grade for row in projection.read_scales(connection)}


def test_who_has_no_licence_and_no_grade_has_no_page(there: Town) -> None:
    there.take(honour(clinic()), penalty())
    with reading(there.engine) as connection:
        assert waiting.codes_of(connection, [CLINIC]) == {}
    assert "安康" not in there.everything()


def test_making_it_anew_gives_the_same_page_under_the_same_code(there: Town) -> None:
    there.take(registration(), penalty(), practitioner())
    before = (there.code(), there.shown())
    assert there.publisher.start_again() == 2
    with reading(there.page) as connection:
        assert projection.find_institution(connection, there.code(), date(2026, 6, 1)) is None
    there.publisher.finish()
    assert (there.code(), there.shown()) == before


def test_what_another_version_published_is_written_anew_and_what_waits_there_stays(there: Town) -> None:
    there.take(registration(), penalty(), practitioner())
    before = (there.code(), there.shown())
    sent = InboxRow("a form", NOON, b"sealed")
    with writing(there.page) as connection:
        connection.execute(update(public.about).where(public.about.c.name == TABLES).values(value="0"))
        connection.execute(update(public.institution).values(content="{", grade="of another form"))
        assert projection.send(connection, sent)
        if connection.dialect.name == "sqlite":
            connection.execute(text("ALTER TABLE staff DROP COLUMN scope"))
    upgraded = there.publish_as_begun()
    upgraded.publish_all()
    assert (there.code(), there.shown()) == before
    with reading(there.page) as connection:
        assert has_form(projection.read_about(connection))
        assert read_inbox(connection, 9) == [sent]
    with patch.object(waiting, "add_everybody", side_effect=AssertionError("of one form nothing is written anew")):
        there.publish_as_begun().publish_all()


def test_the_code_on_papers_leads_to_the_page_unless_another_address_is_given(there: Town) -> None:
    there.take(registration())
    with reading(there.engine) as connection:
        shelf = Shelf(connection, View(MASKED, KEYS, date(2026, 6, 1)), there.regime, connectors().vocabulary())
        for given, link in (
            ({}, f"https://credit.test/i/{there.code()}"),
            ({"link": "https://x.test"}, "https://x.test"),
        ):
            asked = Asked(date(2026, 6, 1), {"subject": CLINIC} | given, address="https://credit.test")
            (paper,) = make_sheets(shelf, asked)
            assert paper.model_dump()["sheets"][0]["link"] == link
        with pytest.raises(NotGiven):
            list(make_sheets(shelf, Asked(date(2026, 6, 1), {"subject": CLINIC})))


def test_names_are_found_page_by_page(there: Town) -> None:
    names = [f"舞钢第{number:02}诊所" for number in range(7)]
    codes = [f"9141048100000000{number:02}" for number in range(7)]
    with writing(there.page) as connection:
        connection.execute(
            public.institution.insert(),
            [
                InstitutionRow(code, code, name, name, "", "open", None, "{}")._asdict()
                for code, name in zip(codes, names, strict=True)
            ],
        )
    found: list[str] = []
    after = None
    with reading(there.page) as connection:
        while page := projection.find_institutions(connection, "舞钢", "", after, limit=3)[:3]:
            found += [row.name for row in page]
            after = Place(page[-1].name, page[-1].code)
        assert projection.find_institutions(connection, "100%_", "", None) == []
    assert found == names


def test_a_complaint_becomes_one_message_and_its_contact_is_sealed(there: Town) -> None:
    there.take(registration())
    number = "TS" + "A" * 16
    assert there.send(number, matter="fee", content="多收费", contact="13800138000")
    assert not there.send(number, matter="fee", content="多收费", contact="13800138000")
    there.broker.refuses = 1
    with suppress(Exception):
        there.publisher.finish()
    there.publisher.finish()
    there.publisher.finish()
    (sent,) = there.broker.taken
    body = json.loads(sent.body)
    assert (body["type"], body["id"], body["source"]) == ("credit.public.complaint.v1", f"page-{number}", "/public")
    assert body["data"]["party"] == {"kind": "organisation", "name": "舞钢安康诊所", "uscc": CLINIC}
    assert (body["data"]["document_no"], body["data"]["state"]) == (number, "received")
    assert b"13800138000" not in sent.body
    with reading(there.engine) as connection:
        assert contacts.read(connection, number, KEYS) == "13800138000"
        assert contacts.read(connection, "TS" + "B" * 16, KEYS) is None
        assert b"13800138000" not in b"".join(
            bytes(row[0]) for row in connection.execute(select(tables.contact.c.contact))
        )


@pytest.mark.parametrize(("state", "left"), [("received", None), ("substantiated", 91), ("withdrawn", 91)])
def test_a_contact_goes_by_the_day_when_its_complaint_was_answered(there: Town, state: str, left: int | None) -> None:
    number = "TS" + "A" * 16
    there.take(registration(), said("credit.public.complaint", number, Category.VOICE, state=state, content="多收费"))
    with reading(there.engine) as connection:
        (answered,) = connection.execute(
            select(tables.record.c.event_time).where(tables.record.c.document_no == number)
        ).scalars()
    with writing(there.engine) as connection:
        contacts.keep(connection, [ContactRow(number, b"sealed", answered - timedelta(days=1))])
    for days in (89, 91, 400):
        there.now = answered + timedelta(days=days)
        with writing(there.engine) as connection:
            gone = contacts.forget_answered(connection, there.rules())
        assert gone == (1 if days == left else 0), days


def test_what_does_not_open_is_dropped(there: Town) -> None:
    there.take(registration())
    with writing(there.page) as connection:
        projection.send(connection, InboxRow("f2", there.now, b"rubbish" * 20))
    assert there.send("TS" + "E" * 16, form="f5", matter="fee", content="这不是表单的编号")
    with patch.object(there, "code", return_value="NOBODY"):
        assert there.send("TS" + "F" * 16, matter="fee", content="没有这个机构")
    there.publisher.finish()
    with reading(there.page) as connection:
        assert connection.execute(select(public.inbox)).all() == []
    assert there.broker.taken == []


def test_whom_the_rules_fail_on_is_not_shown_and_holds_up_nobody(there: Town) -> None:
    there.take(registration(), penalty(), practitioner())
    with writing(there.engine) as connection:
        connection.execute(tables.record.update().where(tables.record.c.category == "penalty").values(fact="{}"))
        waiting.add(connection, [CLINIC])
    there.publisher.finish()
    with reading(there.page) as connection:
        assert projection.find_institution(connection, there.code(), date(2026, 6, 1)) is None
    with reading(there.engine) as connection:
        assert waiting.count(connection) == 0


def test_how_far_a_complaint_is_can_be_asked_by_its_number_alone(there: Town) -> None:
    number = "TS" + "C" * 16
    there.take(
        registration(), said("credit.public.complaint", number, Category.VOICE, state="received", content="多收费")
    )
    with reading(there.page) as connection:
        found = projection.find_answer(connection, digest_of(number))
        assert found is not None
        assert found.state == "已受理"
        assert projection.find_answer(connection, digest_of("TS" + "D" * 16)) is None
    assert number not in there.everything()


@pytest.fixture
def reader(there: Town, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of the projection as the page's user has it."""
    if there.engine.dialect.name != "postgresql":
        pytest.skip("an embedded archive has no users")
    owner = there.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS page_reader")
        connection.execute("CREATE ROLE page_reader LOGIN")
        for statement in place.grants("page_reader"):
            connection.execute(statement.encode())
    yield make_url(str(there.engine.url)).set(username="page_reader").render_as_string(hide_password=False)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("DROP OWNED BY page_reader")
        connection.execute("DROP ROLE page_reader")


def test_the_user_of_the_page_reads_the_projection_and_is_refused_everything_else(there: Town, reader: str) -> None:
    there.take(registration(), penalty())
    engine = place.open_for_page(reader)
    with reading(engine) as connection:
        shown = projection.find_institution(connection, there.code(), date(2026, 6, 1))
        assert shown == there.shown()
    with writing(engine) as connection:
        row = InboxRow("f3", there.now, b"x")
        assert projection.send(connection, row)
        assert not projection.send(connection, row)
    engine.dispose()
    plain = make_url(reader).set(drivername="postgresql").render_as_string(hide_password=False)
    refused = [f"SELECT 1 FROM {table.name}" for table in tables.metadata.sorted_tables]
    refused += ["SELECT 1 FROM alembic_version", f"SELECT 1 FROM {public.SCHEMA}.inbox"]
    refused += [f"DELETE FROM {public.SCHEMA}.{table.name}" for table in public.metadata.sorted_tables]
    refused += [f"UPDATE {public.SCHEMA}.about SET value = 'x'", f"INSERT INTO {public.SCHEMA}.about VALUES ('a', 'b')"]
    refused += [f"CREATE TABLE {public.SCHEMA}.mine (a int)"]
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in refused:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_the_page_makes_no_projection(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="nothing was published yet"):
        place.open_for_page(f"sqlite:///{tmp_path / 'public.sqlite'}")
    assert list(tmp_path.iterdir()) == []
