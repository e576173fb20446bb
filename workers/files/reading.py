"""Reading a file into a spool: each row as the message that it states, or why it is none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from connectors.registry import Registry
from credit.identity import mask_text
from schemas.file_reasons import FileReason
from schemas.sheets import Template
from workers.files.grid import FileRefused, column_letter
from workers.files.joining import Join
from workers.files.messages import ANSWERING
from workers.files.rows import SheetLeftOut, SheetRows, read_sheets
from workers.files.sheetreader import NotAdmitted, SheetReader, Source
from workers.files.spool import Spool
from workers.files.verdicts.naming import HEADINGS
from workers.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a file is refused whole: the code of a `FileReason`, or of a `Reason` of the gate; the detail is Chinese."""

    reason: str
    detail: str


@dataclass(slots=True)
class Reading:
    """What was found in a file: its sheets in their order, or why nothing of it is taken."""

    sheets: list[SheetRows | SheetLeftOut] = field(default_factory=list)
    refused: Refused | None = None

    def layouts(self) -> str:
        """Return where in each sheet the columns stand, as JSON: their letters by the codes of the items.

        `verdict` has the places of our own columns, from 0, in a verdict that is handed in again.
        """
        return orjson.dumps([_layout(sheet) for sheet in self.sheets]).decode()

    def read(self) -> list[SheetRows]:
        """Return the sheets that were read."""
        return [each for each in self.sheets if isinstance(each, SheetRows)]


def _layout(sheet: SheetRows | SheetLeftOut) -> dict[str, Any]:
    name = mask_text(sheet.name)  # it is kept in clear, as all of this
    if isinstance(sheet, SheetLeftOut):
        return {"sheet": sheet.number, "name": name, "left_out": mask_text(sheet.says)}
    layout = sheet.layout
    ours = dict(zip(HEADINGS, (layout.outcome, layout.says, layout.ticket), strict=True))
    return {
        "sheet": sheet.number,
        "name": name,
        "template": layout.template.name,
        "header_row": layout.header_row,
        "columns": {column.code: column_letter(place) for place, column in layout.columns.items()},
        "verdict": {heading: place for heading, place in ours.items() if place is not None},
        "notes": [mask_text(said) for said in sheet.notes],
    }


def read_into(spool: Spool, opened: Runtime, path: Path, source: Source, tell: Callable[[int], None]) -> Reading:
    """Read a file to its end; `tell` hears of its rows."""
    found = Reading()
    templates = _find_templates(opened.reader.registry, source)
    joins: dict[str, Join] = {}
    try:
        with closing(read_sheets(path, templates)) as sheets:
            for sheet in sheets:
                found.sheets.append(sheet)
                if isinstance(sheet, SheetRows):
                    _read_sheet(spool, SheetReader(opened, source, sheet), joins, tell)
            for join in joins.values():
                join.enter(spool)
    except FileRefused as error:
        found.refused = Refused(error.reason.value, mask_text(error.detail))
    except NotAdmitted as error:
        found.refused = Refused(error.reason.value, error.detail)
    except PermissionError:
        found.refused = Refused(FileReason.FORBIDDEN.value, "运行本程序的用户不能读取该文件")
    finally:
        for join in joins.values():
            join.close()
    if found.refused is None and not spool.rows:
        found.refused = Refused(FileReason.NO_ROWS.value, "表头下面没有数据行")
    return found


def _read_sheet(spool: Spool, reader: SheetReader, joins: dict[str, Join], tell: Callable[[int], None]) -> None:
    template = reader.template
    head, _, item = template.name.partition("/")
    if item:
        joins[head].add_items(reader, item, reader.rows(tell))
    elif template.details:
        joins.setdefault(head, Join(template.details)).add_heads(reader, reader.rows(tell))
    else:
        for row in reader.rows(tell):
            reader.enter(spool, row)


def _find_templates(registry: Registry, source: Source) -> tuple[Template, ...]:
    """Return the templates that a file may follow; a platform sends back whole rows, which are no news of anybody."""
    every = registry.templates().values()
    return tuple(one for one in every if source.feed is None or registry.find(one.type)[0].source == ANSWERING)
