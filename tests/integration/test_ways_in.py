"""What takes two persons, by every way by which one of them can put a message on a queue."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from credit.access import foureyes
from credit.access.refusal import AccessRefused
from credit.store.engine import writing
from schemas.access import FourEyes
from schemas.errors import PermanentError
from schemas.rights import Role
from tests.accounts import make_account
from tests.builders import HEALTH, NOON, feed_in, message, rows
from tests.consoles import EVERYTHING, fields_of, holder, open_console
from tests.sheets import penalty, write_csv
from workers import settings
from workers.cli import app
from workers.files.folder import Folder
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime

KINDS = {
    "credit.office.withdrawal": FourEyes.WITHDRAWAL,
    "credit.office.repair": FourEyes.REPAIR,
    "credit.office.objection": FourEyes.OBJECTION,
    "credit.office.review": FourEyes.REVIEW,
    "credit.office.listing": FourEyes.LISTING,
}
FORMS = set(KINDS) - {"credit.office.review"}
SAYING = {"credit.office.objection": {"state": "upheld"}}
"""What a message says that takes two, where its type alone does not tell."""


class House(NamedTuple):
    """A home whose clerk has an account, bound to a user of the operating system where `log_in` was called."""

    runtime: Runtime
    environ: dict[str, str]
    place: Path

    def log_in(self) -> None:
        with writing(self.runtime.engine) as connection:
            make_account(connection, "chen", "陈晨", NOON, Role.CLERK)
        self.environ["XINGLIN_ACCOUNT"] = "os-chen"

    def give(self, *words: str) -> BaseException | None:
        """Give a command; return how it ended, None where it was done."""
        return CliRunner().invoke(app, [*words, "--home", str(self.runtime.settings.home)]).exception

    def applied(self, family: str) -> int:
        """How many messages of a family hold or wait for what they are about, once all that was sent is through."""
        feed_in(self.runtime)
        asked = "SELECT 1 FROM message WHERE type = :type AND outcome != 'parked'"
        return len(rows(self.runtime, asked, type=f"{family}.v1"))

    def proposed(self) -> list[str]:
        return [kind for (kind,) in rows(self.runtime, "SELECT kind FROM proposal")]

    def refusals(self) -> list[str]:
        """Why rows of files were refused."""
        found = rows(self.runtime, "SELECT refusal FROM file_row WHERE refusal IS NOT NULL")
        return [note["reason"] for (refusal,) in found for note in json.loads(refusal)]

    def table(self, family: str) -> Path:
        """A table of our own template, with the sample of its type as its row."""
        template = self.runtime.reader.registry.templates()[f"{family}.v1"]
        assert template.write is not None
        values = template.write(sample(family)["data"]).values
        return write_csv(self.place / "表.csv", [{each.title: values.get(each.code, "") for each in template.columns}])

    def console(self) -> Any:
        return open_console(self.runtime, holder(*EVERYTHING))

    def park(self, posting: Posting) -> None:
        feed_in(self.runtime, posting)
        assert rows(self.runtime, "SELECT parked_id FROM parked WHERE closed_as IS NULL") == [(1,)]


@pytest.fixture
def house(tmp_path: Path, template_archive: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    home, environ = tmp_path / "home", dict[str, str]()
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    for reader in ("read_user", "read_account"):
        monkeypatch.setattr(f"workers.account.{reader}.__defaults__", (tmp_path / "none",))
    with open_runtime(settings.read(environ, home=home), lambda: NOON) as runtime:
        for command in ("ingest", "common"):
            monkeypatch.setattr(f"workers.cli.{command}.open_runtime", lambda _: nullcontext(runtime))
        runtime.broker.declare(runtime.reader.routes.topology)
        yield House(runtime, environ, tmp_path)


def sample(family: str) -> dict[str, Any]:
    """A message of a day before the clock of the house."""
    name, envelope = family.removeprefix("credit."), {"time": "2026-05-21T08:30:00+08:00"}
    says = SAYING.get(family, {})
    event: dict[str, Any] = json.loads(message(name, "1", envelope, occurred_on="2026-05-20", **says).body)
    return event


def flat(data: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """The items of a message as the fields of a form."""
    for name, value in data.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", str(value)


def by_form(house: House, family: str) -> None:
    path, event = f"/entry/{family}.v1", sample(family)
    clerk = house.console()
    page = clerk.get(path)
    if family not in FORMS:
        assert page.status_code == 404
        return
    form = re.search(r'name="form" value="([^"]+)"', page.text)
    assert form is not None
    if "target" in event["data"]:
        number = event["data"]["target"]["document_no"]
        feed_in(house.runtime, message("penalty", "target", None, CF_WSH=number))
    sent = {"form": form[1], "sender": event["sender"], "step": "save"} | dict(flat(event["data"]))
    assert "须由另一人复核" in clerk.post(path, data=sent).text
    assert house.proposed() == [KINDS[family].value]


def by_upload(house: House, family: str) -> None:
    path = house.table(family)
    with path.open("rb") as book:
        files = {"file": (path.name, book, "text/csv")}
        shown = house.console().post("/upload", data={"sender": sample(family)["sender"]}, files=files).text
    assert f"本行：{KINDS[family].word}须由一人提交、另一人复核，请在工作台“" in shown
    assert house.refusals() == ["row.two_persons"]


def by_ingested_table(house: House, family: str) -> None:
    house.log_in()
    assert house.give("ingest", str(house.table(family)), "--sender", sample(family)["sender"]) is None
    assert house.refusals() == ["row.two_persons"]


def by_ingested_messages(house: House, family: str) -> None:
    house.log_in()
    path = house.place / "报文.json"
    path.write_text(json.dumps([sample("credit.office.honour"), sample(family)]), encoding="utf-8")
    refused = house.give("ingest", str(path))
    assert isinstance(refused, AccessRefused)
    assert refused.told.startswith(f"没有送入任何报文：第 2 份报文的{KINDS[family].word}须由")
    assert house.applied("credit.office.honour") == 0


def by_folder_of_a_person(house: House, family: str) -> None:
    with writing(house.runtime.engine) as connection:
        made = make_account(connection, "chen", "陈晨", NOON, Role.CLERK)
        user = pwd.getpwuid(os.getuid()).pw_name
        connection.exec_driver_sql(f"UPDATE account SET system_user = '{user}' WHERE name = '{made.account}'")
    watch(house, family)
    assert house.refusals() == ["row.two_persons"]


def watch(house: House, family: str) -> None:
    box = house.place / "box"
    box.mkdir()
    shutil.copy(house.table(family), box)
    folder = Folder(house.runtime, box, sample(family)["sender"])
    for seconds in range(3):
        folder.step(3.0 * seconds)
    folder.close()


def by_mending_another_type(house: House, family: str) -> None:
    house.park(message("office.honour", "1", until="2020-01-01"))
    refuse_mend(house, json.dumps(sample(family), ensure_ascii=False))


def by_mending_its_own(house: House, family: str) -> None:
    """It came as it should, from the system of the office; whom it is about is not for one clerk to change."""
    says = SAYING.get(family, {})
    house.park(message(family.removeprefix("credit."), "1", {"time": "2028-01-01T00:00:00+08:00"}, **says))
    clerk = house.console()
    told = f"不能修正，请提交作废。{KINDS[family].word}须由一人提交、另一人复核"
    page = clerk.get("/parked/1").text
    assert 'href="/parked/1/mend"' not in page
    assert f'<button type="button" disabled>修正</button> <small>{told}' in page
    sent = {"version": "0", "why": "补正", "whole": json.dumps(sample(family), ensure_ascii=False)}
    for answer in (clerk.get("/parked/1/mend"), clerk.post("/parked/1/mend", data=sent | {"step": "do"})):
        assert answer.status_code == 403
        assert told in answer.text
    assert rows(house.runtime, "SELECT closed_as FROM parked") == [(None,)]


def by_mending_what_could_not_be_read(house: House, family: str) -> None:
    house.park(Posting(b"{", None))
    refuse_mend(house, json.dumps(sample(family), ensure_ascii=False))


def by_mending_at_the_command_line(house: House, family: str) -> None:
    house.log_in()
    house.park(message("office.honour", "1", until="2020-01-01"))
    path = house.place / "报文.json"
    path.write_text(json.dumps(sample(family)), encoding="utf-8")
    words = ["parked", "mend", "1", str(path), "--by", "陈晨", "--why", "补正"]
    refused = house.give(*words)
    assert isinstance(refused, PermanentError)
    assert "takes two persons" in str(refused)


def refuse_mend(house: House, whole: str) -> None:
    clerk = house.console()
    page = clerk.get("/parked/1/mend?whole=yes").text
    version = re.search(r'name="version" value="([^"]+)"', page)
    assert version is not None
    sent = {"version": version[1], "why": "补正", "whole": whole}
    for step in ({}, {"step": "do"}):
        assert "这一类报文须由两人办理" in clerk.post("/parked/1/mend", data=sent | step).text


@pytest.mark.parametrize("family", KINDS)
@pytest.mark.parametrize(
    "way",
    [
        by_form,
        by_upload,
        by_ingested_table,
        by_ingested_messages,
        by_folder_of_a_person,
        by_mending_another_type,
        by_mending_its_own,
        by_mending_what_could_not_be_read,
        by_mending_at_the_command_line,
    ],
)
def test_one_person_alone_does_nothing_that_takes_two(
    house: House, family: str, way: Callable[[House, str], None]
) -> None:
    way(house, family)
    assert house.applied(family) == 0


def test_every_kind_is_asked_by_its_messages_but_the_discard_which_is_none() -> None:
    assert foureyes.MESSAGES == KINDS
    assert set(KINDS.values()) | {FourEyes.DISCARD} == set(FourEyes)


def test_a_mend_makes_no_upheld_objection_of_one_that_was_filed(house: House) -> None:
    came = message("office.objection", "1", {"time": "2028-01-01T00:00:00+08:00"}, state="filed")
    house.park(came)
    upheld = sample("credit.office.objection")
    refuse_mend(house, json.dumps(upheld, ensure_ascii=False))
    clerk = house.console()
    sent = fields_of(clerk.get("/parked/1/mend?whole=yes").text, "/parked/1/mend") | {"why": "补正", "step": "do"}
    whole = json.dumps(json.loads(came.body) | {"time": upheld["time"]}, ensure_ascii=False)
    assert "已修正。" in clerk.post("/parked/1/mend", data=sent | {"whole": whole}).text
    assert house.applied("credit.office.objection") == 1


@pytest.mark.parametrize("state", ["filed", "rejected"])
def test_an_objection_that_ends_no_record_takes_one(house: House, monkeypatch: Any, state: str) -> None:
    house.log_in()
    monkeypatch.setitem(SAYING, "credit.office.objection", {"state": state})
    event = sample("credit.office.objection")
    assert house.give("ingest", str(house.table("credit.office.objection")), "--sender", event["sender"]) is None
    path = house.place / "报文.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    assert house.give("ingest", str(path)) is None
    assert (house.refusals(), house.applied("credit.office.objection")) == ([], 2)


def test_a_row_of_2016_that_revokes_takes_two_and_the_rows_beside_it_go_on(house: House) -> None:
    templates = house.runtime.reader.registry.templates()
    template = templates["penalty-v2016-organisation"]
    assert template.type == "credit.inspection.penalty.v1"
    row = {each.code: each.example for each in template.columns}
    path = write_csv(house.place / "表.csv", [row, row | {"CF_ZT": "撤销", "state_on": "2026-05-08"}])
    with path.open("rb") as book:
        house.console().post("/upload", data={"sender": HEALTH.code}, files={"file": (path.name, book, "text/csv")})
    assert house.refusals() == ["row.two_persons"]
    assert (house.applied("credit.inspection.penalty"), house.applied("credit.office.withdrawal")) == (1, 0)


def test_a_known_person_mends_no_message_into_another_type(house: House) -> None:
    house.park(message("office.honour", "1", until="2020-01-01"))
    clerk = house.console()
    version = re.search(r'name="version" value="([^"]+)"', clerk.get("/parked/1/mend?whole=yes").text)
    assert version is not None
    whole = json.dumps(sample("credit.office.rating"), ensure_ascii=False)
    sent = {"version": version[1], "why": "补正", "whole": whole, "step": "do"}
    told = "修正后成了另一类报文：应为 credit.office.honour.v1，不是 credit.office.rating.v1"
    assert told in clerk.post("/parked/1/mend", data=sent).text


@pytest.mark.parametrize("family", KINDS)
def test_where_nobody_is_known_and_where_a_system_sends_nothing_is_asked(house: House, family: str) -> None:
    path = house.place / "报文.json"
    path.write_text(json.dumps(sample(family)), encoding="utf-8")
    assert house.give("ingest", str(path)) is None
    watch(house, family)
    assert house.refusals() == []
    assert house.applied(family) == 2


def test_one_person_hands_in_what_takes_one(house: House) -> None:
    house.log_in()
    assert house.give("ingest", str(write_csv(house.place / "处罚.csv", [penalty(1)]))) is None
    assert house.applied("credit.inspection.penalty") == 1
