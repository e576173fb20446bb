"""A command that reads or decides makes no archive, and says which one it used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from credit.store import engine as store_engine
from credit.store import migrate
from schemas.errors import ConfigurationError, XinglinError
from workers import footing, settings
from workers.cli import app, tell_error
from workers.runtime import open_runtime

EXISTING_ONLY = [
    ["ledger"],
    ["subject", "91410481MA44444441"],
    ["notices"],
    ["closure"],
    ["feed"],
    ["digest"],
    ["parked", "list"],
    ["parked", "show", "1"],
    ["parked", "replay", "1", "--by", "王芳"],
    ["parked", "discard", "1", "--by", "王芳", "--why", "测试"],
    ["parked", "mend", "1", __file__, "--by", "王芳", "--why", "测试"],
    ["identity", "links"],
    ["identity", "unlink", "1", "--by", "王芳", "--why", "误认"],
    ["routing", "explain", __file__],
    ["routing", "apply"],
    ["keys", "rotate"],
    ["verify"],
    ["workers"],
    ["db", "clock"],
]


def run(arguments: Sequence[str], home: Path) -> Result:
    return CliRunner(env=dict.fromkeys(("XINGLIN_HOME", "XINGLIN_KEY_FILE"))).invoke(
        app, [*arguments, "--home", str(home)]
    )


def look(folder: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def refused(found: Result) -> str:
    assert found.exit_code == 1
    assert isinstance(found.exception, XinglinError), found.exception
    return tell_error(found.exception).plain


@pytest.mark.parametrize("arguments", EXISTING_ONLY, ids=" ".join)
def test_without_an_archive_it_refuses_and_makes_nothing(arguments: list[str], tmp_path: Path) -> None:
    told = refused(run(arguments, tmp_path / "home"))
    assert list(tmp_path.iterdir()) == []
    for way in ("xinglin demo", "xinglin worker all", "xinglin ingest", str(tmp_path / "home")):
        assert way in told


def test_an_empty_file_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "archive.sqlite").touch()
    before = look(tmp_path)
    assert "xinglin worker all" in refused(run(["ledger"], tmp_path))
    assert look(tmp_path) == before


def test_an_archive_without_its_keys_gets_no_new_ones(tmp_path: Path) -> None:
    with open_runtime(settings.read({}, home=tmp_path)):
        pass
    (tmp_path / "keys.json").unlink()
    before = look(tmp_path)
    assert "密钥文件" in refused(run(["ledger"], tmp_path))
    assert look(tmp_path).keys() == before.keys()


def test_an_archive_that_no_worker_has_used_is_not_given_keys(tmp_path: Path) -> None:
    assert run(["db", "upgrade"], tmp_path).exit_code == 0
    assert "尚未启用" in refused(run(["digest"], tmp_path))
    with open_runtime(settings.read({}, home=tmp_path)):
        pass
    assert run(["digest"], tmp_path).exit_code == 0


def test_tables_of_another_version_are_left_alone(tmp_path: Path) -> None:
    place = settings.read({}, home=tmp_path)
    with open_runtime(place) as opened, store_engine.writing(opened.engine) as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    assert "xinglin db upgrade" in refused(run(["ledger"], tmp_path))
    engine = store_engine.connect(place.database_url)
    with pytest.raises(ConfigurationError, match="nothing yet"):
        migrate.check(engine)
    engine.dispose()


def test_the_doctor_has_no_green_light_for_an_archive_that_is_not_there(tmp_path: Path) -> None:
    found = run(["doctor", "--json"], tmp_path / "home")
    assert found.exit_code == 1
    verdicts = {each["check"]: each["verdict"] for each in json.loads(found.stdout)}
    assert verdicts["home.writable"] == "refused"
    assert list(tmp_path.iterdir()) == []


def test_a_command_says_first_what_it_used_and_leaves_its_answer_alone(tmp_path: Path) -> None:
    place = settings.read({}, home=tmp_path)
    with open_runtime(place):
        pass
    used = f"档案 {tmp_path / 'archive.sqlite'}；路由 {place.routing}；法规 {place.policies}\n"
    for arguments in (["parked", "list"], ["doctor"], ["ledger"], ["workers"], ["db", "clock"]):
        machine = run([*arguments, "--json"], tmp_path)
        assert machine.stderr == used
        json.loads(machine.stdout)
    found = run(["digest"], tmp_path)
    assert (found.stderr, len(found.stdout.split())) == (used, 1)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://xinglin:s3cret%2F@db.example:5433/credit", "postgresql://db.example:5433/credit"),
        ("postgresql://xinglin@db/credit?password=s3cret&sslmode=require", "postgresql://db/credit"),
        ("postgresql://xinglin:s3cret@/credit?host=/run/postgresql", "postgresql:///run/postgresql/credit"),
        ("postgresql://xinglin:s3cret@/credit?host=a&host=b", "postgresql://a,b/credit"),
        ("postgresql+psycopg:///credit", "postgresql:///credit"),
    ],
)
def test_an_archive_on_a_server_is_named_without_its_password(url: str, shown: str, tmp_path: Path) -> None:
    found = footing.describe(replace(settings.read({}, home=tmp_path), database_url=url))
    assert found.archive == shown
    assert "s3cret" not in repr(found)
