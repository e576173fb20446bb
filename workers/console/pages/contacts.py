"""How somebody can be reached who complained by the public page: for whoever answers, with a purpose that is logged."""

from __future__ import annotations

import re

from credit.store import contacts
from schemas.rights import Right
from schemas.showing import NUMBER
from workers.console.asked import Asked, Incomplete
from workers.console.screens import Menu, Page, Screen

_NUMBER = re.compile(NUMBER)


def _show(_asked: Asked) -> Page:
    return Page("contact.html", {"number": "", "why": "", "contact": None})


def _open(asked: Asked) -> Page:
    """Show a contact, once it is written down who looks and why; what is no number of a complaint is not written."""
    asked.holder.require(Right.NUMBERS, asked.runtime.reader.routes.authority)
    number, why = asked.required("number", "投诉编号").upper(), asked.required("why", "查看用途")
    if _NUMBER.fullmatch(number) is None:
        raise Incomplete("投诉编号不对，请照投诉人所持的编号填写。")
    asked.look(number, why)
    with asked.reading() as connection:
        contact = contacts.read(connection, number, asked.runtime.keyring)
    return Page("contact.html", {"number": number, "why": why, "contact": contact})


SCREENS = (Screen("/contacts", "投诉人联系方式", Right.NUMBERS, _show, answer=_open, menu=Menu.PARTNERS),)
