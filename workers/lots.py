"""Rows of feeds as carriers deliver them: read from messages, parted into lots, named as their readers find them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import orjson
import structlog
from pydantic import ValidationError

from credit.record import rows as archive
from credit.routing.routes import Feed
from schemas.envelope import Event
from schemas.outgoing import FeedRows
from schemas.routing import Generation
from schemas.sheets import Parties, Template
from schemas.states import FeedKind, Operation
from workers.broker import Delivery

_log = structlog.get_logger(__name__)

LOT = 200
"""So many rows are delivered at once: what the platforms take in one call."""
_OF_RECORDS = frozenset(
    f"{prefix}_{item}"
    for prefix in ("CF", "XK")
    for item in ("XDR_MC", "XDR", "XDR_LB", "XDR_SHXYM", "WSH", "JDRQ", "CFJG", "CFJGDM", "XKJG", "XKJGDM", "XZJG")
)
_OF_SUBJECTS = frozenset(
    {"TYSHXYDM", "JGQC", "XM", "FZRXM", "SFZH", "RDWH", "RDDW", "RDBMQC", "RYMC", "PDMC"}
    | {"document_no", "party.name", "party.uscc"}
)
FOUND_BY = _OF_RECORDS | _OF_SUBJECTS
"""By what a platform finds a row that it shows, in permits and penalties of any generation, and in other tables."""


@dataclass(frozen=True, slots=True)
class CarriedRow:
    """One operation on one row of a feed.

    `message_id` is the row's id and version, as `ROW:VERSION`: the same however often it comes. `items` are texts by
    column code of the feed's generation, for who `parties` are where the generation has a template for each; of a row
    to withdraw they are those of the last delivery by which the platform finds it, and no others. `former` is, of a row
    to update that the platform would not find by what it says now, what has to be taken away first.
    """

    message_id: str
    row_id: str
    version: int
    feed: str
    generation: Generation
    kind: FeedKind
    template: str
    """The name of the template whose columns the items are."""
    parties: Parties | None
    operation: Operation
    items: Mapping[str, str]
    at: datetime
    """When the operation was decided."""
    former: CarriedRow | None = None

    def keep(self, at: datetime, lot: str | None = None) -> archive.CarriedRow:
        """Return the row as the archive keeps it once it is delivered."""
        items = orjson.dumps(dict(self.items), option=orjson.OPT_SORT_KEYS).decode()
        return archive.CarriedRow(
            self.row_id, self.feed, self.version, self.operation.value, self.template, items, lot, at
        )


def write(row: CarriedRow, template: Template, items: Mapping[str, str]) -> CarriedRow:
    """Return a row with those of some items that a template has columns for."""
    columns = {column.code for column in template.columns}
    own = {code: text for code, text in items.items() if code in columns}
    return replace(row, template=template.name, parties=template.parties, items=own)


def naming(items: Mapping[str, str], found_by: frozenset[str]) -> dict[str, str]:
    """Return those of some items by which people or the reader of a place find a row."""
    return {code: text for code, text in items.items() if code in FOUND_BY | found_by}


def renew(
    row: CarriedRow,
    before: archive.CarriedRow | None,
    templates: Mapping[str, Template],
    find_by: Callable[[str], frozenset[str]],
) -> CarriedRow:
    """Let a row that is shown under another name be published anew, and what is shown be taken away first.

    So is one whose former was taken away before a crash. What was delivered in another generation stays: its tables may
    be there no more. `find_by` says by which items of a template a row is found.
    """
    if before is None or row.operation is not Operation.UPDATE or before.version >= row.version:
        return row
    if before.operation == Operation.WITHDRAW:
        return replace(row, operation=Operation.PUBLISH)
    template = templates.get(before.template)
    if template is None or template.generation != templates[row.template].generation:
        return row
    shown: dict[str, str] = orjson.loads(before.items)
    found_by = find_by(template.name)
    if template.name == row.template and all(shown.get(code, "") == row.items.get(code, "") for code in found_by):
        return row
    gone = replace(row, version=before.version, operation=Operation.WITHDRAW, former=None)
    former = write(gone, template, naming(shown, found_by))
    return replace(row, operation=Operation.PUBLISH, former=former)


def read(delivery: Delivery, feed: Feed) -> Iterator[CarriedRow]:
    """Return the rows of a message; what is none of ours is said and left out: nobody can deliver it."""
    try:
        event = Event.model_validate(orjson.loads(delivery.body))
        data = FeedRows.model_validate(event.data)
    except (orjson.JSONDecodeError, ValidationError):
        _log.exception("not_carried", queue=delivery.queue)
        return
    for row in data.rows:
        _, _, version = event.id.rpartition(":")
        yield CarriedRow(
            message_id=event.id,
            row_id=row.row_id,
            version=int(version),
            feed=feed.code,
            generation=data.generation,
            kind=data.kind,
            template="",
            parties=None,
            operation=data.operation,
            items=dict(row.model_extra or {}),
            at=event.time,
        )


def part_waves(rows: Iterable[CarriedRow]) -> list[list[CarriedRow]]:
    """Part rows so that no part has two versions of one row, and each later version comes in a later part."""
    waves: list[list[CarriedRow]] = []
    times: dict[str, int] = {}
    for row in rows:
        wave = times.get(row.row_id, 0)
        times[row.row_id] = wave + 1
        if wave == len(waves):
            waves.append([])
        waves[wave].append(row)
    return waves


def part_lots(rows: Iterable[CarriedRow]) -> list[list[CarriedRow]]:
    """Part rows by template and operation, in the order of the first of each."""
    lots: dict[tuple[str, Operation], list[CarriedRow]] = {}
    for row in rows:
        lots.setdefault((row.template, row.operation), []).append(row)
    return [lot[at : at + LOT] for lot in lots.values() for at in range(0, len(lot), LOT)]
