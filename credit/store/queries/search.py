"""One box for everything: what a code, a name, or the number of a document, notice, row or message leads to.

Every look is by an index: numbers whole, names by their beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, literal, or_, select, true

from credit.batch.arrival import message_key
from credit.identity import mask_text, name_key
from credit.identity.organisations import is_uscc
from credit.identity.text import squeeze
from credit.record.rows import SubjectRow
from credit.store.queries import feeds, subjects
from credit.store.queries.page import MOST, Part, is_chosen
from credit.store.queries.sight import is_one_of_organs, is_seen, keep_seen, split_seen
from credit.store.queries.subjects import PERSON_ID, SubjectUnknown, show_identifier
from credit.store.queries.targets import find_on_file
from credit.store.queries.view import View
from credit.store.tables import act, feed_row, message, notice, parked, receipt, record, subject
from schemas.party import squeeze_document_no
from schemas.words import Worded


class HitKind(Worded):
    """What was found."""

    SUBJECT = "subject", "主体"
    RECORD = "record", "信用记录"
    ACT = "act", "处理文书"
    NOTICE = "notice", "联合惩戒通知"
    FEED_ROW = "feed_row", "报送数据行"
    MESSAGE = "message", "报文"
    RECEIPT = "receipt", "回执"
    ANSWER = "answer", "平台反馈"
    PARKED = "parked", "挂起的报文"


class Hit(NamedTuple):
    """Something found: what it is, by which number or name, and of whom, where it is about a subject.

    `key` is the number of what it leads to: of a notice, of a parked message, of a row at a feed, the id of a record,
    or of an act whose record has not come.
    """

    kind: HitKind
    title: str
    key: str
    subject_id: str | None = None
    name: str = ""


_LONGEST = 200
_SHORTEST = 15


def is_personal(text: str) -> bool:
    """Tell whether a text may hold the number of a person, so that it belongs into no address.

    Codes of organisations prove themselves by their check character; whatever else is nearly all digits may be one.
    """
    if PERSON_ID.fullmatch(text):
        return False
    digits, letters = sum(char.isdigit() for char in text), sum(char.isalpha() for char in text)
    many = digits >= _SHORTEST and letters <= 1 and not is_uscc(squeeze(text))
    return many or mask_text(text) != text


def search(connection: Connection, text: str, view: View, sources: Iterable[str] = ()) -> list[Hit]:
    """Return what a text leads to: what has it as its number; where nothing has, subjects whose names begin with it.

    `sources` are those that may send: the id of a message, as its sender says it, is looked for with each of them.
    """
    wanted = text.strip()[:_LONGEST]
    if not wanted:
        return []
    exact = [*_by_identifier(connection, wanted, view), *_by_number(connection, wanted, view, sources)]
    return exact or find_by_name(connection, wanted, view, Part(limit=50)) or _by_any(connection, wanted, view)


def _by_identifier(connection: Connection, key: str, view: View) -> Iterator[Hit]:
    found = subjects.find_claiming(connection, key, view.keyring)
    if found:
        yield from _show(connection, found, view)


def _by_any(connection: Connection, key: str, view: View) -> list[Hit]:
    """Look by kinds of documents too that only a few have: it takes a look at every subject, so that it comes last."""
    if not any(char.isdigit() for char in key):
        return []
    try:
        found = subjects.find(connection, key, view.keyring)
    except SubjectUnknown:
        return []
    return list(_show(connection, found.members, view))


def _show(connection: Connection, members: frozenset[str], view: View) -> Iterator[Hit]:
    asked = _SUBJECTS.where(subject.c.subject_id.in_(sorted(members)), _is_there(view))
    for row in connection.execute(keep_seen(view, asked, subject.c.subject_id)):
        yield _hit(SubjectRow._make(row), view)


def find_by_name(connection: Connection, name: str, view: View, part: Part) -> list[Hit]:
    """Return a part of the subjects whose names begin with a text, by the forms in which names are compared."""
    key = name_key(name)
    if not key:
        return []
    begins = _begins(connection, key)
    chosen = select(subject).where(begins, _is_there(view), subject.c.subject_id > part.after)
    order: ColumnElement[str] = subject.c.subject_id
    if _are_many(connection, begins):
        parts = split_seen(view, chosen, subject.c.subject_id)
    else:
        # In the order of an expression: in that of the key itself a database would look through all subjects for them.
        parts, order = [keep_seen(view, chosen, subject.c.subject_id)], subject.c.subject_id + ""
    on_page = is_chosen([subject.c.subject_id], parts, [order], part.limit)
    return [_hit(SubjectRow._make(row), view) for row in connection.execute(_SUBJECTS.where(on_page).order_by(order))]


def _are_many(connection: Connection, begins: ColumnElement[bool]) -> bool:
    """Tell whether more names begin so than can be looked at one by one."""
    one_more = select(literal(1)).select_from(subject).where(begins).offset(MOST).limit(1)
    return connection.execute(one_more).first() is not None


_NOTICES = (
    select(notice.c.notice_no)
    .join(record, record.c.record_id == notice.c.record_id)
    .join(subject, subject.c.subject_id == notice.c.subject_id)
)
_ROWS = select(feed_row.c.row_id, feed_row.c.row_id.label("key"), feeds.OWNER, subject.c.name).select_from(
    feeds.WITH_WHOM
)
_SUBJECTS = select(*(subject.c[name] for name in SubjectRow._fields))


def _begins(connection: Connection, key: str) -> ColumnElement[bool]:
    if connection.dialect.name == "postgresql":
        return subject.c.name_key.startswith(key, autoescape=True)
    # SQLite matches letters of any case, for which no index is of use.
    return and_(subject.c.name_key >= key, subject.c.name_key < key + "\U0010ffff")


def _is_there(view: View) -> ColumnElement[bool]:
    """Return the condition that a subject is not one of sealed records alone, for whoever may not see these."""
    if view.viewer.sees_sealed:
        return true()
    # One look by an index for each subject: an EXISTS may be answered by reading all records first.
    of_it = select(literal(1)).where(record.c.subject_id == subject.c.subject_id).limit(1)
    open_one = of_it.where(record.c.sealed_clause.is_(None))
    return or_(open_one.scalar_subquery().is_not(None), of_it.scalar_subquery().is_(None))


def _hit(row: SubjectRow, view: View) -> Hit:
    identifier = show_identifier(row, view.keyring, view.viewer)
    return Hit(HitKind.SUBJECT, identifier, row.subject_id, row.subject_id, row.name)


def _by_number(connection: Connection, wanted: str, view: View, sources: Iterable[str]) -> Iterator[Hit]:
    number = squeeze_document_no(wanted)
    owner = subject.c.subject_id == record.c.subject_id
    records = select(record.c.document_no, record.c.record_id, record.c.subject_id, subject.c.name)
    records = records.select_from(record).join(subject, owner)
    for row in connection.execute(records.where(record.c.document_no == number, is_seen(view)).limit(_MOST)):
        yield Hit(HitKind.RECORD, *row)
    acts = select(act.c.document_no, record.c.record_id, record.c.subject_id, subject.c.name).select_from(act)
    acts = acts.join(record, record.c.record_id == act.c.target_id).join(subject, owner)
    for row in connection.execute(acts.where(act.c.document_no == number, is_seen(view)).limit(_MOST)):
        yield Hit(HitKind.ACT, *row)
    yield from _by_others(connection, number, view)
    notices = _NOTICES.add_columns(notice.c.notice_no.label("key"), notice.c.subject_id, subject.c.name)
    for row in connection.execute(notices.where(notice.c.notice_no == wanted.upper(), is_seen(view))):
        yield Hit(HitKind.NOTICE, *row)
    for row in connection.execute(_ROWS.where(feed_row.c.row_id == wanted, feeds.is_there(view))):
        yield Hit(HitKind.FEED_ROW, *row)
    keys = [wanted, *(message_key(source, wanted) for source in sources)]
    yield from _by_message(connection, keys, view)


def _by_others(connection: Connection, number: str, view: View) -> Iterator[Hit]:
    """Find acts that are about another act, and those whose record has not come: these have no subject."""
    about = select(literal(1)).where(record.c.record_id == act.c.target_id).exists()
    for name in connection.execute(select(act.c.record_id).where(act.c.document_no == number, ~about)).scalars():
        found = find_on_file(connection, name, view)
        if found is not None:
            yield Hit(HitKind.ACT, found.document_no, found.about or name, found.subject_id, found.name or "")


_MOST = 50


def _by_message(connection: Connection, keys: Sequence[str], view: View) -> Iterator[Hit]:
    """Find messages by their keys: a parked one by its number there, any other by what it says something of."""
    held = select(parked.c.message_key, parked.c.parked_id)
    held = held.join(message, message.c.message_key == parked.c.message_key)
    held = held.where(parked.c.message_key.in_(keys), is_one_of_organs(view, message.c.sender))
    for key, number in connection.execute(held):
        yield Hit(HitKind.PARKED, key, str(number))
    owner = subject.c.subject_id == record.c.subject_id
    said = select(message.c.message_key, record.c.record_id, record.c.subject_id, subject.c.name).select_from(message)
    of_record = said.join(record, record.c.record_id == message.c.record_id).join(subject, owner)
    of_act = said.join(act, act.c.record_id == message.c.record_id)
    of_act = of_act.join(record, record.c.record_id == act.c.target_id).join(subject, owner)
    for asked in (of_record, of_act):
        for row in connection.execute(asked.where(message.c.message_key.in_(keys), is_seen(view))):
            yield Hit(HitKind.MESSAGE, *row)
    receipts = _NOTICES.with_only_columns(
        receipt.c.message_key, notice.c.notice_no, notice.c.subject_id, subject.c.name
    ).join(receipt, receipt.c.notice_no == notice.c.notice_no)
    for row in connection.execute(receipts.where(receipt.c.message_key.in_(keys), is_seen(view))):
        yield Hit(HitKind.RECEIPT, *row)
    answers = _ROWS.with_only_columns(feed_row.c.answered_by, feed_row.c.row_id, feeds.OWNER, subject.c.name)
    for row in connection.execute(answers.where(feed_row.c.answered_by.in_(keys), feeds.is_there(view))):
        yield Hit(HitKind.ANSWER, *row)
