"""Writing papers into files: one, or many into a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import ConfigurationError
from schemas.papers.common import Paper
from schemas.papers.notices import Notice
from schemas.regime.papers import Format
from workers.papers import docx, xlsx
from workers.papers.pdf import PaperRefused, Press
from workers.papers.rules import Desk, Order

_UNSAFE = re.compile(r"[^\w〔〕（）()-]+")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Written:
    """A paper in its file, or why there is none."""

    file: Path
    refused: PaperRefused | None = None


def make(press: Press, order: Order, paper: Paper, wanted: Format) -> bytes:
    """Return a paper in a format.

    Raises:
        ConfigurationError: the authority does not write such papers in it.
        PaperRefused: it cannot be set.
    """
    order.refuse_format(wanted)
    if wanted is Format.PDF:
        return press.print(order, paper)
    write = docx.write if wanted is Format.DOCX else xlsx.write
    return write(press.take_apart(order, paper), paper.title or order.rule.title, order.office.name, paper.issued_on)


def write_one(press: Press, desk: Desk, paper: Paper, file: Path) -> None:
    """Write a paper into a file whose name says the format; what was there before stays until it is whole.

    Raises:
        ConfigurationError: the authority does not write such papers in it, or the file cannot be written.
        PaperRefused: it cannot be set.
    """
    _put(file, make(press, desk.order(paper.issued_on), paper, Format(_ending(file))))


def is_file(out: Path) -> bool:
    """Tell whether a path is named for a file of a known format; all others are folders."""
    return _ending(out) in set(Format)


def _ending(file: Path) -> str:
    return file.suffix.lower().removeprefix(".")


def write_all(press: Press, desk: Desk, papers: Iterable[Paper], folder: Path, wanted: Format) -> Iterator[Written]:
    """Write papers into a folder, made where there is none; one that is refused keeps no other back.

    Raises:
        ConfigurationError: the authority does not write such papers in the format, or a file cannot be written.
    """
    used: set[str] = set()
    for paper in papers:
        order = desk.order(paper.issued_on)
        file = folder / f"{_name(order, paper, used)}.{wanted}"
        try:
            _put(file, make(press, order, paper, wanted))
            yield Written(file)
        except PaperRefused as refused:
            yield Written(file, refused)


def _name(order: Order, paper: Paper, used: set[str]) -> str:
    """Return what a file is called: the title, and whom it is for."""
    named = [order.rule.title]
    if isinstance(paper, Notice):
        named += [paper.subject.code, paper.subject.name]
    plain = "-".join(_UNSAFE.sub("", part)[:_LONGEST] for part in named)
    number, name = 1, plain
    while name in used:
        number += 1
        name = f"{plain}-{number}"
    used.add(name)
    return name


def _put(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{file.name}.new")
        new.write_bytes(content)
        os.replace(new, file)  # noqa: PTH105 - as atomic
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written: {error}") from error
