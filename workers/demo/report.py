"""What became of the sample day, for the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from credit.identity import MASKED
from credit.store.digest import digest
from credit.store.engine import reading
from credit.store.queries.census import Count, count_records, find_busiest
from credit.store.queries.feeds import Summary, find_entries, summarise
from credit.store.queries.ledger import Ledger, read_ledger
from credit.store.queries.notices import Notice, find_notices, find_unclosed
from credit.store.queries.parked import Parked, find_parked
from workers import top
from workers.demo import year
from workers.demo.staff import Login
from workers.demo.tables import show_kept, show_reasons, show_told, show_verdict
from workers.demo.town.day import Sent
from workers.demo.year import Assessed
from workers.files import verdicts
from workers.runtime import Runtime
from workers.show.draws import show_draw
from workers.show.duties import show_duties
from workers.show.feeds import show_summary
from workers.show.grades import show_explanation
from workers.show.ledger import show_ledger
from workers.show.names import Names, read_names
from workers.show.notices import show_closure
from workers.show.official import show_closed, show_table
from workers.show.standings import find_list, show_list
from workers.show.style import new_table, plain
from workers.show.top import show_top


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demonstration ended in."""

    ledger: Ledger
    kept: list[Count]
    notices: list[Notice]
    unclosed: list[Notice]
    feed: list[Summary]
    parked: list[Parked]
    digest: str
    busiest: str | None
    year: Assessed | None
    handed: verdicts.Summary | None


def look(runtime: Runtime, handed: verdicts.Summary | None) -> Outcome:
    """Read what the archive holds now; `handed` is what became of the spreadsheet, if one was."""
    view = runtime.view(MASKED)
    with reading(runtime.engine) as connection:
        return Outcome(
            ledger=read_ledger(connection),
            kept=count_records(connection),
            notices=find_notices(connection, view),
            unclosed=find_unclosed(connection, view),
            feed=summarise(find_entries(connection, view)),
            parked=find_parked(connection, view.viewer),
            digest=digest(connection, runtime.keyring),
            busiest=find_busiest(connection),
            year=year.look(runtime),
            handed=handed,
        )


def welcome(day: Sequence[Sent], last_year: Sequence[Sent]) -> RenderableType:
    """Say what is about to happen."""
    text = Text.from_markup(
        f"[bold]杏林 Xinglin[/]  一个样例工作日：许可、监督检查、医保、公安等来源共 {len(day)} 份报文\n"
        f"此前是上一年度信用评价的 {len(last_year)} 份报文：登记、现场评价、处罚、行风、执法人员\n"
        "[dim]其中有重复、迟到、乱序和有错误的报文，\n"
        "全部经过真实的接收（intake）、入档、发送（relay）和消息中间件（broker）。[/]"
    )
    return Panel(text, border_style="cyan", padding=(0, 2))


def show(outcome: Outcome, runtime: Runtime) -> Iterator[RenderableType]:
    """Show what became of the day, chapter by chapter."""
    reader = runtime.reader
    names = read_names(reader.registry, reader.routes, reader.law)
    yield _chapter("1", "收到什么")
    yield show_ledger(outcome.ledger)
    yield _chapter("2", "入档什么")
    yield show_kept(outcome.kept)
    yield _chapter("3", "挂起什么、为什么")
    yield show_reasons(outcome.parked)
    yield _chapter("4", "通知了谁")
    yield show_told(outcome.notices, names)
    yield show_closure(outcome.unclosed, names)
    yield _chapter("5", "报送信用中国")
    yield show_summary(outcome.feed, names)
    if outcome.year is not None:
        yield from _show_year(outcome.year, runtime, names)
    if outcome.handed is not None:
        yield _chapter("9", "提交的表格，逐行有何结果")
        yield show_verdict(outcome.handed)
    yield _chapter("10", "接下来：文件在哪里，可以再看什么")
    yield _next_steps(outcome, runtime)
    yield _chapter("11", "此刻的流量和未终止的提醒（xinglin top）")
    yield show_top(top.look(runtime), names)


def _show_year(found: Assessed, runtime: Runtime, names: Names) -> Iterator[RenderableType]:
    regime = year.regime_of(runtime)
    yield _chapter("6", f"上一年度的信用评价（{regime.name}）")
    yield show_closed(found.closed, regime, found.counts)
    yield show_table(found.table, regime)
    yield show_explanation(found.explained, regime, names)
    yield _chapter("7", "名单、双随机抽查")
    for name, entries in found.lists.items():
        by = find_list(regime, name)
        assert by is not None
        yield show_list(entries, regime, by)
    yield show_draw(found.draw)
    yield _chapter("8", "应当履行的职责")
    yield show_duties(found.duties, found.tallies, found.transfers, {regime.code: regime})


def _chapter(number: str, title: str) -> RenderableType:
    return Rule(f"[bold]{number}  {title}[/]", align="left", style="cyan")


def show_logins(address: str, logins: Sequence[Login]) -> RenderableType:
    """Return where the console is, and who may log in there."""
    table = new_table(
        f"工作台 {address} 临时账号，按 Ctrl-C 结束", "账号", "密码", "姓名", "角色", whole=("账号", "密码")
    )
    for login in logins:
        roles = "、".join(role.word for role in login.roles)
        table.add_row(login.account, plain(login.password), login.person, roles)
    return table


def _next_steps(outcome: Outcome, runtime: Runtime) -> RenderableType:
    home = runtime.settings.home
    commands: tuple[str, ...] = (
        f"xinglin subject {outcome.busiest} --home {home}",
        f"xinglin parked list --home {home}",
        f"xinglin notices --home {home}",
        f"xinglin feed --home {home}",
        f"xinglin files --home {home}",
        f"xinglin alerts --open --home {home}",
        "xinglin demo --console",
    )
    text = plain(
        f"档案 archive   {home / 'archive.sqlite'}\n"
        f"队列 broker    {home / 'broker.sqlite'}\n"
        f"密钥 keys      {home / 'keys.json'} (0600)\n"
        f"摘要 digest    {outcome.digest}\n"
    )
    if outcome.year is not None:
        closed = outcome.year.closed.year
        text.append_text(plain(f"告知书 letter  {outcome.year.letter or '没有印制：先安装文书字体（make fonts）'}\n"))
        commands += (
            f"xinglin assess table --regime wugang --year {closed} --home {home}",
            f"xinglin explain {outcome.year.explained.subject_id} --regime wugang --year {closed} --home {home}",
        )
    for line in commands:
        text.append_text(Text.assemble("\n", ("$", "bold cyan"), plain(f" .venv/bin/{line}")))
    return Panel(text, border_style="dim", padding=(0, 2))
