"""What is done to a record by a message that the desk enters: from which page, for whom, and to what is on file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from credit.record.ids import record_id
from credit.store.queries.targets import OnFile, find_on_file
from schemas.envelope import family_of
from schemas.errors import UnusableError
from schemas.party import Organ, RecordKey, Target, record_key
from schemas.rights import Right
from schemas.statement import Act, ActKind
from workers.console.asked import Asked, Missing
from workers.console.choosing import organs_of
from workers.console.entry.composing import Entry, find_entries
from workers.runtime import Runtime
from workers.web.pages import with_query

ABOUT = "about"
"""The part of an address that names the record, or act, which a new form is about."""
TARGET = "target"
"""The item of a message that names what it is about."""

_NOT_ON_FILE = (
    "档案中没有这条记录，或者不在您的查询范围内，没有保存。请核对业务类型、决定机关代码和文书号，"
    "或者从该记录的页面点要办的事项，由系统填写。"
)
_FOREIGN = "您的单位不得对该机关的记录办理此事"


class Step(NamedTuple):
    """A type of message that does something to a record: where its form opens, and in Chinese why it may not."""

    title: str
    path: str
    why_not: str | None


def find_steps(asked: Asked, to: RecordKey, about: str, only: ActKind | None = None) -> list[Step]:
    """Return what the desk may do to a record or act, by its key and id; what this account may not, with the reason.

    With `only` nothing but that.
    """
    found = find_entries(asked.runtime, None).values()
    return [
        Step(each.title, with_query(f"/entry/{each.type}", {ABOUT: about}), _why_not(asked, each, kind, to))
        for each in sorted(found, key=lambda each: each.type)
        if (kind := _kind_of(each)) is not None and only in {None, kind}
    ]


def _kind_of(entry: Entry) -> ActKind | None:
    """Return what a type does to the record that it names; None where it does nothing to one."""
    kind = family_of(entry.type).rpartition(".")[2]
    info = entry.model.model.model_fields.get(TARGET)
    return ActKind(kind) if info is not None and info.annotation is Target and kind in set(ActKind) else None


def _why_not(asked: Asked, entry: Entry, kind: ActKind, to: RecordKey) -> str | None:
    if not asked.may(Right.ENTER):
        return asked.why_not(Right.ENTER)
    organs = organs_of(asked.holder, Right.ENTER)
    mine = entry.senders if organs is None else entry.senders & organs
    return None if find_actors(asked.runtime, mine, kind, to) else _FOREIGN


def find_actors(runtime: Runtime, senders: frozenset[str], kind: ActKind, to: RecordKey) -> list[str]:
    """Return which senders may do something to a record, as intake will be asked."""
    found = []
    for sender in sorted(senders):
        own = record_key(f"credit.office.{kind.value}", sender, "-")
        with suppress(UnusableError):
            act = Act(own, Organ(name=sender, code=sender), kind, to, "", date.min)
            runtime.reader.routes.gate.check_speaker(sender, act)
            found.append(sender)
    return found


def begin(asked: Asked, entry: Entry) -> dict[str, list[str]]:
    """Return what a form begins with whose address names a record: the record, and who may do it; else nothing.

    Raises:
        Missing: there is no such record for this account, or the type does nothing to one.
    """
    about, kind = asked.query(ABOUT), _kind_of(entry)
    if not about:
        return {}
    with asked.reading() as connection:
        found = find_on_file(connection, about, asked.view())
    if found is None or kind is None:
        raise Missing("没有这条记录，或者不在您的查询范围内。")
    to = record_key(found.family, found.organ_code, found.document_no, found.party_mark)
    actors = find_actors(asked.runtime, entry.senders, kind, to)
    named = {name: getattr(found, name) for name in ("family", "organ_code", "document_no", "party_mark")}
    typed = {f"{TARGET}.{name}": [value] for name, value in named.items() if value}
    return typed | ({"sender": actors[:1]} if actors else {})


def find_target(asked: Asked, to: RecordKey) -> OnFile | None:
    """Return what is on file of a record or act that a message names; None where there is nothing for this account."""
    with asked.reading() as connection:
        return find_on_file(connection, record_id(to), asked.view())


def find_missing(asked: Asked, entry: Entry, data: Mapping[str, Any], wrong: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong where a message that is typed would do something to what is not on file; see `check`.

    Such a message of another system waits for its record. One that somebody types names the wrong one.
    """
    if _kind_of(entry) is None or any(name.partition(".")[0] == TARGET for name in wrong):
        return {}
    if find_target(asked, Target.model_validate(data[TARGET]).key) is not None:
        return {}
    return {f"{TARGET}.document_no": _NOT_ON_FILE}
