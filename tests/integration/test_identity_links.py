"""Who is who, as a person decides it: rows that can be undone."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime

import pytest

from credit.identity import IdKind
from credit.store.digest import digest
from credit.store.engine import reading
from credit.store.queries.links import find_links
from schemas.errors import PermanentError
from tests.builders import CLINIC, LI, NOON, WANG, decided, feed_in, message, rows
from workers.decisions import identities
from workers.postings import Posting
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings

HOSPITAL = "124104814170481228"
LICENCE = "PDY00000141048116D1202"


@pytest.fixture
def runtime(place: Settings) -> Iterator[Runtime]:
    def clock() -> datetime:
        return NOON

    with open_runtime(place, clock) as opened:
        yield opened


def honour(message_id: str, **identifiers: str) -> Posting:
    party = {"kind": "organisation", "name": "舞钢安康诊所", **identifiers}
    return message("office.honour", message_id, party=party, document_no=f"{message_id}号")


def subjects(runtime: Runtime) -> dict[str, str]:
    return dict(rows(runtime, "SELECT stated_by, subject_id FROM record"))


def digest_of(runtime: Runtime) -> str:
    with reading(runtime.engine) as connection:
        return digest(connection, runtime.keyring)


def test_a_claim_frees_what_waited_and_can_be_undone(runtime: Runtime) -> None:
    feed_in(runtime, honour("1", uscc=CLINIC), honour("2", licence_no=LICENCE))
    assert identities.claim(runtime, CLINIC, IdKind.LICENCE_NO, LICENCE, decided("李科长", "查明")) == 1
    assert subjects(runtime) == {"/office 1": CLINIC, "/office 2": CLINIC}
    identities.disclaim(runtime, CLINIC, IdKind.LICENCE_NO, LICENCE, decided("李科长", "查明"))
    feed_in(runtime, honour("3", licence_no=LICENCE))
    assert "/office 3" not in subjects(runtime)
    assert identities.claim(runtime, CLINIC, IdKind.LICENCE_NO, LICENCE.lower(), decided("王科长", "查明")) == 1
    kept = "SELECT claimed_by, note, undone_by, undone_why FROM alias WHERE kind = 'licence_no'"
    assert rows(runtime, kept) == [("person:王科长", "查明", None, None)]
    identities.disclaim(runtime, CLINIC, IdKind.LICENCE_NO, LICENCE, decided("李科长", "证照已注销"))
    assert rows(runtime, kept) == [("person:王科长", "查明", "李科长", "证照已注销")]


@pytest.mark.parametrize("key", [CLINIC, WANG])
def test_a_subject_that_no_message_has_named_cannot_be_claimed_for(runtime: Runtime, key: str) -> None:
    kind = IdKind.LICENCE_NO if key == CLINIC else IdKind.CERTIFICATE_NO
    feed_in(runtime, honour("1", licence_no=LICENCE))
    with pytest.raises(PermanentError, match="no message has named that subject yet"):
        identities.claim(runtime, key, kind, LICENCE, decided("李科长", "查明"))
    assert rows(runtime, "SELECT count(*) FROM alias") == [(0,)]


def test_what_belongs_to_two_is_one_once_they_are_linked(runtime: Runtime) -> None:
    feed_in(runtime, honour("1", uscc=CLINIC, licence_no=LICENCE), honour("2", uscc=HOSPITAL, licence_no=LICENCE))
    feed_in(runtime, honour("3", licence_no=LICENCE))
    assert rows(runtime, "SELECT reason FROM parked") == [("identity.ambiguous",)]
    before = digest_of(runtime)
    number = identities.link(runtime, CLINIC, HOSPITAL, decided("李科长", "换证"))
    assert digest_of(runtime) != before
    feed_in(runtime, honour("4", licence_no=LICENCE))
    assert subjects(runtime)["/office 4"] == HOSPITAL
    assert subjects(runtime)["/office 1"] == CLINIC
    identities.unlink(runtime, number, decided("王科长", "查明"))
    feed_in(runtime, honour("5", licence_no=LICENCE))
    assert "/office 5" not in subjects(runtime)
    with reading(runtime.engine) as connection:
        [link] = find_links(connection)
    assert (link.note, link.undone_by, link.undone_why) == ("换证", "王科长", "查明")


def test_who_else_has_a_claim_is_told_unless_it_is_the_same_archive(runtime: Runtime) -> None:
    feed_in(runtime, honour("1", uscc=CLINIC, licence_no=LICENCE), honour("2", uscc=HOSPITAL))
    identities.claim(runtime, HOSPITAL, IdKind.LICENCE_NO, LICENCE, decided("李科长", "证照"))
    assert identities.find_rivals(runtime, HOSPITAL, IdKind.LICENCE_NO, LICENCE) == [CLINIC]
    assert identities.find_rivals(runtime, CLINIC, IdKind.LICENCE_NO, LICENCE) == [HOSPITAL]
    number = identities.link(runtime, CLINIC, HOSPITAL, decided("李科长", "换证"))
    assert identities.find_rivals(runtime, HOSPITAL, IdKind.LICENCE_NO, LICENCE) == []
    identities.unlink(runtime, number, decided("李科长", "误认"))
    identities.disclaim(runtime, CLINIC, IdKind.LICENCE_NO, LICENCE, decided("李科长", "误报"))
    assert identities.find_rivals(runtime, HOSPITAL, IdKind.LICENCE_NO, LICENCE) == []


def test_unlinking_gives_the_archive_back_as_it_was(runtime: Runtime) -> None:
    feed_in(runtime, honour("1", uscc=CLINIC, licence_no=LICENCE), honour("2", uscc=HOSPITAL))
    number = identities.link(runtime, CLINIC, HOSPITAL, decided("李科长", "换证"))
    feed_in(runtime, honour("3", licence_no=LICENCE))
    identities.unlink(runtime, number, decided("李科长", "查明"))
    assert subjects(runtime)["/office 3"] == CLINIC


def test_links_that_make_no_sense_are_refused(runtime: Runtime) -> None:
    feed_in(runtime, honour("1", uscc=CLINIC), honour("2", uscc=HOSPITAL))
    said = decided("李科长", "换证")
    for before, after, why in (
        (CLINIC, CLINIC, "circle"),
        (CLINIC, "91410481MA9L4N8P29", "no message has named"),
        (LI, CLINIC, "no message has named"),
        (CLINIC, "123", "neither"),
    ):
        with pytest.raises(PermanentError, match=why):
            identities.link(runtime, before, after, said)
    number = identities.link(runtime, CLINIC, HOSPITAL, said)
    for before, after, why in ((HOSPITAL, CLINIC, "circle"), (CLINIC, HOSPITAL, "successor already")):
        with pytest.raises(PermanentError, match=why):
            identities.link(runtime, before, after, said)
    identities.unlink(runtime, number, decided("李科长", "查明"))
    with pytest.raises(PermanentError, match="no link"):
        identities.unlink(runtime, number, decided("李科长", "查明"))
    assert identities.link(runtime, HOSPITAL, CLINIC, said) > number


@pytest.mark.parametrize(
    ("id_type", "id_no", "key"),
    [
        ("护照号", "G12345678", "G12345678"),
        ("台湾居民来往大陆通行证", "12345678", "12345678"),
        ("港澳居民来往内地通行证", "H12345678", "h12345678"),
        ("外国人永久居留身份证", "USA110000000001", "USA110000000001"),
        ("军官证", "南字第1234567号", "南字第1234567号"),
        ("军官证", "南字第1234567号", "军官证：南字第1234567号"),
        ("香港身份证", "Z683365(5)", "Z6833655"),
    ],
)
def test_a_further_name_is_claimed_by_any_document(runtime: Runtime, id_type: str, id_no: str, key: str) -> None:
    for message_id, name in (("1", "JOHN SMITH"), ("2", "SMITH JOHN")):
        feed_in(runtime, honour(message_id, kind="person", name=name, id_type=id_type, id_no=id_no))
    ((detail,),) = rows(runtime, "SELECT detail FROM parked")
    advised = shlex.split(detail.partition("xinglin identity claim ")[2])
    assert advised[1:] == ["name", "NAME IN THE MESSAGE", "--by", "WHO", "--why", "WHY"]
    assert identities.find_subject(runtime, advised[0]) == identities.find_subject(runtime, key)
    assert identities.claim(runtime, key, IdKind.NAME, "smith, john", decided("李科长", "查明")) == 1
    assert len(subjects(runtime)) == 2
    identities.disclaim(runtime, key, IdKind.NAME, "SMITH JOHN", decided("李科长", "查明"))


@pytest.mark.parametrize("typed", [f"身份证号110105\n{LI}", f"{LI}{'9' * 200}"])
def test_what_can_be_no_identifier_is_refused_and_not_repeated(runtime: Runtime, typed: str) -> None:
    feed_in(runtime, honour("1", uscc=CLINIC))
    for asked in (
        lambda: identities.find_subject(runtime, typed),
        lambda: identities.claim(runtime, CLINIC, IdKind.CERTIFICATE_NO, typed, decided("李科长", "查明")),
    ):
        with pytest.raises(PermanentError) as caught:
            asked()
        assert LI not in str(caught.value)
