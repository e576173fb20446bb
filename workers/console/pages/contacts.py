"""How somebody can be reached who complained by the public page: for whoever answers, with a purpose that is logged."""

from __future__ import annotations

import re

from credit.store import contacts
from schemas.rights import Right
from schemas.showing import NUMBER
from workers.console.asked import Asked, Incomplete
from workers.console.screens import Menu, Page, Screen

_NUMBER = re.compile(NUMBER)
_RIGHTS = (Right.ENTER, Right.NUMBERS)
"""Whoever enters the answer has to reach the complainant; one of these is enough."""


def admits(asked: Asked) -> bool:
    """Tell whether somebody may answer complaints, or see the numbers of persons, for the authority."""
    return any(asked.holder.may(right, asked.runtime.reader.routes.authority) for right in _RIGHTS)


def _refuse(asked: Asked) -> None:
    """Refuse whoever has neither right.

    Raises:
        AccessRefused: the account has none of them for the authority.
    """
    if not admits(asked):
        asked.holder.require(_RIGHTS[0], asked.runtime.reader.routes.authority)


def _show(asked: Asked) -> Page:
    _refuse(asked)
    return Page("contact.html", {"number": "", "why": "", "contact": None})


def _open(asked: Asked) -> Page:
    """Show a contact, once it is written down who looks and why; what is no number of a complaint is not written."""
    _refuse(asked)
    number, why = asked.required("number", "投诉编号").upper(), asked.required("why", "查看用途")
    if _NUMBER.fullmatch(number) is None:
        raise Incomplete("投诉编号不对，请照投诉人所持的编号填写。")
    asked.look(number, why)
    with asked.reading() as connection:
        contact = contacts.read(connection, number, asked.runtime.keyring)
    return Page("contact.html", {"number": number, "why": why, "contact": contact})


SCREENS = (Screen("/contacts", "投诉人联系方式", None, _show, menu=Menu.PARTNERS, admits=admits, answer=_open),)
