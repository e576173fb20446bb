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
from credit.telling.subject_rows import Place, Standing, places_of, show, shows_subjects

_ENTRIES = select(*(tables.list_entry.c[name] for name in EntryRow._fields)).where(
    one_of(tables.list_entry.c.subject_id, "keys")
)
_ROWS = rows_of(FeedRow).where(one_of(tables.feed_row.c.row_id, "keys"))


class _Row(NamedTuple):
    """A row that a feed may have: what it shows, and how that stands."""

    feed: Feed
    place: Place
    standing: Standing

    @property
    def row_id(self) -> str:
        return ids.row_id(self.feed.code, self.place.about)


def follow(
    connection: Connection,
    archives: Mapping[str, Collection[str]],
    before: Iterable[EntryRow],
    results: Iterable[OfficialRow],
    rules: Rules,
) -> int:
    """Let the rows about the subjects of some archives follow, and tell the feeds; return how many were told anew.

    `before` are the entries as they were until now, `results` the official results as they are. What those had that
    go on as another is withdrawn. The caller holds the locks of the archives; a feed's answer takes that of its row,
    so that is taken here too.

    Raises:
        ScopeMoved: somebody else is with a row; try again.
    """
    showing = [feed for feed in rules.routes.feeds if shows_subjects(feed)]
    if not showing:
        return 0
    members = [name for names in archives.values() for name in names]
    (found,) = find(connection, Question(_ENTRIES, members))
    after = list(map(EntryRow._make, found))
    former, last = list(before), list(results)
    rows = {row.row_id: row for feed in showing for row in _rows(feed, former, after, last, archives)}
    if not rows:
        return 0
    locks.try_hold(connection, {row.place.about for row in rows.values()})
    (found,) = find(connection, Question(_ROWS, rows))
    current = {each[0]: FeedRow._make(each) for each in found}
    parties = read_parties(connection, {row.place.subject_id for row in rows.values()}, rules)
    changed: list[FeedRow] = []
    messages: list[DispatchRow] = []
    for row_id, row in sorted(rows.items()):
        shown = show(row.feed, row.place, row.standing, parties.get(row.place.subject_id), rules)
        about = feeds.About(row.place.about, row.place.kind, rules.at.today, row.place.subject_id)
        told = feeds.follow(about, row.feed, current.get(row_id), shown, rules)
        if told is not None:
            changed.append(told)
            messages.append(feed_rows(told, shown, row.feed, rules))
    bulk.upsert(connection, tables.feed_row, changed)
    outbox.enqueue(connection, messages)
    return len(changed)


def _rows(
    feed: Feed,
    before: Iterable[EntryRow],
    after: Iterable[EntryRow],
    results: Iterable[OfficialRow],
    archives: Mapping[str, Collection[str]],
) -> Iterable[_Row]:
    now = places_of(feed, after, results)
    for place in places_of(feed, before, ()) | now:
        goes_on = place.subject_id not in archives
        yield _Row(feed, place, Standing() if goes_on else now.get(place, Standing()))
