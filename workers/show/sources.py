"""The sources of messages as a table: who was heard when, and who is silent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rich.table import Table

from credit.telling.sources import SourceSeen
from workers.show.names import Names
from workers.show.style import QUIET, moment, new_table, plain, show_code

_COUNT, _GAP, _SILENCE = "近七日", "通常间隔", "已静默"


def show_sources(seen: Sequence[SourceSeen], names: Names) -> Table:
    """Show each source; gaps and silence are counted on working days."""
    right = (_COUNT, _GAP, _SILENCE)
    title = f"报文来源（{len(seen)} 个；间隔按工作日计）"
    table = new_table(title, "来源", "状态", "最近来报", *right, right=right)
    for each in sorted(seen, key=lambda each: each.source.count("/")):  # whoever answers comes last
        table.add_row(
            plain(name_source(each.source, names)),
            show_code(each.state),
            plain(moment(each.last_heard)),
            plain(f"{each.messages:,}") if each.messages else plain("·", QUIET),
            plain(say_roughly(each.usual_gap)),
            plain(say_roughly(each.silence)),
        )
    return table


def name_source(source: str, names: Names) -> str:
    """Return what a source is called: that of an agency or platform by its name, any other as it is."""
    family, _, code = source.removeprefix("/").partition("/")
    known = {"partner": names.agencies, "feed": names.feeds}.get(family, {})
    return f"{known[code]} {source}" if code in known else source


def say_roughly(time: timedelta | None) -> str:
    """Say a length of time in its largest unit, as in `3 天`; a dash for none."""
    if time is None:
        return "—"
    if time.total_seconds() < 120:
        return f"{time.total_seconds():.0f} 秒"
    minutes = round(time.total_seconds() / 60)
    if minutes < 90:
        return f"{minutes} 分钟"
    return f"{minutes / 60:.0f} 小时" if minutes < 48 * 60 else f"{minutes / 1440:.1f} 天"
