"""From the credit office's messages to facts (honours, listings, upkeep, work) and acts about other records."""

from __future__ import annotations

from connectors.office.messages import Honour, Listing, Objection, OfficeDecision, Rating, Repair, Told, Withdrawal
from connectors.office.upkeep import Board, Ethics, LiabilityInsurance, SafetyEvent, Sign, Training, Undertaking
from connectors.office.work import Duty, Inspector, Review
from connectors.reading import end, read_common
from schemas.fillers import is_filler
from schemas.party import record_key
from schemas.statement import Act, ActKind, Category, Fact


def read_honour(message: Honour, family: str) -> Fact:
    """Read an honour, which holds until `until`."""
    return read_common(message, family, Category.HONOUR, valid_until=message.until)


def read_listing(message: Listing, family: str) -> Fact:
    """Read that a party was put on a list; `until` is the end of publicity that its keeper asks for."""
    return read_common(message, family, Category.LISTING)._replace(publicity_until=end(message.until))


def read_rating(message: Rating, family: str) -> Fact:
    """Read the rating of a party by others; it changes no grade of ours unless a regime counts it."""
    return read_common(message, family, Category.RATING)


def read_ethics(message: Ethics, family: str) -> Fact:
    """Read the result of an assessment of ethics, with the person's workplace."""
    return read_common(message, family, Category.UPKEEP, related={"workplace": message.workplace})


def read_undertaking(message: Undertaking, family: str) -> Fact:
    """Read a paper of a year, which holds until `until`."""
    return read_common(message, family, Category.UPKEEP, valid_until=message.until)


def read_insurance(message: LiabilityInsurance, family: str) -> Fact:
    """Read an insurance, which holds from `begin` to `until`."""
    return read_common(message, family, Category.UPKEEP, valid_from=message.begin, valid_until=message.until)


def read_upkeep(message: SafetyEvent | Board | Sign | Training, family: str) -> Fact:
    """Read the report of an event, a board, a sign or a training."""
    return read_common(message, family, Category.UPKEEP)


def read_work(message: Duty | Review | Inspector, family: str) -> Fact:
    """Read a duty done, a grade reviewed, or an inspector."""
    return read_common(message, family, Category.WORK)


def read_withdrawal(message: Withdrawal, family: str) -> Act:
    """Read a withdrawal; its state is the reason."""
    return _act(message, family, ActKind.WITHDRAWAL, message.reason)


def read_objection(message: Objection, family: str) -> Act:
    """Read a step of an objection."""
    return _act(message, family, ActKind.OBJECTION, message.state)


def read_repair(message: Repair, family: str) -> Act:
    """Read a step of credit repair."""
    return _act(message, family, ActKind.REPAIR, message.state)


def read_told(message: Told, family: str) -> Act:
    """Read that a party was told; the act is of the day of service."""
    kind = ActKind.TOLD if message.paper == "prior_notice" else ActKind.REPAIR_NOTICE
    return _act(message, family, kind, message.state)._replace(occurred_on=message.served_on)


def _act(message: OfficeDecision, family: str, kind: ActKind, state: str) -> Act:
    # Without a number of its own an organ has one act of a kind about a record; further steps are its revisions.
    number = message.document_no
    if number is None or is_filler(number):
        number = " ".join(filter(None, message.target.key))
        if kind is ActKind.REPAIR_NOTICE:  # of one type with the prior notice, and another act
            number += f" {kind.value}"
    return Act(
        key=record_key(family, message.organ.code, number),
        organ=message.organ,
        kind=kind,
        target=message.target.key,
        state=state,
        occurred_on=message.occurred_on,
    )
