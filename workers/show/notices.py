"""Joint-punishment notices, and who still acts on a fact that is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from credit.store.queries.notices import Notice
from schemas.record import Cause
from schemas.states import NoticeState, Reply
from workers.show.names import Names
from workers.show.style import ALARM, GOOD, QUIET, coloured, day, moment, new_table, plain, show_code, stack
from workers.show.words import say, word


def show_notices(notices: Sequence[Notice], names: Names) -> RenderableType:
    """Show notices with whom they tell, about whom, on which ground, and where they stand."""
    if not notices:
        return plain("没有符合条件的联合惩戒通知。", QUIET)
    table = new_table(
        f"联合惩戒通知（{len(notices):,} 件）",
        "接收单位 / 通知编号",
        "惩戒对象",
        "认定依据 / 措施",
        "状态",
        "期限",
        whole={"状态", "期限"},
    )
    for notice in notices:
        table.add_row(
            stack(say(names.agencies, notice.row.agency), notice.row.notice_no),
            stack(notice.name, notice.identifier),
            _asked(notice, names),
            show_state(notice),
            _clock(notice),
        )
    return Group(table, _count_states(notices))


def show_state(notice: Notice) -> Text:
    """Show where a notice stands, and why it was lifted."""
    state = show_code(notice.state)
    if notice.row.lift_cause:
        state.append(f"\n因{word(Cause, notice.row.lift_cause)}", QUIET)
    if notice.overdue and notice.state is NoticeState.LIFTING:
        state.append("\n逾期", ALARM)
    if notice.unsent and notice.state is not NoticeState.QUEUED:
        state.append("\n尚未送出", ALARM)
    if notice.prepared_at is not None:
        state.append(f"\n自 {moment(notice.prepared_at)[:10]}", QUIET)
    if notice.row.part_reply_by:
        state.append(f"\n部分解除待确认 {day(notice.row.part_reply_by)}", ALARM if notice.overdue else QUIET)
    return state


def _asked(notice: Notice, names: Names) -> Text:
    return stack(say(names.grounds, notice.row.ground), "、".join(_measure(notice, each) for each in notice.measures))


def _measure(notice: Notice, measure: dict[str, str]) -> str:
    """Name a measure, with its own last day, and that it is over where it ended before the others."""
    said = [f"至{measure['until']}"] if "until" in measure else []
    ended = notice.ended.get(measure["code"])
    said += [f"已因{word(Cause, ended['cause'])}解除"] if ended else []
    return f"{measure['name']}（{'，'.join(said)}）" if said else measure["name"]


def _clock(notice: Notice) -> Text:
    row = notice.row
    if row.lift_confirmed_at:
        return plain(f"{moment(row.lift_confirmed_at)[:10]}\n确认解除", QUIET)
    if row.issued_at is None:
        return plain("—", QUIET)
    due = row.lift_reply_by or row.reply_by
    answered = notice.state.reply is Reply.FINAL
    said = f"{moment(row.replied_at)[:10]}\n回执" if answered else f"{day(due)}\n前回执"
    return plain(said, ALARM if notice.overdue else "")


def _count_states(notices: Sequence[Notice]) -> Text:
    counts = Counter(notice.state for notice in notices)
    told = [coloured(f"{state.word} {counts[state]:,}", state) for state in NoticeState if counts[state]]
    return Text("  ").join(told)


def show_closure(notices: Sequence[Notice], names: Names) -> RenderableType:
    """Show the agencies that have not confirmed the end of their measures."""
    if not notices:
        return plain("✓ 所有解除通知均已得到确认，没有单位仍按已失效的事实采取措施。", GOOD)
    table = new_table(
        f"尚未确认解除的单位（{len(notices):,} 件）",
        "接收单位 / 通知编号",
        "惩戒对象 / 依据文书",
        "解除原因",
        "解除通知",
        "确认期限",
        whole={"解除原因"},
    )
    for notice in notices:
        style = ALARM if notice.overdue else ""
        table.add_row(
            stack(say(names.agencies, notice.row.agency), notice.row.notice_no),
            stack(notice.name, notice.identifier, notice.document_no),
            plain(say_why_ended(notice)),
            plain("尚未送出" if notice.unsent else moment(notice.row.lifted_at)),
            plain(f"{day(notice.confirm_by)}{' 逾期' if notice.overdue else ''}", style),
        )
    late = sum(notice.overdue for notice in notices)
    return Group(table, plain(f"其中逾期 {late:,} 件", ALARM if late else QUIET))


def say_why_ended(notice: Notice) -> str:
    """Return why a notice was lifted; of one that holds on, which measures ended and why."""
    if notice.row.lift_cause:
        return word(Cause, notice.row.lift_cause)
    names = {measure["code"]: measure["name"] for measure in notice.measures}
    waits = {code: each for code, each in notice.ended.items() if "confirmed_at" not in each}
    return "\n".join(f"{names[code]}：{word(Cause, each['cause'])}" for code, each in waits.items())
