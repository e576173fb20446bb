"""A subject: who it is, where it stands, its records one by one, what happened in which order, and papers about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from urllib.parse import quote

from starlette.responses import Response

from credit.identity import mask_number, mask_text
from credit.law.law import Law
from credit.record.own_reports import state_of
from credit.record.rows import OwnReportRow
from credit.store.queries.archive import Archive, Record, read_archive
from credit.store.queries.explained import explain_grades
from credit.store.queries.looks import read_purpose
from credit.store.queries.search import is_personal
from credit.store.queries.subjects import SubjectUnknown
from schemas.access import Logged
from schemas.own_reports import Asker
from schemas.papers import PaperKind
from schemas.record import Severity, State
from schemas.rights import Right
from schemas.words import Tone
from workers.console.asked import Asked, Done, Incomplete, Missing
from workers.console.drawn import draw
from workers.console.export import as_pdf, printing
from workers.console.pages.grading import read_year
from workers.console.screens import Button, Cell, Column, Filter, Listing, Page, Screen, Shown, code, nobody
from workers.console.timeline import Event, tell
from workers.decisions.own_reports import read as read_own
from workers.papers import asked as papers_asked
from workers.papers import gathering, rules
from workers.show.grades import show_explanation
from workers.show.names import Names
from workers.show.standings import show_standings
from workers.show.style import day, moment
from workers.show.subject import show_card
from workers.show.who import show_who
from workers.show.words import say
from workers.web.pages import with_query

PURPOSES = {
    "handling": "办理业务",
    "objection": "核查异议",
    "repair": "信用修复",
    "request": "本人申请查询",
    "inspection": "监督检查",
    "assessment": "信用评价",
    "audit": "审计检查",
    "other": "其他（请补充说明）",
}
"""For what the archive of a person is looked at."""
_HOLDS = timedelta(hours=8)
"""For so long after it was said, at most, a purpose holds."""
_NOT_THERE = "没有查到该主体的档案，或者不在您的查询范围内。"


def with_archive(show: Callable[[Asked, Archive], Shown]) -> Callable[[Asked], Shown]:
    """Show the archive that an address names; of a person only for a purpose, which is written in the log.

    Who looks says the purpose, once for this login and person: no address says it, which another may have sent.
    """

    @wraps(show)
    def open_first(asked: Asked) -> Shown:
        archive = open_archive(asked)
        if archive.kind != "person":
            return show(asked, archive)
        with asked.reading() as connection:
            account, since = asked.holder.account, asked.now - _HOLDS
            purpose = read_purpose(connection, account, archive.subject_id, since)
        if purpose is None:
            url = asked.request.url
            return _ask_purpose(archive, url.path + (f"?{url.query}" if url.query else ""))
        asked.look(archive.subject_id, purpose)
        return show(asked, archive)

    return open_first


def _ask_purpose(archive: Archive, onwards: str) -> Page:
    number = mask_number(archive.identifier)
    return Page(
        "purpose.html",
        {
            "title": "查看个人档案",
            "whose": f"{archive.name[:1]}{'*' * (len(archive.name) - 1)}（{archive.id_type or '证件'} {number}）",
            "base": base_of(archive),
            "onwards": onwards,
            "purposes": PURPOSES,
        },
    )


def _show_purpose(asked: Asked) -> Shown:
    archive = open_archive(asked)
    return _ask_purpose(archive, base_of(archive))


def _say_purpose(asked: Asked) -> Done:
    """Write in the log for what a person's archive is looked at, and lead on to what was wanted."""
    archive = open_archive(asked)
    chosen, more = asked.text("purpose"), asked.text("more")
    if chosen not in PURPOSES:
        raise Incomplete("请选择用途。")
    if chosen == "other" and not more:
        raise Incomplete("用途选“其他”的，请填写补充说明。")
    said = "：".join(part for part in (PURPOSES[chosen].partition("（")[0], more) if part)
    asked.note(Logged.PURPOSE, archive.subject_id, mask_text(said))
    onwards = asked.text("onwards")
    return asked.go(onwards if onwards.startswith(("/subjects/", "/explain/")) else base_of(archive))


def open_archive(asked: Asked) -> Archive:
    """Return the archive that an address names.

    Raises:
        Missing: there is none for this account to see, or the address has a number of a person.
    """
    key = asked.path("key")
    if is_personal(key):
        raise Missing("证件号码不能写在网址中。请在页面上方的查找框内输入。")
    try:
        with asked.reading() as connection:
            found = read_archive(connection, key, asked.view())
    except SubjectUnknown as error:
        raise Missing(_NOT_THERE) from error
    return found


