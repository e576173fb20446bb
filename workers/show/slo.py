"""The objectives as a table: what was promised, and how it was kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from rich.table import Table

from credit.store.queries.slo import Measured
from workers.show.style import ALARM, GOOD, QUIET, new_table, plain

_PLACES = Decimal("0.01")


def show_slo(found: Iterable[Measured], since: date) -> Table:
    """Show each objective with its target, what was measured since a day, and the cases behind it."""
    heads = ("目标", "实际", "件数", "合格", "不合格", "结论")
    table = new_table(f"服务目标（{since} 起）", "项目", *heads, right=heads[:-1])
    for each in found:
        share = "—" if each.share is None else _percent(each.share)
        bad = plain(f"{each.bad:,}", ALARM if each.bad else QUIET)
        verdict = plain("✓ 达标", GOOD) if each.met else plain("✗ 未达标", ALARM)
        if not each.count:
            verdict = plain("无此类件", QUIET)
        counts = (plain(f"{each.count:,}"), plain(f"{each.good:,}"), bad)
        table.add_row(plain(each.objective.word), plain(_percent(each.target)), plain(share), *counts, verdict)
    return table


def _percent(share: float) -> str:
    """Write a share, rounded down: what has missed its target must not read as if it had met it."""
    text = f"{Decimal(str(share)).scaleb(2).quantize(_PLACES, ROUND_FLOOR)}"
    return f"{text.rstrip('0').rstrip('.')}%"
