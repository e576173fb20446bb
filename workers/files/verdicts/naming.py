"""What verdict files and their columns are called: said here for those who write them and those who read them again."""

from __future__ import annotations

from pathlib import Path

from workers.files.names import FOR_NUMBERS, fit, readable

STATE, SAYS, TICKET = "办理结果", "说明", "办理编号"
HEADINGS = (STATE, SAYS, TICKET)
"""The headings of the three columns, in their order; no column of a template is called so."""
WIDTHS = (12, 60, 42)
"""How wide the three columns are, in letters; a Chinese one takes two."""
SUMMARY_SHEET = "办理汇总"
"""The sheet of the summary; a sheet of this name is never read as data, and is written anew each time."""
_VERDICT = ".办理结果"
_SUMMARY = ".办理汇总"


def verdict_path(path: Path, folder: Path | None = None) -> Path:
    """Return where the verdict on a file goes: beside it, or into `folder`. CSV stays CSV, all else becomes XLSX.

    The verdict on a verdict file that is handed in again has the same name.
    """
    ending = ".csv" if path.suffix.lower() in {".csv", ".txt", ".tsv"} else ".xlsx"
    stem = readable(path.stem).removesuffix(_VERDICT)
    return (folder or path.parent) / fit(stem, _VERDICT + ending, room=FOR_NUMBERS)


def summary_path(verdict: Path) -> Path:
    """Return where the summary of a verdict in CSV goes: a small workbook beside it."""
    return verdict.with_name(verdict.stem.removesuffix(_VERDICT) + _SUMMARY + ".xlsx")
