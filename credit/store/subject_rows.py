"""Rows of feeds about subjects follow the entries on lists and the official results of an archive."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from credit.grading.rows import EntryRow, OfficialRow
from credit.record import ids
from credit.record.rows import DispatchRow, FeedRow
from credit.routing.routes import Feed
from credit.rules import Rules
from credit.store import bulk, locks, outbox, tables
from credit.store.bulk import Question, find, one_of
from credit.store.scope import rows_of
from credit.store.shown import read_parties
from credit.telling import feeds
from credit.telling.messages import feed_rows
from credit.telling.subject_rows import Place, Standing, place_of, places_of, show

_ENTRIES = select(*(tables.list_entry.c[name] for name in EntryRow._fields)).where(
    one_of(tables.list_entry.c.subject_id, "keys")
)
_ROWS = rows_of(FeedRow).where(one_of(tables.feed_row.c.subject_id, "keys"))


class _Row(NamedTuple):
    """A row that a feed has or may have: what it shows, how that stands, and the row as it is."""

    feed: Feed
    place: Place
    standing: Standing
    current: FeedRow | None


def follow(
    connection: Connection, archives: Mapping[str, Collection[str]], results: Iterable[OfficialRow], rules: Rules
) -> int:
    """Let the rows about the subjects of some archives follow, and tell the feeds; return how many were told anew.

    Withdrawn is what those had that go on as another, and what a feed is not for any more. `results` are the official
    results of the archives, whose locks the caller holds; a feed's answer takes the lock of its row, so that one is
    taken here too.

    Raises:
        ScopeMoved: somebody else is with a row; try again.
    """
    members = [name for names in archives.values() for name in names]
    entries, current = find(connection, Question(_ENTRIES, members), Question(_ROWS, members))
    standing = [entry for entry in map(EntryRow._make, entries) if entry.subject_id in archives]
    last = [result for result in results if result.subject_id in archives]
    wanted = {feed.code: places_of(feed, standing, last) for feed in rules.routes.feeds}
    names = {place.about for places in wanted.values() for place in places}
    names |= {row.record_id for row in map(FeedRow._make, current)}
    if not names:
        return 0
    locks.try_hold(connection, names)
    (current,) = find(connection, Question(_ROWS, members))
    rows = _pair(rules.routes.feeds, wanted, map(FeedRow._make, current))
    parties = read_parties(connection, {row.place.subject_id for row in rows}, rules)
    changed: list[FeedRow] = []
    messages: list[DispatchRow] = []
    for row in rows:
        shown = show(row.feed, row.place, row.standing, parties.get(row.place.subject_id), rules)
        about = feeds.About(row.place.about, row.place.kind, rules.at.today, row.place.subject_id)
        told = feeds.follow(about, row.feed, row.current, shown, rules)
        if told is None or told == row.current:
            continue
        changed.append(told)
        if told.version != (row.current.version if row.current is not None else 0):
            messages.append(feed_rows(told, shown, row.feed, rules))
    bulk.upsert(connection, tables.feed_row, changed)
    outbox.enqueue(connection, messages)
    return len(messages)


def _pair(
    known: Iterable[Feed], wanted: Mapping[str, Mapping[Place, Standing]], current: Iterable[FeedRow]
) -> list[_Row]:
    """Return for each feed what it should show and what it does, in the order of their ids."""
    on_file = {row.row_id: row for row in current}
    rows: dict[str, _Row] = {}
    for feed in known:
        mine = {place_of(row.record_id) for row in on_file.values() if row.feed == feed.code}
        for place in mine | wanted[feed.code].keys():
            row_id = ids.row_id(feed.code, place.about)
            rows[row_id] = _Row(feed, place, wanted[feed.code].get(place, Standing()), on_file.get(row_id))
    return [rows[row_id] for row_id in sorted(rows)]
