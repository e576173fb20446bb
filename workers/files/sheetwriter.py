"""Templates for people to fill in, and rows in them, as XLSX and CSV; whatever a cell begins with, it stays text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from schemas.sheets import Template

Format = Literal["xlsx", "csv"]


def write_template(template: Template, path: Path) -> None:
    """Write an empty template: headings, drop-downs, notes, an example row, and a sheet that explains each column."""
    raise NotImplementedError


def write_rows(template: Template, rows: Iterable[Mapping[str, str]], path: Path, form: Format) -> int:
    """Write rows, texts by column code, under the headings of the template without those of our own; return how many.

    Memory does not grow with the rows.
    """
    raise NotImplementedError
