"""Who is who: links and claims, each decided by a person and undone by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from credit.access.account import Holder
from credit.access.refusal import AccessRefused
from credit.identity import IdKind
from credit.identity.organisations import is_uscc
from credit.record.rows import Decision
from credit.store.queries.disputes import Settlement
from credit.store.queries.links import Filter as Wanted
from credit.store.queries.links import Link, find_links, key_of, read_link
from credit.store.queries.page import Part
from credit.store.queries.splits import Split
from credit.store.queries.subjects import is_person
from schemas.rights import Right
from schemas.words import Tone
from workers.console.asked import Asked, Done, Incomplete, Missing
from workers.console.screens import Cell, Column, Filter, Listing, Menu, Page, Screen, Shown
from workers.console.telling import refuse_to_differ, shown_again, telling
from workers.decisions import identities
from workers.show.claims import tell_rivals
from workers.show.style import moment
from workers.show.words import say_person

NOT_DONE = "没有办理，档案没有变化。"
"""What is told where a decision could not be made."""


def decides_for_all(holder: Holder) -> bool:
    """Tell whether somebody may decide for the records of all organs: who is who, is so for all of them."""
    return holder.may(Right.DECIDE) and holder.organs is None and Right.DECIDE not in holder.only


def admits(asked: Asked) -> bool:
    """Tell whether a screen of decisions lets somebody in."""
    return decides_for_all(asked.holder)


def refuse_some(asked: Asked) -> None:
    """Refuse whom the right covers for some organs alone.

    Raises:
        AccessRefused: the right is for some organs.
    """
    if not decides_for_all(asked.holder):
        told = "身份和争议的认定涉及所有单位的记录，须由权限包括全部单位的人员办理。"
        raise AccessRefused(f"account {asked.holder.account} decides for some organs alone", told)


def read_number(asked: Asked) -> int:
    """Return the number of a decision that a form names.

    Raises:
        Incomplete: it is none.
    """
    said = asked.text("number")
    if not said.isdecimal() or len(said) > 15:
        raise Incomplete("编号应为数字。")
    return int(said)


def read_decision(asked: Asked) -> Decision:
    """Return what is kept of a decision, with the reason that a form gives."""
    return asked.decision(asked.required("why", "理由"))


OF_DECISIONS = (Filter("by", "决定人"), Filter("undone", "状态", {"no": "有效", "yes": "已取消"}))
"""What lists of decisions are restricted by."""


DecidedT = TypeVar("DecidedT", bound=Link | Split | Settlement)


def columns_of(by: Callable[[DecidedT], str], at: Callable[[DecidedT], datetime]) -> tuple[Column[DecidedT], ...]:
    """Return the columns of who decided, when and why, and whether it is in force."""
    return (
        Column("决定人", by),
        Column("决定时间", lambda row: moment(at(row))),
        Column("理由", lambda row: row.note),
        Column("状态", _judge),
    )


def _judge(row: Link | Split | Settlement) -> Cell:
    if row.undone_by is None:
        return Cell("有效", tone=Tone.GOOD)
    why = f"：{row.undone_why}" if row.undone_why else ""
    return Cell(f"已取消，{say_person(row.undone_by, row.undone_account)}{why}", tone=Tone.PAST)


def _show_identity(asked: Asked) -> Page:
    refuse_some(asked)
    wanted = Wanted(asked.query("by") or None, asked.whether("undone"))
    with asked.reading() as connection:
        links = find_links(connection, wanted, Part(asked.query("after"), asked.limit))
    listing = Listing(
        "全部关联",
        (
            Column("编号", lambda row: Cell(str(row.link_id), f"/identity/{row.link_id}"), number=True),
            Column("原主体", lambda row: _whom(row.subject_id)),
            Column("现主体", lambda row: _whom(row.continued_as)),
            *columns_of(lambda row: row.linked_by, lambda row: row.linked_at),
        ),
        links,
        empty="没有符合条件的主体关联。",
        after=key_of(links[-1]) if len(links) == asked.limit else None,
        about=_ends,
        filters=OF_DECISIONS,
    )
    kinds = {kind.value: kind.word for kind in identities.CLAIMABLE}
    key = asked.query("key")
    values = {
        "kinds": kinds,
        "key": asked.text("key") or (key if is_person(key) or is_uscc(key) else ""),
        "kind": asked.text("kind") or asked.query("kind"),
        "why_not": asked.why_not(Right.DECIDE),
    }
    return Page("identity.html", values, about=listing.subjects(), list=listing)


def _ends(row: Link) -> tuple[str, ...]:
    return row.subject_id, row.continued_as


def _whom(subject_id: str) -> Cell:
    return Cell(subject_id, f"/subjects/{subject_id}")


def _show_link(asked: Asked) -> Page:
    refuse_some(asked)
    with asked.reading() as connection:
        row = read_link(connection, int(asked.path("number")))
    if row is None:
        raise Missing("没有这一编号的关联。")
    facts = [
        ("原主体", _whom(row.subject_id)),
        ("现主体", _whom(row.continued_as)),
        ("决定", f"{say_person(row.linked_by, row.account)}，{moment(row.linked_at)}"),
        ("理由", row.note),
        ("状态", _judge(row)),
    ]
    values = {"title": f"关联 {row.link_id} 号", "row": row, "facts_of": facts, "why_not": asked.why_not(Right.DECIDE)}
    return Page("identity_link.html", values, about=_ends(row))


def _decide_identity(asked: Asked) -> Shown:
    refuse_some(asked)
    refuse_to_differ(asked)
    step = _IDENTITY.get(asked.text("step"))
    if step is None:
        raise Incomplete("请选择关联、认领或取消。")
    with telling(NOT_DONE):
        return step(asked)


def _go(asked: Asked, told: str, *subjects: str) -> Done:
    return asked.go("/identity", told, " ".join(subjects))


def _link(asked: Asked) -> Done:
    before, after = asked.required("before", "原主体"), asked.required("after", "现主体")
    number = identities.link(asked.runtime, before, after, read_decision(asked))
    subjects = (identities.find_subject(asked.runtime, key) for key in (before, after))
    return _go(asked, f"已关联，编号 {number}。", *subjects)


def _unlink(asked: Asked) -> Done:
    number = read_number(asked)
    before, after = identities.unlink(asked.runtime, number, read_decision(asked))
    return _go(asked, f"关联 {number} 号已取消。", before, after)


def _kind(asked: Asked) -> IdKind:
    said = asked.text("kind")
    if said not in {kind.value for kind in identities.CLAIMABLE}:
        raise Incomplete("请选择标识种类。")
    return IdKind(said)


def _claim(asked: Asked) -> Done:
    key, kind, value = asked.required("key", "主体"), _kind(asked), asked.required("value", "标识内容")
    replayed = identities.claim(asked.runtime, key, kind, value, read_decision(asked))
    rivals = identities.find_rivals(asked.runtime, key, kind, value)
    told = f"已认领{kind.word}；等待它的报文中有 {replayed:,} 份已处理。{tell_rivals(rivals)}"
    return _go(asked, told, identities.find_subject(asked.runtime, key))


def _disclaim(asked: Asked) -> Done:
    key, kind, value = asked.required("key", "主体"), _kind(asked), asked.required("value", "标识内容")
    identities.disclaim(asked.runtime, key, kind, value, read_decision(asked))
    return _go(asked, f"认领已取消：{kind.word}。", identities.find_subject(asked.runtime, key))


_IDENTITY = {"link": _link, "unlink": _unlink, "claim": _claim, "disclaim": _disclaim}


_DECIDE = shown_again(_show_identity, _decide_identity)

SCREENS = (
    Screen("/identity", "身份认定", Right.DECIDE, _show_identity, _DECIDE, Menu.RECORDS, admits),
    Screen("/identity/{number:int}", "主体关联", Right.DECIDE, _show_link),
)
