"""Addresses of servers with any password: read as they are meant, or refused without showing it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from schemas.errors import ConfigurationError, XinglinError
from workers import cli, settings
from workers.broker.link import parameters

PLAIN = [
    "secret",
    "a/b",
    "a#b",
    "a:b",
    "a?b",
    "a@b",
    "a@b@",
    "12/34",
    "#/?:",
    "/@",
    "100%",
    "%zz",
    "口令",
    "a b+c",
    "[x]",
]
AMBIGUOUS = ["a@b/c", "a@b?c", "a@b#c", "@:1/"]


def read(password: str, name: str = "xinglin") -> settings.Settings:
    return settings.read(
        {
            "XINGLIN_BROKER_URL": f"amqp://u:{password}@broker:5672/{name}",
            "XINGLIN_DATABASE_URL": f"postgresql+psycopg://u:{password}@database:5432/{name}?sslmode=verify-full",
        }
    )


@pytest.mark.parametrize("written", [str, lambda password: quote(password, safe="")], ids=["plain", "encoded"])
@pytest.mark.parametrize("password", PLAIN)
def test_a_password_may_hold_any_character(password: str, written: type[str]) -> None:
    found = read(written(password))
    broker, database = parameters(found.broker_url), make_url(found.database_url)
    assert (broker.host, broker.port, broker.virtual_host) == ("broker", 5672, "xinglin")
    assert (broker.credentials.username, broker.credentials.password) == ("u", password)
    assert (database.host, database.port, database.database) == ("database", 5432, "xinglin")
    assert (database.username, database.password) == ("u", password)
    assert database.query == {"sslmode": "verify-full"}


@pytest.mark.parametrize("password", AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_refused_and_not_shown(password: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(password)
    assert password not in str(caught.value)
    assert "/ as %2F" in str(caught.value)
    assert read(quote(password, safe=""))


@pytest.mark.parametrize("name", ["a@b", "a#b"])
def test_a_name_with_such_characters_is_written_otherwise(name: str) -> None:
    with pytest.raises(ConfigurationError):
        read("secret", name)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg:///xinglin?host=/run/postgresql",
        "postgresql+psycopg://u@/xinglin?host=/run/postgresql",
        "postgresql+psycopg://u:p@one,two/xinglin",
        "sqlite:////home/a@b#c/archive.sqlite",
    ],
)
def test_other_urls_stay_as_they_are(url: str) -> None:
    found = settings.read({"XINGLIN_BROKER_URL": "embedded:///home/a@b/x", "XINGLIN_DATABASE_URL": url})
    assert (found.database_url, found.broker_url) == (url, "embedded:///home/a@b/x")


@pytest.mark.parametrize("command", [["doctor"], ["ledger"], ["routing", "users"], ["ingest", __file__]])
@pytest.mark.parametrize(
    "url", ["amqp://u:hunter2@127.0.0.1:x/v", "amqp://u:hunter2", "amqp://u:x@hunter2/y@127.0.0.1/", "amqp://[hunter2@127.0.0.1:19/"]
)  # fmt: skip
def test_no_command_shows_a_url_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: list[str], url: str
) -> None:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path))
    monkeypatch.setenv("XINGLIN_KEYS", "{}")
    monkeypatch.setenv("XINGLIN_BROKER_URL", url)
    monkeypatch.setenv("XINGLIN_DATABASE_URL", url.replace("amqp", "postgresql+psycopg"))
    done = CliRunner().invoke(cli.app, command)
    assert done.exit_code != 0
    assert isinstance(done.exception, XinglinError | SystemExit)
    assert "hunter2" not in f"{done.output}{done.exception}"
