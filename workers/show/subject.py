"""The credit archive of one subject: at a glance, and explained value by value."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from credit.identity import IdKind
from credit.record.rows import RecordRow
from credit.store.queries.archive import Alias, Archive, Record
from schemas.party import PARTY_KINDS
from schemas.record import Cause, Severity, State
from schemas.statement import Category
from schemas.states import NoticeState, Splitting
from workers.show.explain import explain
from workers.show.names import Names
from workers.show.standings import show_standings
from workers.show.style import ALARM, QUIET, WAITING, day, moment, new_table, plain, show_code, stack
from workers.show.who import show_who
from workers.show.words import say, word


def show_archive(archive: Archive, names: Names, *, explained: bool = False) -> RenderableType:
    """Show who the subject is, by its records too, where it stands, and these; explained, the origin of every value."""
    standings = show_standings(archive.standings, names.regimes)
    parts: list[RenderableType] = [show_card(archive), *show_who(archive, names), *standings, _records(archive)]
    if explained:
        parts += [explain(record, names) for record in archive.records]
    return Group(*parts)


def show_card(archive: Archive) -> Panel:
    """Show who the subject is: names and numbers, what it was known by, and how many records count."""
    number = archive.id_type or IdKind.USCC.word
    lines = [
        Text.assemble(plain(archive.name, "bold"), "  ", plain(say(PARTY_KINDS, archive.kind), QUIET)),
        plain(f"{number}  {archive.identifier}"),
        *map(_alias, archive.aliases),
        *(
            plain(
                f"沿革  {each.subject_id} → {each.continued_as}（{each.linked_by}，{moment(each.linked_at)}）"
                f"{each.note}{_undone(each.undone_by, each.undone_why)}",
                QUIET if each.undone_by else "",
            )
            for each in archive.links
        ),
        _sum_up(archive),
    ]
    return Panel(Text("\n").join(lines), title="信用档案", title_align="left", box=box.ROUNDED, padding=(0, 2))


def _alias(alias: Alias) -> Text:
    by = alias.claimed_by.removeprefix("person:")
    claimed = "" if by == alias.claimed_by else f"（{by} 认领{f'：{alias.note}' if alias.note else ''}）"
    told = f"{word(IdKind, alias.kind)}  {alias.value}{claimed}{_undone(alias.undone_by, alias.undone_why)}"
    return plain(told, QUIET)


def _undone(by: str | None, why: str | None) -> str:
    return "" if by is None else f"，已取消（{'：'.join(filter(None, (by, why)))}）"


def _sum_up(archive: Archive) -> Text:
    records = archive.records
    adverse = [each for each in records if each.row.severity and State(each.row.state).counts]
    in_force = sum(notice.row.in_force for each in records for notice in each.notices)
    text = f"信用记录 {len(records)} 条，其中有效的失信记录 {len(adverse)} 条；生效中的联合惩戒通知 {in_force} 件"
    return plain(text, WAITING if adverse else "")


def _records(archive: Archive) -> RenderableType:
    if not archive.records:
        return plain("档案中还没有信用记录。", QUIET)
    columns = ("发生 / 知悉", "类别 / 文书 / 机关", "失信程度", "状态", "公示至", "去向")
    table = new_table("信用记录（新的在前）", *columns, whole={"失信程度", "状态", "公示至"})
    for record in archive.records:
        row = record.row
        table.add_row(
            stack(day(row.occurred_on), moment(row.known_at)[:10]),
            stack(word(Category, row.category), row.document_no, record.organ),
            show_code(Severity(row.severity)) if row.severity else plain("—"),
            _state(row),
            _publicity(row),
            _followed(record),
        )
    return table


def _state(row: RecordRow) -> Text:
    state = show_code(State(row.state))
    if row.cause:
        state.append(f"\n因{word(Cause, row.cause)}", QUIET)
    if row.split is not None:
        state.append(f"\n{Splitting(row.split).word}", QUIET)
    if row.disputed:
        state.append("\n来源前后不一", ALARM)
    return state


def _publicity(row: RecordRow) -> Text:
    if not row.public:
        return plain("不公示", QUIET)
    return plain(day(row.public_until) if row.public_until else "长期")


def _followed(record: Record) -> Text:
    in_force = sum(notice.row.in_force for notice in record.notices)
    shown = sum(entry.row.in_force for entry in record.feeds)
    open_lifts = sum(notice.state is NoticeState.LIFTING for notice in record.notices)
    told = [f"通知 {in_force} 件"] if in_force else []
    told += [f"待确认解除 {open_lifts} 件"] if open_lifts else []
    told += [f"平台 {shown} 行"] if shown else []
    return plain("\n".join(told) or "—", "" if told else QUIET)
