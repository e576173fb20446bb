"""An archive as large as a city's, filled by the database itself from one row of each table.

What is open is little, as in a house that does its work: one notice in a hundred is overdue, one row in a thousand held
or refused, one record in five thousand contradicts itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from psycopg import Connection

from credit.access.account import AccountRow, LookRow, ProposalRow
from credit.grading.rows import EntryRow, GradeRow, OfficialRow, ReviewRow
from credit.record.rows import AlertRow, FileRow
from credit.store import tables
from credit.store.engine import writing
from schemas.access import FourEyes, Logged, ProposalState
from schemas.states import DisputeStep, EntryState
from tests.bench.place import Round
from tests.contract import archives as rows
from tests.contract.archives import NOON, ORGAN

EACH = 10
"""How many records a subject has."""
MODEL = "model"
"""Of whom the first row of each table is; it is of nobody, and stays."""
SMALL, SMALLEST = "11410400005451234X", "11410400005459876K"
"""Two organs beside that of most records."""
_OF_ORGANS = f"CASE WHEN n % 20 = 0 THEN '{SMALL}' WHEN n % 10000 = 1 THEN '{SMALLEST}' ELSE '{ORGAN}' END"
"""One record in twenty is of the one organ, one in ten thousand of the small one."""

_SUBJECT = "'P' || left(md5('subject' || {n}), 31)"
_RECORD = "md5('record' || {n})"


@dataclass(frozen=True, slots=True)
class Filling:
    """Rows of a table, numbered `n` from 0: how many for each thousand records, and which columns differ by `n`."""

    table: str
    per_thousand: float
    columns: Mapping[str, str]


def _of_subjects(n: str = "n") -> str:
    return _SUBJECT.format(n=n)


_OWNER = _of_subjects(f"(n / {EACH})")
_OF_SUBJECT = "(n % 50 = 7)"
"""Which rows at a feed are about a subject's place on a list, or its grade."""
_FILLINGS = (
    Filling("subject", 1000 / EACH, {"subject_id": _of_subjects(), "name": "'医院' || n", "name_key": "'医院' || n"}),
    Filling(
        "record",
        1000,
        {
            "record_id": _RECORD.format(n="n"),
            "subject_id": _OWNER,
            "document_no": "'舞卫医罚〔2026〕' || n || '号'",
            "stated_by": "'/bench ' || n",
            "organ_code": _OF_ORGANS,
            "occurred_on": "model.occurred_on - (n % 900)::int",
            "changes_on": "NULL",
            "disputed": "n % 5000 = 3",
        },
    ),
    Filling(
        "message",
        1000,
        {"message_key": "'/bench ' || n", "record_id": _RECORD.format(n="n"), "sender": _OF_ORGANS},
    ),
    Filling(
        "parked",
        20,
        {
            "parked_id": "n + 2",
            "message_key": "'/bench ' || n",
            "closed_as": "CASE WHEN n % 20 > 1 THEN 'applied' END",
            "closed_at": "CASE WHEN n % 20 > 1 THEN model.parked_at END",
        },
    ),
    Filling(
        "file",
        1,
        {
            "file_id": "md5('file' || n) || md5('more' || n)",
            "taken_at": "model.taken_at + n * interval '1 minute'",
            "sender": _OF_ORGANS,
        },
    ),
    Filling(
        "look",
        1000,
        {
            "look_id": "nextval('look_look_id_seq')",  # the console writes looks of its own
            "at": "model.at + n * interval '1 second'",
            "account": "'a' || n % 300",
            "what": f"CASE WHEN n % 20 = 0 THEN '{Logged.DECIDE.value}' ELSE '{Logged.LOOK.value}' END",
            "about": _OWNER,
        },
    ),
    Filling("account", 0.3, {"name": "'a' || n"}),
    Filling(
        "proposal",
        5,
        {
            "proposal_id": "md5('proposal' || n)",
            "organ": _OF_ORGANS,
            "fingerprint": "md5('said' || n)",
            "proposed_at": "model.proposed_at + n * interval '1 minute'",
            "state": f"CASE WHEN n % 250 = 0 THEN '{ProposalState.OPEN.value}' ELSE '{ProposalState.DONE.value}' END",
            "decided_at": "CASE WHEN n % 250 <> 0 THEN model.proposed_at END",
        },
    ),
    Filling(
        "link",
        0.2,
        {"link_id": "n + 2", "subject_id": _of_subjects("(n * 2)"), "continued_as": _of_subjects("(n * 2 + 1)")},
    ),
    Filling(
        "dispute",
        0.2,
        {
            "dispute_id": "n + 2",
            "record_id": _RECORD.format(n="(n * 5000 + 3)"),
            "undone_at": "CASE WHEN n % 2 = 0 THEN model.decided_at END",
        },
    ),
    Filling("alert", 1, {"alert_id": "n + 2", "subject": "'agency ' || n"}),
    Filling(
        "notice",
        300,
        {
            "notice_no": "'XL' || upper(left(md5('notice' || n), 16)) || '-1'",
            "record_id": _RECORD.format(n="n"),
            "subject_id": _OWNER,
            "organ_code": _OF_ORGANS,
            "issued_at": "model.issued_at - n * interval '1 minute'",
            "answered": "n % 100 <> 0",
            "reply_state": "CASE WHEN n % 100 <> 0 THEN 'executed' END",
            "lifted_at": "CASE WHEN n % 100 = 1 THEN model.issued_at END",
            "lift_cause": "CASE WHEN n % 100 = 1 THEN 'repaired' END",
            "lift_reply_by": "CASE WHEN n % 100 = 1 THEN model.reply_by END",
        },
    ),
    Filling(
        "feed_row",
        1000,
        {
            "row_id": "md5('row' || n)",
            "record_id": f"CASE WHEN {_OF_SUBJECT} THEN 'grade:' || n || '/{MODEL}' ELSE {_RECORD.format(n='n')} END",
            "subject_id": f"CASE WHEN {_OF_SUBJECT} THEN {_OWNER} END",
            "organ_code": f"CASE WHEN NOT {_OF_SUBJECT} THEN {_OF_ORGANS} END",
            "held": "CASE WHEN n % 1000 = 0 THEN '[\"missing:CF_NR\"]' END",
            "result_code": "CASE WHEN n % 1000 = 0 THEN NULL WHEN n % 1000 = 1 THEN '2001' ELSE '0000' END",
            "result_at": "CASE WHEN n % 1000 = 0 THEN NULL ELSE model.changed_at END",
        },
    ),
    Filling(
        "act", 2, {"record_id": "md5('act' || n)", "target_id": _RECORD.format(n="n"), "document_no": "'修复' || n"}
    ),
    Filling(
        "grade", 1000 / EACH, {"subject_id": _of_subjects(), "grade": "CASE WHEN n % 500 = 0 THEN 'D' ELSE 'A' END"}
    ),
    Filling(
        "official", 1000 / EACH, {"subject_id": _of_subjects(), "grade": "CASE WHEN n % 500 = 0 THEN 'D' ELSE 'A' END"}
    ),
    Filling("list_entry", 5, {"subject_id": _of_subjects()}),
    Filling("review", 0.5, {"subject_id": _of_subjects()}),
    Filling(
        "duty",
        200,
        {
            "about": _RECORD.format(n="n"),
            "subject_id": _OWNER,
            "done_on": "CASE WHEN n % 50 = 0 THEN NULL ELSE model.due_on END",
            "due_on": "model.due_on - (n % 300)::int",
        },
    ),
)


