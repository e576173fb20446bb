"""One document number of two parties: a person takes them apart, each has its record, and it can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from credit.identity import MASKED
from credit.store import audit
from credit.store.digest import digest
from credit.store.engine import reading
from credit.store.queries.ledger import read_ledger
from schemas.errors import PermanentError
from tests.builders import CLINIC, HOSPITAL, LI, NOON, decided, feed_in, message, rows
from workers.cli import app
from workers.decisions import edits, identities, records
from workers.decisions.records import Effect
from workers.postings import Posting
from workers.reading import restate
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings
from workers.settings import read as read_settings

pytestmark = pytest.mark.long

NUMBER = "舞卫医罚〔2026〕9083号"
SECOND = f"{NUMBER}之二"
PERSON = {
    "CF_XDR_MC": "样本人员",
    "CF_XDR_LB": "自然人",
    "CF_XDR_SHXYM": "",
    "CF_FRDB": "",
    "CF_XDR_ZJLX": "身份证",
    "CF_XDR_ZJHM": LI,
}


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    with open_runtime(place, lambda: NOON) as opened:
        yield opened


def hospital(message_id: str, revision: int = 1, **items: Any) -> Posting:
    party = {"CF_XDR_SHXYM": HOSPITAL, "CF_XDR_MC": "舞钢市样本医院", "CF_XDR_LB": "法人及非法人组织"}
    party |= {"CF_FRDB": "样本法人", "CF_WSH": NUMBER}
    return message("penalty", message_id, {"revision": revision}, **(party | items))


def doctor(message_id: str, revision: int = 1, **items: Any) -> Posting:
    return message("penalty", message_id, {"revision": revision}, **(PERSON | {"CF_WSH": NUMBER} | items))


def split(runtime: Runtime, message_id: str = "2") -> Effect:
    return records.split(runtime, f"/inspection {message_id}", decided("李科长", "一案两罚"))


def found(runtime: Runtime) -> dict[str, tuple[str, str, bool]]:
    """Of each record by its number: the message shown, the state, and whether it is disputed."""
    statement = "SELECT document_no, stated_by, state, disputed FROM record ORDER BY document_no"
    return {number: (by, state, bool(disputed)) for number, by, state, disputed in rows(runtime, statement)}


def digest_of(runtime: Runtime) -> str:
    with reading(runtime.engine) as connection:
        assert read_ledger(connection).balanced
        assert list(audit.audit(connection, runtime.keyring, partial(restate, runtime.reader.registry))) == []
        return digest(connection, runtime.keyring)


def feed_rows(runtime: Runtime) -> list[tuple[str, str]]:
    statement = "SELECT r.document_no, f.operation FROM feed_row f JOIN record r USING (record_id) ORDER BY 1"
    return [(str(number), str(operation)) for number, operation in rows(runtime, statement)]


def test_each_party_has_its_record_and_later_messages_find_it(runtime: Runtime) -> None:
    feed_in(runtime, hospital("1"), doctor("2"))
    assert found(runtime) == {NUMBER: ("/inspection 1", "in_force", True)}
    effect = split(runtime)
    assert (effect.document_no, effect.part, effect.acts) == (NUMBER, SECOND, 0)
    assert found(runtime) == {
        NUMBER: ("/inspection 1", "in_force", False),
        SECOND: ("/inspection 2", "in_force", False),
    }
    assert rows(runtime, "SELECT outcome FROM message") == [("applied",)] * 2
    assert feed_rows(runtime) == [(NUMBER, "publish"), (SECOND, "publish")]
    feed_in(runtime, doctor("3", 2, CF_SY="更正后的事实"), hospital("4", 2, CF_SY="更正后的事实"), doctor("2"))
    assert found(runtime) == {
        NUMBER: ("/inspection 4", "in_force", False),
        SECOND: ("/inspection 3", "in_force", False),
    }
    digest_of(runtime)


def test_a_revision_that_names_another_party_is_told_and_can_be_split(runtime: Runtime) -> None:
    feed_in(runtime, hospital("1"), doctor("2", 2))
    assert found(runtime) == {NUMBER: ("/inspection 2", "in_force", False)}
    open_cases = "SELECT kind, name FROM alert_case WHERE closed_at IS NULL"
    assert rows(runtime, open_cases) == [("party-disputed", NUMBER)]
    split(runtime)
    assert rows(runtime, open_cases) == []
    assert [by for by, _, _ in found(runtime).values()] == ["/inspection 1", "/inspection 2"]
    digest_of(runtime)


def test_what_was_told_under_the_wrong_party_is_taken_back(runtime: Runtime) -> None:
    def offence(message_id: str, name: str, number: str) -> Posting:
        party = {"kind": "person", "name": name, "id_type": "身份证", "id_no": number}
        return message("security.offence", message_id, sanction="criminal", party=party)

    feed_in(runtime, offence("1", "样本甲", LI), offence("2", "样本乙", "110101199003070134"))
    ((before,),) = rows(runtime, "SELECT count(*) FROM notice")
    effect = records.split(runtime, "/security 1", decided("李科长", "两人"))
    assert (effect.issued, effect.lifted) == (2 * before, before)
    told = rows(runtime, "SELECT DISTINCT record_id, subject_id FROM notice WHERE lifted_at IS NULL")
    assert sorted(told) == sorted(rows(runtime, "SELECT record_id, subject_id FROM record"))
    causes = rows(runtime, "SELECT DISTINCT lift_cause FROM notice WHERE lifted_at IS NOT NULL")
    assert causes == [("withdrawn",)]
    digest_of(runtime)


def test_a_split_can_be_undone_and_done_again(runtime: Runtime) -> None:
    feed_in(runtime, hospital("1"), doctor("2"))
    before = digest_of(runtime)
    split(runtime)
    apart = digest_of(runtime)
    records.join(runtime, 1, decided("王科长", "查明"))
    assert digest_of(runtime) == before
    assert found(runtime)[NUMBER] == ("/inspection 1", "in_force", True)
    assert feed_rows(runtime) == [(NUMBER, "publish"), (SECOND, "withdraw")]
    assert edits.apply(runtime, lambda _: None).feed_operations == 0
    with pytest.raises(PermanentError, match="no split 1 is in force"):
        records.join(runtime, 1, decided("王科长", "查明"))
    assert split(runtime).part == SECOND
    assert digest_of(runtime) == apart
    assert feed_rows(runtime) == [(NUMBER, "publish"), (SECOND, "publish")]


def test_the_order_of_messages_and_split_does_not_matter(tmp_path: Path) -> None:
    later = [hospital("3", 2, CF_SY="更正"), doctor("4", 3, CF_SY="更正"), doctor("5", 2, CF_SY="再更正")]
    digests = set()
    for first, order in enumerate([later, later[::-1], later[1:] + later[:1], later[2:] + later[:2]]):
        with open_runtime(read_settings({}, home=tmp_path / str(first)), lambda: NOON) as opened:
            feed_in(opened, doctor("2"), hospital("1"), *order[:first], batch=1)
            split(opened)
            feed_in(opened, *order[first:])
            digests.add(digest_of(opened))
    assert len(digests) == 1


def test_an_act_on_the_number_is_on_what_keeps_it_and_somebody_is_told(runtime: Runtime) -> None:
    feed_in(runtime, hospital("1"), doctor("2"))
    split(runtime)
    organ = "11410481983690064T"
    for number, message_id in ((NUMBER, "3"), (SECOND, "4")):
        target = {"family": "credit.inspection.penalty", "organ_code": organ, "document_no": number}
        feed_in(runtime, message("office.withdrawal", message_id, target=target, document_no=f"撤{message_id}号"))
        assert found(runtime)[number][1] == "withdrawn"
    assert rows(runtime, "SELECT name FROM alert_case WHERE kind = 'split-target'") == [("撤3号",)]


def test_a_party_that_goes_on_under_a_new_code_keeps_its_part(runtime: Runtime) -> None:
    feed_in(runtime, doctor("1"), hospital("2"), message("office.honour", "h"))
    split(runtime, "2")
    honoured = {"kind": "organisation", "name": "舞钢安康诊所", "uscc": CLINIC}
    feed_in(runtime, message("office.honour", "3", party=honoured, document_no="荣誉3号"))
    identities.link(runtime, HOSPITAL, CLINIC, decided("李科长", "换发代码"))
    feed_in(runtime, hospital("4", 2, CF_XDR_SHXYM=CLINIC))
    assert found(runtime)[SECOND][0] == "/inspection 4"
    assert found(runtime)[NUMBER][0] == "/inspection 1"


def test_what_cannot_be_split_is_refused(runtime: Runtime) -> None:
    feed_in(runtime, hospital("1"), hospital("2", CF_SY="另一事实"))
    with pytest.raises(PermanentError, match="same party"):
        split(runtime)
    with pytest.raises(PermanentError, match="no message of that key"):
        split(runtime, "9")
    feed_in(runtime, doctor("3"))
    split(runtime, "3")
    with pytest.raises(PermanentError, match="split off already"):
        split(runtime, "3")
    assert found(runtime)[NUMBER][2]


def test_a_source_that_takes_up_the_suffix_goes_on_with_the_record(runtime: Runtime) -> None:
    feed_in(runtime, hospital("1"), doctor("2"))
    split(runtime)
    feed_in(runtime, doctor("3", 2, CF_WSH=SECOND))
    assert found(runtime)[SECOND] == ("/inspection 3", "in_force", False)
    records.join(runtime, 1, decided("王科长", "查明"))
    assert found(runtime)[SECOND] == ("/inspection 3", "in_force", False)
    assert found(runtime)[NUMBER] == ("/inspection 1", "in_force", True)
    digest_of(runtime)


def test_the_parties_of_a_number_are_listed_masked(runtime: Runtime) -> None:
    feed_in(runtime, hospital("1"), doctor("2"))
    split(runtime)
    listed = records.list_parties(runtime, "舞卫医罚[2026]9083号", MASKED)
    assert [(each.message_key, each.document_no, each.identifier) for each in listed] == [
        ("/inspection 1", NUMBER, HOSPITAL),
        ("/inspection 2", SECOND, f"{LI[:6]}********{LI[-4:]}"),
    ]
    with pytest.raises(PermanentError, match="no record has that document number"):
        records.list_parties(runtime, "舞卫医罚〔2026〕1号", MASKED)


def test_commands_and_the_explained_archive_say_it_in_chinese(place: Settings) -> None:
    if place.servers:
        pytest.skip("the commands are the same")
    with open_runtime(place, lambda: NOON) as opened:
        feed_in(opened, hospital("1"), doctor("2"))

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, [*arguments, "--home", str(place.home)], env={"COLUMNS": "200"})
        assert result.exit_code == 0, result.output
        return result.output

    assert "样本人员" in run("record", "parties", NUMBER)
    done = run("record", "split", "/inspection 2", "--by", "李", "--why", "两人")
    assert f"已拆分：{NUMBER} 和 {SECOND} 各为一项记录" in done
    assert "本记录由同一文号拆出" in run("subject", LI, "--explain")
    assert "另一当事人的处理拆出" in run("subject", HOSPITAL, "--explain")
    assert "李" in run("record", "splits")
    assert "并回" in run("record", "join", "1", "--by", "王", "--why", "查明为一人")
    assert "查明为一人" in run("record", "splits")
    assert "已并回原文号" in run("subject", LI, "--explain").replace("\n", "")
