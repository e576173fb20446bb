from __future__ import annotations

import pytest

from credit.batch.arrival import Arrival
from credit.batch.recognise import know, name_hash
from credit.batch.resolve import Unresolved, resolve
from credit.identity import Identity, identify, name_key
from schemas.errors import UnusableError
from schemas.party import Party
from schemas.reasons import Reason
from tests.builders import CLINIC, HOSPITAL, KEYS, LI, Archive, arrive, clinic, honour, offence, person

LICENCE = "41704812241048111A1001"


def about(party: Party, message_id: str = "1", document_no: str = "1号") -> Arrival:
    return arrive(honour(party, document_no), message_id)


def known(party: Party) -> Identity:
    return know(identify(party), KEYS)


def who(archive: Archive, party: Party) -> str:
    return resolve(known(party), archive.work)


class TestOrganisation:
    def test_a_code_decides_by_itself(self) -> None:
        assert who(Archive(), clinic()) == CLINIC

    def test_a_licence_decides_once_a_message_has_claimed_it(self) -> None:
        archive = Archive()
        with pytest.raises(Unresolved) as unknown:
            who(archive, clinic(licence_no=LICENCE))
        assert unknown.value.reason is Reason.ID_UNRESOLVED
        archive.take(about(clinic(uscc=CLINIC, licence_no=LICENCE)))
        assert who(archive, clinic(licence_no=LICENCE)) == CLINIC

    def test_the_code_inside_the_uscc_is_claimed_with_it(self) -> None:
        archive = Archive()
        archive.take(about(clinic()))
        assert who(archive, clinic(org_code=CLINIC[8:17])) == CLINIC

    def test_it_waits_for_each_identifier_it_has(self) -> None:
        with pytest.raises(Unresolved) as unknown:
            who(Archive(), clinic(licence_no=LICENCE, insurer_code="H41048100012"))
        assert len(unknown.value.waits_for) == 2

    def test_identifiers_of_two_subjects_are_for_a_person_to_decide(self) -> None:
        archive = Archive()
        archive.take(about(clinic(uscc=CLINIC, licence_no=LICENCE)))
        archive.take(about(clinic(uscc=HOSPITAL, licence_no=LICENCE), "2", "2号"))
        with pytest.raises(UnusableError) as refused:
            who(archive, clinic(licence_no=LICENCE))
        assert refused.value.reason is Reason.ID_AMBIGUOUS

    def test_one_link_makes_them_one_again(self) -> None:
        archive = Archive()
        archive.take(about(clinic(uscc=CLINIC, licence_no=LICENCE)))
        archive.take(about(clinic(uscc=HOSPITAL, licence_no=LICENCE), "2", "2号"))
        archive.work.links[CLINIC] = HOSPITAL
        assert who(archive, clinic(licence_no=LICENCE)) == HOSPITAL

    def test_a_link_moves_nothing_that_is_clear_without_it(self) -> None:
        archive = Archive()
        archive.take(about(clinic(uscc=CLINIC, licence_no=LICENCE)))
        archive.work.links[CLINIC] = HOSPITAL
        assert who(archive, clinic(licence_no=LICENCE)) == CLINIC

    def test_a_circle_of_links_ends(self) -> None:
        archive = Archive()
        archive.take(about(clinic(uscc=CLINIC, licence_no=LICENCE)))
        archive.work.links |= {CLINIC: HOSPITAL, HOSPITAL: CLINIC}
        assert who(archive, clinic(licence_no=LICENCE)) in {CLINIC, HOSPITAL}

    def test_what_was_resolved_by_one_alias_claims_the_others(self) -> None:
        archive = Archive()
        archive.take(about(clinic(uscc=CLINIC, licence_no=LICENCE)))
        archive.take(about(clinic(licence_no=LICENCE, insurer_code="H41048100012"), "2", "2号"))
        assert who(archive, clinic(insurer_code="H41048100012")) == CLINIC

    def test_a_claim_that_was_undone_is_not_made_again(self) -> None:
        archive = Archive()
        archive.work.disclaimed |= {value_hash: {CLINIC} for value_hash in known(clinic(licence_no=LICENCE)).hashes}
        changes = archive.take(
            about(clinic(uscc=CLINIC, licence_no=LICENCE)), about(clinic(licence_no=LICENCE), "2", "2号")
        )
        assert [row.reason for row in changes.parked] == ["identity.unresolved"]
        assert {row.kind for row in changes.aliases} == {"org_code"}

    def test_another_name_of_an_organisation_is_no_matter(self) -> None:
        archive = Archive()
        archive.take(about(clinic("舞钢安康诊所")))
        assert who(archive, clinic("舞钢市安康中医诊所")) == CLINIC

    def test_a_related_party_is_put_on_file_and_claims_too(self) -> None:
        hospital = clinic("舞钢市人民医院", uscc=HOSPITAL, licence_no=LICENCE)
        archive = Archive()
        archive.take(arrive(offence(related={"hospital": hospital})))
        assert who(archive, clinic(licence_no=LICENCE)) == HOSPITAL
        assert archive.work.subjects[HOSPITAL].name == "舞钢市人民医院"