_ACCOUNT = AccountRow(
    MODEL, "测", None, None, must_change=False, second=None, second_step=0, system_user=None, oidc_subject=None,
    made_at=NOON, made_by=MODEL,
)  # fmt: skip
_PROPOSAL = ProposalRow(
    MODEL, FourEyes.LISTING.value, "列入", ORGAN, b"", MODEL, "a0", "测", "核实", NOON, NOON + timedelta(days=3650),
    ProposalState.DONE.value, "a1", "试", NOON, "同意", NOON,
)  # fmt: skip


def fill(kept: Round, records: int) -> None:
    """Fill an empty archive with so many records, and what hangs on them."""
    regime = next(iter(kept.runtime.reader.regimes.values()))
    year = kept.runtime.rules().at.today.year
    edition = regime.edition(year)
    assert edition is not None
    scale = edition.scales[0].id
    _write_models(kept, regime.code, scale, year)
    with kept.connect() as connection:
        connection.execute("SET synchronous_commit = off")
        for each in _FILLINGS:
            _multiply(connection, each, records)
        connection.execute("ANALYZE")


def _write_models(kept: Round, regime: str, scale: str, year: int) -> None:
    """Write one row of each table; they are of nobody, and stay."""
    day = kept.runtime.rules().at.today
    late = day - timedelta(days=1)
    grade = GradeRow(regime, scale, year, MODEL, day, "90", "A", "[]", hidden=False, licensed_on=None, records=1,
                     as_of=day, changed_at=NOON)  # fmt: skip
    listed = next(iter(kept.runtime.reader.regimes.values())).lists
    name = listed.editions[-1].lists[0].id if listed is not None else "black"
    entry = EntryRow(regime, name, "black", 0, MODEL, "rule", None, day, None, EntryState.LISTED.value, "[]", None,
                     day, NOON)  # fmt: skip
    decided = OfficialRow(regime, scale, year - 1, MODEL, 1, day, "90", "A", None, "[]", "close", day, NOON)
    fall = ReviewRow(regime, scale, year, MODEL, "A", "B", day, late, "open", "[]")
    link = {"subject_id": MODEL, "continued_as": MODEL, "linked_by": "测", "linked_at": NOON, "note": "变更"}
    settled = {"record_id": MODEL, "revision": 1, "step": DisputeStep.ASKED.value, "due_on": day, "decided_by": "测",
               "note": "问", "decided_at": NOON}  # fmt: skip
    models = [
        (table, row._asdict())
        for table, row in (
            (tables.subject, rows.organisation(MODEL, kept.runtime.keyring)),
            (tables.record, rows.record(MODEL, MODEL)),
            (tables.message, rows.message(MODEL, record_id=MODEL)),
            (tables.notice, rows.notice(MODEL, MODEL, MODEL, reply_by=late)),
            (tables.feed_row, rows.feed_row(MODEL, MODEL)),
            (tables.act, rows.act(MODEL, MODEL, "repair", "applied")),
            (tables.grade, grade),
            (tables.official, decided),
            (tables.list_entry, entry),
            (tables.review, fall),
            (tables.duty, rows.duty(regime=regime, about=MODEL, period="", due_on=late)),
            (tables.parked, rows.parked(MODEL, "json.invalid")),
            (tables.file, _FILE),
            (tables.look, LookRow(0, NOON, "a0", "测", Logged.LOOK.value, MODEL, "查询", "/subjects", "")),
            (tables.account, _ACCOUNT),
            (tables.proposal, _PROPOSAL),
            (tables.alert, AlertRow(1, "worker-missing", "host", "page", NOON, NOON, 3, NOON, "", "[]")),
        )
    ]
    with writing(kept.runtime.engine) as connection:
        for table, row in (*models, (tables.link, link), (tables.dispute, settled)):
            connection.execute(table.insert(), row)


def _multiply(connection: Connection[object], filling: Filling, records: int) -> None:
    columns = [column.name for column in tables.metadata.tables[filling.table].columns]
    values = ", ".join(filling.columns.get(name, f"model.{name}") for name in columns)
    count = int(records * filling.per_thousand / 1000)
    connection.execute(
        f"INSERT INTO {filling.table} ({', '.join(columns)}) SELECT {values} "
        f"FROM generate_series(0, {count - 1}) AS n, (SELECT * FROM {filling.table} LIMIT 1) AS model"
    )


_FILE = FileRow(
    file_id=MODEL,
    name="许可.xlsx",
    size=1,
    sender=ORGAN,
    by="李",
    account=None,
    taken_at=NOON,
    state="answered",
    reason=None,
    detail=None,
    rows=1,
    refused_rows=0,
    sent=1,
    reading="",
    sheets="[]",
    answered_at=None,
    place="",
)
