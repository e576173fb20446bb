"""How somebody can be reached who complained by the public page: for whoever answers, with a purpose that is logged."""

from __future__ import annotations

from credit.store import contacts
from schemas.rights import Right
from workers.console.asked import Asked
from workers.console.screens import Menu, Page, Screen


def _show(asked: Asked) -> Page:
    number, why = asked.query("number").upper(), asked.query("why")
    contact = None
    if number and why:
        asked.look(number, why)
        with asked.reading() as connection:
            contact = contacts.read(connection, number, asked.runtime.keyring)
    return Page("contact.html", {"number": number, "why": why, "contact": contact})


SCREENS = (Screen("/contacts", "投诉人联系方式", Right.NUMBERS, _show, menu=Menu.PARTNERS),)
