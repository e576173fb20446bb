"""One record explained: every value with the message or clause it comes from, as numbered sources below."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from credit.record.clocks import CLOCKS
from credit.record.merging import Outcome
from credit.record.rows import RecordRow
from credit.store.queries.archive import Act, Message, Record
from credit.store.queries.files import Place
from credit.store.queries.origins import Origin
from schemas.record import Severity, State
from schemas.statement import ActKind, Category
from schemas.states import Operation
from workers.show.disputes import show_settlements
from workers.show.names import Names
from workers.show.notices import show_state
from workers.show.style import ALARM, QUIET, WAITING, day, moment, new_table, plain, show_code, show_force, stack
from workers.show.verdicts import show_changes
from workers.show.words import arrange, say, say_value, word

_PLACES = {"organ": "决定机关", "name": "当事人", "occurred_on": "发生日期", "valid_from": "有效期自"} | {
    "valid_until": "有效期至",
    "publicity_until": "来源要求的公示截止日",
    "severity": "失信程度",
    "public": "是否公示",
    "public_until": "公示截止日",
    "repairable_from": "可申请修复之日",
    "state": "状态",
    "transfer_by": "案件移送期限",
}


def explain(record: Record, names: Names) -> RenderableType:
    """Show one record in full: its values with their sources, acts, messages, notices and feed rows."""
    sources = _Sources()
    values = _values(record, names, sources)
    parts: list[RenderableType] = [values, sources.show(record, names)]
    parts += [_splits(record)] if record.splits else []
    parts += [show_settlements(record.settlements)] if record.settlements else []
    parts += [_acts(record, names)] if record.acts else []
    parts += [_messages(record)] if record.messages else []
    parts += [_mends(record)] if any(said.mends for said in record.messages) else []
    parts += [_told(record, names)] if record.notices or record.feeds else []
    row = record.row
    mark = f"  当事人标识 {row.party_mark}" if row.party_mark else ""
    title = Text.assemble(plain(word(Category, row.category), "bold"), " ", plain(row.document_no))
    return Panel(
        Group(*parts),
        title=title,
        title_align="left",
        subtitle=plain(f"第 {row.revision} 版  知悉于 {moment(row.known_at)}  评估于 {day(row.as_of)}{mark}"),
        subtitle_align="left",
        box=box.ROUNDED,
    )


class _Sources:
    """The sources named so far, each with its number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def cite(self, origin: Origin) -> str:
        """Return the numbers of the messages and the clause of a value, as in `[1][3]`."""
        cited = [("message", key) for key in origin.messages]
        cited += [("clause", origin.clause)] if origin.clause is not None else []
        return "".join(f"[{self._numbers.setdefault(source, len(self._numbers) + 1)}]" for source in cited)

    def show(self, record: Record, names: Names) -> Text:
        """Return the list of sources: messages with their time, clauses in full and how sure the law is of them."""
        times = {act.row.stated_by: act.stated_at for act in record.acts}
        times |= {key: origin.stated_at for origin in _stated(record) for key in origin.messages if origin.stated_at}
        lines = [plain("来源", "bold")]
        for (kind, text), number in self._numbers.items():
            said = f"报文 {text}  {moment(times.get(text))}{_tell_place(record, text)}"
            told = said if kind == "message" else f"依据 {names.cite(text)}"
            lines.append(plain(f"[{number}] {told}", QUIET))
        return Text("\n").join([*lines, Text()])


def _tell_place(record: Record, key: str) -> str:
    """Say where in a file or table a message was said, where it came by one."""
    row = next((said.frontend for said in record.messages if said.message_key == key), None)
    if row is not None:
        return f"  来自前置库 {row.frontend}，表 {row.table_name} 主键 {'、'.join(json.loads(row.row))}"
    place = _place_of(record, key)
    return f"  来自文件 {place.name}，工作表 {place.sheet} 第 {place.row} 行" if place is not None else ""


def _place_of(record: Record, key: str) -> Place | None:
    return next((said.place for said in record.messages if said.message_key == key), None)


def _tell_cell(record: Record, item: str) -> str:
    """Name the cell that an item stood in, where its message came by a file that has a column for it."""
    place = _place_of(record, record.row.stated_by)
    column = place.columns.get(item) if place is not None else None
    return f" {column}{place.row}" if place is not None and column is not None else ""


def _stated(record: Record) -> Iterator[Origin]:
    yield record.origins["occurred_on"]


def _values(record: Record, names: Names, sources: _Sources) -> Table:
    table = new_table("", "项目", "内容", "来源", whole={"来源"})
    for place in _PLACES:
        if place in record.origins and (place != "repairable_from" or record.row.repairable_from):
            table.add_row(plain(_PLACES[place]), _value(record, place), plain(sources.cite(record.origins[place])))
    counting = names.counting(record.row)
    if counting is not None:
        cited = sources.cite(Origin((), None, counting.clause))
        table.add_row(plain("可作认定依据之日"), plain(day(counting.on)), plain(cited))
    if record.row.category == Category.PENALTY and record.row.repairable_from:
        table.add_row(plain("信用修复告知书"), _repair_notice(record, names), plain(""))
    table.add_section()
    for each in arrange(record.items, names.vocabulary.items(record.row.family)):
        if each.value not in ("", None, []):
            cited = sources.cite(record.origins[f"items.{each.name}"]) + _tell_cell(record, each.name)
            table.add_row(plain(each.item.title), plain(say_value(each.item, each.value)), plain(cited))
    return table


