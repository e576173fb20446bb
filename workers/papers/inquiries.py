"""Letters to sources that contradict themselves: made of their messages, which are read again."""

from __future__ import annotations

from collections.abc import Iterator

from credit.identity import MASKED
from schemas.base import MAX_TEXT, make_visible
from schemas.papers.inquiry import Difference, SourceInquiry
from workers.decisions import disputes
from workers.decisions.disputes import Dispute
from workers.papers.asked import Asked, NothingFound
from workers.papers.results import shorten
from workers.runtime import Runtime
from workers.show.disputes import lines
from workers.show.names import Names, read_names
from workers.show.words import say


def make_inquiries(runtime: Runtime, asked: Asked) -> Iterator[SourceInquiry]:
    """Yield the letter about each record of a number, or of an id, whose source is asked and has not answered.

    Raises:
        NotGiven: no number was given.
        NothingFound: nobody is asked about any of them.
        PermanentError: nothing is on file under the number, or a message cannot be read any more.
    """
    found = disputes.read_disputes(runtime, asked.need("document"), MASKED)
    open_ones = [each for each in found if each.question is not None]
    if not open_ones:
        raise NothingFound(
            "no source is asked about this number, or the question is closed",
            "没有登记向来源单位询问，或已经答复、认定，不用印制核对函。",
        )
    names, numbers = read_names(runtime.reader.registry, runtime.reader.routes, runtime.reader.law), asked.numbers()
    for each in open_ones:
        yield _make(each, names, asked, numbers.next())


def _make(dispute: Dispute, names: Names, asked: Asked, number: str | None) -> SourceInquiry:
    assert dispute.question is not None
    assert dispute.question.due_on is not None
    return SourceInquiry(
        number=number,
        issued_on=asked.on,
        organ=shorten(dispute.organ),
        kind=say(names.vocabulary.titles, dispute.family),
        document=dispute.document_no,
        revision=dispute.revision,
        contents=tuple(
            make_visible("、".join(each.message_key for each in version.messages), MAX_TEXT)
            for version in dispute.versions
        ),
        differences=tuple(
            Difference(item=name, said=tuple(make_visible(text, MAX_TEXT) for text in told))
            for name, told in lines(dispute, names)
        ),
        answer_by=dispute.question.due_on,
    )
