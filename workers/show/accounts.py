"""Accounts on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.console import RenderableType

from credit.access.account import EVERY_ORGAN, AccountRow, GrantRow
from schemas.rights import Role
from workers.show.style import GOOD, PAST, QUIET, day, new_table, plain, stack


class Standing(NamedTuple):
    """An account, and the grants that hold or will."""

    row: AccountRow
    grants: Sequence[GrantRow]


def say_grant(row: GrantRow, organs: Mapping[str, str]) -> str:
    """Return a grant in words: the role, for whom by name and code, and from when to when."""
    named = f"{organs[row.organ]} {row.organ}" if row.organ in organs else row.organ
    organ = "全部单位" if row.organ == EVERY_ORGAN else named
    return f"{Role(row.role).word}（{organ}，{day(row.begins_on)} 至 {day(row.ends_on) if row.ends_on else '长期'}）"


def show_accounts(found: Sequence[Standing], organs: Mapping[str, str]) -> RenderableType:
    """Return the table of accounts; `organs` are the names of organs by code."""
    if not found:
        return plain("没有账号：命令行不查权限，以 --by 所填姓名留存。", QUIET)
    table = new_table(f"账号（{len(found):,} 个）", "账号 / 姓名", "授权", "系统用户", "状态", whole={"状态"})
    for each in found:
        row = each.row
        lines = [f"{grant.grant_id}　{say_grant(grant, organs)}" for grant in each.grants]
        table.add_row(
            stack(row.name, row.person),
            plain("\n".join(lines) or "—"),
            plain(row.system_user or "—"),
            plain("有效", GOOD) if row.disabled_at is None else plain("已停用", PAST),
        )
    return table
