"""How intake and look-up do on an archive that already holds much.

The archive is filled by the database itself: rows as a real intake wrote them, multiplied under new keys that are
spread at random, as real ones are. Five records a person, none of them sealed, with their messages, feed rows and
notices.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from datetime import date
from random import Random
from time import perf_counter
from typing import Any

from psycopg import Connection

from credit.identity import MASKED
from credit.record import places
from credit.store.engine import reading
from credit.store.queries.archive import read_archive
from credit.store.queries.view import View
from credit.store.tables import metadata
from credit.vault import Keyring
from tests.bench.place import Place, Round
from tests.bench.rates import TAKEN_IN
from workers.postings import Posting

RECORDS_EACH = 5
_LOOKUPS = 500
_NUMBER = b"11010519491231002X"
"""The example of GB 11643: nobody's number."""

# %(first)s and %(last)s are the numbers of the records to add. The model rows are those of the town taken in before.
_MODELS = """
CREATE TABLE filling AS
SELECT row_number() OVER (ORDER BY record_id) - 1 AS place, record_id
FROM record JOIN subject USING (subject_id) WHERE kind = 'person' AND sealed_clause IS NULL
"""
_FILL = (
    """
    INSERT INTO subject SELECT 'P' || left(md5('person' || n), 31), kind, name, name_key, id_type, identifier, since
    FROM generate_series(%(first)s / 5, (%(last)s - 1) / 5) AS n,
        (SELECT * FROM subject WHERE kind = 'person' ORDER BY subject_id LIMIT 1) AS model
    """,
    """
    INSERT INTO alias (kind, value_hash, subject_id, value, claimed_by, claimed_at)
    SELECT kind, md5('one' || n) || md5('two' || n), 'P' || left(md5('person' || n), 31), value, claimed_by, claimed_at
    FROM generate_series(%(first)s / 5, (%(last)s - 1) / 5) AS n,
        (SELECT * FROM alias ORDER BY value_hash LIMIT 1) AS model
    """,
)


def _copy(table: str, replaced: dict[str, str], columns: Sequence[str], on: str = "model.record_id") -> str:
    """Return the statement that multiplies the rows of a table that hang on the model records."""
    values = ", ".join(replaced.get(name, f"model.{name}") for name in columns)
    return f"""
    INSERT INTO {table} ({", ".join(columns)}) SELECT {values}
    FROM generate_series(%(first)s, %(last)s - 1) AS n
    JOIN filling ON filling.place = n %% (SELECT count(*) FROM filling)
    JOIN {table} AS model ON {on} = filling.record_id
    """


_RECORD = "md5('record' || n)"
_SUBJECT = "'P' || left(md5('person' || n / 5), 31)"
_REPLACED: dict[str, dict[str, str]] = {
    "record": {"record_id": _RECORD, "subject_id": _SUBJECT, "document_no": "model.document_no || '-' || n"},
    "message": {"message_key": "'/fill ' || md5(model.message_key || n)", "record_id": _RECORD},
    "feed_row": {"row_id": "md5('row' || n)", "record_id": _RECORD},
    "notice": {
        "notice_no": "left(model.notice_no, 2) || upper(left(md5(model.notice_no || n), 16)) || '-1'",
        "record_id": _RECORD,
        "subject_id": _SUBJECT,
    },
}


def fill(kept: Round, first: int, last: int) -> None:
    """Add the records numbered `first` up to but without `last`, which no look-up and no intake has seen."""
    numbers = {"first": first, "last": last}
    with kept.connect() as connection:
        connection.execute("SET synchronous_commit = off")
        if first == 0:
            connection.execute(_MODELS)
        statements = list(_FILL)
        for table, replaced in _REPLACED.items():
            columns = [column.name for column in metadata.tables[table].columns]
            statements.append(_copy(table, replaced, columns))
        for statement in statements:
            connection.execute(statement.encode(), numbers)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def look_up(kept: Round, records: int, today: date) -> list[float]:
    """Return the sorted times in seconds to read the archives of persons chosen at random."""
    chance = Random(records)
    with kept.connect() as connection:
        persons = [
            _give_number(connection, number, kept.runtime.keyring)
            for number in chance.choices(range(records // RECORDS_EACH), k=_LOOKUPS)
        ]
    # What the benchmark itself holds is not for the collector to look at meanwhile.
    gc.freeze()
    times = []
    for person in persons:
        begin = perf_counter()
        with reading(kept.runtime.engine) as connection:
            found = read_archive(connection, person, View(MASKED, kept.runtime.keyring, today))
        times.append(perf_counter() - begin)
        assert len(found.records) == RECORDS_EACH
    return sorted(times)


def _give_number(connection: Connection[Any], person: int, keyring: Keyring) -> str:
    """Seal the number of a person that the database made for its own rows, where alone it opens; return who it is."""
    found = connection.execute("SELECT 'P' || left(md5('person' || %s::bigint), 31)", (person,)).fetchone()
    assert found is not None
    subject = str(found[0])
    sealed = keyring.seal(_NUMBER, places.of_identifier(subject))
    connection.execute("UPDATE subject SET identifier = %s WHERE subject_id = %s", (sealed, subject))
    claims = connection.execute("SELECT value_hash, kind FROM alias WHERE subject_id = %s", (subject,)).fetchall()
    for value_hash, kind in claims:
        sealed = keyring.seal(_NUMBER, places.of_alias(value_hash, kind, subject))
        connection.execute(
            "UPDATE alias SET value = %s WHERE value_hash = %s AND subject_id = %s", (sealed, value_hash, subject)
        )
    return subject


def prepare(place: Place, records: int, postings: Sequence[Posting]) -> str:
    """Make a database with so many records; return its name."""
    name = f"grown_{records}"
    place.create_database(name)
    with place.keep(name) as kept:
        worker = kept.start_xinglin("intake")
        kept.send(postings)
        kept.wait_for(TAKEN_IN, len(postings), [worker])
        worker.kill()
        fill(kept, 0, records)
    return name
