"""The reading commands on an embedded home: what they print, and their exit status."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from credit.identity import IdKind
from credit.record import places
from credit.store import tables
from credit.store.engine import writing
from schemas.errors import XinglinError
from tests.contract import archives as rows
from tests.contract.archives import CLINIC, NOON, ORGAN, WANG, put
from workers import settings
from workers.cli import app
from workers.cli.common import print_json
from workers.runtime import open_runtime

pytestmark = pytest.mark.long

RAW = b'{"id_no": "110105194912310021"}'
MENDED = json.dumps(
    {
        "specversion": "1.0",
        "id": "7",
        "source": "/inspection",
        "type": "credit.inspection.transfer.v1",
        "time": "2026-03-10T09:00:00+08:00",
        "sender": ORGAN,
        "data": {
            "organ": {"name": "舞钢市卫生健康委员会", "code": ORGAN},
            "document_no": "舞卫移〔2026〕7号",
            "occurred_on": "2026-03-10",
            "party": {"kind": "organisation", "name": "舞钢安康诊所", "uscc": CLINIC},
            "penalty_document_no": "舞卫医罚〔2026〕13号",
        },
    },
    ensure_ascii=False,
).encode()
SECRET = "110105194912310021"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a few rows of each kind."""
    folder = tmp_path_factory.mktemp("written")
    with open_runtime(settings.read({}, home=folder)) as opened:
        wang = rows.person(WANG, opened.keyring)
        put(
            opened.engine,
            rows.organisation(CLINIC, opened.keyring),
            wang,
            rows.claim(IdKind.LICENCE_NO, "PDY10048141048116D1202", CLINIC, opened.keyring),
            rows.record("r1"),
            rows.record("r2", wang.subject_id),
            rows.message("/inspection 1"),
            rows.message("/inspection 7", "parked", raw=opened.keyring.seal(RAW, places.of_message("/inspection 7"))),
            rows.parked("/inspection 7", "json.invalid", "Expecting value at line 1, column 1"),
            rows.notice("XL01-1"),
            rows.notice("XL02-1", "r2", wang.subject_id, agency="police", lifted_at=NOON, lift_cause="repaired"),
            rows.notice("XL03-1", agency="salt-bureau"),
            rows.feed_row("f1"),
        )
        with writing(opened.engine) as connection:
            connection.execute(tables.notice.update().values(lift_reply_by=NOON.date()))
            connection.execute(tables.batch.insert().values(at=NOON, received=2))
    return folder


@pytest.fixture
def home(tmp_path: Path, written: Path) -> Path:
    """A home of this test's own, as written."""
    return Path(shutil.copytree(written, tmp_path, dirs_exist_ok=True))


def run(home: Path, *arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(app, [*arguments, "--home", str(home)])


def read(home: Path, *arguments: str) -> Any:
    found = run(home, *arguments, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_ledger_has_the_agreed_keys(home: Path) -> None:
    found = read(home, "ledger")
    agreed = ("received", "applied", "repeated", "superseded", "conflict", "parked", "balanced")
    assert {key: found[key] for key in agreed} == dict(zip(agreed, (2, 1, 0, 0, 0, 1, True), strict=True))
    assert "账实相符" in run(home, "ledger").stdout


def test_ledger_fails_when_it_does_not_add_up(home: Path) -> None:
    with open_runtime(settings.read({}, home=home)) as opened, writing(opened.engine) as connection:
        connection.execute(tables.batch.insert().values(at=NOON, received=1))
    for more in ([], ["--json"]):
        assert run(home, "ledger", *more).exit_code == 1


KEYS = {
    "notice": "notice_no state overdue agency ground measures subject_id name identifier record_id family document_no "
    "from_on until_on issued_at reply_by reply_state replied_at reply lift_cause lifted_at lift_reply_by "
    "lift_confirmed_at",
    "feed row": "row_id feed kind state late operation version subject_id name record_id document_no decided_on due_on "
    "changed_at result_code result_message result_at",
    "record": "record_id subject_id family category organ organ_code document_no name occurred_on known_at revision "
    "disputed state cause severity severity_clause public public_until repairable_from window_clause valid_from "
    "valid_until publicity_until as_of items origins acts messages notices feeds",
    "act": "act_id target_id kind act_state organ_code document_no occurred_on known_at stated_by stated_at disputed "
    "counts",
    "parked": "parked_id message_key reason hint detail queue type sender parked_at waits closed_as closed_at "
    "closed_by",
}
"""What other programs read of `--json`: none of it may go."""


def test_json_holds_places_scores_and_times_as_texts_and_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"file": Path("/var/a.pdf"), "score": Decimal("95.00"), "for": timedelta(minutes=1)})
    assert json.loads(capsys.readouterr().out) == {"file": "/var/a.pdf", "score": "95.00", "for": 60.0}


