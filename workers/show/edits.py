"""What an edit of law or routes would bring about, before it is applied, and what it brought about."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType

from schemas.statement import Category
from schemas.states import Operation
from workers.decisions.concord import Company, name
from workers.decisions.edits import Effect, Example, Preview
from workers.show.names import Names
from workers.show.style import ALARM, GOOD, QUIET, WAITING, new_table, plain, show_code, stack
from workers.show.words import say, word


def show_preview(foreseen: Preview, company: Company, names: Names) -> RenderableType:
    """Show what would be told to whom, with examples, and whether the workers have loaded the same files."""
    return Group(_company(company), show_changes(foreseen, names))


def show_changes(foreseen: Preview, names: Names) -> RenderableType:
    """Show what would be told to whom, with examples."""
    parts: list[RenderableType] = []
    if foreseen.agencies:
        table = new_table("将通知各部门", "部门 / 认定依据", "变化", "件数", "例如", right={"件数"}, whole={"变化"})
        for each in foreseen.agencies:
            told = stack(say(names.agencies, each.agency), say(names.grounds, each.ground))
            table.add_row(told, show_code(each.what), plain(f"{each.count:,}"), _examples(each.examples))
        parts.append(table)
    if foreseen.feeds:
        table = new_table("将报送各平台", "平台 / 类别", "操作", "项数", "例如", right={"项数"}, whole={"操作"})
        for row in foreseen.feeds:
            told = stack(say(names.feeds, row.feed), word(Category, row.kind))
            operation = plain(word(Operation, row.operation))
            table.add_row(told, operation, plain(f"{row.count:,}"), _examples(row.examples))
        parts.append(table)
    if not foreseen.agencies and not foreseen.feeds:
        parts.append(plain("通知和报送没有变化。", QUIET))
    return Group(*parts)


def _company(company: Company) -> RenderableType:
    if company.differing:
        return plain(
            f"! 有 worker 载入的路由或法规与此不同，须先载入同样的文件才能执行：{name(company.differing)}", ALARM
        )
    if not company.at_work:
        return plain("! 没有 worker 在运行，无从核对它们将载入哪些文件；启动时须用同样的路由和法规。", WAITING)
    return plain(f"✓ 在运行的 {len(company.at_work)} 个 worker 均已载入同样的路由和法规。", GOOD)


def _examples(examples: Sequence[Example]) -> RenderableType:
    if not examples:
        return plain("（涉及封存记录，不列出）", QUIET)
    return plain("\n".join(f"{each.number}  {each.document_no}" for each in examples))


def show_effect(done: Effect, *, applied: bool) -> RenderableType:
    """Say how many records were settled and what came of it, or would have come of it."""
    head, style = ("✓ 已重新评定", GOOD) if applied else ("试评定，没有写入任何数据：", "")
    return plain(
        f"{head}信用记录 {done.records:,} 条，其中 {done.changed:,} 条有变化\n"
        f"联合惩戒通知：发出 {done.issued:,} 件，解除 {done.lifted:,} 件；报送操作 {done.feed_operations:,} 项",
        style,
    )
