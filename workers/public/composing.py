"""What of an archive may be public, in the words that the page shows.

Nothing else decides what gets out: what is not composed here is in no table that the page can read. Of organisations
that is what is in force and open; of persons the name and what they are registered for; of complaints how far they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.vocabulary import Vocabulary
from credit.grading.licences import main_of, number_of
from credit.grading.regime import Regime, in_force
from credit.grading.result import load
from credit.grading.rows import EntryRow, OfficialRow
from credit.grading.stays import ENDS
from credit.grading.who import Attributes
from credit.identity import MASKED, name_key
from credit.record import places
from credit.record.rows import RecordRow, SubjectRow
from credit.store.queries.assessment import Standings
from credit.store.queries.attributes import describe_by
from credit.store.showing.gathering import OnFile
from credit.store.showing.rows import AnswerRow, InstitutionRow, ListedRow, ListRow, ScaleRow, StaffRow
from credit.store.showing.writing import Frame, Public, digest_of
from credit.vault import Keyring
from schemas.base import make_visible
from schemas.record import Severity, State
from schemas.regime.lists import ListKind, SubjectList
from schemas.regime.scale import Scale
from schemas.showing import NUMBER, Answer, Commitment, Content, Grade, Licence, Penalty, Standing, Word
from schemas.statement import Category
from schemas.states import Decided, EntryState
from workers.papers.results import say_consequence

PUBLIC_KINDS = {
    ListKind.RED,
    ListKind.COMMENDATION,
    ListKind.BLACK,
    ListKind.ILLEGAL_PRACTICE,
    ListKind.ABNORMAL,
}
"""The lists that the page shows where their regime publishes them."""
NUMBERS = re.compile(NUMBER)
_REGISTRATION, _COMMITMENT = "credit.licensing.registration", "credit.licensing.commitment"
_ANSWER = "credit.desk.answer"
_VOICES = frozenset({"credit.public.complaint", "credit.public.rating"})
_NAME, _LINE, _TEXT = 200, 500, 2000


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes what is public as of a day, by the regimes that are followed and the words of the connectors.

    The keys open the licence numbers of organisations, and nothing else here.
    """

    regimes: Mapping[str, Regime]
    vocabulary: Vocabulary
    today: date
    vault: Keyring

    def frame(self, about: dict[str, str]) -> Frame:
        """Return what is the same for all pages."""
        lists = [
            ListRow(f"{code}/{each.id}", each.kind.value, regime.name, each.name)
            for code, regime in sorted(self.regimes.items())
            for each in self._lists(regime)
        ]
        scales = [
            ScaleRow(f"{code}/{scale.id}/{grade}", place, f"{regime.name}：{scale.name}", word)
            for code, regime in sorted(self.regimes.items())
            for scale in self._scales(regime)
            for place, (grade, word) in enumerate(scale.grades.items())
        ]
        return Frame(tuple(lists), tuple(scales), about)

    def compose(self, on_file: OnFile, codes: Mapping[str, str]) -> Public:
        """Return what is public of an archive; `codes` are the short codes that its members have."""
        if on_file.party is None:
            return Public(on_file.members)
        who = describe_by(on_file.records, MASKED)
        if on_file.party.kind == "person":
            return Public(on_file.members, staff=tuple(self._staff(on_file, on_file.party, who)))
        code = codes.get(on_file.subject_id)
        if code is None:
            return Public(on_file.members)
        institution = self._institution(on_file, on_file.party, who, code)
        moved = [
            InstitutionRow(codes[each], each, "", "", "", Standing.OPEN.value, code, "{}")
            for each in sorted(on_file.members - {on_file.subject_id})
            if each in codes
        ]
        listed = () if institution.standing == Standing.CLOSED else tuple(self._listed(on_file, on_file.party))
        answers = tuple(self._answers(on_file))
        return Public(on_file.members, (institution, *moved), (), listed, answers)

    def is_shown(self, on_file: OnFile) -> bool:
        """Tell whether an archive has a page: of an organisation that is or was licensed, or was assessed."""
        if on_file.party is None or on_file.party.kind == "person":
            return False
        graded = any(row.grade is not None for row in on_file.standings.official)
        return graded or bool(describe_by(on_file.records, MASKED).roles)

    def _institution(self, on_file: OnFile, party: SubjectRow, who: Attributes, code: str) -> InstitutionRow:
        standing = _stand(who, on_file)
        grades = self._grades(on_file.standings) if standing is Standing.OPEN else []
        content = Content()
        if standing is not Standing.CLOSED:
            counting = [row for row in on_file.records if State(row.state).counts]
            content = Content(
                kinds=tuple(sorted(self._word(_REGISTRATION, "role", role) for role in who.roles)),
                level=self._word(_REGISTRATION, "level", who.level) if who.level else "",
                grades=tuple(each for _, each in grades),
                licence=self._license(on_file, who),
                penalties=tuple(self._penalties(counting)),
                commitments=tuple(self._commitments(counting)),
                answers=tuple(_answer(row) for row in counting if _is_released(row)),
            )
        name = _show(party.name, _NAME)
        grade = grades[0][0] if grades else ""
        content_text = content.model_dump_json()
        return InstitutionRow(code, on_file.subject_id, name, name_key(name), grade, standing.value, None, content_text)

    def _grades(self, standings: Standings) -> list[tuple[str, Grade]]:
        """Return the last official grade on each scale, unless it is no longer shown, by REGIME/SCALE/GRADE."""
        hidden = {(row.regime, row.scale) for row in standings.current if row.hidden}
        shown: dict[tuple[str, str], OfficialRow] = {}
        for row in standings.official:
            if row.regime in self.regimes and (row.regime, row.scale) not in hidden:
                shown.setdefault((row.regime, row.scale), row)  # the last year is the first
        found = []
        for row in shown.values():
            scale = self.regimes[row.regime].scale(row.scale, row.year)
            if scale is not None and row.grade in scale.grades:
                grade = _grade(row, scale, self.regimes[row.regime].name)
                found.append((f"{row.regime}/{row.scale}/{row.grade}", grade))
        return found

    def _penalties(self, counting: Iterable[RecordRow]) -> Iterator[Penalty]:
        for row in counting:
            over = row.public_until is not None and row.public_until < self.today
            if row.category != Category.PENALTY or not row.public or row.severity is None or over:
                continue
            fact = json.loads(row.fact)
            told = (fact["items"].get(name) for name in ("CF_WFXW", "CF_NR"))
            yield Penalty(
                number=_show(row.document_no, _NAME),
                organ=_show(fact["organ"]["name"], _NAME),
                on=row.occurred_on,
                content=_show("：".join(str(each) for each in told if each), _LINE),
                degree=Severity(row.severity).word,
                state=State(row.state).word,
                until=row.public_until,
            )

    def _license(self, on_file: OnFile, who: Attributes) -> Licence | None:
        """Return the licence in force; none of what only says what became of one."""
        held = main_of(who.licences)
        if held is None:
            return None
        facts = {row.record_id: json.loads(row.fact) for row in on_file.records}
        permit = facts[held.permit.record_id] if held.permit is not None else {"items": {}}
        said = facts[(held.permit or held.source).record_id]
        return Licence(
            number=_show(number_of(held, permit["items"], self._registered(on_file)), _NAME),
            organ=_show(said["organ"]["name"], _NAME),
            scope=_show("、".join(sorted(who.specialties)), _LINE),
            until=held.until,
        )

    def _registered(self, on_file: OnFile) -> str | None:
        for row in on_file.licence_nos:
            belongs = places.of_alias(row.value_hash, row.kind, row.subject_id)
            return self.vault.unseal(row.value, belongs).decode()
        return None

    def _commitments(self, counting: Iterable[RecordRow]) -> Iterator[Commitment]:
        for row in counting:
            if row.family != _COMMITMENT or (row.severity is not None and not row.public):
                continue
            items = json.loads(row.fact)["items"]
            state = self._word(_COMMITMENT, "state", str(items.get("state", "")))
            yield Commitment(on=row.occurred_on, state=state, content=_show(str(items.get("content", "")), _LINE))

    def _staff(self, on_file: OnFile, party: SubjectRow, who: Attributes) -> Iterator[StaffRow]:
        """Yield where a practitioner is registered now; who is licensed for nothing any more is nowhere."""
        if not any(licence.in_force and licence.role == "practitioner" for licence in who.licences):
            return
        for place in {stay.place.subject_id for stay in who.stays if stay.ended is None} - {None}:
            yield StaffRow(
                str(place),
                digest_of(on_file.subject_id),
                _show(party.name, _NAME),
                self._word(_REGISTRATION, "profession", who.profession) if who.profession else "",
                _show("、".join(sorted(who.specialties)), _LINE),
            )

    def _listed(self, on_file: OnFile, party: SubjectRow) -> Iterator[ListedRow]:
        by_list: dict[tuple[str, int], list[EntryRow]] = {}
        published = {f"{code}/{each.id}": each for code, it in self.regimes.items() for each in self._lists(it)}
        for row in on_file.standings.entries:
            key = f"{row.regime}/{row.list_id}"
            ended = row.until is not None and row.until < self.today
            if row.state == EntryState.LISTED and key in published and not ended:
                by_list.setdefault((key, row.year), []).append(row)
        for (key, year), rows in by_list.items():
            yield _list(published[key], key, year, rows, party)

    def _answers(self, on_file: OnFile) -> Iterator[AnswerRow]:
        for row in on_file.records:
            if row.family in _VOICES and NUMBERS.fullmatch(row.document_no):
                items = json.loads(row.fact)["items"]
                withdrawn = State(row.state) is State.WITHDRAWN
                state = "已撤回" if withdrawn else self._word(row.family, "state", str(items.get("state", "")))
                subject = on_file.subject_id
                yield AnswerRow(digest_of(row.document_no), subject, state or "已登记", row.event_time.date())

    def _word(self, family: str, item: str, code: str) -> str:
        known = self.vocabulary.items(family).get(item)
        return known.words.get(code, code) if known is not None else code

    def _lists(self, regime: Regime) -> Iterator[SubjectList]:
        edition = in_force(regime.lists.editions, self.today) if regime.lists is not None else None
        for each in edition.lists if edition is not None else ():
            if each.published and each.kind in PUBLIC_KINDS:
                yield each

    def _scales(self, regime: Regime) -> tuple[Scale, ...]:
        edition = in_force(regime.file.editions, self.today)
        return tuple(edition.scales) if edition is not None else ()


