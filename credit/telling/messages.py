"""Messages for the outbox: composed from the archive's rows, sealed, each in its stream.

A message id is made of what the message is about, so that a second attempt to say the same thing is caught by the
outbox instead of being sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from credit.record import places
from credit.record.rows import DispatchRow, FeedRow, NoticeRow
from credit.routing.routes import Feed
from credit.rules import Rules
from credit.telling.feeds import Shown
from credit.telling.notices import ended_measures
from schemas import wire

SOURCE = "/xinglin"


def notice_issued(
    notice: NoticeRow, content: Mapping[str, Any], number: str, rules: Rules, trace: str | None = None
) -> DispatchRow:
    """Compose the notice, `schemas.outgoing.NoticeIssued`: its content, and what only this issue of it has.

    It has the party's full number, in clear: the agency must find its subject.
    """
    party = content["party"]
    identified = {**party, "id_no" if party["kind"] == "person" else "uscc": number}
    message = {**content, "party": identified, "notice_no": notice.notice_no, "reply_by": notice.reply_by}
    return _notice(notice, "issued", message, rules, trace)


def notice_lifted(notice: NoticeRow, rules: Rules, trace: str | None = None) -> DispatchRow:
    """Compose the lifting of a notice: `schemas.outgoing.NoticeLifted`."""
    message = {
        "notice_no": notice.notice_no,
        "agency": notice.agency,
        "cause": notice.lift_cause,
        "at": notice.lifted_at,
    }
    return _notice(notice, "lifted", message, rules, trace)


def measures_lifted(notice: NoticeRow, codes: Sequence[str], rules: Rules, trace: str | None = None) -> DispatchRow:
    """Compose the lifting of some measures, which ended for one cause, while the rest of the notice holds on."""
    message = {
        "notice_no": notice.notice_no,
        "agency": notice.agency,
        "cause": ended_measures(notice)[codes[0]]["cause"],
        "at": rules.at.now,
        "measures": list(codes),
    }
    return _notice(notice, "lifted", message, rules, trace, part="+".join(codes))


def _notice(
    notice: NoticeRow,
    what: str,
    message: Mapping[str, Any],
    rules: Rules,
    trace: str | None,
    *,
    part: str | None = None,
) -> DispatchRow:
    return compose(
        message,
        rules,
        message_type=f"credit.notice.{what}.v1",
        message_id=notice_message_id(notice, what) + (f":{part}" if part else ""),
        routing_key=f"notice.{notice.agency}",
        stream=f"notice:{notice.record_id}:{notice.ground}:{notice.agency}",
        trace=trace,
    )


def notice_message_id(notice: NoticeRow, what: str) -> str:
    """Return the id of the message that a notice was `issued`, or `lifted` as a whole."""
    return f"{notice.notice_no}:{what}"


def feed_rows(row: FeedRow, shown: Shown | None, feed: Feed, rules: Rules, trace: str | None = None) -> DispatchRow:
    """Compose the operation that brings a feed's row up to date: `schemas.outgoing.FeedRows`.

    A withdrawal names the row only. Permits and penalties are written in the generation of the feed.
    """
    items = feed.write(row.kind, shown.items, person=shown.party == "person") if shown else {}
    message = {
        "feed": feed.code,
        "generation": feed.generation,
        "kind": row.kind,
        "operation": row.operation,
        "rows": [{"row_id": row.row_id, **items}],
    }
    return compose(
        message,
        rules,
        message_type="credit.feed.rows.v1",
        message_id=feed_message_id(row),
        routing_key=f"feed.{feed.code}",
        stream=f"feed:{row.row_id}",
        trace=trace,
    )


def feed_message_id(row: FeedRow) -> str:
    """Return the id of the message that carries the present version of a feed row."""
    return f"{row.row_id}:{row.version}"


def compose(
    message: Mapping[str, Any],
    rules: Rules,
    *,
    message_type: str,
    message_id: str,
    routing_key: str,
    stream: str,
    trace: str | None = None,
) -> DispatchRow:
    """Return a message for the outbox, sealed; of one stream the messages leave in order.

    `trace` is the traceparent of the message that it follows from.
    """
    body = wire.compose(
        message,
        message_type=message_type,
        message_id=message_id,
        source=SOURCE,
        sender=rules.routes.authority,
        time=rules.at.now,
        traceparent=trace,
    )
    sealed = rules.vault.seal(body, places.of_dispatch(message_id))
    return DispatchRow(message_id, message_type, routing_key, stream, sealed, rules.at.now)


def headers_text(headers: Mapping[str, object]) -> str:
    """Return transport headers as the JSON text that the inbox keeps."""
    if len(headers) <= _FEW:
        return _few_headers(*((name, str(value)) for name, value in headers.items()))
    return orjson.dumps(headers, option=orjson.OPT_SORT_KEYS).decode()


_FEW = 2
"""Nearly always there are the content type and the user alone, and nearly always the same."""


@lru_cache(maxsize=256)
def _few_headers(*items: tuple[str, str]) -> str:
    return orjson.dumps(dict(items), option=orjson.OPT_SORT_KEYS).decode()
