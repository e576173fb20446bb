"""The grade of one subject: measure, bands and limits. The quota, which looks at all of them, comes at the close."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from credit.grading.known import Known
from credit.grading.loading import walk
from credit.grading.measure import as_measured, cite, measure
from credit.grading.regime import Regime
from credit.grading.result import Reason, Result, Step, because
from credit.grading.sayings import TELLING
from credit.grading.when import covers, find, holding, was_there
from schemas.regime.scale import Band, Edition, Scale
from schemas.regime.when import When


def assess(known: Known, regime: Regime, year: int) -> Iterator[Result]:
    """Return the result of a subject on each scale of a regime that covers it, for a calendar year.

    Pure: the same facts, regime and year give the same result, in whatever order the facts came.
    """
    edition = regime.edition(year)
    return assess_by(edition, known, regime.code, year) if edition is not None else iter(())


def assess_by(edition: Edition, known: Known, regime: str, year: int) -> Iterator[Result]:
    """Do as `assess`, by an edition that is given."""
    then = known.at_end_of(year)
    for scale in edition.scales:
        if covers(scale.subjects, then.who) and was_there(then, year):
            result = grade(then, regime, edition, scale, year)
            yield result if then is known else _tell_of_end(result, scale, edition, known)


def _tell_of_end(result: Result, scale: Scale, edition: Edition, known: Known) -> Result:
    """Return a result that says, where it hides grades, that its subject's licence ended after the year."""
    if result.grade is None or known.who.licensed:
        return result
    facts = find(scale.hidden_when, known, None)
    ends = [fact for fact in facts if fact.family in TELLING and fact.occurred_on.year > result.year]
    if not ends:
        return result
    effect = f"年度结束后登记已终止（{ends[-1].occurred_on}），级别停止使用，不再公示"
    reason = because(Step.ENDED, "hidden-when", effect, scale.hidden_by or edition, records=cite(ends))
    return result._replace(reasons=(*result.reasons, reason))


def families_of(edition: Edition) -> frozenset[str]:
    """Return the families of the facts that an edition asks for: no other fact of a subject changes its results."""
    return frozenset(each.family for _, each in walk(edition) if isinstance(each, When))


def grade(known: Known, regime: str, edition: Edition, scale: Scale, year: int) -> Result:
    """Return the result of a subject on a scale, before the quota."""
    found = measure(scale.measure, known, year)
    number, reasons = (found.number, found.reasons) if found is not None else (None, ())
    reached: tuple[Reason, ...] = ()
    if found is None or number is not None:
        reached = (find_band(scale, number, edition), *find_limits(scale, known, year))
    grades = [reason.grade for reason in reached if reason.grade is not None]
    worst = max(grades, key=[*scale.grades].index, default=None)
    return Result(regime, scale.id, year, known.subject_id, edition.effective_from, number, worst, (*reasons, *reached))


def find_ended(known: Known, regime: Regime, year: int) -> Iterator[Result]:
    """Return a result without a grade for each scale that a subject left with its licence by the end of the year.

    So whoever shows grades sees that an official one, which stays decided, is shown no longer.
    """
    who = known.at_end_of(year).who
    edition = regime.edition(year)
    for scale in edition.scales if edition is not None else ():
        scope = scale.subjects
        has_left = not covers(scope, who) and covers(scope.model_copy(update={"licensed": None}), who)
        if edition is not None and has_left and is_hidden(scale, known):
            yield Result(regime.code, scale.id, year, known.subject_id, edition.effective_from, None, None, ())


def is_hidden(scale: Scale, known: Known) -> bool:
    """Tell whether a grade is no longer shown, as the subject was closed, revoked or cancelled since.

    What the register says of an end hides nobody who is licensed all the same: anew, or at another workplace.
    """
    facts = find(scale.hidden_when, known, None)
    return any(fact.family not in TELLING or not known.who.licensed for fact in facts)


def find_band(scale: Scale, number: Decimal | None, edition: Edition) -> Reason:
    """Return the grade in which a number is, or from which everybody begins where nothing is measured."""
    basis = scale.basis or edition
    if number is None:
        best = next(iter(scale.grades))
        return because(Step.BAND, "start", f"不计分，从 {scale.grades[best]} 起评", basis, best)
    band = next(band for band in scale.bands if _takes(band, number))
    effect = f"{_spell(band, scale)}，定为 {scale.grades[band.grade]}"
    return because(Step.BAND, f"band-{band.grade}", effect, basis, band.grade)


def _takes(band: Band, number: Decimal) -> bool:
    return (band.at_least is None or number >= band.at_least) and (band.at_most is None or number <= band.at_most)


def _spell(band: Band, scale: Scale) -> str:
    if band.at_least is not None:
        return f"达到 {band.at_least:f}"
    if band.at_most is not None:
        return f"不超过 {band.at_most:f}"
    edge = scale.bands[-2] if len(scale.bands) > 1 else None
    if edge is None:
        return "全部分值"
    return f"低于 {edge.at_least:f}" if edge.at_least is not None else f"超过 {edge.at_most:f}"


def find_limits(scale: Scale, known: Known, year: int) -> Iterator[Reason]:
    """Return every limit that holds, also those that another one makes idle: each is a reason of its own."""
    for limit, facts in holding(scale.limits, as_measured(scale.measure, known, year), year):
        effect = f"{limit.name}：最高为 {scale.grades[limit.at_most]}"
        if limit.times > 1:
            effect += f"（{len(facts)} 项，达到 {limit.times} 项）"
        yield because(Step.LIMIT, limit.id, effect, limit, limit.at_most, cite(facts))