def base_of(archive: Archive) -> str:
    """Return the address of a subject."""
    return f"/subjects/{archive.subject_id}"


def names_of(asked: Asked) -> Names:
    """Return what things are called, and the regimes."""
    return replace(asked.names, regimes=asked.runtime.reader.regimes)


def _show_subject(asked: Asked, archive: Archive) -> Page:
    names, base = names_of(asked), base_of(archive)
    chosen = [each for each in archive.records if _is_chosen(asked, each)]
    rows = _after(asked.query("after"), chosen)
    page = rows[: asked.limit]
    families = {each.row.family for each in archive.records}
    found: Listing[Record] = Listing(
        "信用记录",
        _columns(archive, names),
        page,
        empty="没有符合条件的信用记录。",
        after=page[-1].row.record_id if len(rows) > len(page) else None,
        filters=(
            Filter("family", "类别", {each: say(names.vocabulary.titles, each) for each in sorted(families)}),
            Filter("state", "状态", {state.value: state.word for state in State}),
        ),
        about=lambda _: archive.subject_id,
    )
    regimes = asked.runtime.reader.regimes
    own = read_own(asked.runtime, archive.subject_id)
    return Page(
        "subject.html",
        {
            "title": archive.name,
            "base": base,
            "card": draw(show_card(archive)),
            "standing": draw(*show_who(archive, names), *show_standings(archive.standings, names.regimes)),
            "actions": (
                Button("时间线", f"{base}/timeline"),
                Button("本人信用报告", f"{base}/own"),
                *((Button("改说用途", f"{base}/purpose"),) if archive.kind == "person" else ()),
            ),
            "own": list_own(own, asked.now) if own else None,
            "explains": [
                (regime.name, with_query(f"/explain/{archive.subject_id}", {"regime": code_}))
                for code_, regime in regimes.items()
            ],
            "papers": {name: regimes[name].name for name in desks(asked)},
        },
        list=found,
    )


def list_own(rows: Sequence[OwnReportRow], now: datetime) -> Listing[OwnReportRow]:
    """Return the reports that a subject asked for about itself, with what became of each."""
    return Listing(
        "本人信用报告",
        (
            Column("报告编号", lambda row: row.number),
            Column("申请人", lambda row: Asker(row.asker).word),
            Column("用途", lambda row: row.purpose),
            Column("经办人", lambda row: row.person or row.account),
            Column("出具时间", lambda row: moment(row.made_at)),
            Column("领取截止", lambda row: moment(row.expires_at)),
            Column("状态", lambda row: code(state_of(row, now))),
            Column("领取时间", lambda row: moment(row.given_at) if row.given_at else "—"),
        ),
        rows,
        empty="没有出具过本人信用报告。",
        about=nobody,  # they stand on the page of their subject
    )


def _is_chosen(asked: Asked, each: Record) -> bool:
    family, state = asked.query("family"), asked.query("state")
    return family in {"", each.row.family} and state in {"", each.row.state}


def _after(last: str, rows: list[Record]) -> list[Record]:
    places = [place for place, each in enumerate(rows) if each.row.record_id == last]
    return rows[places[0] + 1 :] if places else rows


def _columns(archive: Archive, names: Names) -> tuple[Column[Record], ...]:
    def lead(each: Record) -> Cell:
        return Cell(each.row.document_no, f"{base_of(archive)}/records/{quote(each.row.record_id, safe='')}")

    return (
        Column("发生日期", lambda each: day(each.row.occurred_on)),
        Column("类别", lambda each: say(names.vocabulary.titles, each.row.family)),
        Column("文号", lead),
        Column("机关", lambda each: each.organ),
        Column("失信程度", lambda each: code(Severity(each.row.severity)) if each.row.severity else "—"),
        Column("状态", _state),
        Column("公示至", _publicity),
        Column("在示", lambda each: str(sum(entry.row.in_force for entry in each.feeds)), number=True),
        Column("通知", lambda each: str(sum(notice.row.in_force for notice in each.notices)), number=True),
    )


def _state(each: Record) -> Cell:
    if each.row.disputed:
        return Cell(f"{State(each.row.state).word}，来源前后不一", tone=Tone.ALARM)
    return code(State(each.row.state))