def test_json_is_flat_and_has_the_agreed_keys(home: Path) -> None:
    with open_runtime(settings.read({}, home=home)) as opened:
        put(opened.engine, rows.act("a1", "r1", "repair", "granted"))
    (record,) = read(home, "subject", CLINIC)["records"]
    notice, *_ = read(home, "notices")
    found = {
        "notice": notice,
        "feed row": read(home, "feed")["rows"][0],
        "record": record,
        "act": record["acts"][0],
        "parked": read(home, "parked", "list")[0],
    }
    for kind, keys in KEYS.items():
        assert set(keys.split()) <= found[kind].keys(), kind
        assert not {"row", "digest"} & found[kind].keys(), kind
    assert set(KEYS["notice"].split()) <= record["notices"][0].keys()
    assert (notice["measures"][0]["code"], record["acts"][0]["act_id"]) == ("M08", "a1")
    story = read(home, "parked", "show", "1")
    assert {*KEYS["parked"].split(), "received_at", "headers", "events", "message"} == story.keys()


@pytest.mark.parametrize("key", [CLINIC, "PDY10048141048116D1202"])
def test_subject_by_any_key(home: Path, key: str) -> None:
    found = read(home, "subject", key)
    assert (found["identifier"], [each["record_id"] for each in found["records"]]) == (CLINIC, ["r1"])
    assert found["records"][0]["origins"]["items.CF_NR_FK"] == {
        "messages": ["/inspection 1"],
        "stated_at": NOON.isoformat(),
        "clause": None,
    }
    assert "来源" not in run(home, "subject", key).stdout
    assert "[1] 报文 /inspection 1  2026-03-02 12:00" in run(home, "subject", key, "--explain").stdout


def test_subject_shows_no_personal_number(home: Path) -> None:
    for more in (["--explain"], ["--json"]):
        found = run(home, "subject", WANG, *more)
        assert "110105********002X" in found.stdout
        assert WANG not in found.stdout


