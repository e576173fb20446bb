"""A report that a subject asks for about itself at the desk: made, sealed by a code, and laid ready at the public page.

The code is returned once and kept nowhere; what is kept follows from it and opens nothing. The archive knows of a
report before the page has it: one that the page never got is fetched by nobody, and is not counted once its days are
over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, Engine

from credit.access.account import EVERY_ORGAN, Holder
from credit.access.refusal import AccessRefused
from credit.identity import MASKED, mask_text
from credit.record import own_reports as counting
from credit.record import places
from credit.record.rows import OwnReportRow
from credit.store import looks, own_reports
from credit.store.engine import reading, writing
from credit.store.looks import Actor
from credit.store.queries import subjects
from credit.store.queries.looks import Wanted, read_looks
from credit.store.showing import codes, handing, place
from credit.store.showing.rows import ReportRow
from credit.vault import name_by, seal_by
from schemas.access import Logged
from schemas.base import make_visible
from schemas.errors import ConfigurationError, PermanentError
from schemas.own_reports import Asker, OwnReportState
from schemas.papers import PaperKind
from schemas.papers.reports import Use
from schemas.regime.papers import Format
from schemas.rights import Right
from workers.papers import asked as papers
from workers.papers import gathering, rules
from workers.papers import writing as papers_writing
from workers.papers.pdf import Press
from workers.public.collecting import Collector
from workers.runtime import SHANGHAI, Runtime

_MOST_USES = 200
_LINE = 300


@dataclass(frozen=True, slots=True)
class Wish:
    """A report that is asked for: whose, by which regime, under which number, by whom, shown by what, and what for.

    `form` is the form that asks: sent twice, it makes one report.
    """

    key: str
    regime: str
    number: str
    asker: Asker
    proof: str
    purpose: str
    form: str


@dataclass(frozen=True, slots=True)
class Made:
    """A report that lies ready: its code, which nobody else has, until when, and how many are left this year."""

    code: str
    number: str
    expires_at: datetime
    left: int


class NotMade(PermanentError):
    """A report is not made, and nothing was written."""

    def __init__(self, message: str, told: str) -> None:
        """Take what is the matter, and what the clerk is told of it in Chinese."""
        super().__init__(message)
        self.add_note(told)


def require(holder: Holder) -> None:
    """Let pass who may make reports: they are whole, so that whoever sees the records of some organs alone makes none.

    Raises:
        AccessRefused: the right is lacking, or is for some organs.
    """
    holder.require(Right.LOOK, EVERY_ORGAN)
    if holder.organs is not None:
        raise AccessRefused(
            f"account {holder.account} does not see all records",
            "本人信用报告须完整，您的查询范围只是部分单位，请由可以查询全部单位的人员办理。",
        )


def make(runtime: Runtime, wish: Wish, actor: Actor, person: str) -> Made:
    """Make a report and lay it ready; return its code. `person` is the name of the clerk who saw the proof.

    Raises:
        SubjectUnknown: there is no such subject.
        NotMade: as many as are free this year were made, or the form made one before.
        PermanentError: the paper cannot be made.
        TransientError: the database failed. If the report is listed all the same, it cannot be fetched: revoke it.
    """
    wish = _clean(wish)
    with _projection(runtime) as projection:
        Collector(runtime.engine, projection, runtime.rules).step()  # what was fetched a moment ago counts
        now = runtime.rules().at
        with reading(runtime.engine) as connection:
            lineage = subjects.find(connection, wish.key, runtime.keyring)
            _refuse(connection, lineage.members, wish, runtime)
        pdf = _print(runtime, wish, lineage)
        code = codes.make_once()
        last = runtime.reader.law.due("own_report", now.today).on
        row = OwnReportRow(
            own_report_id=0,
            name=name_by(code),
            subject_id=lineage.current,
            form=wish.form,
            number=wish.number,
            asker=wish.asker.value,
            proof=wish.proof,
            purpose=wish.purpose,
            account=actor.account,
            person=person,
            made_at=now.now,
            expires_at=datetime.combine(last + timedelta(days=1), time(), SHANGHAI),
        )
        with writing(runtime.engine) as connection:
            own_reports.alone(connection, lineage.members)
            left = _refuse(connection, lineage.members, wish, runtime) - 1
            own_reports.add(connection, row)
            why = f"出具本人信用报告 {row.number}：{wish.asker.word}，{row.purpose}"
            looks.note(connection, actor, Logged.LOOK, row.subject_id, why, now.now)
        sealed = seal_by(code, pdf, places.of_report(row.name))
        with writing(projection) as connection:
            handing.lay(connection, ReportRow(row.name, row.expires_at, sealed))
    return Made(codes.spell(code), row.number, row.expires_at, left)


def revoke(runtime: Runtime, key: str, own_report_id: int, actor: Actor) -> OwnReportRow:
    """Take back a report of a subject that nobody fetched, as when the code was lost; it no longer counts.

    Raises:
        SubjectUnknown: there is no such subject.
        NotMade: the subject has no such report, or it does not wait any more.
    """
    now = runtime.clock()
    with _projection(runtime) as projection:
        Collector(runtime.engine, projection, runtime.rules).step()
        row = next((each for each in read(runtime, key) if each.own_report_id == own_report_id), None)
        if row is None:
            raise NotMade(f"no report {own_report_id} of this subject", "该主体没有这份本人信用报告。")
        if counting.state_of(row, now) is not OwnReportState.WAITING:
            raise NotMade(f"report {own_report_id} does not wait", "没有作废：这份报告已经领取、作废或者过期。")
        # Whoever is first at the page has it; only then the archive is told.
        with writing(projection) as connection:
            if not handing.revoke(connection, row.name, now):
                raise NotMade(f"report {own_report_id} was fetched", "没有作废：这份报告刚刚已被领取。")
        with writing(runtime.engine) as connection:
            own_reports.revoke(connection, row.name, now)
            looks.note(connection, actor, Logged.DECIDE, row.subject_id, f"作废本人信用报告 {row.number}", now)
    return row._replace(revoked_at=now)


def read(runtime: Runtime, key: str) -> list[OwnReportRow]:
    """Return the reports that a subject asked for about itself, the newest first.

    Raises:
        SubjectUnknown: there is no such subject.
    """
    with reading(runtime.engine) as connection:
        members = subjects.find(connection, key, runtime.keyring).members
        return own_reports.read_of(connection, members)


@contextmanager
def _projection(runtime: Runtime) -> Iterator[Engine]:
    projection = place.beside(runtime.engine)
    try:
        yield projection
    finally:
        if projection.dialect.name == "sqlite":
            projection.dispose()


def _clean(wish: Wish) -> Wish:
    """Return a wish as it is kept in clear: without numbers of persons, and nothing that does not print."""
    number, proof, purpose = (
        mask_text(make_visible(said, _LINE)).strip() for said in (wish.number, wish.proof, wish.purpose)
    )
    return replace(wish, number=number, proof=proof, purpose=purpose)


def _refuse(connection: Connection, members: frozenset[str], wish: Wish, runtime: Runtime) -> int:
    """Return how many reports are left this year; NotMade where there is none, or the form made one."""
    if own_reports.has_form(connection, wish.form):
        raise NotMade(
            "this form made a report already",
            "这张表单已经出具过一份报告，领取码只显示一次。领取码没有记下的，请先作废该份，再重新出具。",
        )
    rules_now = runtime.rules()
    free = runtime.reader.law.free_reports(rules_now.at.today)
    made = counting.count(own_reports.read_of(connection, members), rules_now.at.now)
    if made >= free.per_year:
        raise NotMade(
            f"{made} reports of this year were made, {free.per_year} are free",
            f"没有出具：今年已出具 {made} 份，每年免费 {free.per_year} 份（{free.source}）。"
            "未领取的可以作废，作废和逾期未领的不计。",
        )
    return free.per_year - made


def _print(runtime: Runtime, wish: Wish, lineage: subjects.Lineage) -> bytes:
    """Return the report as PDF: what the credit report of the regime says, and when it was looked at."""
    known = runtime.reader.regimes
    if wish.regime not in known:
        raise NotMade(f"no regime {wish.regime} is followed", "没有这个评价制度，或者没有启用。")
    policies = runtime.settings.policies
    try:
        desk = rules.open_desk(policies, wish.regime, PaperKind.CREDIT_REPORT)
    except ConfigurationError as error:
        raise NotMade(str(error), "这个评价制度没有信用报告，请换一个。") from error
    today = runtime.rules().at.today
    given = {
        "subject": lineage.current,
        "number": wish.number,
        "asked_by": wish.asker.word,
        "purpose": wish.purpose,
    }
    with reading(runtime.engine) as connection:
        # Whoever makes it: no numbers of persons, nothing sealed, and the records of all organs.
        shelf = papers.Shelf(connection, runtime.view(MASKED), known[wish.regime], runtime.reader.registry.vocabulary())
        (paper,) = gathering.gather(PaperKind.CREDIT_REPORT, shelf, papers.Asked(today, given))
        order = desk.order(paper.issued_on)
        uses = tuple(_uses(connection, lineage.members, order.office.name))
    press = Press(policies, runtime.settings.fonts)
    return papers_writing.make(press, order, paper.model_copy(update={"uses": uses}), Format.PDF)


def _uses(connection: Connection, members: frozenset[str], office: str) -> Iterator[Use]:
    """Yield when the records of a subject were looked at and for what kind of purpose, the newest first.

    What was written beside the kind is left out: it may name others, as who complained.
    """
    for row in read_looks(connection, Wanted(about=members, what=Logged.LOOK), _MOST_USES):
        kind = mask_text(make_visible(row.purpose.partition("：")[0], _LINE))
        yield Use(day=row.at.astimezone(SHANGHAI).date(), by=office, purpose=kind)
