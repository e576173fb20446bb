"""`xinglin proposals`: what waits for a second person, and what that person says."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console

from credit.access.account import ProposalRow
from credit.access.foureyes import state_of
from credit.identity import MASKED
from credit.store import proposals
from credit.store.engine import reading
from credit.store.proposals import After, Listed, Proposed
from schemas.access import FourEyes, ProposalState
from workers.cli.common import AsJson, Home, Why, print_json, runtime, say_something, screen, tell
from workers.decisions import concord, persons, proposed
from workers.decisions.proposed import Signatory
from workers.runtime import Runtime
from workers.show.proposals import NOT_SENT, say_deciders, show_proposal, show_proposals
from workers.show.style import GOOD, PAST, QUIET, WAITING, moment, plain
from workers.whom import find_of_proposal

app = typer.Typer(help="待第二人复核的事项：列表、查看、同意、退回。", invoke_without_command=True)

Number = Annotated[str, typer.Argument(metavar="编号", help="事项编号，见 xinglin proposals。", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="包括已办理、已退回和已过期的。")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=500, metavar="N", help="最多列出多少项。")]
AfterNumber = Annotated[
    str | None, typer.Option("--after", metavar="编号", help="接着这一项往下列，用于翻页。", show_default=False)
]
WhyAtAll = Annotated[
    str,
    typer.Option(
        "--why",
        help="复核意见，留存备查；同意时可以不写。",
        callback=lambda text: say_something(text) if text else "",
        show_default=False,
    ),
]
_A_PAGE = 50


@app.callback()
def list_proposals(
    context: typer.Context,
    everything: All = False,
    limit: Limit = _A_PAGE,
    after: AfterNumber = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """列出待第二人复核的事项，最近提交的在前；已同意而尚未执行的也在内。

    账号已绑定系统用户时，只列出本人提交的和本人可以复核的。
    """
    if context.invoked_subcommand is not None:
        return
    with runtime(home) as opened:
        now, holder = opened.clock(), persons.find(opened).holder
        last = proposed.find(opened, after, holder) if after is not None else None
        listed = Listed(holder, None if everything else now)
        place = After(last.proposed_at, last.proposal_id) if last is not None else None
        with reading(opened.engine) as connection:
            found = proposals.read_page(connection, listed, limit, place)
        if as_json:
            print_json([_plain(opened, row) for row in found])
        else:
            screen().print(show_proposals(found, now))
    if len(found) == limit:
        more = plain(f"可能还有；下一页：同一命令加 --after {found[-1].proposal_id}", QUIET)
        Console(stderr=True, highlight=False).print(more, soft_wrap=True)


@app.command("show")
def show(number: Number, home: Home = None, as_json: AsJson = False) -> None:
    """查看一项：由谁提交、理由、可复核人和将办理的内容。"""
    with runtime(home) as opened:
        row = proposed.find(opened, number, persons.find(opened).holder)
        deciders = proposed.find_deciders(opened, row)
        whole = proposed.read_payload(opened, row)
        with reading(opened.engine) as connection:
            about = find_of_proposal(connection, opened.reader.registry, opened.keyring, whole)
        persons.watch(opened, "proposals show").show(about)
        payload = MASKED.value(whole)
        if as_json:
            print_json(_plain(opened, row) | {"payload": payload, "may_decide": deciders})
            return
        said = json.dumps(payload, ensure_ascii=False, indent=2)
        screen().print(show_proposal(row, deciders, said, opened.clock()))


@app.command("confirm")
def confirm(number: Number, why: WhyAtAll = "", home: Home = None, as_json: AsJson = False) -> None:
    """同意他人提交的一项，随即办理；须是提交人以外的人。"""
    with runtime(home) as opened:
        by = persons.require_second(opened, "proposals confirm")
        concord.refuse_to_differ(opened)
        row = proposed.confirm(opened, number, why, by)
        if as_json:
            print_json(_plain(opened, row))
        elif ProposalState(row.state) is ProposalState.DONE:
            tell(f"✓ 已同意并办理：{FourEyes(row.kind).word}，{row.about}。", GOOD)
        else:
            tell(NOT_SENT, WAITING)


@app.command("refuse")
def refuse(number: Number, why: Why, home: Home = None, as_json: AsJson = False) -> None:
    """退回他人提交的一项，不予办理。"""
    with runtime(home) as opened:
        by = persons.require_second(opened, "proposals refuse")
        row = proposed.refuse(opened, number, why, by)
        if as_json:
            print_json(_plain(opened, row))
        else:
            tell(f"已退回，没有办理：{FourEyes(row.kind).word}，{row.about}。", PAST)


def propose(opened: Runtime, wanted: Proposed, by: Signatory, *, as_json: bool) -> None:
    """Propose what a command would do alone where nobody is known; say its number, and who may confirm it."""
    row = proposed.propose(opened, wanted, by)
    deciders = proposed.find_deciders(opened, row)
    if as_json:
        print_json(_plain(opened, row) | {"may_decide": deciders})
        return
    if row.proposed_by == by.holder.account:
        tell(f"✓ 已提交，编号 {row.proposal_id}：{FourEyes(row.kind).word}，{row.about}。尚未办理。", GOOD)
    else:
        tell(f"{row.proposer} 已经提交同一事项，编号 {row.proposal_id}，没有再次提交。", WAITING)
    tell(f"{FourEyes(row.kind).word}须由另一人复核后办理，{moment(row.expires_at)} 前有效。", WAITING)
    screen().print(say_deciders(deciders))
    tell(f"复核：xinglin proposals confirm {row.proposal_id}，或在工作台的“待复核事项”中办理。", QUIET)


def _plain(opened: Runtime, row: ProposalRow) -> dict[str, Any]:
    hidden = {"payload", "message", "fingerprint"}
    shown = {name: value for name, value in row._asdict().items() if name not in hidden}
    return shown | {"state": state_of(row, opened.clock())}
