"""Telling consumers of a regime who came on its lists and who left them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from credit.grading.consumers import find_readers
from credit.rules import Rules
from credit.store import outbox
from credit.store.shown import read_parties
from credit.telling.listings import Change, announce


def tell(connection: Connection, changes: Collection[Change], rules: Rules) -> int:
    """Put into the outbox what consumers have to hear of changes of lists; return how many messages."""
    news = [
        each
        for each in changes
        if each.regime in rules.regimes and find_readers(rules.regimes[each.regime], rules.at.today, each.list_id)
    ]
    if not news:
        return 0
    parties = read_parties(connection, {each.subject_id for each in news}, rules)
    composed = (
        announce(each, parties[each.subject_id], rules.regimes[each.regime], rules)
        for each in news
        if each.subject_id in parties
    )
    messages = [message for message in composed if message is not None]
    outbox.enqueue(connection, messages)
    return len(messages)
