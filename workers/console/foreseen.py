"""What a proposal would do, as the second person reads it: in words, with what would follow by the rules in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from credit.access.account import ProposalRow
from credit.access.foureyes import state_of
from credit.record.ids import record_id
from credit.store.queries.archive import read_subjects
from credit.store.queries.content import mask_leaves
from credit.store.queries.targets import find_on_file
from schemas import wire
from schemas.access import FourEyes, ProposalState
from schemas.errors import TransientError
from schemas.statement import Act
from schemas.words import Tone
from workers.console.asked import Asked
from workers.console.screens import Cell
from workers.decisions.reviews import DECISIONS
from workers.explain import Step, Topic, explain
from workers.postings import Posting
from workers.reading import state
from workers.retry import briefly
from workers.show.words import arrange, say, say_value
from workers.whom import find_of_proposal

Facts = list[tuple[str, Cell | str]]

_NOT_ON_FILE = Cell("不在档案中，或者不在您的查询范围内：所报事项等记录到达才生效", tone=Tone.ALARM)
_UNSAID = frozenset({Topic.QUEUE, Topic.OUTCOME})
"""What says nothing of the archive or of others."""
_LINKS = 50


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a proposal would do; `links` lead to the messages that it discards, of which `more` are left out.

    `steps` is what would follow at this moment, None where nothing can be said of it. `about` are those of whom
    something is shown.
    """

    facts: Facts
    about: frozenset[str]
    links: tuple[Cell, ...] = ()
    more: int = 0
    steps: tuple[Step, ...] | None = None


def foresee(asked: Asked, row: ProposalRow, payload: Mapping[str, Any]) -> Foreseen:
    """Return what a proposal would do, as this account sees it; nothing is written."""
    with asked.reading() as connection:
        about = find_of_proposal(connection, asked.runtime.reader.registry, asked.runtime.keyring, payload)
    match FourEyes(row.kind):
        case FourEyes.DISCARD:
            return _foresee_discard(payload["numbers"], frozenset(about))
        case FourEyes.REVIEW:
            return Foreseen(_tell_review(asked, payload), frozenset(about))
        case _:
            open_still = state_of(row, asked.now) is ProposalState.OPEN
            return _foresee_message(asked, str(payload["raw"]).encode(), frozenset(about), follows=open_still)


def _foresee_discard(numbers: list[int], about: frozenset[str]) -> Foreseen:
    links = tuple(Cell(f"挂起 {number} 号", f"/parked/{number}") for number in numbers[:_LINKS])
    return Foreseen([("作废报文", f"{len(numbers):,} 份，不再处理")], about, links, len(numbers) - len(links))


def _tell_review(asked: Asked, payload: Mapping[str, Any]) -> Facts:
    regime = asked.runtime.reader.regimes.get(payload["regime"])
    scales = [scale for edition in regime.file.editions for scale in edition.scales] if regime else []
    grades = {code: word for scale in scales for code, word in scale.grades.items()}
    with asked.reading() as connection:
        named = {each.subject_id: each.name for each in read_subjects(connection, [payload["subject"]])}
    path = f"/reviews/{payload['regime']}/{payload['subject']}"
    return [
        ("主体", Cell(named.get(payload["subject"], payload["subject"]), path)),
        ("评价制度", regime.name if regime else payload["regime"]),
        ("下降至", say(grades, payload["to_grade"])),
        ("复核决定", DECISIONS[payload["decision"]].word),
        ("调整为", say(grades, payload["grade"])),
    ]


def _foresee_message(asked: Asked, raw: bytes, about: frozenset[str], *, follows: bool) -> Foreseen:
    event, vocabulary = wire.decode(raw, {}, None), asked.names.vocabulary
    facts: Facts = [("报文", say(vocabulary.titles, event.family)), ("报送单位", say(asked.names.organs, event.sender))]
    if event.revision > 1:
        facts.append(("修订版次", f"第 {event.revision} 版：取代先前所报"))
    statement, seen = state(asked.runtime.reader.registry, raw, {}), True
    if isinstance(statement, Act):
        with asked.reading() as connection:
            found = find_on_file(connection, record_id(statement.target), asked.view())
        title = f"{say(vocabulary.titles, statement.target.family)} {statement.target.document_no}"
        seen = found is not None
        if found is None:
            facts.append(("所涉记录", replace(_NOT_ON_FILE, text=f"{title} {_NOT_ON_FILE.text}")))
        elif found.about is None:
            facts.append(("所涉记录", Cell(title, f"/acts/{found.record_id}")))
        else:
            path = f"/subjects/{found.subject_id}/records/{quote(found.about, safe='')}"
            facts += [("所涉记录", Cell(title, path)), ("当事人", found.name or str(found.subject_id))]
            about |= {str(found.subject_id)}
    told = mask_leaves(event.data, asked.holder.viewer())
    said = arrange({name: value for name, value in told.items() if name != "target"}, vocabulary.items(event.family))
    facts += [(each.item.title, say_value(each.item, each.value)) for each in said]
    return Foreseen(facts, about, steps=_find_steps(asked, raw, event.type) if follows and seen else None)


def _find_steps(asked: Asked, raw: bytes, message_type: str) -> tuple[Step, ...] | None:
    """Return what would follow, by the rules themselves; None where the archive is too busy to ask."""
    try:
        found = briefly()(explain, asked.runtime, Posting(raw, message_type))
    except TransientError:
        return None
    sealed = "" if asked.holder.viewer().sees_sealed else "sealed"
    steps = (each for each in found.steps if each.what not in _UNSAID and each.result != sealed)
    return tuple(replace(each, told=each.told.replace("\u3000", " ")) for each in steps)
