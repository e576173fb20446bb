"""A record of a subject: what it says, what rests on it, and what can be done about it."""

from __future__ import annotations

from urllib.parse import quote

from credit.record.rows import ActRow, RecordRow
from credit.store.queries.archive import Archive, Record
from schemas.papers import PaperKind
from schemas.rights import Right
from schemas.statement import ActKind, Category
from workers.console.asked import Asked, Missing
from workers.console.drawn import draw
from workers.console.entry.acts import Step, find_steps
from workers.console.entry.revising import read_formers, rows_of
from workers.console.pages import contacts
from workers.console.pages.subject import base_of, desks, names_of, with_archive
from workers.console.screens import Button, Page, Screen
from workers.show.explain import explain
from workers.show.words import say


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
            "actions": (*_steps(asked, record), *_again(asked, archive, record), *_contact(asked, record)),
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


def _steps(asked: Asked, record: Record) -> tuple[Button, ...]:
    """Return what the desk may do to the record, and that each act about it may be withdrawn."""
    titles = asked.names.vocabulary.titles
    found = [Button(*each) for each in _find_steps(asked, record.row)]
    for act in record.acts:
        named = f"{say(titles, act.row.family)} {act.row.document_no}"
        steps = _find_steps(asked, act.row, ActKind.WITHDRAWAL)
        found += [Button(f"{each.title}：{named}", each.path, each.why_not) for each in steps]
    return tuple(found)


def _find_steps(asked: Asked, row: RecordRow | ActRow, only: ActKind | None = None) -> list[Step]:
    return find_steps(asked, row.key, row.record_id, only)


def _contact(asked: Asked, record: Record) -> tuple[Button, ...]:
    """Return where it stands how somebody is reached who complained, for whoever may look there."""
    complained = record.row.family == "credit.public.complaint" and contacts.admits(asked)
    return (Button("投诉人联系方式", "/contacts"),) if complained else ()


def _letters(record: Record) -> dict[str, str]:
    """Return the letters that there are about a record."""
    if record.row.severity is None:
        return {}
    return {kind.value: kind.word for kind in (PaperKind.REPAIR_NOTICE, PaperKind.REPAIR_CONFIRMATION)}


SCREENS = (Screen("/subjects/{key}/records/{record:path}", "信用记录", Right.LOOK, with_archive(_show_record)),)
