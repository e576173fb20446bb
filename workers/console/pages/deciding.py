"""Who is who: links and claims, each decided by a person and undone by one."""

from __future__ import annotations

from credit.access.refusal import AccessRefused
from credit.identity import IdKind
from credit.identity.organisations import is_uscc
from credit.record.rows import Decision
from credit.store.queries.links import list_links
from credit.store.queries.subjects import is_person
from schemas.rights import Right
from workers.console.asked import Asked, Done, Incomplete
from workers.console.screens import Menu, Page, Screen, Shown
from workers.console.telling import refuse_to_differ, telling
from workers.decisions import identities

NOT_DONE = "没有办理，档案没有变化。"
"""What is told where a decision could not be made."""


def refuse_some(asked: Asked) -> None:
    """Refuse whom the right covers for some organs alone: who is who, is so for the records of all.

    Raises:
        AccessRefused: the right is for some organs.
    """
    if asked.holder.organs is not None or Right.DECIDE in asked.holder.only:
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


def _show_identity(asked: Asked) -> Page:
    refuse_some(asked)
    with asked.reading() as connection:
        links = list_links(connection)
    kinds = {kind.value: kind.word for kind in identities.CLAIMABLE}
    key = asked.query("key")
    values = {
        "links": links,
        "kinds": kinds,
        "key": key if is_person(key) or is_uscc(key) else "",
        "kind": asked.query("kind"),
        "why_not": asked.why_not(Right.DECIDE),
    }
    return Page("identity.html", values, about=[each for row in links for each in (row.subject_id, row.continued_as)])


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
    told = f"已认领{kind.word}；等待它的报文中有 {replayed:,} 份已处理。"
    return _go(asked, told, identities.find_subject(asked.runtime, key))


def _disclaim(asked: Asked) -> Done:
    key, kind, value = asked.required("key", "主体"), _kind(asked), asked.required("value", "标识内容")
    identities.disclaim(asked.runtime, key, kind, value, read_decision(asked))
    return _go(asked, f"认领已取消：{kind.word}。", identities.find_subject(asked.runtime, key))


_IDENTITY = {"link": _link, "unlink": _unlink, "claim": _claim, "disclaim": _disclaim}


SCREENS = (Screen("/identity", "身份认定", Right.DECIDE, _show_identity, _decide_identity, menu=Menu.RECORDS),)
