"""Papers of one subject: credit report, notice of repair and its confirmation, board and QR sheets."""

from __future__ import annotations

from collections.abc import Iterator

from credit.grading.licences import main_of, number_of
from credit.identity import IdKind
from credit.record.standing import is_granted_repair
from credit.store.queries import listed, official
from credit.store.queries.archive import Act, Archive, Record, read_archive
from credit.store.queries.subjects import find
from credit.store.showing.waiting import codes_of
from schemas.papers.common import Paper, Reference
from schemas.papers.display import Board, Licence, QrSheets, Sheet
from schemas.papers.notices import RepairConfirmation, RepairNotice
from schemas.papers.reports import CreditReport, Entry, Group, Standing
from schemas.record import Severity, State
from schemas.statement import Category
from workers.papers.asked import Asked, NothingFound, Shelf
from workers.papers.results import address, find_scale, shorten
from workers.papers.saying import say_fact

_COMMITMENT = "credit.licensing.commitment"
_EFFECTS = (
    "停止公示该信息",
    "解除因该信息实施的联合惩戒措施，法律、行政法规另有期限的除外",
    "该信息不再影响信用等级和名单",
)


def make_report(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the credit report of a subject: what is public and counts, for a named purpose."""
    archive = _open(shelf, asked)
    shown = [each for each in archive.records if each.row.public and State(each.row.state).counts]
    adverse = sum(each.row.severity is not None for each in shown)
    yield CreditReport(
        number=asked.need("number"),
        issued_on=asked.on,
        subject=address(archive.name, archive.identifier),
        asked_by=asked.need("asked_by"),
        purpose=asked.need("purpose"),
        as_of=shelf.view.today,
        facts=(
            Standing(name="建档日期", value=archive.since.date().isoformat()),
            Standing(name="公开的信用记录", value=f"{len(shown)}条，其中失信{adverse}条"),
        ),
        grades=tuple(_grades(shelf, asked)),
        lists=tuple(_lists(shelf, asked)),
        groups=tuple(_groups(shelf, shown)),
    )


def make_repair_notice(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the notice that goes with an adverse record of a subject."""
    archive, numbers = _open(shelf, asked), asked.numbers()
    for each in _find(archive, asked):
        row = each.row
        yield RepairNotice(
            number=numbers.next(),
            issued_on=asked.on,
            subject=address(archive.name, archive.identifier),
            decision=_refer(shelf, each),
            degree=f"{Severity(str(row.severity)).word}失信",
            law=row.window_clause or "信用修复的有关规定",
            publicity_from=row.occurred_on if row.public else None,
            repairable_from=row.repairable_from if row.public else None,
            publicity_until=row.public_until if row.public else None,
        )


def make_confirmation(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the confirmation of each repair that was granted to a record of a subject."""
    archive, numbers = _open(shelf, asked), asked.numbers()
    granted = [(each, act) for each in _find(archive, asked) for act in each.acts if act.counts and _grants(act)]
    if not granted:
        raise NothingFound("no repair of this record is granted", "这一记录没有已准予的信用修复。")
    for each, act in granted:
        yield RepairConfirmation(
            number=numbers.next(),
            issued_on=asked.on,
            subject=address(archive.name, archive.identifier),
            decision=_refer(shelf, each),
            application=act.row.document_no,
            decided_on=act.row.occurred_on,
            effects=_EFFECTS,
        )


def make_board(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the board of an institution; who works there is not in its archive, and is given with `--data`."""
    archive, scale, year = _open(shelf, asked), find_scale(shelf, asked), asked.need_year()
    held = _results(shelf, asked)
    grade = next((each.row.grade for each in held if (each.row.scale, each.row.year) == (scale.id, year)), None)
    if grade is None:
        raise NothingFound("the subject has no official grade that is shown", "该主体当年没有可以公示的正式等级。")
    counting = [each for each in archive.records if State(each.row.state).counts]
    yield Board(
        issued_on=asked.on,
        subject=address(archive.name, archive.identifier),
        year=year,
        licences=(_license(archive),),
        grade=scale.grades[grade],
        commitment=tuple(
            str(each.items["content"])
            for each in counting
            if each.row.family == _COMMITMENT and each.items.get("content")
        ),
        link=_find_link(shelf, asked, archive),
    )


def make_sheets(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield the sheets with the QR code of a subject."""
    archive = _open(shelf, asked)
    yield QrSheets(
        issued_on=asked.on, sheets=(Sheet(name=shorten(archive.name), link=_find_link(shelf, asked, archive)),)
    )


def _find_link(shelf: Shelf, asked: Asked, archive: Archive) -> str:
    """Return where the code leads that is printed: to what was given, else to the public page of the subject."""
    code = codes_of(shelf.connection, [archive.subject_id]).get(archive.subject_id)
    if asked.given.get("link") or not asked.address or code is None:
        return asked.need("link")
    return f"{asked.address}/i/{code}"


def _open(shelf: Shelf, asked: Asked) -> Archive:
    return read_archive(shelf.connection, asked.need("subject"), shelf.view)


def _find(archive: Archive, asked: Asked) -> list[Record]:
    """Return the adverse records of a subject with the document number that is asked for."""
    wanted = asked.need("document")
    found = [each for each in archive.records if each.row.document_no == wanted and each.row.severity is not None]
    if not found:
        raise NothingFound(
            f"no adverse record of the subject has the number {wanted}", "该主体没有这一文号的失信记录。"
        )
    return found


def _refer(shelf: Shelf, each: Record) -> Reference:
    row = each.row
    content = say_fact(shelf, row.family, each.items)
    return Reference(number=row.document_no, day=row.occurred_on, organ=shorten(each.organ), content=content)


def _grants(act: Act) -> bool:
    return is_granted_repair(act.row.kind, act.row.act_state)


def _license(archive: Archive) -> Licence:
    """Return the licence in force, with its own number: that of the decision on a change, or an end, is none."""
    held = main_of(archive.who.licences)
    if held is None:
        raise NothingFound("the subject has no licence in force", "该主体没有有效的执业登记或许可。")
    records = {each.row.record_id: each for each in archive.records}
    permit = records[held.permit.record_id].items if held.permit is not None else {}
    registered = (each.value for each in archive.aliases if each.kind == IdKind.LICENCE_NO and each.undone_by is None)
    number = number_of(held, permit, next(registered, None))
    if not number:
        raise NothingFound("no message told the number of the licence", "档案中没有许可证号，请用 --data 给出。")
    return Licence(
        number=number,
        holder=shorten(archive.name),
        scope="、".join(sorted(archive.who.specialties)) or None,
        valid_until=held.until,
        issued_by=shorten(records[(held.permit or held.source).record_id].organ),
    )


def _results(shelf: Shelf, asked: Asked) -> list[official.Standing]:
    members = find(shelf.connection, asked.need("subject"), shelf.view.keyring).members
    return official.results_of(shelf.connection, shelf.view, shelf.regime.code, members)


def _grades(shelf: Shelf, asked: Asked) -> Iterator[Standing]:
    for each in _results(shelf, asked):
        row = each.row
        scale = shelf.regime.scale(row.scale, row.year)
        if scale is not None and row.grade is not None:
            word = scale.grades.get(row.grade, row.grade)
            yield Standing(name=f"{row.year}年度{scale.name}", value=word, day=getattr(row, "decided_on", None))


def _lists(shelf: Shelf, asked: Asked) -> Iterator[Standing]:
    """Yield the lists that a subject is on, of those that are announced."""
    members = find(shelf.connection, asked.need("subject"), shelf.view.keyring).members
    editions = shelf.regime.lists.editions if shelf.regime.lists is not None else ()
    announced = {each.id: each.name for edition in editions for each in edition.lists if each.published}
    for each in listed.lists_of(shelf.connection, shelf.view, shelf.regime.code, members):
        if each.row.list_id in announced:
            why = "；".join(reason.effect for reason in each.reasons)
            yield Standing(name=announced[each.row.list_id], value=why, day=each.row.since)


def _groups(shelf: Shelf, shown: list[Record]) -> Iterator[Group]:
    for category in Category:
        entries = tuple(_entry(shelf, each) for each in shown if each.row.category == category)
        if entries:
            yield Group(name=category.word, entries=entries)


def _entry(shelf: Shelf, each: Record) -> Entry:
    row = each.row
    return Entry(
        day=row.occurred_on,
        number=row.document_no,
        organ=shorten(each.organ),
        content=say_fact(shelf, row.family, each.items),
        state=State(row.state).word,
    )
