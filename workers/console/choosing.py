"""Which parked messages are meant: what an address or a form says of it, and for which organs a right is."""

from __future__ import annotations

from collections.abc import Mapping

from credit.access.account import Holder
from credit.store.parked import Choice
from schemas.reasons import HINTS, Reason
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete
from workers.moments import read_moment

_CHOICES = ("reason", "source", "sender", "item", "since", "until")


def word_of(reason: str) -> str:
    """Return what a reason is called: the first sentence of what is said of it."""
    return HINTS[Reason(reason)].partition("。")[0]


def words_of_reasons() -> Mapping[str, str]:
    """Return what each reason is called, by its code."""
    return {reason.value: word_of(reason.value) for reason in Reason}


def organs_of(holder: Holder, right: Right) -> frozenset[str] | None:
    """Return the organs that a right is for, among those that the holder sees; None: all."""
    if not holder.may(right):
        return frozenset()
    only = holder.only.get(right)
    return only if holder.organs is None else holder.organs if only is None else only & holder.organs


def read_choice(asked: Asked, said: Mapping[str, str], right: Right) -> Choice:
    """Return which messages are meant by what an address or a form says, among those for which the account has a right.

    Raises:
        Incomplete: a reason that there is none of, or what is no day and no moment.
    """
    reason = said.get("reason", "")
    if reason and reason not in words_of_reasons():
        raise Incomplete("没有这一挂起原因，请从列表中选择。")
    try:
        since = read_moment(said["since"]) if said.get("since") else None
        until = read_moment(said["until"], whole_days=1) if said.get("until") else None
    except ValueError:
        raise Incomplete("起止时间应写作 2026-06-01 或 2026-06-01T14:30。") from None
    return Choice(
        reason=Reason(reason) if reason else None,
        source=said.get("source") or None,
        sender=said.get("sender") or None,
        since=since,
        until=until,
        item=said.get("item") or None,
        senders=organs_of(asked.holder, right),
    )


def said_of(asked: Asked) -> dict[str, str]:
    """Return what the address, or the form that came from such an address, says of which messages are meant."""
    said = {name: asked.text(name) or asked.query(name) for name in _CHOICES}
    return {name: value for name, value in said.items() if value}
