"""Who is who, and whose record it is: links, claims and splits, each decided by a person and undone by one."""

from __future__ import annotations

from credit.access.refusal import AccessRefused
from credit.identity import MASKED, IdKind
from credit.record.merging import Outcome
from credit.store.queries.links import list_links
from credit.store.queries.splits import list_splits
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete
from workers.console.screens import Menu, Page, Screen, Shown, code
from workers.console.telling import refuse_to_differ, telling
from workers.decisions import identities, records
from workers.decisions.records import Effect
from workers.web.pages import with_query

_NOT_DONE = "没有办理，档案没有变化。"


def _refuse_some(asked: Asked) -> None:
    """Refuse whom the right covers for some organs alone: who is who, is so for the records of all.

    Raises:
        AccessRefused: the right is for some organs.
    """
    if asked.holder.organs is not None or Right.DECIDE in asked.holder.only:
        told = "身份和争议的认定涉及所有单位的记录，须由权限包括全部单位的人员办理。"
        raise AccessRefused(f"account {asked.holder.account} decides for some organs alone", told)


def _number(asked: Asked) -> int:
    said = asked.text("number")
    if not said.isdecimal() or len(said) > 15:
        raise Incomplete("编号应为数字。")
    return int(said)


def _show_identity(asked: Asked) -> Page:
    _refuse_some(asked)
    with asked.reading() as connection:
        links = list_links(connection)
    kinds = {kind.value: kind.word for kind in identities.CLAIMABLE}
    values = {"links": links, "kinds": kinds, "why_not": asked.why_not(Right.DECIDE)}
    return Page("identity.html", values, about=[each for row in links for each in (row.subject_id, row.continued_as)])


def _decide_identity(asked: Asked) -> Shown:
    _refuse_some(asked)
    refuse_to_differ(asked)
    step = _IDENTITY.get(asked.text("step"))
    if step is None:
        raise Incomplete("请选择关联、认领或取消。")
    with telling(_NOT_DONE):
        return asked.go("/identity", step(asked))


def _link(asked: Asked) -> str:
    before, after = asked.required("before", "原主体"), asked.required("after", "现主体")
    why = asked.decision(asked.required("why", "理由")).why
    number = identities.link(asked.runtime, before, after, asked.holder.person, why)
    return f"已关联，编号 {number}。"


def _unlink(asked: Asked) -> str:
    number = _number(asked)
    identities.unlink(asked.runtime, number, asked.holder.person)
    return f"关联 {number} 号已取消。"


def _kind(asked: Asked) -> IdKind:
    said = asked.text("kind")
    if said not in {kind.value for kind in identities.CLAIMABLE}:
        raise Incomplete("请选择标识种类。")
    return IdKind(said)


def _claim(asked: Asked) -> str:
    key, value = asked.required("key", "主体"), asked.required("value", "标识内容")
    replayed = identities.claim(asked.runtime, key, _kind(asked), value, asked.holder.person)
    return f"已认领；等待它的报文中有 {replayed:,} 份已处理。"


def _disclaim(asked: Asked) -> str:
    key, value = asked.required("key", "主体"), asked.required("value", "标识内容")
    identities.disclaim(asked.runtime, key, _kind(asked), value, asked.holder.person)
    return "认领已取消。"


_IDENTITY = {"link": _link, "unlink": _unlink, "claim": _claim, "disclaim": _disclaim}


def _show_disputes(asked: Asked) -> Page:
    _refuse_some(asked)
    named, found = asked.query("named"), []
    if named:
        with telling("没有查到。请按决定书原样填写文号，或填写告警中的记录编号。"):
            found = records.list_parties(asked.runtime, named, MASKED)
    with asked.reading() as connection:
        splits = list_splits(connection)
    return Page(
        "disputes.html",
        {
            "named": named,
            "found": [(each, code(Outcome(each.outcome))) for each in found],
            "splits": splits,
            "why_not": asked.why_not(Right.DECIDE),
        },
        about=[*(each.subject_id for each in found), *(row.subject_id for row in splits)],
    )


def _decide_dispute(asked: Asked) -> Shown:
    _refuse_some(asked)
    refuse_to_differ(asked)
    after = with_query("/disputes", {"named": asked.text("named")})
    with telling(_NOT_DONE):
        if asked.text("step") == "split":
            message, why = asked.required("message", "报文"), asked.decision(asked.required("why", "理由")).why
            effect = records.split(asked.runtime, message, asked.holder.person, why)
            return asked.go(after, f"已拆分：{effect.document_no} 和 {effect.part} 各为一项记录。{_tell(effect)}")
        if asked.text("step") == "join":
            number = _number(asked)
            effect = records.join(asked.runtime, number, asked.holder.person)
            return asked.go(after, f"拆分 {number} 号已取消，{effect.part} 并回 {effect.document_no}。{_tell(effect)}")
    raise Incomplete("请选择拆分或取消。")


def _tell(effect: Effect) -> str:
    told = f"发出通知 {effect.issued} 件，解除 {effect.lifted} 件；报送变动 {effect.feed_operations} 行。"
    if effect.acts:
        told += f"原文号下有 {effect.acts} 项撤销、异议、修复或告知，只作用于 {effect.document_no}，请核实。"
    return told


SCREENS = (
    Screen("/identity", "身份认定", Right.DECIDE, _show_identity, _decide_identity, menu=Menu.RECORDS),
    Screen("/disputes", "争议记录", Right.DECIDE, _show_disputes, _decide_dispute, menu=Menu.RECORDS),
)
