"""The end of a file: its verdict is written, or why nothing of it was taken."""

from __future__ import annotations

from pathlib import Path

from credit.record.rows import FileRow
from credit.store import files
from credit.store.engine import writing
from schemas.file_reasons import FileReason
from schemas.reasons import HINTS, Reason
from workers.files import verdicts
from workers.files.names import FOR_NUMBERS, fit, readable
from workers.files.verdicts import Summary
from workers.runtime import Runtime

REFUSAL = ".未接收.txt"
"""Ends the name of the note that says why a file was not taken."""


def finish(opened: Runtime, path: Path, file_id: str, out: Path) -> Summary:
    """Write the verdict on a file whose rows are through, and note that it is answered.

    Raises:
        TransientError: the database failed; doing it again writes the same.
    """
    summary = verdicts.answer(opened, path, file_id, out)
    with writing(opened.engine) as connection:
        files.note_answered(connection, file_id, opened.clock())
    return summary


def refusal_path(path: Path, folder: Path | None = None) -> Path:
    """Return where it is said why a file was not taken: beside it, or in `folder`."""
    return (folder or path.parent) / fit(readable(path.name), REFUSAL, room=FOR_NUMBERS)


def write_refusal(row: FileRow, out: Path) -> None:
    """Write for the clerk why nothing of a file was taken, and how it is mended."""
    word, hint = explain(row.reason or "")
    lines = [f"文件：{row.name}", f"未接收：{word}", f"说明：{row.detail}", f"办法：{hint}"]
    out.write_text("\r\n".join([*lines, ""]), encoding="utf-8-sig", newline="")


def explain(reason: str) -> tuple[str, str]:
    """Return what the clerk reads for the reason that a file was refused for, and how it is mended."""
    found = next((each for each in FileReason if each == reason), None)
    if found is not None:
        return found.word, found.hint
    return reason, HINTS[Reason(reason)]
