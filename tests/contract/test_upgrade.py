"""An archive that the version before wrote, brought up to date: the same archive, and nobody is told anything anew."""

from __future__ import annotations

import gzip
import json
import shutil
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.migration import MigrationContext
from ruamel.yaml import YAML
from sqlalchemy import Engine, MetaData, select, text

from credit import vault
from credit.law import layers, loading
from credit.record import places
from credit.routing import routes
from credit.rules import Moment, Rules
from credit.store import archive, digest, migrate, rotation, tables
from credit.store.engine import connect, reading, writing
from schemas.errors import ConfigurationError
from tests.installed import MODELS
from tests.servers import Postgres

pytestmark = pytest.mark.long

DATA = Path(__file__).parent / "data"
POLICIES = Path(__file__).parents[2] / "policies"
#: Written by the version whose tables are at 0003, after a sample day: first what it said of itself, then its rows.
FILE = DATA / "archive-0003.jsonl.gz"


def read_lines() -> list[dict[str, Any]]:
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


HEAD, *ROWS = read_lines()
NOW = datetime.fromisoformat(HEAD["now"])
KEYS = vault.parse(HEAD["keys"])


@cache
def rules() -> Rules:
    """The rules by which the archive was written, in the form of today: an edit would change what agencies are told."""
    today = (NOW + timedelta(hours=8)).date()
    law = loading.load(DATA / "law", MODELS)
    return Rules(law, routes.load(DATA / "routing.yaml", law, today, MODELS), KEYS, Moment(NOW, today))


def plain(value: Any) -> Any:
    match value:
        case {"b": content}:
            return b64decode(content)
        case {"t": moment}:
            return datetime.fromisoformat(moment)
        case {"d": day}:
            return date.fromisoformat(day)
    return value


def write(url: str) -> None:
    """Make the archive as the version before left it; leave no connection open."""
    engine = connect(url)
    with writing(engine) as connection:
        command.upgrade(migrate._config(connection), "0003")
        before = MetaData()
        before.reflect(connection)
        for column in [column for table in before.tables.values() for column in table.columns]:
            column.type = tables.Instant() if "TIME" in str(column.type).upper() else column.type
        for name, table in before.tables.items():
            if written := [row["row"] for row in ROWS if row["table"] == name]:
                values = [{key: plain(value) for key, value in row.items()} for row in written]
                connection.execute(table.insert(), values)
    engine.dispose()


@pytest.fixture(scope="module")
def old_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file to be copied."""
    path = tmp_path_factory.mktemp("old") / "archive.sqlite"
    write(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
def old_database(postgres: Postgres) -> Iterator[str]:
    """The name of the database to be copied."""
    postgres.start()
    write(postgres.create_database("as_written"))
    yield "as_written"
    postgres.drop_database("as_written")


@pytest.fixture(params=["embedded", pytest.param("servers", marks=pytest.mark.servers)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The archive as the version before left it."""
    with ExitStack() as stack:
        if request.param == "servers":
            postgres: Postgres = request.getfixturevalue("postgres")
            url = postgres.create_database("old", request.getfixturevalue("old_database"))
            stack.callback(postgres.drop_database, "old")
        else:
            url = f"sqlite:///{shutil.copy(request.getfixturevalue('old_file'), tmp_path / 'archive.sqlite')}"
        engine = connect(url)
        stack.callback(engine.dispose)
        yield engine


