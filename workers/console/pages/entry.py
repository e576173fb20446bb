"""Forms for the messages that people write; what is saved is a message on the queue of its type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from markupsafe import escape
from starlette.responses import HTMLResponse

from credit.access import foureyes
from credit.record.merging import Outcome
from credit.store import proposals
from credit.store.proposals import Proposed
from credit.store.queries.archive import Archive, read_archive
from credit.store.queries.arrivals import find_arrival
from credit.store.queries.subjects import SubjectUnknown
from schemas.envelope import family_of
from schemas.errors import TransientError
from schemas.rights import Right
from schemas.sheets import RowUnusable
from schemas.words import Tone
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.choosing import organs_of, word_of
from workers.console.entry import acts, revising
from workers.console.entry.composing import (
    Entry,
    check,
    compose,
    find_entries,
    foresee,
    is_form,
    message_id,
    new_form,
    send,
)
from workers.console.entry.forms import REVISION, Field, Kind, count_lines, read_data
from workers.console.entry.revising import RECORD, SUBJECT, VERSION, Former
from workers.console.pages.subject import with_archive
from workers.console.proposing import propose
from workers.console.screens import Cell, Column, Listing, Menu, Page, Screen, Shown, nobody
from workers.console.telling import telling
from workers.decisions import proposed
from workers.files.messages import read_revision
from workers.show.style import moment
from workers.show.words import say
from workers.web.pages import with_query

_log = structlog.get_logger(__name__)

_OTHERS = "没有保存：您打开表单之后，这条记录又有了新的报文。请从记录页重新打开，核对后再填。"
_ANOTHER = "没有保存：文号、机关或所指的记录变了，就成了另一条记录。请改回；要更正文号的，撤回原记录后另行录入。"
_NOT_TO_STATE = "没有这条记录，或者它不是您可以录入的报文所记。"
_PARTLY = "这里有脱敏的号码：或者保持原样，或者整项重新填写，不能带星号"
_NOT_SAVED = "没有保存：消息代理（broker）暂时不可用。您填写的内容都还在下面，请稍后再次提交。"

_SENT, _PROPOSED = "已保存，已送入队列。", "已提交，须由另一人复核后送入队列。"
_INSTEAD = "内容不对的，请另一人退回该项后再提交。"

WHY = "proposal.why"
"""The field with which a form says to the second person why; it is no part of the message."""

Typed = Mapping[str, Sequence[str]]


def _show_types(asked: Asked) -> Listing[Entry]:
    entries = sorted(
        find_entries(asked.runtime, organs_of(asked.holder, Right.ENTER)).values(), key=lambda each: each.type
    )
    return Listing(
        "录入",
        (
            Column("报文", lambda each: Cell(each.title, f"/entry/{each.type}")),
            Column("来源", lambda each: each.source),
            Column("类型", lambda each: each.type),
        ),
        entries,
        empty="没有您可以录入的报文：路由文件没有许可您的单位报送任何类型。",
        about=nobody,
    )


def _find(asked: Asked) -> Entry:
    entry = find_entries(asked.runtime, organs_of(asked.holder, Right.ENTER)).get(asked.path("type"))
    if entry is None:
        raise Missing("没有这一类型的报文，或您的单位不得报送。")
    return entry


def _show(asked: Asked) -> Page:
    entry = _find(asked)
    return _form(asked, entry, _start(asked, entry), new_form(asked.now), {}, "")


def _show_again(asked: Asked, archive: Archive) -> Page:
    former = _find_former(asked, archive, asked.path("record"))
    entry = find_entries(asked.runtime, organs_of(asked.holder, Right.ENTER)).get(former.type)
    if entry is None or former.sender not in entry.senders:
        raise Missing(_NOT_TO_STATE)
    return _form(asked, entry, revising.begin(former, archive.subject_id, entry), new_form(asked.now), {}, "")


def _find_former(asked: Asked, archive: Archive, record_id: str) -> Former:
    chosen = [row for each in archive.records for row in revising.rows_of(each) if row.record_id == record_id]
    with asked.reading() as connection:
        found = revising.read_formers(connection, asked.runtime, chosen)
    if not found:
        raise Missing(_NOT_TO_STATE)
    return found[0]


def _former(asked: Asked, entry: Entry) -> Former | None:
    """Return what the form that was sent states anew; None where it states something for the first time."""
    if not asked.text(RECORD):
        return None
    try:
        with asked.reading() as connection:
            archive = read_archive(connection, asked.text(SUBJECT), asked.view())
    except SubjectUnknown as error:
        raise Missing(_NOT_TO_STATE) from error
    former = _find_former(asked, archive, asked.text(RECORD))
    if former.type != entry.type or former.sender not in entry.senders:
        raise Missing(_NOT_TO_STATE)
    return former


def _start(asked: Asked, entry: Entry) -> Typed:
    """Return what a new form begins with: the organ that sends, and the record that its address names."""
    begun = {"sender": _senders(asked, entry)[:1]} | acts.begin(asked, entry)
    (sender,) = begun["sender"]
    name = asked.names.organs.get(sender, "")
    return {"organ.code": [sender], "organ.name": [name]} | begun


def _senders(asked: Asked, entry: Entry) -> list[str]:
    """Return for whom a form may be sent, the authority first."""
    authority = asked.runtime.reader.routes.authority
    return sorted(entry.senders, key=lambda each: (each != authority, each))


def _form(
    asked: Asked, entry: Entry, typed: Typed, form: str, wrong: Mapping[str, str], told: str | Cell, status: int = 200
) -> Page:
    fields = [*entry.fields(), REVISION]
    again = [(name, typed[name][0]) for name in (SUBJECT, RECORD, VERSION) if typed.get(name)]
    known = {name for name, _ in _names(fields, typed)}
    return Page(
        "entry_form.html",
        {
            "title": f"{'办理或更正' if again else '录入'}：{entry.title}",
            "entry": entry,
            "form": form,
            "again": again,
            "fields": fields,
            "typed": typed,
            "wrong": wrong,
            "summary": [
                (name if name in known else "", _title(name, fields, typed), why) for name, why in wrong.items()
            ],
            "error": Cell(told) if isinstance(told, str) else told,
            "two": foureyes.of_message(entry.type, {}) is not None,
            "may_be_two": foureyes.may_take_two(entry.type),
            "why": WHY,
            "count": lambda each: count_lines(each, typed),
            "senders": {code: say(asked.names.organs, code) for code in _senders(asked, entry)},
            "Kind": Kind,
        },
        status,
    )


def _names(fields: Sequence[Field], typed: Typed) -> list[tuple[str, str]]:
    """Return all fields on the page, with their titles."""
    found: list[tuple[str, str]] = []
    for each in fields:
        found.append((each.name, each.title))
        if each.kind is Kind.PART:
            found += _names(each.parts, typed)
        elif each.kind is Kind.LINES:
            for number in range(count_lines(each, typed)):
                found += _names(each.line(number), typed)
    return found


def _title(name: str, fields: Sequence[Field], typed: Typed) -> str:
    return dict(_names(fields, typed)).get(name, name or "整份表单")


def _typed(asked: Asked) -> dict[str, list[str]]:
    return {name: asked.texts(name) for name in asked.form}


def _do(asked: Asked) -> Shown:
    entry, typed = _find(asked), _typed(asked)
    step = asked.text("step")
    if step.startswith("check."):
        return _check_one(asked, entry, typed, step.removeprefix("check."))
    form, sender = asked.text("form"), asked.text("sender")
    if not is_form(form):
        raise Incomplete("表单编号不对，请重新打开表单。")
    if sender not in entry.senders:
        raise Incomplete("您的单位不得以该单位的名义报送。")
    if step.startswith("add."):
        return _form(asked, entry, _add_line(typed, step.removeprefix("add.")), form, {}, "")
    return _save(asked, entry, typed, form, sender)


def _save(asked: Asked, entry: Entry, typed: Typed, form: str, sender: str) -> Shown:
    key = f"{entry.source} {message_id(form)}"
    after = with_query("/entry/sent", {"key": key})
    with asked.reading() as connection:
        if find_arrival(connection, key) is not None:
            return asked.go(after, "这份表单已经提交过，没有再次提交。", key)
    former = _former(asked, entry)
    if former is not None and asked.text(VERSION) != former.version:
        return _form(asked, entry, typed, form, {}, _OTHERS, 409)
    data, wrong = _read(asked, entry, typed, former)
    revision = read_revision(asked.text(REVISION.name) or None) if REVISION.name not in wrong else None
    raw = compose(entry, form, sender, data, revision)
    told = None if wrong else _speak_against(asked, entry, raw, former)
    if wrong or told:
        return _form(asked, entry, typed, form, wrong, told or "", 400)
    kind = foureyes.of_message(entry.type, data)
    if kind is None:
        refused = _send(asked, entry, raw)
    else:
        why = asked.text(WHY)
        refused = _propose(asked, proposed.send(asked.runtime, kind, _about(entry, data), sender, raw, why))
    if refused is not None:
        return _form(asked, entry, typed, form, {}, *refused)
    return asked.go(after, _SENT if kind is None else _PROPOSED, key)


def _propose(asked: Asked, wanted: Proposed) -> tuple[Cell | str, int] | None:
    """Propose a message; where the same waits for a second person, return where, with the status of the answer."""
    row = propose(asked, wanted)
    if proposals.open_payload(row, asked.runtime.keyring) == wanted.payload:
        return None
    seen = foureyes.may_see(row, asked.holder)
    told = f"没有提交：{row.proposer}已于 {moment(row.proposed_at)} 提交同一事项（{row.about}），正待复核。"
    return Cell(f"{told}{_INSTEAD if seen else ''}", f"/proposals/{row.proposal_id}" if seen else None), 409


def _send(asked: Asked, entry: Entry, raw: bytes) -> tuple[Cell | str, int] | None:
    """Send a message; return why that could not be done, with the status of the answer."""
    try:
        with telling("没有保存：没有队列接收这份报文。"):
            send(asked.runtime, entry, raw)
    except Incomplete as error:
        return str(error), 400
    except TransientError as error:
        _log.warning("entry_not_sent", type=entry.type, error=str(error))
        return _NOT_SAVED, 503
    return None


def _read(asked: Asked, entry: Entry, typed: Typed, former: Former | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the data that was typed, with what is hidden in the form put back, and what is wrong with which field."""
    fields = entry.fields()
    whole, partly = revising.unmask(fields, typed, former) if former is not None else (typed, [])
    data = read_data(fields, whole)
    wrong = check(entry, data, asked.names.vocabulary.items(family_of(entry.type))) | dict.fromkeys(partly, _PARTLY)
    wrong |= acts.find_missing(asked, entry, data, wrong)
    try:
        revision = read_revision(asked.text(REVISION.name) or None)
    except RowUnusable as error:
        return data, wrong | {REVISION.name: error.says}
    if former is not None and (revision or 1) <= former.revision:
        wrong[REVISION.name] = f"现有的是第 {former.revision} 版，请填更大的版次"
    return data, wrong