def test_subject_unknown_is_an_error(home: Path) -> None:
    found = run(home, "subject", "91410481MA9L4N8P29")
    assert isinstance(found.exception, XinglinError)
    assert found.exit_code == 1


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ([], {"XL01-1", "XL02-1", "XL03-1"}),
        (["--agency", "tax"], {"XL01-1"}),
        (["--agency", "salt-bureau"], {"XL03-1"}),
        (["--agency", "water"], set()),
        (["--state", "lifting"], {"XL02-1"}),
        (["--subject", WANG], {"XL02-1"}),
        (["--subject", CLINIC, "--agency", "police"], set()),
    ],
)
def test_notices_are_filtered(home: Path, options: list[str], numbers: set[str]) -> None:
    assert {each["notice_no"] for each in read(home, "notices", *options)} == numbers
    assert run(home, "notices", *options).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["notices", "--agency", "polise"], "police"),
        (["notices", "--state", "lifing"], "lifting"),
        (["parked", "list", "--reason", "json.invald"], "json.invalid"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_meant(home: Path, arguments: list[str], meant: str) -> None:
    found = run(home, *arguments)
    assert found.exit_code == 2
    assert f"是否指 '{meant}'" in found.output


def test_closure_lists_what_is_not_confirmed(home: Path) -> None:
    (found,) = read(home, "closure")
    assert (found["notice_no"], found["agency"], found["lift_cause"], found["overdue"]) == (
        "XL02-1",
        "police",
        "repaired",
        True,
    )


def test_feed_lists_rows_and_sums_them_up(home: Path) -> None:
    found = read(home, "feed")
    assert [(row["row_id"], row["state"]) for row in found["rows"]] == [("f1", "sent")]
    assert found["feeds"][0]["rows"] == 1


def test_digest_is_one_line(home: Path) -> None:
    found = run(home, "digest")
    assert found.stdout == read(home, "digest")["digest"] + "\n"
    assert len(found.stdout) == 65


class TestParked:
    def test_list(self, home: Path) -> None:
        assert [each["message_key"] for each in read(home, "parked", "list")] == ["/inspection 7"]
        assert read(home, "parked", "list", "--reason", "date.future") == []

    def test_show_masks_unless_asked_for_the_bytes(self, home: Path) -> None:
        assert SECRET not in run(home, "parked", "show", "1").stdout
        assert SECRET not in run(home, "parked", "show", "1", "--json").stdout
        assert run(home, "parked", "show", "1", "--raw").stdout_bytes == RAW

    def test_show_of_an_unknown_number_is_an_error(self, home: Path) -> None:
        assert run(home, "parked", "show", "99").exit_code == 1

    def test_replay_that_leaves_it_parked_fails_and_says_why(self, home: Path) -> None:
        found = run(home, "parked", "replay", "1", "--by", "李科长")
        assert found.exit_code == 1
        assert "1 号报文仍然挂起：CloudEvents 信封缺项或不合规。" in found.stdout
        assert "envelope.invalid: " in found.stdout

    def mend(self, home: Path, content: bytes) -> Result:
        file = home / "mended.json"
        file.write_bytes(content)
        return run(home, "parked", "mend", "1", str(file), "--by", "李科长", "--why", "与来源核对", "--json")

    def test_mend_applies_the_message_and_keeps_its_history(self, home: Path) -> None:
        found = self.mend(home, MENDED)
        assert (found.exit_code, json.loads(found.stdout)) == (0, {"parked_id": 1, "applied": True})
        story = read(home, "parked", "show", "1")
        assert (story["closed_as"], json.loads(story["message"])["id"]) == ("applied", "7")
        (event,) = story["events"]
        assert (event["by"], event["action"], event["note"]) == ("李科长", "mend", "与来源核对")
        assert json.loads(event["before"]) == {"id_no": "110105********0021"}
        assert read(home, "ledger")["applied"] == 2

    def test_mend_that_leaves_it_parked_fails_and_says_why(self, home: Path) -> None:
        found = self.mend(home, MENDED.replace(b"penalty_document_no", b"number"))
        assert found.exit_code == 1
        assert json.loads(found.stdout) | {"detail": ""} == {
            "parked_id": 1,
            "applied": False,
            "reason": "item.missing",
            "hint": "缺少必填项。请来源单位补全，或核实后修正。",
            "detail": "",
        }
        assert len(read(home, "parked", "show", "1")["events"]) == 1

    @pytest.mark.parametrize("other", [b"{}", b"\xff"])
    def test_mend_refuses_another_message(self, home: Path, other: bytes) -> None:
        found = self.mend(home, other)
        assert (found.exit_code, isinstance(found.exception, XinglinError)) == (1, True)
        assert read(home, "parked", "show", "1")["events"] == []

    def test_discard_closes_it(self, home: Path) -> None:
        assert read(home, "parked", "discard", "1", "--by", "李科长", "--why", "测试") == {
            "parked_id": 1,
            "discarded": True,
        }
        assert read(home, "parked", "list") == []
        (closed,) = read(home, "parked", "list", "--all")
        assert (closed["closed_as"], closed["closed_by"]) == ("discarded", "李科长")
        assert run(home, "parked", "discard", "1", "--by", "李科长", "--why", "又").exit_code == 1
        assert run(home, "parked", "replay", "1", "--by", "李科长").exit_code == 1

    def test_summary(self, home: Path) -> None:
        (pile,) = read(home, "parked", "summary")
        assert (pile["reason"], pile["source"], pile["count"], pile["sample"]) == ("json.invalid", "/inspection", 1, 1)
        assert "Expecting value" in run(home, "parked", "summary").stdout

    def test_list_by_what_is_said_of_them(self, home: Path) -> None:
        for fits in (["--source", "/inspection"], ["--sender", ORGAN], ["--since", "2026-03-02"], ["--newest-first"]):
            assert len(read(home, "parked", "list", *fits)) == 1
        for fails in (["--source", "/office"], ["--until", "2026-03-01"], ["--after", "1"]):
            assert read(home, "parked", "list", *fails) == []
        assert run(home, "parked", "list", "--since", "yesterday").exit_code == 2

    def test_many_are_replayed_by_what_is_said_of_them(self, home: Path) -> None:
        many = ["parked", "replay", "--reason", "json.invalid", "--by", "李科长", "--why", "已更正"]
        tried = run(home, *many, "--dry-run", "--json")
        assert read(home, "parked", "show", "1")["reason"] == "json.invalid"
        found = run(home, *many, "--json")
        assert (tried.exit_code, found.exit_code) == (1, 1)
        said = json.loads(found.stdout)
        assert said | {"dry_run": True} == json.loads(tried.stdout)
        assert said["summary"] == [
            {"was": "json.invalid", "outcome": "parked", "reason": "envelope.invalid", "count": 1}
        ]
        assert [(each["parked_id"], each["message_key"]) for each in said["results"]] == [(1, "/inspection 7")]
        assert "没有符合条件的挂起报文" in run(home, *many).stdout
        (event,) = read(home, "parked", "show", "1")["events"]
        assert (event["note"], bool(event["account"])) == ("已更正", True)

    @pytest.mark.parametrize(
        "wrong",
        [
            ["replay", "--by", "李科长"],
            ["replay", "1", "--reason", "json.invalid", "--by", "李科长"],
            ["replay", "--reason", "json.invalid", "--by", "李科长"],
            ["mend", "1", "--by", "李科长", "--why", "又"],
            ["mend", "1", __file__, "--set", "a=b", "--by", "李科长", "--why", "又"],
            ["mend", "--reason", "json.invalid", "--set", "a", "--by", "李科长", "--why", "又"],
            ["discard", "--by", "李科长", "--why", "又"],
        ],
    )
    def test_one_or_many_has_to_be_said_and_how(self, home: Path, wrong: list[str]) -> None:
        assert run(home, "parked", *wrong).exit_code == 2
        assert read(home, "parked", "show", "1")["events"] == []

    def test_a_value_is_set_once_the_change_was_shown_and_agreed_to(self, home: Path) -> None:
        self.mend(home, MENDED.replace(b'"occurred_on": "2026-03-10"', b'"occurred_on": "2026-13-10"'))
        setting = ["parked", "mend", "1", "--set", "data.occurred_on=2026-03-10", "--by", "李科长", "--why", "来函更正"]
        refused = run(home, *setting)
        assert refused.exit_code == 1
        assert 'data.occurred_on  "2026-13-10" → "2026-03-10"' in refused.stderr
        assert len(read(home, "parked", "show", "1")["events"]) == 1
        assert json.loads(run(home, *setting, "--yes", "--json").stdout) == {"parked_id": 1, "applied": True}
        last = read(home, "parked", "show", "1")["events"][-1]
        changes = {"path": "data.occurred_on", "before": '"2026-13-10"', "after": '"2026-03-10"'}
        assert last["changes"] == [changes]

    def test_a_look_at_the_bytes_is_kept(self, home: Path) -> None:
        run(home, "parked", "show", "1", "--raw")
        (event,) = read(home, "parked", "show", "1")["events"]
        assert (event["action"], event["by"]) == ("look", event["account"])

    def test_who_decides_has_to_be_named(self, home: Path) -> None:
        assert run(home, "parked", "discard", "1", "--why", "测试").exit_code == 2


LOOKING = (
    ["ledger"],
    ["subject", CLINIC, "--explain"],
    ["notices", "--agency", "tax"],
    ["closure"],
    ["feed"],
    ["digest"],
    ["verify"],
    ["parked", "list"],
    ["parked", "show", "1"],
    ["identity", "links"],
    ["workers"],
)
"""Every command that only looks at an archive."""


class TestFilesThatCannotBeUsed:
    """What only looks at the archive goes on without routes and law, says so, and shows codes."""

    @pytest.fixture
    def routing(self, tmp_path: Path) -> Path:
        file = tmp_path / "broken" / "routing.yaml"
        file.parent.mkdir()
        file.write_text(Path(settings.read({}).routing).read_text().replace("partners:", "partners: []\nrest:", 1))
        return file

    def look(self, home: Path, words: list[str], **environ: Path) -> Result:
        env = {"COLUMNS": "120", **{f"XINGLIN_{name.upper()}": str(value) for name, value in environ.items()}}
        return CliRunner(env=env).invoke(app, [*words, "--home", str(home)])

    @pytest.mark.parametrize("words", LOOKING, ids=" ".join)
    def test_without_routing_each_command_answers(self, home: Path, routing: Path, words: list[str]) -> None:
        good = run(home, *words, "--json")
        for file in (routing, routing.with_name("nowhere.yaml")):
            found = self.look(home, [*words, "--json"], routing=file)
            assert (found.exit_code, found.stdout) == (good.exit_code, good.stdout), found.output
            if words != ["workers"]:  # it needs no names
                assert str(file) in found.stderr.splitlines()[1]
                assert "以代码显示" in found.stderr

    def test_the_line_of_the_mistake_is_named_and_codes_take_the_place_of_names(
        self, home: Path, routing: Path
    ) -> None:
        assert "舞钢市公安局" in run(home, "closure").stdout
        found = self.look(home, ["closure"], routing=routing)
        line = routing.read_text().splitlines().index("partners: []") + 1
        assert f"{routing}:{line}" in found.stderr
        assert ("police" in found.stdout, "舞钢市公安局" in found.stdout) == (True, False)

    def test_without_the_law_too_but_no_content_that_may_be_sealed(self, home: Path, tmp_path: Path) -> None:
        assert "id_no" in run(home, "parked", "show", "1").stdout
        found = self.look(home, ["parked", "show", "1"], policies=tmp_path / "none")
        assert (found.exit_code, "id_no" in found.stdout) == (0, False)
        assert "法规文件无法使用" in found.stderr
        assert self.look(home, ["subject", CLINIC], policies=tmp_path / "none").exit_code == 0

    def test_who_decides_needs_them(self, home: Path, routing: Path) -> None:
        refused = self.look(home, ["parked", "replay", "1", "--by", "李科长"], routing=routing)
        assert (refused.exit_code, f"{routing}:" in str(refused.exception)) == (1, True)
