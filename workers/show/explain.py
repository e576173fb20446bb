"""One record explained: every value with the message or clause it comes from, as numbered sources below."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from credit.record.merging import Outcome
from credit.store.queries.archive import Message, Record
from credit.store.queries.origins import Origin
from schemas.feed import Operation
from schemas.record import Severity, State
from schemas.statement import ActKind, Category
from workers.show.names import Names
from workers.show.notices import show_state
from workers.show.style import ALARM, QUIET, day, moment, new_table, plain, show_code, stack
from workers.show.words import arrange, say, say_value, word

_PLACES = {"organ": "决定机关", "name": "当事人", "occurred_on": "发生日期", "valid_from": "有效期自"} | {
    "valid_until": "有效期至",
    "publicity_until": "来源要求的公示截止日",
    "severity": "失信程度",
    "public": "是否公示",
    "public_until": "公示截止日",
    "repairable_from": "可申请修复之日",
    "state": "状态",
}


def explain(record: Record, names: Names) -> RenderableType:
    """Show one record in full: its values with their sources, acts, messages, notices and feed rows."""
    sources = _Sources()
    values = _values(record, names, sources)
    parts: list[RenderableType] = [values, sources.show(record, names)]
    parts += [_acts(record, names)] if record.acts else []
    parts += [_messages(record)] if record.messages else []
    parts += [_told(record, names)] if record.notices or record.feeds else []
    title = Text.assemble(plain(word(Category, record.category), "bold"), " ", plain(record.document_no))
    return Panel(
        Group(*parts),
        title=title,
        title_align="left",
        subtitle=plain(f"第 {record.revision} 版  知悉于 {moment(record.known_at)}  评估于 {day(record.as_of)}"),
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
        cited += [("clause", origin.clause)] if origin.clause else []
        return "".join(f"[{self._numbers.setdefault(source, len(self._numbers) + 1)}]" for source in cited)

    def show(self, record: Record, names: Names) -> Text:
        """Return the list of sources: messages with their time, clauses in full and how sure the law is of them."""
        times = {act.stated_by: act.stated_at for act in record.acts}
        times |= {key: origin.stated_at for origin in _stated(record) for key in origin.messages if origin.stated_at}
        lines = [plain("来源", "bold")]
        for (kind, text), number in self._numbers.items():
            told = f"报文 {text}  {moment(times.get(text))}" if kind == "message" else f"依据 {names.cite(text)}"
            lines.append(plain(f"[{number}] {told}", QUIET))
        return Text("\n").join([*lines, Text()])


def _stated(record: Record) -> Iterator[Origin]:
    yield record.origins["occurred_on"]


def _values(record: Record, names: Names, sources: _Sources) -> Table:
    table = new_table("", "项目", "内容", "来源", whole={"来源"})
    for place in _PLACES:
        if place in record.origins and (place != "repairable_from" or record.repairable_from):
            table.add_row(plain(_PLACES[place]), _value(record, place), plain(sources.cite(record.origins[place])))
    table.add_section()
    for each in arrange(record.items, names.vocabulary.items(record.family)):
        if each.value not in ("", None, []):
            cited = sources.cite(record.origins[f"items.{each.name}"])
            table.add_row(plain(each.item.title), plain(say_value(each.item, each.value)), plain(cited))
    return table


def _value(record: Record, place: str) -> Text:
    if place == "state":
        shown = show_code(State(record.state))
        return shown.append("（来源前后不一，请核实）", ALARM) if record.disputed else shown
    if place == "severity":
        return show_code(Severity(record.severity)) if record.severity else plain("不属失信")
    told: dict[str, str] = {
        "organ": f"{record.organ}（{record.organ_code}）",
        "name": record.name,
        "public": "公示" if record.public else "不公示",
        "public_until": _publicity(record),
    }
    return plain(told.get(place) or day(getattr(record, place)))


def _publicity(record: Record) -> str:
    return "无期限" if record.public and record.public_until is None else day(record.public_until)


def _acts(record: Record, names: Names) -> Table:
    table = new_table("对本记录的处理", "日期", "处理", "文书", "报文", "效力")
    for act in record.acts:
        table.add_row(
            plain(day(act.occurred_on)),
            plain(f"{word(ActKind, act.kind)}：{names.vocabulary.state(act.family, act.act_state)}"),
            plain(act.document_no),
            plain(act.stated_by, QUIET),
            plain("决定现状态" if act.counts else "—", "" if act.counts else QUIET),
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
    return outcome.append(f"，又收到 {said.repeats} 次", QUIET) if said.repeats else outcome


def _told(record: Record, names: Names) -> Table:
    table = new_table("去向", "单位 / 平台", "内容 / 编号", "状态", whole={"状态"})
    for notice in record.notices:
        measures = "、".join(measure["name"] for measure in notice.measures)
        table.add_row(
            plain(say(names.agencies, notice.agency)),
            stack(f"{say(names.grounds, notice.ground)}：{measures}", notice.notice_no),
            show_state(notice),
        )
    for entry in record.feeds:
        table.add_row(
            plain(say(names.feeds, entry.feed)),
            stack(word(Operation, entry.operation), entry.row_id),
            show_code(entry.state),
        )
    return table
