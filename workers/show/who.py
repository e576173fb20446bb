"""Who a subject is: what its registrations and permits say of it, with the document, its day and when it was known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from connectors.vocabulary import Item
from credit.grading.licences import Licence
from credit.grading.sayings import REGISTRATION, Place, Source
from credit.grading.who import Attributes
from credit.store.queries.archive import Archive
from workers.show.names import Names
from workers.show.style import GOOD, PAST, QUIET, day, moment, new_table, plain, stack
from workers.show.words import say, say_value

_SOURCE = ("依据文书", "发生 / 知悉")


def show_who(archive: Archive, names: Names) -> list[RenderableType]:
    """Show attributes, licences and workplaces, each as far as something is known of it."""
    numbers = {record.row.record_id: record.row.document_no for record in archive.records}
    known = names.vocabulary.items(REGISTRATION)
    who = archive.who
    shown = [_attributes(who, known, numbers), _licences(who, known, numbers), _stays(who, numbers)]
    return [table for table in shown if table.row_count]


def _attributes(who: Attributes, known: Mapping[str, Item], numbers: Mapping[str, str]) -> Table:
    table = new_table("主体属性", "项目", "内容", *_SOURCE)
    for name, told in _told(who):
        item = known.get(name, Item(name))
        table.add_row(plain(item.title), plain(say_value(item, told)), *_cite(who.sources[name], numbers))
    return table


def _told(who: Attributes) -> Iterator[tuple[str, str | list[str]]]:
    if who.level:
        yield "level", who.level
    if who.district:
        yield "district", who.district
    if who.specialties:
        yield "specialties", sorted(who.specialties)
    if who.profession:
        yield "profession", who.profession
    if who.organiser:
        yield "organiser", _name(who.organiser)
    if who.licensed_on:
        yield "licensed_on", day(who.licensed_on)


def _licences(who: Attributes, known: Mapping[str, Item], numbers: Mapping[str, str]) -> Table:
    table = new_table("登记和许可", "主体类型 / 证照", "状态", "发证日期", "有效期至", *_SOURCE)
    for licence in who.licences:
        table.add_row(
            stack(*_titles(licence, known)),
            plain("有效", GOOD) if licence.in_force else plain("无效", PAST),
            plain(day(licence.since) if licence.since else "—"),
            plain(day(licence.until) if licence.until else "—"),
            *_cite(licence.source, numbers),
        )
    return table


def _titles(licence: Licence, known: Mapping[str, Item]) -> list[str]:
    roles = known["role"].words if "role" in known else {}
    return [say(roles, licence.role)] * bool(licence.role) + [licence.certificate or ""] * bool(licence.certificate)


def _stays(who: Attributes, numbers: Mapping[str, str]) -> Table:
    table = new_table("执业经历", "执业机构", "起", "止", *_SOURCE)
    for stay in who.stays:
        last = stay.ended or stay.began
        table.add_row(
            stack(stay.place.name, stay.place.subject_id or "—"),
            plain(day(stay.began.occurred_on)),
            plain(day(stay.ended.occurred_on)) if stay.ended else plain("在执业", GOOD),
            *_cite(last, numbers),
        )
    return table


def _name(place: Place) -> str:
    return f"{place.name}（{place.subject_id}）" if place.subject_id else place.name


def _cite(source: Source, numbers: Mapping[str, str]) -> tuple[Text, Text]:
    number = plain(numbers.get(source.record_id, source.record_id), QUIET)
    return number, stack(day(source.occurred_on), moment(source.known_at)[:10])
