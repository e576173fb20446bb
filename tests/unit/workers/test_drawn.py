from __future__ import annotations

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from schemas.states import NoticeState
from workers.console.drawn import Run, draw
from workers.show.style import ALARM, QUIET, new_table, plain, show_code, stack
from workers.web.pages import environment


def test_a_table_keeps_titles_rows_and_which_columns_are_numbers() -> None:
    table = new_table("通知", "单位", "件数", right={"件数"})
    table.add_row(stack("税务局", "tax"), plain("3", ALARM))
    table.add_row(show_code(NoticeState.OVERDUE), plain("—"))
    (block,) = draw(table)
    assert (block.kind, block.name, block.columns) == ("table", "通知", (("单位", False), ("件数", True)))
    first, second = block.rows
    assert first == (((Run("税务局", ""),), (Run("tax", "quiet"),)), ((Run("3", "alarm"),),))
    assert second[0] == ((Run("逾期未复", "alarm"),),)


def test_groups_are_their_parts_and_what_is_empty_is_not_there() -> None:
    tree = Tree(plain("根"))
    branch = tree.add(plain("枝", QUIET))
    branch.add("叶")
    found = draw(
        Group(plain("一行\n又一行"), Text(""), Table(), Group(Panel(plain("内"), title="名", subtitle="脚")), tree)
    )
    assert [block.kind for block in found] == ["lines", "panel", "tree"]
    assert [len(found[0].lines), found[1].name, found[1].parts[0].name] == [2, "名", "内"]
    assert found[1].foot == ((Run("脚", ""),),)
    assert found[2].parts[0].parts[0].name == "叶"


def test_what_others_wrote_is_text_on_the_page_and_nothing_else() -> None:
    table = new_table("<b>", "名称")
    table.add_row(plain("<script>alert(1)</script>\u202e[red]"))
    page = environment("workers.console").from_string('{% from "blocks.html" import blocks %}{{ blocks(drawn) }}')
    shown = page.render(drawn=draw(table))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;U+202E&gt;[red]" in shown
    assert "<script>" not in shown
    assert "\u202e" not in shown