def rows(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def feed_rows(engine: Engine) -> Iterator[dict[str, str]]:
    """Every row that feeds were told of, in the order of telling."""
    sent = "SELECT message_id, body FROM outbox WHERE routing_key LIKE 'feed.%' ORDER BY outbox_id"
    for message_id, body in rows(engine, sent):
        yield from json.loads(KEYS.unseal(bytes(body), places.of_dispatch(message_id)))["data"]["rows"]


TO_AGENCIES = "SELECT message_id, routing_key FROM outbox WHERE routing_key LIKE 'notice.%' ORDER BY outbox_id"
FOLLOWED = "SELECT notice_no, reply_state, lift_cause FROM notice ORDER BY notice_no"


def test_it_is_the_same_archive_after_the_upgrade(old: Engine) -> None:
    migrate.upgrade(old, KEYS)
    with reading(old) as connection:
        assert digest.digest(connection, KEYS) == HEAD["digest"]
        for table in tables.metadata.sorted_tables:
            written = sum(row["table"] == table.name for row in ROWS)
            if table is tables.unshown:  # everybody who is on file waits for the public page
                written = len({row["row"]["subject_id"] for row in ROWS if row["table"] == "record"})
            assert len(connection.execute(select(table)).all()) == written, table.name


def test_no_agency_is_told_anything_anew_and_feeds_only_what_portals_need(old: Engine) -> None:
    """Penalties get the end of the window in force (Order 36), permits their codes in capitals; the rest stays.

    And no row has the kind of a representative's document any more, whose number would have to be there too.
    """
    before = [rows(old, statement) for statement in (TO_AGENCIES, FOLLOWED)]
    assert len(before[1]) > 100
    migrate.upgrade(old, KEYS)
    told = {row["row_id"]: row for row in feed_rows(old)}
    with reading(old) as connection:
        records = archive.find_records(connection, "", 10_000)
    work = archive.settle_again(old, records, rules())
    assert work.notices.changed == {}
    assert {dispatch.type for dispatch in work.dispatches} == {"credit.feed.rows.v1"}
    for dispatch in work.dispatches:
        sent = json.loads(KEYS.unseal(dispatch.body, places.of_dispatch(dispatch.message_id)))["data"]
        assert sent["operation"] == "update"
        [row] = sent["rows"]
        former = told[row["row_id"]]
        kind_left = "XK_FR_ZJLX" in former and "XK_FR_ZJLX" not in row
        assert row.get("CF_GSJZQ") or kind_left or row["XK_XDR_SHXYM"] != former["XK_XDR_SHXYM"]
        assert sent["kind"] == "penalty" or row["XK_XDR_SHXYM"] == row["XK_XDR_SHXYM"].upper()
    assert [rows(old, statement) for statement in (TO_AGENCIES, FOLLOWED)] == before


def in_henan(_: Path) -> Rules:
    """The law that ships, with that of Henan, and the routes by which the archive was written."""
    now = rules()
    law = layers.enact(loading.load(POLICIES / "national", MODELS), layers.read(POLICIES, "henan").value)
    return replace(now, law=law)


def telling_first(folder: Path) -> Rules:
    """The rules by which the archive was written, but that the party of a fraud is told before any agency."""
    now, yaml = rules(), YAML()
    routing = yaml.load(DATA / "routing.yaml")
    source = {"document": "试验法", "clause": "先告知"}
    routing["grounds"]["serious-insurance-fraud"]["told_first"] = {"source": source, "confidence": "high"}
    yaml.dump(routing, folder / "routing.yaml")
    return replace(now, routes=routes.load(folder / "routing.yaml", now.law, now.at.today, MODELS))


@pytest.mark.parametrize(
    ("takes_over", "of", "prepares"),
    [
        # Detentions are sealed. A penalty decided by 10 September 2025, served within seven working days by the 19th,
        # cannot be appealed against any more on 20 March 2026.
        (
            in_henan,
            """record.fact LIKE '%"sanction"_"detention"%' OR (record.occurred_on > '2025-09-10' AND
            (record.category = 'penalty' OR record.fact LIKE '%"event"_"revoked"%'))""",
            False,
        ),
        # What the insurer decided itself it does not do for others: it goes on.
        (telling_first, "notice.ground = 'serious-insurance-fraud' AND notice.agency <> 'health-insurance'", True),
    ],
    ids=["the law that ships", "told first"],
)
def test_who_takes_over_other_rules_lifts_what_they_do_not_allow_and_no_more(
    old: Engine, tmp_path: Path, takes_over: Callable[[Path], Rules], of: str, *, prepares: bool
) -> None:
    """Nobody is told of anything else: what has to wait for its party to be told is prepared, not sent."""
    joined = "FROM notice JOIN record ON record.record_id = notice.record_id WHERE notice.lifted_at IS NULL"
    wrong = {number for (number,) in rows(old, f"SELECT notice.notice_no {joined} AND ({of})")}
    ((standing,),) = rows(old, f"SELECT count(*) {joined}")
    assert 0 < len(wrong) < standing
    migrate.upgrade(old, KEYS)
    with reading(old) as connection:
        records = archive.find_records(connection, "", 10_000)
    work = archive.settle_again(old, records, takes_over(tmp_path))
    lifted = {row.notice_no: row.lift_cause for row in work.notices.changed.values() if row.lifted_at is not None}
    assert lifted == dict.fromkeys(wrong, "withdrawn")
    others = [row for row in work.notices.changed.values() if row.notice_no not in wrong]
    assert all(row.prepared for row in others)
    assert len(others) == (len(wrong) if prepares else 0)
    said = Counter(dispatch.type for dispatch in work.dispatches)
    said.pop("credit.feed.rows.v1")
    assert said == {"credit.notice.lifted.v1": len(wrong)}


def test_a_notice_that_was_out_of_date_is_still_issued_anew(old: Engine) -> None:
    """What an edit of the routes would have changed before the upgrade, it changes after it too."""
    ((number,),) = rows(old, "SELECT notice_no FROM notice WHERE lifted_at IS NULL ORDER BY notice_no LIMIT 1")
    with writing(old) as connection:
        connection.execute(text("UPDATE notice SET digest = :d WHERE notice_no = :n"), {"d": b"x" * 32, "n": number})
    migrate.upgrade(old, KEYS)
    with reading(old) as connection:
        records = archive.find_records(connection, "", 10_000)
    work = archive.settle_again(old, records, rules())
    assert [row.notice_no for row in work.notices.changed.values() if not row.in_force] == [number]
    assert len(work.notices.changed) == 2


def sealed_values(engine: Engine) -> list[tuple[bytes, bytes]]:
    found: list[tuple[bytes, bytes]] = []
    with reading(engine) as connection:
        for each in rotation.SEALED:
            wanted = select(*each.names, each.column).where(each.column.is_not(None))
            found += [(each.place(*names), token) for *names, token in connection.execute(wanted)]
    return found


def test_every_sealed_value_is_bound_to_its_row(old: Engine) -> None:
    """But for one message, which was damaged before: it stays, and opens nowhere."""
    with writing(old) as connection:
        subjects = connection.execute(text("SELECT subject_id, identifier FROM subject ORDER BY 1 LIMIT 2")).all()
    migrate.upgrade(old, KEYS)
    found = sealed_values(old)
    assert len(found) > 1000
    broken = [token for place, token in found if not vault.is_bound(token)]
    assert [vault.is_unbound(token) for token in broken] == [True]
    opened = [KEYS.unseal(token, place) for place, token in found if vault.is_bound(token)]
    assert len(opened) == len(found) - 1
    # What was kept from before opens nowhere.
    for row in subjects:
        with pytest.raises(vault.SealBroken, match="not a sealed value"):
            KEYS.unseal(row.identifier, places.of_identifier(row.subject_id))


def test_an_archive_that_was_bound_before_is_not_bound_again(old: Engine) -> None:
    """Values of before that somebody puts into it, with the tables said to be old, are not taken for its own."""
    with writing(old) as connection:
        kept = connection.execute(text("SELECT identifier FROM subject ORDER BY subject_id LIMIT 1")).scalar_one()
    migrate.upgrade(old, KEYS)
    with writing(old) as connection:
        connection.execute(text("UPDATE subject SET identifier = :kept"), {"kept": kept})
        connection.execute(text("UPDATE alembic_version SET version_num = '0007'"))
    with pytest.raises(ConfigurationError, match="bound to their rows already"):
        migrate.upgrade(old, KEYS)


def test_the_upgrade_needs_the_keys_of_the_archive(old: Engine) -> None:
    with pytest.raises(ConfigurationError, match="its keys"):
        migrate.upgrade(old)
    with pytest.raises(vault.SealBroken):
        migrate.upgrade(old, vault.generate(vault.Algorithm.AES_256_GCM))
    with reading(old) as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "0003"


def test_who_has_answered_is_known(old: Engine) -> None:
    answered = rows(old, "SELECT count(*) FROM notice WHERE reply_state IN ('executed', 'declined')")
    migrate.upgrade(old, KEYS)
    assert rows(old, "SELECT count(*) FROM notice WHERE answered") == answered != [(0,)]


def test_what_hangs_on_a_record_has_its_organ_from_then_on(old: Engine) -> None:
    migrate.upgrade(old, KEYS)
    for table in ("notice", "feed_row"):
        found = rows(old, f"SELECT {table}.organ_code, record.organ_code FROM {table} JOIN record USING (record_id)")
        assert len(found) > 50, table
        assert all(mine == of_record for mine, of_record in found), table


def test_penalties_that_suspect_a_crime_are_followed_from_then_on(old: Engine) -> None:
    suspected = rows(
        old, "SELECT record_id FROM record WHERE fact LIKE '%\"suspected_crime\"_true%' ORDER BY record_id"
    )
    migrate.upgrade(old, KEYS)
    with reading(old) as connection:
        due = archive.find_due_records(connection, rules(), 10_000)
    archive.settle_again(old, due, rules())
    assert rows(old, "SELECT record_id FROM record WHERE transfer_by IS NOT NULL ORDER BY record_id") == suspected
    handed = rows(old, "SELECT count(*) FROM record WHERE category = 'transfer' AND transfers IS NOT NULL")
    assert handed == rows(old, "SELECT count(*) FROM record WHERE category = 'transfer'")
    assert suspected
