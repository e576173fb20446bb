"""Rows of one generation written in another: what fits goes over, and what does not is named.

A file is read once for each table that comes of it, so that memory does not grow with its rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from credit.identity import mask_text
from schemas.sheets import (
    DECISIVE,
    Context,
    Generation,
    Kind,
    Parties,
    RowUnusable,
    Stated,
    Template,
    Written,
    find_template,
)
from schemas.statement import Model
from workers.files.grid import column_letter
from workers.files.rows import Row, SheetRows, read_sheets
from workers.files.sheetwriter import write_rows

_KEPT = 200
"""So many rows that do not go over are named."""
_STATES = frozenset({"CF_ZT", "XK_ZT"})
_WITHOUT = {
    "XK_ZT": "没有状态项，写入后无效的许可会被当作有效",
    "CF_XDR_ZJHM": "只能填居民身份证号，写入后该自然人没有证件号码",
    "XK_XDR_ZJHM": "只能填居民身份证号，写入后该自然人没有证件号码",
}
"""What a row would say without an item that is decisive."""


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A row that cannot be written in the other generation; `says` is Chinese."""

    sheet: str
    row: int
    says: str


@dataclass(slots=True)
class Converted:
    """What came of a file: how many rows went into which table, what was lost of how many, and what stayed behind.

    `lost` counts the rows that have an item which the table has no place for, by table and code of the item. `left` are
    the first of the `behind` rows that did not go over.
    """

    files: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    lost: dict[str, Counter[str]] = field(default_factory=dict)
    behind: int = 0
    left: list[LeftBehind] = field(default_factory=list)

    def leave(self, sheet: str, row: int, says: str) -> None:
        """Count a row that stays behind."""
        self.behind += 1
        if len(self.left) < _KEPT:
            self.left.append(LeftBehind(mask_text(sheet), row, mask_text(says)))


@dataclass(frozen=True, slots=True)
class Converter:
    """Writes what files state in the templates of one generation; `context` says who hands them in."""

    templates: Mapping[str, Template]
    models: Mapping[str, Model]
    generation: Generation
    context: Context

    def convert(self, path: Path, out: Path) -> Converted:
        """Write the rows of a file into a folder, a file for each table that they need; none that is there is replaced.

        Raises:
            FileRefused: the file cannot be read as a whole, and nothing is written.
            FileExistsError: a file that would be written is there.
        """
        done = Converted()
        wanted = self._survey(path, done)
        for name in sorted(wanted):
            target = out / f"{path.stem}.{name}.xlsx"
            if target.exists():
                raise FileExistsError(str(target))
            done.files[name] = str(target)
        for name in sorted(wanted):
            rows = self._written(path, name, done)
            done.rows[name] = write_rows(self.templates[name], rows, Path(done.files[name]), "xlsx")
        return done

    def _survey(self, path: Path, done: Converted) -> set[str]:
        """Return the tables that a file needs, and note what stays behind."""
        wanted = set[str]()
        for sheet, row, stated in self._stated(path, done):
            template = self._find(stated)
            if template is None:
                done.leave(sheet.name, row.number, f"{self.generation} 没有容纳该行的模板")
            elif (item := _find_decisive(template, stated)) is not None:
                done.leave(sheet.name, row.number, f"{self.generation} {_WITHOUT[item]}")
            else:
                wanted.add(template.name)
        return wanted

    def _written(self, path: Path, name: str, done: Converted) -> Iterator[Mapping[str, str]]:
        lost = done.lost.setdefault(name, Counter())
        for sheet, row, stated in self._stated(path, Converted()):
            template = self._find(stated)
            if template is None or template.name != name or _find_decisive(template, stated) is not None:
                continue
            lost.update(set(_find_lost(sheet.layout.template, template, row.values, stated)))
            yield _write(template, stated).values

    def _stated(self, path: Path, done: Converted) -> Iterator[tuple[SheetRows, Row, Stated]]:
        with closing(read_sheets(path, tuple(self.templates.values()))) as sheets:
            for sheet in sheets:
                if isinstance(sheet, SheetRows):
                    for row in sheet.rows:
                        stated = self._read(sheet, row, done)
                        if stated is not None:
                            yield sheet, row, stated

    def _read(self, sheet: SheetRows, row: Row, done: Converted) -> Stated | None:
        if row.refusals:
            said = "；".join(f"{column_letter(each.column)}{row.number}：{each.says}" for each in row.refusals)
            done.leave(sheet.name, row.number, said)
            return None
        try:
            stated = sheet.layout.template.read(row.values, self.context)
        except RowUnusable as error:
            done.leave(sheet.name, row.number, error.says)
            return None
        if stated.type != sheet.layout.template.type:
            done.leave(sheet.name, row.number, "该行撤销一项决定或对其提出异议，不是一项决定，不能转换")
            return None
        try:
            self.models[stated.type].model_validate(stated.data)
        except ValidationError as error:
            items = dict.fromkeys(str(each["loc"][0]) if each["loc"] else "" for each in error.errors())
            done.leave(
                sheet.name, row.number, f"数据项不合规，先按导入规则更正：{'、'.join(filter(None, items)) or '条件项'}"
            )
            return None
        return stated

    def _find(self, stated: Stated) -> Template | None:
        """Return the table of the generation for what a row states, by whom it is about."""
        about: Parties = "person" if _is_of_person(stated.data) else "organisation"
        return find_template(self.templates.values(), stated.type, self.generation, about)


def _write(template: Template, stated: Stated) -> Written:
    assert template.write is not None  # of each that `find_template` finds
    return template.write(stated.data)


def _find_decisive(template: Template, stated: Stated) -> str | None:
    """Return an item that another table has no place for, and without which the row would say something else there."""
    return min(DECISIVE.intersection(_write(template, stated).lost), default=None)


def _find_lost(source: Template, target: Template, values: Mapping[str, str], stated: Stated) -> Iterator[str]:
    """Yield the codes of what a row says, in items or in columns of its own, and its row in another table does not."""
    yield from _write(target, stated).lost
    back = source.write(stated.data).values if source.write is not None else {}
    own = {column.code for column in target.columns if not column.ours}
    columns = {column.code: column for column in source.columns}
    for code, text in values.items():
        if code in _STATES:
            continue  # that of a decision that holds; what loses another is not written
        if code in stated.data:
            if columns[code].ours and code not in own:
                yield code
        elif code not in back or (columns[code].kind is Kind.TEXT and text not in back[code]):
            yield code


def _is_of_person(data: Mapping[str, object]) -> bool:
    party = data.get("party")
    if isinstance(party, Mapping):
        return party.get("kind") == "person"
    return "自然人" in {data.get("CF_XDR_LB"), data.get("XK_XDR_LB")}
