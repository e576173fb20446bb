"""A report that waits for its code: handed out once, whoever tries, and written down; the same over both stores."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url, select
from starlette.testclient import TestClient

from credit.record import places
from credit.record.own_reports import count, state_of
from credit.record.rows import OwnReportRow
from credit.rules import Rules
from credit.store import own_reports, tables
from credit.store.engine import connect, reading, writing
from credit.store.showing import codes, handing, place
from credit.store.showing import tables as public
from credit.store.showing.rows import ReportRow, TakenRow
from credit.store.showing.writing import Frame, keep, settle_frame
from credit.vault import box_of, name_by, seal_by
from schemas.own_reports import OwnReportState
from tests.builders import CLINIC, HOSPITAL, KEYS, NOON, rules
from tests.consoles import HERE
from workers.public.collecting import Collector
from workers.public.limits import LIMITS
from workers.public.page import BODY_BYTES, PublicPage

PDF = b"%PDF-1.7 a report"
NOTHING = "没有可以领取的报告"
DAYS = timedelta(days=7)


class Counter:
    """An archive, its projection, the page and whoever collects; reports lie ready without their paper."""

    def __init__(self, url: str) -> None:
        self.engine, self.now, self.ticks = connect(url), NOON, 0.0
        self.projection = place.beside(self.engine)
        with writing(self.projection) as connection:
            keep(connection, "forms", "a key")
            settle_frame(connection, Frame(about={"authority": "某委", "address": "", "box": box_of(KEYS).hex()}))
        self.collector = Collector(self.engine, self.projection, self.rules)
        self.page = self.open_page(self.projection.url.render_as_string(hide_password=False))

    def rules(self) -> Rules:
        return rules(self.now)

    def open_page(self, url: str) -> TestClient:
        self.opened = place.open_for_page(url)
        page = PublicPage(self.opened, lambda: self.now, lambda: self.ticks)
        return TestClient(page.app(["testserver"]), headers=HERE, client=("192.0.2.1", 5000))

    def make(self, subject: str = CLINIC, form: str = "f1", pdf: bytes = PDF) -> str:
        code = codes.make_once()
        name, until = name_by(code), self.now + DAYS
        said = ("报〔2026〕1号", "self", "居民身份证", "贷款", "wang", "王芳")
        with writing(self.engine) as connection:
            own_reports.add(connection, OwnReportRow(0, name, subject, form, *said, self.now, until))
        with writing(self.projection) as connection:
            handing.lay(connection, ReportRow(name, until, seal_by(code, pdf, places.of_report(name))))
        return codes.spell(code)

    def form(self) -> str:
        (token,) = re.findall('name="form" value="([^"]+)"', self.page.get("/own").text)
        return str(token)

    def fetch(self, code: str, form: str = "") -> bytes | str:
        """What is handed out for a code: the report, or the page that says why not."""
        answer = self.page.post("/own", data={"form": form or self.form(), "code": code})
        assert answer.headers["cache-control"] == "no-store"
        return answer.content if answer.headers["content-type"] == "application/pdf" else answer.text

    def rows(self, subject: str = CLINIC) -> list[OwnReportRow]:
        with reading(self.engine) as connection:
            return own_reports.read_of(connection, [subject])

    def state(self) -> OwnReportState:
        (row,) = self.rows()
        return state_of(row, self.now)

    def left(self) -> tuple[int, int]:
        """How many reports, and marks that one was taken, lie in the projection."""
        with reading(self.projection) as connection:
            return len(connection.execute(select(public.report)).all()), len(
                connection.execute(select(public.taken)).all()
            )

    def log(self) -> list[tuple[str, str, str]]:
        asked = select(tables.look.c.what, tables.look.c.about, tables.look.c.purpose).order_by(tables.look.c.look_id)
        with reading(self.engine) as connection:
            return [tuple(row) for row in connection.execute(asked)]


@pytest.fixture
def counter(archive_url: str) -> Iterator[Counter]:
    made = Counter(archive_url)
    yield made
    made.opened.dispose()
    made.projection.dispose()
    made.engine.dispose()


def test_a_report_is_handed_out_once_and_written_down(counter: Counter) -> None:
    code = counter.make()
    assert counter.fetch(code.lower().replace("-", " ")) == PDF
    assert NOTHING in str(counter.fetch(code))
    assert counter.collector.step()
    assert counter.state() is OwnReportState.GIVEN
    assert counter.log() == [("fetch", CLINIC, "领取本人信用报告 报〔2026〕1号")]
    assert not counter.collector.step()
    assert counter.left() == (1, 1)
    counter.now += handing.AGAIN
    assert counter.collector.step()
    assert counter.left() == (0, 0)
    assert not counter.collector.step()
    assert len(counter.log()) == 1
    assert NOTHING in str(counter.fetch(code))


def test_what_did_not_arrive_comes_again_to_the_same_form_for_a_while(counter: Counter) -> None:
    code, form = counter.make(), counter.form()
    assert counter.fetch(code, form) == PDF
    counter.collector.step()
    counter.now += handing.AGAIN - timedelta(seconds=1)
    assert counter.fetch(code, form) == PDF
    assert NOTHING in str(counter.fetch(code))
    counter.now += timedelta(seconds=1)
    assert NOTHING in str(counter.fetch(code, form))


def test_a_collector_that_dies_after_the_archive_was_told_loses_and_doubles_nothing(counter: Counter) -> None:
    code = counter.make()
    assert counter.fetch(code) == PDF
    with reading(counter.projection) as connection:
        (taken,) = handing.read_left(connection, counter.now).taken
    with writing(counter.engine) as connection:
        counter.collector._write_down(connection, [taken])
    with writing(counter.engine) as connection:
        counter.collector._write_down(connection, [taken])
    assert len(counter.log()) == 1
    counter.now += handing.AGAIN
    assert counter.collector.step()
    assert (counter.left(), len(counter.log())) == ((0, 0), 1)


def test_of_many_who_ask_at_once_one_gets_it(counter: Counter) -> None:
    code = counter.make()
    forms = [counter.form() for _ in range(6)]
    found: list[bytes | str] = []
    threads = [threading.Thread(target=lambda form=form: found.append(counter.fetch(code, form))) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each == PDF for each in found) == 1
    assert sum(NOTHING in str(each) for each in found) == 5


def test_a_wrong_a_used_a_revoked_and_an_expired_code_get_one_answer(counter: Counter) -> None:
    used, revoked, expired = (counter.make(form=name) for name in "abc")
    assert counter.fetch(used) == PDF
    with writing(counter.projection) as connection:
        assert handing.revoke(connection, name_by(revoked.replace("-", "")), counter.now)
    form = counter.form()
    asked = ["", "x", "' OR 1=1 --", "\x00" * 20, codes.spell(codes.make_once()), used, revoked, "7" * 5000]
    answers = {str(counter.fetch(code, form)) for code in asked}
    counter.now += DAYS
    counter.ticks += 601
    form = counter.form()
    late = {str(counter.fetch(code, form)) for code in (expired, codes.make_once())}
    assert (len(answers), len(late)) == (1, 1)
    hide = re.compile('name="form" value="[^"]+"')
    assert len({hide.sub("", each) for each in answers | late}) == 1
    assert NOTHING in answers.pop()


def test_the_last_moment_counts_and_what_nobody_fetched_is_removed(counter: Counter) -> None:
    code = counter.make()
    counter.now += DAYS - timedelta(seconds=1)
    assert counter.fetch(code) == PDF
    other = counter.make(HOSPITAL, "f2")
    counter.now += DAYS
    assert NOTHING in str(counter.fetch(other))
    counter.collector.step()
    assert counter.left() == (1, 0)
    counter.now += handing.AGAIN
    counter.collector.step()
    assert counter.left() == (0, 0)
    (row,) = counter.rows(HOSPITAL)
    assert state_of(row, counter.now) is OwnReportState.EXPIRED
    assert counter.state() is OwnReportState.GIVEN


def test_one_code_opens_no_report_of_another(counter: Counter) -> None:
    first, second = counter.make(pdf=b"%PDF one"), counter.make(HOSPITAL, "f2", b"%PDF two")
    with writing(counter.projection) as connection:  # whoever could write moves what lies there
        names = [name_by(code.replace("-", "")) for code in (first, second)]
        sealed = connection.execute(select(public.report.c.sealed).where(public.report.c.name == names[1])).scalar_one()
        connection.execute(public.report.update().where(public.report.c.name == names[0]).values(sealed=sealed))
    assert NOTHING in str(counter.fetch(first))
    assert counter.fetch(second) == b"%PDF two"
    assert counter.left() == (2, 1)  # what did not open is not taken


def test_the_desk_takes_back_what_nobody_has_and_nothing_else(counter: Counter) -> None:
    code = counter.make()
    name = name_by(code.replace("-", ""))
    with writing(counter.projection) as connection:
        assert handing.revoke(connection, name, counter.now)
        assert handing.revoke(connection, name, counter.now)  # tried again after a crash
    assert NOTHING in str(counter.fetch(code))
    counter.collector.step()
    assert counter.state() is OwnReportState.REVOKED
    assert counter.log() == []
    fetched = counter.make(HOSPITAL, "f2")
    assert counter.fetch(fetched) == PDF
    with writing(counter.projection) as connection:
        assert not handing.revoke(connection, name_by(fetched.replace("-", "")), counter.now)


def test_marks_of_no_report_are_swept_away(counter: Counter) -> None:
    with writing(counter.projection) as connection:
        far = datetime(2999, 1, 1, tzinfo=UTC)
        connection.execute(public.taken.insert().values(TakenRow("rubbish", "x", far)._asdict()))
    assert counter.collector.step()
    assert (counter.left(), counter.log()) == ((0, 0), [])


def test_guesses_are_limited_and_other_networks_are_not(counter: Counter) -> None:
    code, form = counter.make(), counter.form()
    tried = [counter.page.post("/own", data={"form": form, "code": codes.make_once()}) for _ in range(11)]
    assert [each.status_code for each in tried] == [404] * LIMITS["guessed"].times + [429]
    assert counter.page.post("/own", data={"form": form, "code": code}).status_code == 429
    counter.ticks += LIMITS["guessed"].seconds
    assert counter.fetch(code, form) == PDF


@pytest.mark.parametrize("form", ["", "x.y", "' OR 1=1 --"])
def test_without_a_form_of_the_page_no_code_is_looked_at(counter: Counter, form: str) -> None:
    code = counter.make()
    answer = counter.page.post("/own", data={"form": form, "code": code})
    assert "页面打开时间过长" in answer.text
    assert counter.left() == (1, 0)


def test_a_code_is_taken_from_the_body_of_a_form_of_this_page_alone(counter: Counter) -> None:
    code, form = counter.make(), counter.form()
    assert counter.page.get("/own", params={"form": form, "code": code}).headers["content-type"].startswith("text/html")
    for headers in ({"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
        assert counter.page.post("/own", data={"form": form, "code": code}, headers=headers).status_code == 403
    large = counter.page.post("/own", data={"form": form, "code": code, "more": "x" * BODY_BYTES})
    assert large.status_code == 413
    assert counter.left() == (1, 0)
    answer = counter.page.post("/own", data={"form": form, "code": code})
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_neither_code_nor_subject_nor_paper_stands_in_the_projection(counter: Counter) -> None:
    code = counter.make(pdf=b"%PDF " + CLINIC.encode())
    with reading(counter.projection) as connection:
        rows = [tuple(row) for table in (public.report, public.taken) for row in connection.execute(select(table))]
    for told in (code, code.replace("-", ""), CLINIC, "贷款"):
        assert told not in repr(rows)


@pytest.mark.parametrize(
    ("change", "counts"),
    [({}, 1), ({"given_at": NOON}, 1), ({"revoked_at": NOON}, 0), ({"expires_at": NOON}, 0)],
    ids=["waits", "given", "revoked", "expired"],
)
def test_what_was_had_or_can_be_had_counts(change: dict[str, Any], counts: int) -> None:
    row = OwnReportRow(1, "n", CLINIC, "f", "1", "self", "x", "y", "wang", "", NOON, NOON + DAYS)
    assert count([row._replace(**change)], NOON) == counts


def test_the_year_is_that_of_shanghai() -> None:
    row = OwnReportRow(1, "n", CLINIC, "f", "1", "self", "x", "y", "wang", "", NOON, NOON + DAYS, given_at=NOON)
    made = row._replace(made_at=datetime(2026, 12, 31, 15, 59, tzinfo=UTC))
    assert count([made], datetime(2026, 12, 31, 15, 59, tzinfo=UTC)) == 1
    assert count([made], datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == 0
    assert count([made._replace(made_at=datetime(2026, 12, 31, 16, tzinfo=UTC))], datetime(2027, 6, 1, tzinfo=UTC)) == 1


def test_the_user_of_the_page_hands_out_and_can_do_nothing_else_to_reports(counter: Counter) -> None:
    if counter.engine.dialect.name != "postgresql":
        pytest.skip("an embedded archive has no users")
    owner = counter.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS own_reader")
        connection.execute("CREATE ROLE own_reader LOGIN")
        for statement in place.grants("own_reader"):
            connection.execute(statement.encode())
    url = make_url(owner).set(username="own_reader")
    try:
        code = counter.make()
        counter.opened.dispose()
        counter.page = counter.open_page(url.render_as_string(hide_password=False))
        assert counter.fetch(code) == PDF
        assert NOTHING in str(counter.fetch(code))
        refused = ["SELECT 1 FROM own_report", "SELECT 1 FROM look"]
        for table in ("report", "taken"):
            refused += [f"DELETE FROM xinglin_public.{table}", f"UPDATE xinglin_public.{table} SET name = 'x'"]
        refused += ["INSERT INTO xinglin_public.report VALUES ('n', now(), 'x')"]
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
            for statement in refused:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement.encode())
    finally:
        counter.opened.dispose()
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("DROP OWNED BY own_reader")
            connection.execute("DROP ROLE own_reader")
