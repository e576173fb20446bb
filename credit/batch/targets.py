"""What acts are about that name a document and do not say which of its parties they mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from credit.batch.work import Work
from credit.record.rows import ActRow
from credit.telling import cases
from schemas.states import Splitting


def find_only(parties: Mapping[str, datetime], at: datetime) -> str | None:
    """Return the only party of a document that who spoke at a time can have meant; None where there are several.

    `parties` are records and since when each was stated. One that was added later is not meant; where none had been
    stated yet, whatever came later may be.
    """
    meant = [record for record, since in parties.items() if since <= at] or list(parties)
    return meant[0] if len(meant) == 1 else None


def find_targets(work: Work) -> None:
    """Let acts that do not say which party of a document they mean be about the only one; of several, about none.

    Whether it is the only one is known of the documents whose parties the work has read.
    """
    parties = work.parties_named()
    for act in [act for act in work.acts.values() if act.named_id in parties]:
        target = find_only(parties[act.named_id], act.event_time) or act.named_id
        if target != act.target_id:
            found = act._replace(target_id=target)
            work.put_act(found)
            tell_split(found, work)
            if act.named_id in work.traces:
                work.traces.setdefault(target, work.traces[act.named_id])


def tell_split(act: ActRow, work: Work) -> None:
    """Open a case of an act about a record that a person took apart: it may be meant for a part."""
    target = work.records.get(act.target_id)
    if target is not None and target.split == Splitting.PARTED:
        work.cases.append(cases.split_target(act.key, target.document_no, work.rules.at.now))
