"""Ordinary changes, made on a copy of the program at the one place that knows: everything else follows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.builders import Archive, arrive, offence, shipped_routes, told
from tests.copies import ROOT, Copy

pytestmark = pytest.mark.long(seconds=20)

PENALTY = ROOT / "connectors" / "inspection" / "samples" / "penalty.json"
OFFENCE = ROOT / "connectors" / "security" / "samples" / "offence.json"
RECEIPT = ROOT / "connectors" / "partner" / "samples" / "receipt.json"
SEAMAN = {"CF_XDR_LB": "自然人", "CF_XDR_MC": "样本海员", "CF_XDR_ZJLX": "海员证", "CF_XDR_ZJHM": "J-12345678"}
BLANK = dict.fromkeys(("CF_XDR_SHXYM", "CF_FRDB"), "")
REVISED = """
import json
from datetime import UTC, date, datetime
from pathlib import Path

from credit.telling import notices
from schemas.outgoing import NoticeIssued
from tests.builders import Archive, arrive, offence, told

archive = Archive()
first = told(archive.take(arrive(offence(valid_until=date(2027, 5, 17)))))
again = told(archive.take(arrive(offence(valid_until=date(2027, 5, 17)), "2", revision=2)))
after = told(archive.take(arrive(offence(valid_until=date(2028, 5, 17)), "3", revision=3)))
issued = [each for each in first + after if each["type"] == "credit.notice.issued.v1"]
print(json.dumps({
    "from": str(Path(notices.__file__).parents[2]),
    "first": first,
    "again": again,
    "after": after,
    "read": [str(NoticeIssued.model_validate(each["data"], strict=False).valid_until) for each in issued],
}))
"""
ANSWERED = """
import json
from datetime import timedelta

from credit.telling.notices import status
from tests.builders import TODAY, Archive, arrive, notice_to, offence, receipt

archive = Archive()
archive.take(arrive(offence()))
archive.take(arrive(receipt(notice_to("finance", offence()), "suspended"), "2"))
later = TODAY + timedelta(days=300)
rows = {row.agency: row for row in archive.work.notices.values()}
print(json.dumps({agency: status(row, later) for agency, row in rows.items()}))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    made = Copy(tmp_path)
    yield made
    made.close()


def test_a_kind_of_identity_document_is_added_in_one_list(copy: Copy) -> None:
    kind = (
        'DocumentKind(code="seaman", wording="海员证", meant=re.compile("海员"), '
        'form=re.compile(r"[A-Z]\\d{8}", re.ASCII)),\n    '
    )
    copy.edit("schemas/identity_documents.py", 'DocumentKind(\n        code="taiwan"', kind)
    copy.ingest(PENALTY, **SEAMAN, **BLANK)
    assert copy.run("parked", "list") == []
    found = copy.run("subject", "j12345678")
    assert (found["kind"], found["name"], found["id_type"], found["identifier"]) == (
        "person",
        "样本海员",
        "海员证",
        "J1*****78",
    )
    assert [each["document_no"] for each in found["records"]] == ["舞卫公罚〔2026〕31号"]


def test_a_column_of_notices_is_added_in_their_row_and_a_migration(copy: Copy) -> None:
    place = '\n    @property\n    def in_force(self) -> bool:\n        """Whether the notice asks'
    copy.edit("credit/record/rows.py", place, '    remark: str = "见附件"\n')
    copy.migrate('op.add_column("notice", sa.Column("remark", sa.Text(), nullable=False, server_default=""))')
    copy.ingest(OFFENCE, sanction="criminal")
    found = copy.run("notices")
    assert found
    assert {each["remark"] for each in found} == {"见附件"}
    key = found[0]["subject_id"]
    assert [each["remark"] for record in copy.run("subject", key)["records"] for each in record["notices"]]