def _publicity(each: Record) -> str:
    if not each.row.public:
        return "不公示"
    return day(each.row.public_until) if each.row.public_until else "长期"


def _show_timeline(asked: Asked, archive: Archive) -> Page:
    events = tell(archive, asked.names, lambda record: f"{base_of(archive)}/records/{record}")
    rest = _events_after(asked.query("after"), events)
    page = rest[: asked.limit]
    last = page[-1].key if len(rest) > len(page) else ""
    path = asked.request.url.path
    return Page(
        "timeline.html",
        {
            "title": f"{archive.name}：时间线",
            "base": base_of(archive),
            "events": page,
            "next": with_query(path, {"after": last}) if last else None,
        },
    )


def _events_after(last: str, events: list[Event]) -> list[Event]:
    places = [place for place, each in enumerate(events) if each.key == last]
    return events[places[0] + 1 :] if places else events


def _show_explained(asked: Asked, archive: Archive) -> Page:
    reader = asked.runtime.reader
    code_ = asked.query("regime") or next(iter(reader.regimes), "")
    if code_ not in reader.regimes:
        raise Missing("没有这个评价制度，或者没有启用。")
    law: Law | None = reader.law
    if law is None:
        raise Missing("法规没有装入，无法说明等级。")
    today = asked.view().today
    year = read_year(asked)
    regime = reader.regimes[code_]
    with asked.reading() as connection:
        found = explain_grades(connection, archive.subject_id, regime, year, today, law, asked.view())
    return Page(
        "blocks_page.html",
        {
            "title": f"{archive.name}：等级说明",
            "fields": (
                Filter("regime", "评价制度", {name: each.name for name, each in reader.regimes.items()}),
                Filter("year", "年度", kind="number"),
            ),
            "said": dict(asked.queries) | {"regime": code_, "year": str(year)},
            "drawn": draw(show_explanation(found, regime, names_of(asked))),
            "back": ("回到档案", base_of(archive)),
        },
    )


def desks(asked: Asked) -> list[str]:
    """Return the regimes that are followed and have papers."""
    known = set(rules.regimes(asked.runtime.settings.policies))
    return [name for name in asked.runtime.reader.regimes if name in known]


def _print_paper(asked: Asked) -> Response:
    """Print a credit report, or a letter about a record, as PDF; of a person it is logged with what it is for."""
    archive = open_archive(asked)
    kind = asked.text("kind") or PaperKind.CREDIT_REPORT.value
    if kind not in {PaperKind.CREDIT_REPORT, PaperKind.REPAIR_NOTICE, PaperKind.REPAIR_CONFIRMATION}:
        raise Missing("这里不印制这种文书。")
    regime = asked.required("regime", "评价制度")
    if regime not in desks(asked):
        raise Missing("没有这个评价制度，或者它没有文书。")
    runtime = asked.runtime
    given = {name: asked.text(name) for name in ("number", "asked_by", "purpose", "document") if asked.text(name)}
    if archive.kind == "person":
        why = given.get("purpose") or PaperKind(kind).word
        asked.look(archive.subject_id, f"印制{PaperKind(kind).word}：{why}")
    wish = papers_asked.Asked(asked.view().today, given | {"subject": archive.subject_id})
    by, vocabulary = runtime.reader.regimes[regime], runtime.reader.registry.vocabulary()
    with printing():
        with asked.reading() as connection:
            # Whoever prints it, a paper is read by others: without numbers of persons, and of nothing sealed.
            viewer = replace(asked.holder.viewer(), sees_numbers=False, sees_sealed=False)
            shelf = papers_asked.Shelf(connection, runtime.view(viewer), by, vocabulary)
            paper = next(iter(gathering.gather(PaperKind(kind), shelf, wish)))
        return as_pdf(PaperKind(kind), regime, paper, runtime.settings)


def _refuse_to_show(_: Asked) -> Shown:
    raise Missing(_NOT_THERE)


SCREENS = (
    Screen("/subjects/{key}", "信用档案", Right.LOOK, with_archive(_show_subject)),
    Screen("/subjects/{key}/purpose", "说明用途", Right.LOOK, _show_purpose, answer=_say_purpose),
    Screen("/subjects/{key}/timeline", "时间线", Right.LOOK, with_archive(_show_timeline)),
    Screen("/subjects/{key}/paper", "文书", Right.LOOK, _refuse_to_show, answer=_print_paper),
    Screen("/explain/{key}", "等级说明", Right.LOOK, with_archive(_show_explained)),
)
