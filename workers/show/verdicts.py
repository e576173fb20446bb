"""What came of parked messages that were worked off, and what a mend changes, for the clerk who does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from connectors.vocabulary import Item
from credit.record.merging import Outcome
from credit.store.queries.mends import Change
from schemas.reasons import HINTS, Reason
from workers.decisions.parking import DISCARDED, UNMENDED, Verdict
from workers.show.detail import NO_ITEMS, say_detail
from workers.show.style import GOOD, PAST, QUIET, WAITING, new_table, plain, shorten, show_code

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Tally:
    """So many messages that were parked for one reason ended the same way, or stay parked for the same reason."""

    was: str
    outcome: str
    reason: str
    count: int


def count_verdicts(verdicts: Sequence[Verdict]) -> list[dict[str, object]]:
    """Return how many messages ended in which way, the most frequent first."""
    counted = Counter((verdict.was, verdict.outcome, verdict.reason) for verdict in verdicts)
    return [asdict(Tally(*ended, number)) for ended, number in counted.most_common()]


def show_verdicts(verdicts: Sequence[Verdict]) -> RenderableType:
    """Show how many messages ended in which way, and the first of those that stay parked with what was found."""
    if not verdicts:
        return plain("没有符合条件的挂起报文。", GOOD)
    totals = new_table(f"办理结果（{len(verdicts):,} 份）", "原因", "结果", "份数", right={"份数"})
    for each in count_verdicts(verdicts):
        stays = plain(f"，原因 {each['reason']}", QUIET) if each["outcome"] == Outcome.PARKED.value else ""
        totals.add_row(
            plain(each["was"]),
            Text.assemble(_outcome(str(each["outcome"])), stays),
            plain(f"{each['count']:,}"),
        )
    open_ones = [verdict for verdict in verdicts if not verdict.closed]
    if not open_ones:
        return totals
    return Group(totals, _show_open(open_ones))


def _show_open(verdicts: Sequence[Verdict]) -> RenderableType:
    shown = verdicts[:_SHOWN]
    title = f"仍然挂起（{len(verdicts):,} 份" + (f"，列出前 {_SHOWN} 份）" if len(verdicts) > _SHOWN else "）")
    table = new_table(title, "编号", "报文 / 说明", whole={"编号"})
    for verdict in shown:
        key = " ".join(map(shorten, verdict.message_key.split(" ")))
        table.add_row(
            plain(verdict.parked_id),
            Text("\n").join([plain(key), plain(f"{verdict.reason}  {say_detail(verdict.detail, NO_ITEMS)}", QUIET)]),
        )
    return table


def _outcome(outcome: str) -> Text:
    if outcome == DISCARDED:
        return plain("已作废", PAST)
    if outcome == UNMENDED:
        return plain("未作修正", WAITING)
    return show_code(Outcome(outcome))


def show_verdict(verdict: Verdict, items: Mapping[str, Item] = NO_ITEMS) -> RenderableType:
    """Show what came of one message; `items` are those of its type, by which the reason names them."""
    number = verdict.parked_id
    if verdict.outcome == DISCARDED:
        return plain(f"✓ {number} 号报文已作废，内容和经过留存。", GOOD)
    if verdict.closed:
        return plain(f"✓ {number} 号报文已处理，移出挂起。", GOOD)
    return Text("\n").join(
        [
            plain(f"✗ {number} 号报文仍然挂起：{HINTS[Reason(verdict.reason)]}", WAITING),
            plain(f"{verdict.reason}: {say_detail(verdict.detail, items)}", QUIET),
        ]
    )


def show_sample(number: int, changes: Sequence[Change]) -> RenderableType:
    """Show what the first message that is meant would change in."""
    return Group(plain(f"修正示例（{number} 号报文）", "bold"), show_changes(changes))


def show_changes(changes: Sequence[Change]) -> Text:
    """Show what was changed in a message, a line for each value."""
    return Text("\n").join(map(_show_change, changes)) if changes else plain("没有改动", QUIET)


def _show_change(change: Change) -> Text:
    if change.path == "*":
        return plain("整份替换")
    before, after = change.before or "（无）", change.after or "（无）"
    if change.before is None and change.after is None:
        return plain(f"{change.path}（值不显示）")
    same = "（所改之处已掩去）" if before == after else ""
    return Text.assemble(plain(f"{change.path}  "), plain(before, QUIET), " → ", plain(after), plain(same, QUIET))
