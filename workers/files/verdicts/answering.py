"""Answering a file: the outcome of each row becomes its verdict."""

from __future__ import annotations

from pathlib import Path

from workers.files.verdicts.summary import Summary
from workers.runtime import Runtime


def answer(opened: Runtime, path: Path, file_id: str, out: Path) -> Summary:
    """Write the verdict on the file at `path`, whose rows are kept under `file_id`, to `out`.

    XLSX stays the clerk's own workbook, CSV keeps its encoding and delimiter; of XLS and XML a new workbook is made.
    What lies at `out` is replaced at once, when all of it is written.
    """
    raise NotImplementedError(opened, path, file_id, out)