def _speak_against(asked: Asked, entry: Entry, raw: bytes, former: Former | None) -> str | None:
    """Return why a message should not be sent; None where nothing speaks against it."""
    told = foresee(asked.runtime, entry, raw)
    if told is None and former is not None and revising.find_key(asked.runtime, raw, {}) != former.key:
        return _ANOTHER
    return told


def _about(entry: Entry, data: Mapping[str, Any]) -> str:
    """Return what a proposal is called: what is entered, and the record that something is done to."""
    named, target = f"{entry.title} {data.get('document_no', '')}".strip(), data.get(acts.TARGET)
    if not isinstance(target, dict):
        return named
    return f"{named}：{say(entry.families, target['family'])} {target['document_no']}"


def _add_line(typed: Typed, name: str) -> Typed:
    said = (typed.get(f"{name}.lines") or ["1"])[0]
    number = int(said) if said.isdecimal() and len(said) <= 4 else 1
    return dict(typed) | {f"{name}.lines": [str(number + 1)]}


def _check_one(asked: Asked, entry: Entry, typed: Typed, name: str) -> HTMLResponse:
    """Return what is wrong with one field as it is typed; nothing where nothing is."""
    _, wrong = _read(asked, entry, typed, _former(asked, entry))
    return HTMLResponse(str(escape(wrong.get(name, ""))))


