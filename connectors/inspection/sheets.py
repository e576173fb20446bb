"""The templates of penalties 行政处罚 in three generations; the inside is V2019."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors import national_sheets as national
from connectors.inspection.penalty_2016 import make_2016
from connectors.inspection.penalty_columns import (
    BY_CODE,
    COLUMNS,
    OURS,
    PREFIX,
    TYPE,
    add_ours,
    write_ours,
)
from schemas.sheets import REVISION, Context, Parties, Stated, Template, Written


def _read_2019(values: Mapping[str, str], context: Context) -> Stated:
    values = context.fill(values)
    items: dict[str, Any] = {code: text for code, text in values.items() if code in BY_CODE}
    add_ours(items, values)
    return Stated(TYPE, items)


def _write_2019(data: Mapping[str, Any]) -> Written:
    return Written(national.items_of(data, COLUMNS) | write_ours(data))


def _make_2018(parties: Parties) -> Template:
    columns = national.columns_2018(COLUMNS, PREFIX, parties)
    held = {column.code for column in columns}
    card = "CF_FR_SFZH" if parties == "organisation" else None

    def read(values: Mapping[str, str], context: Context) -> Stated:
        values = context.fill(values)
        items: dict[str, Any] = {code: text for code, text in values.items() if code in BY_CODE}
        if parties == "person":
            national.read_person(items, PREFIX, None)
        else:
            national.read_organisation(items, PREFIX, values.get("CF_FR_SFZH"))
        add_ours(items, values)
        return Stated(TYPE, items)

    def write(data: Mapping[str, Any]) -> Written:
        items = national.items_of(data, COLUMNS)
        values, said = national.write_party(items, PREFIX, parties, card)
        values |= {code: text for code, text in items.items() if code in held} | write_ours(data)
        return Written(values, tuple(code for code in items if code not in held and code not in said))

    word = "法人及非法人组织" if parties == "organisation" else "自然人"
    return Template(
        name=f"penalty-v2018-{parties}",
        title=f"行政处罚（2018 版，{word}）",
        type=TYPE,
        columns=(*columns, *OURS, REVISION),
        read=read,
        write=write,
        generation="V2018",
        parties=parties,
        held=national.held_by(PREFIX, parties, card),
    )


SHEETS = (
    Template(
        name="penalty-v2019",
        title="行政处罚（2019 版）",
        type=TYPE,
        columns=(*COLUMNS, *OURS, REVISION),
        read=_read_2019,
        write=_write_2019,
        generation="V2019",
    ),
    _make_2018("organisation"),
    _make_2018("person"),
    make_2016("organisation"),
    make_2016("person"),
)
