"""The year of assessment in the demonstration: last year is closed, a draw is held, and what follows is looked at."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from credit.grading.regime import Regime
from credit.grading.rows import CloseRow
from credit.identity import MASKED
from credit.record.rows import Decision
from credit.store import closing, draws
from credit.store.engine import reading
from credit.store.queries import duties, official
from credit.store.queries.assessment import Listed, find_listed
from credit.store.queries.census import count_subjects
from credit.store.queries.draws import HeldDraw, read_draw
from credit.store.queries.duties import Duty, Filter, Tally, Transfers
from credit.store.queries.explained import Explanation, explain_grades
from credit.store.queries.official import Count, Standing
from credit.store.queries.page import Part
from schemas.papers import PaperKind
from schemas.states import EntryState
from workers import drain
from workers.demo.run import Begin
from workers.papers import gathering, writing
from workers.papers import rules as papers
from workers.papers.asked import Asked, Shelf
from workers.papers.fonts import FontsMissing
from workers.papers.pdf import Press
from workers.runtime import Runtime

_REGIME, _SCALE, _DRAW = "wugang", "rating", "routine"
_LISTS = ("red", "black", "key-supervision")
_SEED = "08 17 23 31 33 06"
"""As read aloud from six drawn balls: who has it can repeat the draw."""
_MANY = 100
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Assessed:
    """What the year of assessment came to."""

    closed: CloseRow
    counts: tuple[Count, ...]
    table: list[Standing]
    explained: Explanation
    lists: dict[str, list[Listed]]
    draw: HeldDraw
    duties: list[Duty]
    tallies: list[Tally]
    transfers: Transfers
    letter: Path | None
    """The letter that tells the explained subject its result; None where the fonts of papers are not installed."""


def assess(runtime: Runtime, begin: Begin) -> None:
    """Close last year, let lists and duties follow, tell the consumers, and hold the year's draw."""
    rules = runtime.rules()
    clerk = Decision("演示员", "", rules.at.now)
    with reading(runtime.engine) as connection:
        tell = begin("评定上一年度", count_subjects(connection))
    closing.close(runtime.engine, _REGIME, rules.at.today.year - 1, clerk, rules, tell)
    runtime.assessor().finish()
    regime, what = draws.find(rules, _REGIME, _DRAW)
    draws.hold(runtime.engine, rules, what, regime, str(rules.at.today.year), _SEED, clerk)
    runtime.scheduler().tick()
    with contextlib.closing(runtime.publisher()) as publisher:
        publisher.publish_all()
    drain.empty_outbox(runtime)


def look(runtime: Runtime) -> Assessed | None:
    """Read what the year came to, and print a letter; None where no year was closed.

    Explained is a subject that lost its grade to the most rules.
    """
    rules, view = runtime.rules(), runtime.view(MASKED)
    regime, year = rules.regimes[_REGIME], rules.at.today.year - 1
    chosen, states = Filter(_REGIME), (EntryState.LISTED, EntryState.PREPARED)
    with reading(runtime.engine) as connection:
        status = official.read_status(connection, view, [_REGIME])
        if not status.closed:
            return None
        table = official.find_table(connection, view, _REGIME, _SCALE, year, Part("", _MANY), None)
        most = max(table, key=lambda each: len(each.reasons))
        subject = most.row.subject_id
        shelf = Shelf(connection, view, regime, runtime.reader.registry.vocabulary())
        return Assessed(
            closed=status.closed[-1],
            counts=status.official,
            table=table,
            explained=explain_grades(connection, subject, regime, year, rules.at.today, rules.law, view),
            lists={name: find_listed(connection, view, _REGIME, name, Part("", _MANY), states) for name in _LISTS},
            draw=read_draw(connection, f"{_REGIME}/{_DRAW}/{rules.at.today.year}", view),
            duties=duties.read_duties(connection, view, chosen)[:_SHOWN],
            tallies=duties.tally(connection, view, chosen),
            transfers=duties.read_transfers(connection, view),
            letter=_print_letter(runtime, shelf, Asked(rules.at.today, _given(subject, rules.at.today), year)),
        )


def _given(subject: str, on: date) -> dict[str, str]:
    return {"subject": subject, "number": f"舞卫信告〔{on.year}〕1号"}


def _print_letter(runtime: Runtime, shelf: Shelf, asked: Asked) -> Path | None:
    policies, file = runtime.settings.policies, runtime.settings.home / "result-letter.pdf"
    try:
        press = Press(policies, runtime.settings.fonts)
    except FontsMissing:
        return None
    (letter,) = gathering.gather(PaperKind.RESULT_LETTER, shelf, asked)
    writing.write_one(press, papers.open_desk(policies, _REGIME, PaperKind.RESULT_LETTER), letter, file)
    return file


def regime_of(runtime: Runtime) -> Regime:
    """Return the regime that the town is assessed by."""
    return runtime.rules().regimes[_REGIME]
