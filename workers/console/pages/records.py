"""A record of a subject: what it says, what rests on it, and what can be done about it."""

from __future__ import annotations

import json
from urllib.parse import quote

from credit.record.rows import ActRow, RecordRow
from credit.store.queries.archive import Archive, Record
from credit.store.queries.arrivals import read_kept
from credit.store.queries.page import Part
from credit.store.queries.targets import Waiting, find_on_file, find_waiting, read_act
from schemas.papers import PaperKind
from schemas.party import record_key
from schemas.rights import Right
from schemas.statement import Act, ActKind, Category
from workers.console.asked import Asked, Missing
from workers.console.drawn import draw
from workers.console.entry.acts import Step, find_steps
from workers.console.entry.revising import read_formers, rows_of
from workers.console.pages.subject import base_of, desks, for_purpose, names_of, with_archive
from workers.console.screens import Button, Cell, Column, Listing, Menu, Page, Screen, Shown, nobody
from workers.reading import state
from workers.show.explain import explain
from workers.show.style import day, moment
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
            "back": (archive.name, for_purpose(asked, base)),
            "drawn": draw(explain(record, names_of(asked))),
            "base": base,
            "actions": (*_steps(asked, record), *_again(asked, archive, record)),
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
            for_purpose(asked, f"{base_of(archive)}/again/{quote(each.record_id, safe='')}"),
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
    return find_steps(asked, record_key(row.family, row.organ_code, row.document_no), row.record_id, only)


def _letters(record: Record) -> dict[str, str]:
    """Return the letters that there are about a record."""
    if record.row.severity is None:
        return {}
    return {kind.value: kind.word for kind in (PaperKind.REPAIR_NOTICE, PaperKind.REPAIR_CONFIRMATION)}


def _list_waiting(asked: Asked) -> Listing[Waiting]:
    names = asked.names
    with asked.reading() as connection:
        rows = find_waiting(connection, asked.view(), Part(asked.query("after"), asked.limit))
    return Listing(
        "记录未到的文书",
        (
            Column("文号", lambda row: Cell(row.document_no, f"/acts/{row.record_id}")),
            Column("事项", lambda row: say(names.vocabulary.titles, row.family)),
            Column("状态", lambda row: names.vocabulary.state(row.family, row.act_state)),
            Column("机关", lambda row: say(names.organs, row.organ_code)),
            Column("发生日期", lambda row: day(row.occurred_on)),
            Column("自何时等待", lambda row: moment(row.known_at)),
        ),
        rows,
        empty="没有所涉记录未到的撤销、异议、修复或告知。",
        note="所涉的记录没有收到，这些文书还没有效力；记录到达即生效。久等不到的，请来源单位核对所写的业务类型和文号。",
        after=rows[-1].after if len(rows) == asked.limit else None,
        about=nobody,
    )


def _show_act(asked: Asked) -> Shown:
    """Show an act whose record has not come; of any other the record that it is about shows it."""
    with asked.reading() as connection:
        found = find_on_file(connection, asked.path("act"), asked.view())
        row = read_act(connection, asked.path("act")) if found is not None else None
        kept = read_kept(connection, [row.stated_by], asked.runtime.keyring) if row is not None else {}
    if found is None or row is None:
        raise Missing("没有这项文书，或者不在您的查询范围内。")
    if found.about is not None:
        return asked.go(f"/subjects/{found.subject_id}/records/{quote(found.about, safe='')}")
    names, by = asked.names, kept.get(row.stated_by)
    said = state(asked.runtime.reader.registry, by.raw, json.loads(by.headers)) if by is not None else None
    target = said.target if isinstance(said, Act) else None
    title = say(names.vocabulary.titles, row.family)
    return Page(
        "act.html",
        {
            "title": f"{title} {row.document_no}",
            "facts_of": [
                ("状态", names.vocabulary.state(row.family, row.act_state)),
                ("决定机关", say(names.organs, row.organ_code)),
                ("发生日期", day(row.occurred_on)),
                ("报文", row.stated_by),
                ("自何时等待", moment(row.known_at)),
                ("所涉业务类型", say(names.vocabulary.titles, target.family) if target else "—"),
                ("所涉决定机关", say(names.organs, target.organ_code) if target else "—"),
                ("所涉文书号", target.document_no if target else "—"),
            ],
            "actions": [Button(*each) for each in _find_steps(asked, row, ActKind.WITHDRAWAL)],
        },
    )


SCREENS = (
    Screen("/subjects/{key}/records/{record:path}", "信用记录", Right.LOOK, with_archive(_show_record)),
    Screen("/acts", "记录未到的文书", Right.LOOK, _list_waiting, menu=Menu.RECORDS),
    Screen("/acts/{act}", "记录未到的文书", Right.LOOK, _show_act),
)
