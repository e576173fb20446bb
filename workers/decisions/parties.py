"""Whether a mended message is still about the same party as before.

Many a message is parked because it cannot be read, so who it was about has to be found out: every value that was
changed is put back alone into the mended message, and those that change whom it is about are looked at together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from credit.identity import Identity, identify, name_key
from schemas import leaves
from schemas.errors import UnusableError
from schemas.leaves import Difference
from schemas.party import Party
from schemas.statement import Act, Fact, FeedResult, Receipt, Statement

State = Callable[[bytes], Statement | None]
"""Tells what the bytes of a message say; None where they cannot be read."""


def find_other_party(before: bytes, after: bytes, state: State) -> list[str]:
    """Return the items whose change makes a message one about somebody else; none where it is about the same party.

    It is the same party when a number or code that identified it is the same; where none did, when the name is. What
    could not be read before identified nobody. Of an act the record it is on has to be the same, of an answer what it
    answers.
    """
    old, new, now = leaves.read(before), leaves.read(after), state(after)
    if old is None or new is None or now is None:
        return []
    telling = [each for each in leaves.find_differences(old, new) if _changes(each, new, now, state)]
    if not telling or _is_same(_put_back(telling, new, state), now):
        return []
    return [".".join(each.path) for each in telling]


def _changes(change: Difference, new: Any, now: Statement, state: State) -> bool:
    was = _put_back([change], new, state)
    return was is not None and _whom(was) != _whom(now)


def _put_back(changes: list[Difference], content: Any, state: State) -> Statement | None:
    for change in changes:
        content = leaves.put(content, change.path, change.before)
    try:
        return state(leaves.write(content))
    except leaves.NotWritable:
        return None


def _whom(statement: Statement) -> Any:
    match statement:
        case Fact(party=party, related=related):
            return party, related
        case Act(target=target):
            return target
        case Receipt(notice_no=number):
            return number
        case FeedResult(row_id=row):
            return row


def _is_same(was: Statement | None, now: Statement) -> bool:
    if isinstance(was, Fact) and isinstance(now, Fact):
        related = was.related.keys() & now.related.keys()
        pairs = [(was.party, now.party), *((was.related[name], now.related[name]) for name in related)]
        return all(_is_same_party(one, other) for one, other in pairs)
    return was is not None and _whom(was) == _whom(now)


def _is_same_party(was: Party, now: Party) -> bool:
    one, other = _identify(was), _identify(now)
    if one is None or other is None:
        return name_key(was.name) == name_key(now.name)
    if one.strong is not None:
        return one.strong == other.strong
    return bool({*one.aliases} & {*other.aliases})


def _identify(party: Party) -> Identity | None:
    try:
        return identify(party)
    except UnusableError:
        return None