def _stand(who: Attributes, on_file: OnFile) -> Standing:
    """Return whether an institution is shown.

    It is closed where the register says so and nothing is in force any more. A permit that ran out, with no news of
    another, closes nobody: the page would say of somebody who is at work that the authority took the licence.
    """
    events = (json.loads(row.fact)["items"].get("event") for row in on_file.records if _is_registration(row))
    if not who.licensed and any(event in ENDS for event in events):
        return Standing.CLOSED
    hidden = any(row.hidden for row in on_file.standings.current)
    return Standing.SIGN_WITHDRAWN if hidden else Standing.OPEN


def _is_registration(row: RecordRow) -> bool:
    return row.family == _REGISTRATION and row.state != State.WITHDRAWN


def _grade(row: OfficialRow, scale: Scale, regime: str) -> Grade:
    return Grade(
        regime=regime,
        scale=scale.name,
        year=row.year,
        word=scale.grades[str(row.grade)],
        decided_on=row.decided_on,
        corrected=row.cause != Decided.CLOSE,
        words=tuple(
            Word(word=word, means=say_consequence(scale.follows.get(grade)) or "", mine=grade == row.grade)
            for grade, word in scale.grades.items()
        ),
    )


def _is_released(row: RecordRow) -> bool:
    return row.family == _ANSWER and bool(json.loads(row.fact)["items"].get("state") == "released")


def _answer(row: RecordRow) -> Answer:
    return Answer(on=row.occurred_on, content=_show(str(json.loads(row.fact)["items"]["content"]), _TEXT))


def _list(known: SubjectList, key: str, year: int, rows: list[EntryRow], party: SubjectRow) -> ListedRow:
    reasons = [reason for row in rows for reason in load(row.reasons)]
    tiers = {tier.id: tier.name for tier in known.tiers}
    until = [row.until for row in rows]
    return ListedRow(
        key,
        year,
        min(row.since for row in rows),
        rows[0].subject_id,
        _show(party.name, _NAME),
        tiers.get(rows[0].tier, rows[0].tier) if rows[0].tier is not None else "",
        _show("；".join(dict.fromkeys(each.effect.rstrip("。") for each in reasons)) or known.name, _LINE),
        _show("；".join(dict.fromkeys(each.clause for each in reasons)), _LINE),
        None if None in until else max(each for each in until if each is not None),
    )


def _show(text: Any, most: int) -> str:
    """Return a text as the page may hold it: no number of a person, and nothing that does not print."""
    return make_visible(MASKED.text(str(text)), most)
