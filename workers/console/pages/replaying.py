"""Many parked messages replayed: some at a time, each with its result, or all in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

from credit.store.parked import Choice, count
from schemas.rights import Right
from workers.console.asked import Asked, Incomplete, Missing
from workers.console.choosing import organs_of, read_choice, said_of, word_of
from workers.console.pages.mending import desk, say_verdict
from workers.console.runs import RUNS, Run
from workers.console.screens import Button, Cell, Page, Screen, Shown
from workers.console.telling import refuse_to_differ, telling
from workers.decisions.lots import each_lot
from workers.decisions.parking import Verdict
from workers.intake import BATCH_LIMITS, BatchLimits
from workers.show.words import say
from workers.web.pages import with_query

_AT_ONCE = 20
_NOT_DONE = "没有办理，报文保持原状。"


def _show(asked: Asked) -> Page:
    return _page(asked, [], 0)


def _page(asked: Asked, verdicts: list[Verdict], after: int, done: str = "") -> Page:
    said = said_of(asked)
    choice = choose(asked, Right.REPLAY)
    with asked.reading() as connection:
        total = count(connection, choice)
    return Page(
        "parked_many.html",
        {
            "title": "重放挂起的报文",
            "said": said,
            "words": say_choice(asked, said),
            "total": total,
            "verdicts": [(verdict, word_of(verdict.was), say_outcome(asked, verdict)) for verdict in verdicts],
            "after": after,
            "at_once": _AT_ONCE,
            "why": asked.text("why"),
            "going": RUNS.going(),
            "others": (
                Button("修正一项", with_query("/parked/many/mend", said), asked.why_not(Right.MEND)),
                Button("提交作废", with_query("/parked/many/discard", said), asked.why_not(Right.DISCARD)),
            ),
        },
        done=done,
    )


def say_choice(asked: Asked, said: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return in words which messages are meant."""
    return [(_TITLES[name], _say_one(asked, name, value)) for name, value in said.items()]


def _say_one(asked: Asked, name: str, value: str) -> str:
    return word_of(value) if name == "reason" else say(asked.names.organs, value) if name == "sender" else value


def say_outcome(asked: Asked, verdict: Verdict) -> Cell:
    """Return what came of a message; what was found in it is kept from who may not see sealed records."""
    return say_verdict(verdict if asked.holder.viewer().sees_sealed else replace(verdict, detail=""))


_TITLES = {
    "reason": "原因",
    "source": "来源",
    "sender": "发送单位",
    "item": "栏目",
    "since": "起",
    "until": "止",
}


def say_done(verdicts: Sequence[Verdict]) -> str:
    """Return which messages of a lot were worked off, as the log names it."""
    return f"{len(verdicts):,} 份：{'、'.join(str(each.parked_id) for each in verdicts)} 号。"


def choose(asked: Asked, right: Right) -> Choice:
    """Return which messages are meant, among those for which the account has a right.

    Raises:
        Incomplete: nothing is said of them: all at once is nobody's intention.
    """
    said = said_of(asked)
    if not said:
        raise Incomplete("请先在清单中用筛选选定报文（原因、来源等至少一项），再办理。")
    return read_choice(asked, said, right)


def _do(asked: Asked) -> Shown:
    choice, why = choose(asked, Right.REPLAY), asked.required("why", "理由")
    refuse_to_differ(asked)
    if asked.text("step") == "all":
        with asked.reading() as connection:
            total = count(connection, choice)
        run = RUNS.begin(desk(asked, why), choice, total)
        return asked.go(f"/parked/runs/{run.number}", "已开始重放，可随时停止。")
    lots = each_lot(
        asked.runtime.engine,
        choice,
        after=asked.after() or 0,
        most=_AT_ONCE,
        limits=BatchLimits(_AT_ONCE, BATCH_LIMITS.bytes),
    )
    taken = list(islice(lots, 1))
    if not taken:
        return asked.go("/parked", "选定的报文已全部办过一遍。")
    with telling(_NOT_DONE):
        verdicts = desk(asked, why).replay(taken[0])
    return _page(asked, verdicts, taken[0][-1], say_done(verdicts))


def _find(asked: Asked) -> Run:
    run = RUNS.find(asked.path("run"))
    if run is None or (run.account != asked.holder.account and asked.holder.organs is not None):
        raise Missing("没有这一批重放，或控制台已重新启动。已办的都在档案里，未办的仍在挂起之列。")
    return run


def _show_run(asked: Asked) -> Page:
    run = _find(asked)
    verdicts = [(each, word_of(each.was), say_outcome(asked, each)) for each in reversed(run.verdicts[-200:])]
    return Page("parked_run.html", {"title": "重放进度", "run": run, "verdicts": verdicts})


def _stop_or_go_on(asked: Asked) -> Shown:
    run = _find(asked)
    if asked.text("step") == "go-on":
        refuse_to_differ(asked)
        choice = replace(run.choice, senders=organs_of(asked.holder, Right.REPLAY))
        following = RUNS.go_on(desk(asked, run.why), run, choice)
        return asked.go(f"/parked/runs/{following.number}", "已从停下的地方继续。")
    run.stop.set()
    return asked.go(f"/parked/runs/{run.number}", "正在停止：手头这一批办完即止。")


SCREENS = (
    Screen("/parked/many", "重放挂起的报文", Right.REPLAY, _show, _do),
    Screen("/parked/runs/{run}", "重放进度", Right.REPLAY, _show_run, _stop_or_go_on),
)
