"""Lists of a regime as papers: red, black, abnormal; and what is told before a listing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from credit.grading.regime import in_force
from credit.store.queries.listed import find_listed, find_prepared
from credit.store.queries.subjects import find
from schemas.papers.common import Paper, PaperKind
from schemas.papers.lists import Listed, Listing
from schemas.papers.notices import ListingNotice
from schemas.regime.lists import ListKind, SubjectList
from workers.papers.asked import Asked, NothingFound, Shelf
from workers.papers.results import address, shorten, tell

KINDS = {
    PaperKind.RED_LIST: {ListKind.RED, ListKind.COMMENDATION},
    PaperKind.BLACK_LIST: {ListKind.BLACK, ListKind.ILLEGAL_PRACTICE},
    PaperKind.ABNORMAL_LIST: {ListKind.ABNORMAL},
}
"""Which lists of a regime are papers of which kind."""


def make_notices(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
    """Yield what each subject is told before it comes on a list; of one alone where it is named."""
    key = asked.given.get("subject")
    wanted = find(shelf.connection, key, shelf.view.keyring).members if key else None
    found = find_prepared(shelf.connection, shelf.view, shelf.regime.code)
    found = [each for each in found if wanted is None or each.row.subject_id in wanted]
    if not found:
        raise NothingFound("nobody waits to be told of a listing", "没有待告知的列入事项。")
    editions = shelf.regime.lists.editions if shelf.regime.lists is not None else ()
    names = {each.id: each.name for edition in editions for each in edition.lists}
    numbers = asked.numbers()
    for each in found:
        yield ListingNotice(
            number=numbers.next(),
            issued_on=asked.on,
            subject=address(each.name, each.identifier),
            list_name=names.get(each.row.list_id, each.row.list_id),
            reasons=tuple(tell(shelf, reason) for reason in each.reasons),
            term=f"至{each.row.until.isoformat()}" if each.row.until is not None else None,
            answer_by=asked.need_day("answer_by"),
        )


def lists_as(kind: PaperKind) -> Callable[[Shelf, Asked], Iterator[Paper]]:
    """Return what yields the lists of a regime that are papers of a kind, each a paper of its own."""

    def make(shelf: Shelf, asked: Asked) -> Iterator[Paper]:
        wanted = _find(shelf, asked, kind)
        numbers = asked.numbers()
        for each in wanted:
            found = find_listed(shelf.connection, shelf.view, shelf.regime.code, each.id, asked.year)
            tiers = {tier.id: tier.name for tier in each.tiers}
            yield Listing(
                title=each.name if len(wanted) > 1 else None,
                number=numbers.next(),
                issued_on=asked.on,
                year=asked.year if each.yearly else None,
                entries=tuple(
                    Listed(
                        name=shorten(one.name),
                        code=one.identifier,
                        reason="；".join(reason.effect.rstrip("。") for reason in one.reasons) or each.name,
                        basis="；".join(dict.fromkeys(reason.clause for reason in one.reasons)) or None,
                        entered_on=one.row.since,
                        until=one.row.until,
                        tier=tiers.get(one.row.tier, one.row.tier) if one.row.tier is not None else None,
                    )
                    for one in found
                ),
            )

    return make


def _find(shelf: Shelf, asked: Asked, kind: PaperKind) -> list[SubjectList]:
    """Return the lists of a kind that are announced; who is on another is nobody else's business."""
    edition = in_force(shelf.regime.lists.editions, asked.on) if shelf.regime.lists is not None else None
    held = edition.lists if edition is not None else ()
    found = [each for each in held if each.kind in KINDS[kind] and each.published]
    if not found:
        raise NothingFound(
            f"'{shelf.regime.code}' publishes no {kind} on {asked.on}", f"{shelf.regime.name}没有公布这类名单。"
        )
    return found