class TestPerson:
    def test_by_name_and_number(self) -> None:
        archive = Archive()
        archive.take(about(person("王某")))
        subject = who(archive, person("王某"))
        assert subject in archive.work.subjects
        assert subject.startswith("P")

    def test_the_number_is_not_in_the_id(self) -> None:
        assert LI not in who(Archive(), person("李某", LI))

    @pytest.mark.parametrize("same", ["王 某", "王\u3000某"])
    def test_spaces_in_a_name_are_no_difference(self, same: str) -> None:
        archive = Archive()
        archive.take(about(person("王某")))
        assert who(archive, person(same))

    def test_another_name_is_for_a_person_to_decide(self) -> None:
        archive = Archive()
        archive.take(about(person("王某")))
        with pytest.raises(UnusableError) as refused:
            who(archive, person("汪某"))
        assert refused.value.reason is Reason.NAME_MISMATCH
        assert "汪" not in refused.value.detail

    def test_the_mismatch_is_seen_within_one_batch(self) -> None:
        changes = Archive().take(about(person("王某")), about(person("汪某"), "2", "2号"))
        assert [row.reason for row in changes.parked] == ["identity.name_mismatch"]

    def test_a_name_that_a_person_accepted(self) -> None:
        archive = Archive()
        archive.take(about(person("王某")))
        subject = who(archive, person("王某"))
        archive.work.claims[name_hash(subject, name_key("汪某"), KEYS)] = {subject}
        assert who(archive, person("汪某")) == subject
        with pytest.raises(UnusableError):
            who(archive, person("黄某"))

    def test_an_accepted_name_holds_for_that_person_alone(self) -> None:
        archive = Archive()
        archive.take(about(person("王某")), about(person("李某", LI), "2", "2号"))
        subject = who(archive, person("王某"))
        archive.work.claims[name_hash(subject, name_key("汪某"), KEYS)] = {subject}
        with pytest.raises(UnusableError):
            who(archive, person("汪某", LI))

    def test_a_certificate_with_another_name_is_a_mismatch_too(self) -> None:
        archive = Archive()
        certified = person("王某").model_copy(update={"certificate_no": "110210000001234"})
        archive.take(about(certified))
        by_certificate = Party(kind="person", name="王某", certificate_no="110210000001234")
        assert who(archive, by_certificate) == who(archive, certified)
        with pytest.raises(UnusableError) as refused:
            who(archive, by_certificate.model_copy(update={"name": "汪某"}))
        assert refused.value.reason is Reason.NAME_MISMATCH


def test_what_a_conflicting_message_says_of_identifiers_is_claimed_in_whatever_order() -> None:
    one = arrive(honour(clinic(uscc=CLINIC, licence_no=LICENCE)), "1")
    two = arrive(honour(clinic(uscc=CLINIC, insurer_code="H41048100012"))._replace(items={"title": "x"}), "2")
    for order in ((one, two), (two, one)):
        archive = Archive()
        assert {row.kind for row in archive.take(*order).aliases} == {"licence_no", "insurer_code", "org_code"}
