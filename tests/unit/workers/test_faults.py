"""Which items are found wrong, by the details that messages are parked with."""

from __future__ import annotations

import pytest

from connectors.registry import load
from schemas.reasons import Reason
from workers.show.faults import find_wrong, is_wrong

VOCABULARY = load().vocabulary()
PENALTY, PERMIT = "credit.inspection.penalty", "credit.licensing.permit"
POINTS, REGISTRATION = "credit.inspection.points", "credit.licensing.registration"
INSPECTOR, CHECK = "credit.office.inspector", "credit.inspection.check"


@pytest.mark.parametrize(
    ("family", "reason", "detail", "wrong"),
    [
        (PENALTY, Reason.USCC_CHECK, "the check character of uscc is wrong", ["CF_XDR_SHXYM"]),
        (PERMIT, Reason.USCC_CHECK, "the check character of uscc is wrong", ["XK_XDR_SHXYM"]),
        (POINTS, Reason.USCC_CHECK, "the check character of uscc is wrong", ["party.uscc"]),
        (PENALTY, Reason.USCC_PLACEHOLDER, "the uscc column holds a placeholder", ["CF_XDR_SHXYM"]),
        (PENALTY, Reason.USCC_CHECK, "the uscc column holds 17 characters where 18 belong", ["CF_XDR_SHXYM"]),
        (POINTS, Reason.PERSON_ID_CHECK, "the check character of id_no is wrong", ["party.id_no"]),
        (PENALTY, Reason.PERSON_ID_FORM, "the birth date in id_no is not possible", ["CF_XDR_ZJHM"]),
        (POINTS, Reason.PERSON_ID_FORM, "id_type does not name the document", ["party.id_type"]),
        (POINTS, Reason.ID_WRONG_COLUMN, "the licence_no column holds a person's number", ["party.licence_no"]),
        (PENALTY, Reason.ID_WRONG_COLUMN, "CF_XDR_SHXYM holds the identity number of a person", ["CF_XDR_SHXYM"]),
        (PENALTY, Reason.ID_WRONG_COLUMN, "the document number holds the identity number of a person", ["CF_WSH"]),
        (REGISTRATION, Reason.USCC_CHECK, "party: the check character of uscc is wrong", ["party.uscc"]),
        (REGISTRATION, Reason.USCC_CHECK, "workplace: the check character of uscc is wrong", ["workplace.uscc"]),
        (REGISTRATION, Reason.USCC_CHECK, "workplace_uscc: the check character of uscc is wrong", ["workplace_uscc"]),
        (INSPECTOR, Reason.ID_WRONG_COLUMN, "the insurer_code column holds a person's number", ["party.insurer_code"]),
        (INSPECTOR, Reason.ID_AMBIGUOUS, "the certificate_no of this party belong to 2 …", ["party.certificate_no"]),
        (PENALTY, Reason.ID_MISSING, "the party has no usable identifier", ["CF_XDR_SHXYM", "CF_XDR_ZJHM"]),
        (POINTS, Reason.ID_MISSING, "the party has no usable identifier", ["party.uscc", "party.id_no"]),
        (
            POINTS,
            Reason.ID_UNRESOLVED,
            "nobody has claimed the licence_no, org_code of this party; there is no USCC or personal number",
            ["party.licence_no", "party.org_code"],
        ),
        (POINTS, Reason.ID_AMBIGUOUS, "the licence_no of this party belong to 2 subjects", ["party.licence_no"]),
        (PERMIT, Reason.NAME_MISMATCH, "the number is on file under another name; if …: x", ["XK_XDR_MC"]),
        (PENALTY, Reason.USCC_CHECK, "the organ's code is not a unified social credit code", ["CF_CFJGDM"]),
        (POINTS, Reason.USCC_PLACEHOLDER, "the organ's code is a placeholder", ["organ.code"]),
        (PENALTY, Reason.DATE_FUTURE, "2027-01-07 is after today, 2026-11-28", ["CF_JDRQ"]),
        (POINTS, Reason.DATE_FUTURE, "2027-01-07 is after today, 2026-11-28", ["occurred_on"]),
        (PENALTY, Reason.DATE_ORDER, "data: CF_YXQ is before CF_JDRQ", ["CF_YXQ", "CF_JDRQ"]),
        (PENALTY, Reason.FINE_IMPLAUSIBLE, "CF_NR_FK is 20000.000000 万元, above 1000", ["CF_NR_FK"]),
        (PENALTY, Reason.ITEM_MISSING, "CF_WSH: Field required; CF_XDR_MC: Field required", ["CF_WSH", "CF_XDR_MC"]),
        (CHECK, Reason.ITEM_INVALID, "data.items.1.marks: Input should be greater than 0", ["items.1.marks"]),
        (CHECK, Reason.ITEM_INVALID, "items: two lines of items have the same code", ["items"]),
        (POINTS, Reason.ITEM_INVALID, "party.uscc: String should have at most 64 characters", ["party.uscc"]),
        (PENALTY, Reason.SENDER_UNKNOWN, "sender: 1 may not send by credit.in.x; expected: 2", ["sender"]),
        (PENALTY, Reason.SOURCE_WRONG, "source: credit.in.inspection takes messages of /inspection only", ["source"]),
        ("", Reason.TYPE_UNKNOWN, "type credit.inspection.gossip.v1 is not registered", ["type"]),
        ("", Reason.ENVELOPE_INVALID, "sender: Field required", ["sender"]),
        ("credit.partner.receipt", Reason.RECEIPT_UNKNOWN, "no notice of that number was ever issued", ["notice_no"]),
        ("credit.feed.result", Reason.FEED_ROW_UNKNOWN, "row_id: no row of that id was ever sent to x", ["row_id"]),
        ("", Reason.JSON_INVALID, "Expecting value at line 1, column 7", []),
        ("", Reason.MESSAGE_TOO_LARGE, "1049830 bytes, at most 1048576 are accepted", []),
    ],
)  # fmt: skip
def test_the_items_that_are_wrong_are_found(family: str, reason: Reason, detail: str, wrong: list[str]) -> None:
    assert list(find_wrong(reason.value, detail, VOCABULARY.items(family))) == wrong


IDENTITY = {
    Reason.USCC_CHECK: "the check character of uscc is wrong",
    Reason.PERSON_ID_CHECK: "the check character of id_no is wrong",
    Reason.ID_MISSING: "the party has no usable identifier",
    Reason.NAME_MISMATCH: "the number is on file under another name",
    Reason.DATE_FUTURE: "2027-01-07 is after today, 2026-11-28",
    Reason.ORGAN_FOREIGN: "1 does not speak for 2: see voices in routing.yaml",
}
"""What any message about a party may be parked for."""


def test_in_every_type_about_a_party_something_is_found_wrong() -> None:
    about = {family for family, items in VOCABULARY.families.items() if "party" in items or "CF_XDR_MC" in items}
    assert len(about) > 25
    nothing = {
        (family, reason)
        for family in about
        for reason, detail in IDENTITY.items()
        if not find_wrong(reason.value, detail, VOCABULARY.items(family))
    }
    assert nothing == set()


def test_what_stands_in_a_wrong_item_is_wrong_and_what_it_stands_in() -> None:
    assert is_wrong("party", ("party.uscc",))
    assert is_wrong("party.uscc", ("party",))
    assert is_wrong("party.uscc", ("party.uscc",))
    assert not is_wrong("party.uscc_old", ("party.uscc",))
    assert not is_wrong("party.id_no", ("party.uscc",))
