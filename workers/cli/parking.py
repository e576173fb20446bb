"""`xinglin parked replay|mend|discard`: what a person does with one parked message, or with many of a kind."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Connection

from connectors.registry import Registry
from connectors.vocabulary import Item
from credit.access.account import EVERY_ORGAN, Holder
from credit.identity import MASKED
from credit.record.rows import Decision
from credit.store import parked
from credit.store.engine import reading, undone, writing
from credit.store.parked import Choice, NotParked
from credit.store.proposals import Proposed
from credit.store.queries import parked as queries
from credit.store.queries.page import Part
from schemas.envelope import family_of
from schemas.errors import PermanentError
from schemas.reasons import HINTS, Reason
from schemas.rights import Right
from workers.cli.common import (
    AsJson,
    By,
    Home,
    Why,
    decide,
    deciding,
    print_json,
    say_something,
    screen,
    tell,
    telling,
)
from workers.cli.ingest import progress
from workers.cli.parked_choice import (
    OneOrMany,
    OneReason,
    Sender,
    Since,
    Source,
    Until,
    choose_one_or_many,
    read_choice,
)
from workers.cli.proposals import propose
from workers.decisions import lots, persons, proposed
from workers.decisions.lots import Setting, each_lot
from workers.decisions.parking import DISCARDED, UNMENDED, Desk, Mending, Verdict
from workers.decisions.persons import Deed
from workers.decisions.proposed import Signatory
from workers.runtime import Runtime
from workers.show.detail import NO_ITEMS
from workers.show.style import WAITING, plain
from workers.show.verdicts import count_verdicts, show_sample, show_verdict, show_verdicts

_MOST = 1000
"""Messages that one proposal discards, at most: they are closed in one transaction."""
_NOT_DONE = "没有办理，报文保持原状。请核对编号；修正时，文件须为同一份报文，当事人不变。"

File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]",
        help="修正后的完整报文；也可改用 --set。",
        exists=True,
        dir_okay=False,
        readable=True,
        show_default=False,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="改其中一项，如 data.organ.name=某局；可多次给出。",
        show_default=False,
    ),
]
OtherParty = Annotated[
    str | None,
    typer.Option(
        "--other-party",
        help="改为另一当事人的理由；不给即不得改。",
        callback=lambda text: None if text is None else say_something(text),
        show_default=False,
    ),
]
WhyAtAll = Annotated[
    str,
    typer.Option(
        "--why",
        help="理由，留存备查；按条件办理时必填。",
        callback=lambda text: say_something(text) if text else "",
        show_default=False,
    ),
]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, help="最多办理多少份，先收到的在前。", show_default=False)
]
After = Annotated[
    int, typer.Option("--after", metavar="ID", min=0, help="只办理编号大于此数的，接着上次办。", show_default=False)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只试办：显示结果，不作任何改动。")]
Yes = Annotated[bool, typer.Option("--yes", help="不再询问，直接办理。")]

_Work = Callable[[Desk, list[int]], list[Verdict]]


@dataclass(frozen=True, slots=True)
class _Order:
    """What a person asked for: which messages, how many of them at most, and whether it is only tried."""

    choice: Choice
    after: int
    limit: int | None
    dry_run: bool
    as_json: bool

    @property
    def number(self) -> int | None:
        """The number of the one message that is meant; None where it is many."""
        return next(iter(self.choice.numbers), None)

    def deed(self, command: str, why: str, *, two: bool = False) -> Deed | None:
        """Return what the log has of it; None where it is only tried."""
        about = str(self.number) if self.number is not None else "按条件选定的多份"
        return None if self.dry_run else Deed(f"parked {command}", about, why, two=two)


def replay(
    by: By,
    number: OneOrMany = None,
    why: WhyAtAll = "",
    reason: OneReason = None,
    source: Source = None,
    sender: Sender = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    after: After = 0,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """将挂起的报文原样重新处理，一份或多份；仍有挂起时退出码为 1。"""
    choice = read_choice(reason=reason, source=source, sender=sender, since=since, until=until)
    order = _Order(choose_one_or_many(number, choice), after, limit, dry_run, as_json)
    if number is None and not why:
        raise typer.BadParameter("按条件办理多份时必须说明理由。", param_hint="'--why'")
    with deciding(home, Right.REPLAY, by, order.deed("replay", why)) as opened, telling(_NOT_DONE):
        verdicts = _work(opened, order, decide(opened, by, why), Desk.replay)
        _report(opened, order, verdicts)


def mend(
    by: By,
    why: Why,
    number: OneOrMany = None,
    file: File = None,
    settings: Set = None,
    other_party: OtherParty = None,
    reason: OneReason = None,
    source: Source = None,
    sender: Sender = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    after: After = 0,
    dry_run: DryRun = False,
    yes: Yes = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """修正挂起的报文并重新处理；仍有挂起时退出码为 1。

    以 FILE 替换一份，或以 --set 改一份或多份中的同一项。
    """
    choice = read_choice(reason=reason, source=source, sender=sender, since=since, until=until)
    order = _Order(choose_one_or_many(number, choice), after, limit, dry_run, as_json)
    if (file is None) == (not settings) or (file is not None and number is None):
        raise typer.BadParameter("修正一份时给出 FILE 或 --set 之一；修正多份时用 --set。")
    set_values = _read_settings(settings or [])
    whole = file.read_bytes() if file else b""
    mending = Mending(lambda raw: lots.apply(set_values, raw) if set_values else whole, other_party)
    with deciding(home, Right.MEND, by, order.deed("mend", why)) as opened, telling(_NOT_DONE):
        if set_values and not dry_run:
            _confirm_sample(opened, order, mending, yes=yes)
        verdicts = _work(opened, order, decide(opened, by, why), lambda desk, numbers: desk.mend(numbers, mending))
        _report(opened, order, verdicts)


def discard(
    by: By,
    why: Why,
    number: OneOrMany = None,
    reason: OneReason = None,
    source: Source = None,
    sender: Sender = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    after: After = 0,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """将挂起的报文作废，一份或多份；内容和经过留存。

    账号已绑定系统用户时，先提交，由另一人复核后作废。
    """
    choice = read_choice(reason=reason, source=source, sender=sender, since=since, until=until)
    order = _Order(choose_one_or_many(number, choice), after, limit, dry_run, as_json)
    with deciding(home, Right.DISCARD, by, order.deed("discard", why, two=True)) as opened, telling(_NOT_DONE):
        person = persons.find(opened)
        if person.holder is not None and not dry_run:
            wanted = _propose_discard(opened, order, why, person.holder)
            propose(opened, wanted, Signatory(person.holder, person.actor("parked discard")), as_json=as_json)
            return
        verdicts = _work(opened, order, decide(opened, by, why), Desk.discard)
        _report(opened, order, verdicts)


def _propose_discard(opened: Runtime, order: _Order, why: str, holder: Holder) -> Proposed:
    """Return the proposal to discard what is meant now: what is parked later is not among it."""
    part = Part(queries.key_of(order.after) if order.after else "", min(order.limit or _MOST, _MOST) + 1)
    with reading(opened.engine) as connection:
        found = queries.find_parked(connection, MASKED, order.choice, part)
    if not found:
        raise NotParked("no open parked message is meant; `xinglin parked list` shows those there are")
    found = found[: order.limit]
    if len(found) > _MOST:
        raise typer.BadParameter(f"一次最多提交 {_MOST:,} 份，请加 --limit {_MOST}。")
    senders = {row.sender or "" for row in found}
    for sender in sorted(senders):
        holder.require(Right.DISCARD, sender or EVERY_ORGAN)
    return proposed.discard([row.parked_id for row in found], senders, why)


def find_items(connection: Connection, registry: Registry, number: int) -> Mapping[str, Item]:
    """Return the items of the type of a parked message, by which its reason is told."""
    kind = queries.read_type(connection, number)
    return registry.vocabulary().items(family_of(kind)) if kind else NO_ITEMS


def _read_settings(typed: Sequence[str]) -> list[Setting]:
    try:
        return [lots.read_setting(each) for each in typed]
    except ValueError as error:
        raise typer.BadParameter(f"'{error}' 的写法应为 PATH=VALUE。", param_hint="'--set'") from None


def _work(opened: Runtime, order: _Order, decision: Decision, work: _Work) -> list[Verdict]:
    """Work off what is meant, lot by lot, until it is done or somebody presses Ctrl-C; tell what came of each."""
    transaction, of_two = undone if order.dry_run else writing, persons.find(opened).of_two
    desk = Desk(opened.engine, opened.reader, opened.rules, decision, transaction, of_two)
    if order.number is not None:
        return _work_one(desk, order.number, work)
    verdicts: list[Verdict] = []
    with reading(opened.engine) as connection:
        total = parked.count(connection, order.choice)
    with progress() as bar, _stopping() as stop:
        task = bar.add_task("试办" if order.dry_run else "办理", total=min(total, order.limit or total))
        for lot in each_lot(opened.engine, order.choice, after=order.after, most=order.limit):
            verdicts += work(desk, lot)
            bar.advance(task, len(lot))
            if stop.is_set():
                _say(f"已停止，办到 {lot[-1]} 号为止。接着办理：同一命令加 --after {lot[-1]}", WAITING)
                break
    return verdicts


def _work_one(desk: Desk, number: int, work: _Work) -> list[Verdict]:
    verdicts = work(desk, [number])
    if not verdicts:
        raise NotParked(f"no open parked message {number}; `xinglin parked list` shows those there are")
    if verdicts[0].outcome == UNMENDED:
        raise PermanentError(verdicts[0].detail)
    return verdicts


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Let Ctrl-C end the work after the lot at hand; pressed again, it ends at once and that lot is not done."""
    stop = threading.Event()

    def hear(_number: int, _frame: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _confirm_sample(opened: Runtime, order: _Order, mending: Mending, *, yes: bool) -> None:
    """Show on standard error what the first message that is meant would change in, and ask whether to go on."""
    with reading(opened.engine) as connection:
        sizes = parked.choose(connection, order.choice, order.after, 1)
    if not sizes:
        return
    number = sizes[0].parked_id
    desk = Desk(opened.engine, opened.reader, opened.rules, None, undone)
    Console(stderr=True, highlight=False).print(show_sample(number, desk.preview(number, mending, MASKED)))
    if not yes:
        typer.confirm("按此修正？", abort=True, err=True)


def _say(text: str, style: str) -> None:
    Console(stderr=True, highlight=False).print(plain(text, style), soft_wrap=True)


def _report(opened: Runtime, order: _Order, verdicts: Sequence[Verdict]) -> None:
    """Print what came of the messages, and end with status 1 when one stays parked."""
    if order.as_json:
        print_json(_describe_one(order, verdicts[0]) if order.number is not None else _describe(order, verdicts))
    elif order.number is not None:
        with reading(opened.engine) as connection:
            items = find_items(connection, opened.reader.registry, order.number)
        screen().print(show_verdict(verdicts[0], items))
    else:
        screen().print(show_verdicts(verdicts))
    if order.dry_run and not order.as_json:
        tell("以上只是试办，没有任何改动。", WAITING)
    if not all(verdict.closed for verdict in verdicts):
        raise typer.Exit(1)


def _describe_one(order: _Order, verdict: Verdict) -> dict[str, object]:
    done = "discarded" if verdict.outcome == DISCARDED else "applied"
    found: dict[str, object] = {"parked_id": verdict.parked_id, done: verdict.closed}
    if not verdict.closed:
        hint = HINTS[Reason(verdict.reason)]
        found |= {"reason": verdict.reason, "hint": hint, "detail": verdict.detail}
    return found | ({"dry_run": True} if order.dry_run else {})


def _describe(order: _Order, verdicts: Sequence[Verdict]) -> dict[str, object]:
    return {
        "dry_run": order.dry_run,
        "summary": count_verdicts(verdicts),
        "results": [asdict(verdict) for verdict in verdicts],
    }