def test_a_day_that_no_notice_names_issues_none_anew() -> None:
    archive = Archive()
    archive.take(arrive(offence(valid_until=date(2027, 5, 17))))
    assert told(archive.take(arrive(offence(valid_until=date(2028, 5, 17)), "2", revision=2))) == []


def test_a_field_of_notices_is_added_where_they_are_composed_and_in_their_model(copy: Copy) -> None:
    copy.edit(
        "schemas/outgoing.py",
        '    reply_by: date = Field(title="反馈期限")\n',
        '    valid_until: date | None = Field(default=None, title="有效期至")\n',
    )
    copy.edit(
        "credit/telling/told.py",
        '        "from": first.case.fact.occurred_on,\n',
        '        "valid_until": first.case.fact.valid_until,\n',
    )
    seen = copy.tell(REVISED)
    assert seen["from"] == str(copy.root)
    assert {each["data"]["valid_until"] for each in seen["first"]} == {"2027-05-17"}
    assert seen["again"] == []

    numbers = {each["data"]["agency"]: each["data"]["notice_no"] for each in seen["first"]}
    assert sorted(numbers) == ["development-reform", "finance", "human-resources"]
    lifted = [each["data"] for each in seen["after"] if each["type"] == "credit.notice.lifted.v1"]
    assert {each["agency"]: (each["notice_no"], each["cause"]) for each in lifted} == {
        agency: (number, "withdrawn") for agency, number in numbers.items()
    }
    issued = [each["data"] for each in seen["after"] if each["type"] == "credit.notice.issued.v1"]
    assert {each["agency"]: (each["notice_no"], each["valid_until"]) for each in issued} == {
        agency: (f"{number.removesuffix('-1')}-2", "2028-05-17") for agency, number in numbers.items()
    }
    assert seen["read"] == ["2027-05-17"] * 3 + ["2028-05-17"] * 3


@pytest.fixture(scope="module")
def suspending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy whose notices have one state more, said in one line; only one test takes messages in there."""
    copy = Copy(tmp_path_factory.mktemp("suspending"))
    line = '    SUSPENDED = "suspended", "暂停执行", Tone.WAITING, Reply.FINAL\n'
    copy.edit("schemas/states.py", '    OVERDUE = "overdue"', line)
    yield copy
    copy.close()


def test_a_state_of_receipts_is_added_in_one_line_and_stops_the_clock(suspending: Copy) -> None:
    assert suspending.tell(ANSWERED) == {
        "finance": "suspended",
        "development-reform": "overdue",
        "human-resources": "overdue",
    }


def test_a_state_of_receipts_is_added_in_one_line_and_listed_and_shown(suspending: Copy) -> None:
    suspending.ingest(OFFENCE, sanction="criminal")
    number = {each["agency"]: each["notice_no"] for each in suspending.run("notices")}["finance"]
    sender = {"source": "/partner/finance", "sender": shipped_routes().partners["finance"].organ_code}
    now = datetime.now(UTC).isoformat()
    suspending.ingest(RECEIPT, sender, notice_no=number, agency="finance", state="suspended", at=now, measures=[])
    (found,) = suspending.run("notices", "--state", "suspended")
    assert (found["notice_no"], found["state"], found["overdue"], found["answered"]) == (
        number,
        "suspended",
        False,
        True,
    )
    shown = suspending.show("notices", "--state", "suspended", "--home", str(suspending.root / "home"))
    assert shown.count("\x1b[33m暂停执行") == 2  # in the row of the notice, and in the line that counts them


def test_a_state_of_receipts_is_added_in_one_line_and_in_the_contract(suspending: Copy) -> None:
    folder = suspending.root / "contract"
    suspending.show("contract", str(folder))
    schema: dict[str, Any] = json.loads((folder / "credit.partner.receipt.v1.json").read_text("utf-8"))
    state = schema["properties"]["state"]
    assert state["enum"] == ["received", "executed", "partly_executed", "declined", "suspended", "lifted"]
    assert state["x-words"]["suspended"] == "暂停执行"
