"""From licensing messages to facts."""

from __future__ import annotations

from connectors.licensing.messages import Commitment, Filing, Permit, Registration
from connectors.reading import end, organ, read_common, read_national
from schemas.fillers import is_filler
from schemas.statement import Category, Fact

_INSTITUTION_LICENCE = "医疗机构执业许可证"
_LICENCE_LENGTH = 22


def read_permit(message: Permit, family: str) -> Fact:
    """Read a permit: it holds from XK_YXQZ to XK_YXQZI.

    A decision without a number of its own shows that of the permit, as the filling-in rules of XK_WSH say.
    """
    key, items = read_national(message, family, message.XK_XKJGDM, message.number)
    return Fact(
        key=key,
        organ=organ(message.XK_XKJG, message.XK_XKJGDM),
        party=message.counterparty(_licence_no(message)),
        category=Category.PERMIT,
        occurred_on=message.XK_JDRQ,
        items=items | {"XK_WSH": message.number} | ({} if _permit_no(message) else {"XK_XKBH": ""}),
        valid_from=message.XK_YXQZ,
        valid_until=end(message.XK_YXQZI),
    )


def read_commitment(message: Commitment, family: str) -> Fact:
    """Read a commitment; the day by which it is due does not end it."""
    return read_common(message, family, Category.COMMITMENT)


def read_registration(message: Registration, family: str) -> Fact:
    """Read a registration event, with the practitioner's workplace and the organiser of the institution."""
    related = {"workplace": message.workplace, "organiser": message.organiser}
    return read_common(message, family, Category.REGISTRATION, related=related)


def read_filing(message: Filing, family: str) -> Fact:
    """Read a filing, which holds until `until`."""
    return read_common(message, family, Category.FILING, valid_until=message.until)


def _permit_no(message: Permit) -> str | None:
    number = message.XK_XKBH
    return None if number is None or is_filler(number) else number


def _licence_no(message: Permit) -> str | None:
    number = _permit_no(message)
    if number and message.XK_XKZS == _INSTITUTION_LICENCE and len(number.strip()) == _LICENCE_LENGTH:
        return number
    return None