def _value(record: Record, place: str) -> Text:
    row = record.row
    if place == "state":
        shown = show_code(State(row.state))
        return shown.append("（来源前后不一，请核实）", ALARM) if row.disputed else shown
    if place == "transfer_by":
        shown = plain(day(row.transfer_by))
        return shown.append("（限期内未见移送）", ALARM) if record.transfer_missing else shown
    if place == "severity":
        return show_code(Severity(row.severity)) if row.severity else plain("不属失信")
    told: dict[str, str] = {
        "organ": f"{record.organ}（{row.organ_code}）",
        "name": record.name,
        "public": "公示" if row.public else "不公示",
        "public_until": _publicity(row),
    }
    shown = plain(told.get(place) or day(getattr(row if place in row._fields else record, place)))
    if place == "publicity_until" and row.public and record.publicity_until != row.public_until:
        shown.append("（短于最短或长于最长公示期，不采用）", ALARM)
    return shown


def _repair_notice(record: Record, names: Names) -> Text:
    """Show when the notice of repair was served with the decision, or by when it is to be and is not known to be."""
    served = [each.row.occurred_on for each in record.acts if each.row.kind == ActKind.REPAIR_NOTICE]
    if served:
        return plain(f"{day(min(served))} 送达")
    due = names.due("repair_notice", record.row.occurred_on)
    return plain(f"应随决定书送达，至迟 {day(due)}；未见送达记录" if due else "未见送达记录")


def _publicity(row: RecordRow) -> str:
    return "无期限" if row.public and row.public_until is None else day(row.public_until)


def _acts(record: Record, names: Names) -> Table:
    table = new_table("对本记录的处理", "日期", "处理", "文书", "报文", "效力")
    for act in record.acts:
        row = act.row
        table.add_row(
            plain(day(row.occurred_on)),
            plain(f"{word(ActKind, row.kind)}：{names.vocabulary.state(row.family, row.act_state)}"),
            plain(row.document_no),
            plain(row.stated_by, QUIET),
            _effect(act, record.row, names),
        )
    return table


def _effect(act: Act, record: RecordRow, names: Names) -> Text:
    repaired_from = record.repaired_from(act.row)
    if repaired_from is not None:
        return plain(f"最短公示期未满，{day(repaired_from)} 起生效", ALARM)
    if act.counts:
        return plain("决定现状态")
    clock = CLOCKS.get((act.row.kind, act.row.act_state))
    clocks = clock.deadlines() if clock is not None and State(record.state).counts else {}
    due = {name: names.due(name, act.row.occurred_on) for name in clocks}
    told = [f"{clocks[name]} {day(on)}" for name, on in due.items() if on is not None]
    return plain("，".join(told) or "—", QUIET)


def _splits(record: Record) -> Table:
    table = new_table("同号拆分（人工认定）", "编号", "认定", "决定人 / 理由", "决定时间", "状态")
    for split in record.splits:
        own = split.part_id == record.row.record_id
        told = (
            f"本记录由同一文号拆出，记作 {split.document_no}"
            if own
            else f"另一当事人的处理拆出，记作 {split.document_no}"
        )
        table.add_row(
            plain(split.split_id),
            plain(told),
            stack(split.split_by, split.note),
            plain(moment(split.split_at)),
            show_force(split.undone_by, split.undone_why),
        )
    return table


def _messages(record: Record) -> Table:
    table = new_table("有关报文", "报文", "版次", "出具时间", "收到", "结果")
    for said in record.messages:
        table.add_row(
            plain(said.message_key),
            plain(f"第 {said.revision} 版" if said.revision else "—"),
            plain(moment(said.event_time)),
            plain(moment(said.received_at), QUIET),
            _outcome(said),
        )
    return table


def _outcome(said: Message) -> Text:
    outcome = show_code(Outcome(said.outcome))
    if said.repeats:
        outcome.append(f"，又收到 {said.repeats} 次", QUIET)
    return outcome.append("\n经人工修正", WAITING) if said.mends else outcome


def _mends(record: Record) -> RenderableType:
    table = new_table("人工修正", "时间", "报文", "修正人 / 账户", "理由 / 改动", whole={"时间"})
    for mend in (mend for said in record.messages for mend in said.mends):
        table.add_row(
            plain(moment(mend.at)),
            plain(mend.message_key),
            stack(mend.by, mend.account or "—"),
            Text("\n").join([plain(mend.why), show_changes(mend.changes)]),
        )
    return table


def _told(record: Record, names: Names) -> Table:
    table = new_table("去向", "单位 / 平台", "内容 / 编号", "状态", whole={"状态"})
    for notice in record.notices:
        measures = "、".join(measure["name"] for measure in notice.measures)
        table.add_row(
            plain(say(names.agencies, notice.row.agency)),
            stack(f"{say(names.grounds, notice.row.ground)}：{measures}", notice.row.notice_no),
            show_state(notice),
        )
    for entry in record.feeds:
        table.add_row(
            plain(say(names.feeds, entry.row.feed)),
            stack(word(Operation, entry.row.operation), entry.row.row_id),
            show_code(entry.state),
        )
    return table
