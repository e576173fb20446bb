"""Commands over a small archive of a town, whose accounts are bound to system users: whom they show is in the log."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from credit.store import tables
from credit.store.engine import reading, writing
from schemas.rights import Role
from tests.accounts import make_account
from tests.builders import feed_in, message
from tests.consoles import looked_at, named_in
from workers import settings
from workers.cli import app, common
from workers.demo import run
from workers.demo.town.day import ordinary
from workers.runtime import Runtime, open_runtime

PLANTED = "11010519491231002X"


@pytest.fixture
def runtime(template_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """A town after one day, and somebody who may do what clerks, reviewers and operators may."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    shutil.copy(template_archive, home / "archive.sqlite")
    with open_runtime(settings.read({"XINGLIN_ACCOUNT": "os-li"}, home=home)) as opened:
        run.live_through(opened, ordinary(7, 90, opened.rules().at.today), lambda _label, _total: lambda _done: None)
        party = {"CF_XDR_LB": "自然人", "CF_XDR_MC": "诸葛四郎", "CF_XDR_SHXYM": None, "CF_XDR_ZJLX": "身份证"}
        feed_in(opened, message("penalty", "parked-person", None, CF_NR_FK=99999, CF_XDR_ZJHM=PLANTED, **party))
        with writing(opened.engine) as connection:
            make_account(connection, "li", "李四", opened.clock(), Role.CLERK, Role.REVIEWER, Role.OPERATOR)
        monkeypatch.setenv("XINGLIN_ACCOUNT", "os-li")
        monkeypatch.setattr(common, "open_runtime", lambda _: nullcontext(opened))
        yield opened


def commands(runtime: Runtime) -> Iterator[list[str]]:
    """Every command that lists, or shows one thing of, what may be a person's."""
    yield from (["notices"], ["closure"], ["feed"], ["feed", "work"], ["duties"], ["review", "list"])
    yield from (["identity", "links"], ["record", "splits"], ["record", "disputes"], ["parked", "list", "--all"])
    yield from (
        ["parked", "summary"],
        ["files"],
        ["draws"],
        ["proposals"],
        ["alerts"],
        ["ledger"],
        ["slo"],
        ["sources"],
    )
    with reading(runtime.engine) as connection:
        of_persons = select(tables.record.c.document_no).where(tables.record.c.subject_id.startswith("P"))
        numbers = list(connection.execute(of_persons.limit(3)).scalars())
        parked = list(connection.execute(select(tables.parked.c.parked_id)).scalars())
    yield from (["record", "parties", number] for number in numbers)
    yield from (["parked", "show", str(number)] for number in parked)
    yield ["parked", "show", str(parked[0]), "--raw"]
    for code, regime in runtime.reader.regimes.items():
        last = regime.lists.editions[-1].lists if regime.lists is not None else ()
        yield from (["list", code, each.id] for each in last)
        yield ["assess", "not-assessed", "--regime", code, "--year", str(runtime.rules().at.today.year)]
        yield ["draws", "plan", code]


def test_no_command_names_a_person_without_an_entry_in_the_log(runtime: Runtime) -> None:
    named, naming = named_in(runtime), set()
    home = ["--home", str(runtime.settings.home)]
    for words in commands(runtime):
        with writing(runtime.engine) as connection:
            connection.execute(tables.look.delete())
        for more in ([], ["--json"]):
            result = CliRunner().invoke(app, [*words, *more, *home], env={"COLUMNS": "400"})
            assert result.exit_code in {0, 1}, (words, result.output)
            logged = looked_at(runtime, "li")
            shown = {name for name in named if name in result.stdout}
            assert all(named[name] & logged.keys() for name in shown), (words, shown)
            if shown:
                naming.add(words[0])
    assert naming >= {"notices", "feed", "record", "parked"}