def _show_sent(asked: Asked) -> Page:
    key = asked.query("key")
    with asked.reading() as connection:
        found = find_arrival(connection, key)
    organs = organs_of(asked.holder, Right.ENTER)
    if found is not None and organs is not None and found.sender not in organs:
        found = None  # nobody learns here whether another organ has sent a message
    values: dict[str, Any] = {"title": "已录入的报文", "key": key, "found": found, "outcome": None, "reason": ""}
    if found is not None:
        outcome = Outcome(found.outcome)
        if found.closed_as:
            cell = (
                Cell("已作废", tone=Tone.PAST)
                if found.closed_as == "discarded"
                else Cell(Outcome(found.closed_as).word)
            )
        else:
            cell = Cell(outcome.word, tone=outcome.tone)
        values |= {"outcome": cell, "reason": word_of(found.reason) if found.reason and not found.closed_as else ""}
    return Page("entry_sent.html", values)


SCREENS = (
    Screen("/entry", "录入", Right.ENTER, _show_types, menu=Menu.ENTRY),
    Screen("/entry/sent", "已录入的报文", Right.ENTER, _show_sent),
    Screen("/entry/{type}", "录入", Right.ENTER, _show, _do),
    Screen("/subjects/{key}/again/{record:path}", "办理或更正", Right.ENTER, with_archive(_show_again)),
)
