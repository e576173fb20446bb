"""A record of a subject: what it says, what rests on it, and what can be done about it."""

from __future__ import annotations

from urllib.parse import quote

from credit.store.queries.archive import Archive, Record
from schemas.papers import PaperKind
from schemas.rights import Right
from schemas.statement import Category
from workers.console.asked import Asked, Missing
from workers.console.drawn import draw
from workers.console.entry.revising import read_formers, rows_of
from workers.console.pages.subject import base_of, desks, names_of, with_archive
from workers.console.screens import Button, Page, Screen
from workers.show.explain import explain


def _show_record(asked: Asked, archive: Archive) -> Page:
    wanted = asked.path("record")
    record = next((each for each in archive.records if each.row.record_id == wanted), None)
    if record is None:
        raise Missing("该主体没有这条记录，或者不在您的查询范围内。")
    base = base_of(archive)
    return Page(
        "record.html",
        {
            "title": f"{Category(record.row.category).word} {record.row.document_no}",
            "back": (archive.name, base),
            "drawn": draw(explain(record, names_of(asked))),
            "base": base,
            "actions": _again(asked, archive, record),
            "document": record.row.document_no,
            "notices": [each.row.notice_no for each in record.notices],
            "letters": _letters(record) if desks(asked) else {},
            "regimes": {name: asked.runtime.reader.regimes[name].name for name in desks(asked)},
        },
    )


def _again(asked: Asked, archive: Archive, record: Record) -> tuple[Button, ...]:
    """Return what states the record, and each act about it, anew: those that the desk may have sent."""
    rows = {each.record_id: each for each in rows_of(record)}
    with asked.reading() as connection:
        found = read_formers(connection, asked.runtime, rows.values())
    titles = asked.names.vocabulary.titles
    return tuple(
        Button(
            f"办理或更正：{titles.get(rows[each.record_id].family, each.type)} {each.document_no}",
            f"{base_of(archive)}/again/{quote(each.record_id, safe='')}",
            asked.holder.why_not(Right.ENTER, each.sender),
        )
        for each in found
    )


def _letters(record: Record) -> dict[str, str]:
    """Return the letters that there are about a record."""
    if record.row.severity is None:
        return {}
    return {kind.value: kind.word for kind in (PaperKind.REPAIR_NOTICE, PaperKind.REPAIR_CONFIRMATION)}


SCREENS = (Screen("/subjects/{key}/records/{record:path}", "信用记录", Right.LOOK, with_archive(_show_record)),)
