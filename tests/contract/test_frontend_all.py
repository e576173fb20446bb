"""All nine tables of generation V2016 as a front-end database has them, whole: a row of each is taken and answered.

Columns of which the template has no example are there, and empty.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.builders import rows
from tests.fronts import Front, plan, take_in, templates, working
from workers.runtime import Runtime

pytestmark = [pytest.mark.servers, pytest.mark.long(seconds=30)]
STATED = {"penalty": {"summary_procedure": "否", "conduct": "其他"}}
"""What tables do not have, and routing.yaml says of all their rows."""
ALL = sorted(name for name in templates() if "-v2016" in name)


def test_there_are_nine() -> None:
    assert len(ALL) == 9


@pytest.mark.parametrize("name", ALL)
def test_a_row_with_every_column_is_taken_and_answered(runtime: Runtime, front: Front, name: str) -> None:
    template = templates()[name]
    columns = [column for column in template.columns if not column.ours]
    key = next(code for code in ("CF_WSH", "XK_WSH", "TYSHXYDM", "SFZH") if code in {each.code for each in columns})
    table = sa.Table(
        f"{template.table}_whole",  # as the fixture has made one with fewer columns
        sa.MetaData(),
        *(sa.Column(each.code, sa.String(100) if each.code == key else sa.Text) for each in columns),
        sa.Column("STATE", sa.CHAR(1)),
        sa.Column("OPER_TIME", sa.DateTime),
        sa.Column("RESULT_CODE", sa.String(20)),
        sa.Column("RESULT_TEXT", sa.String(200)),
        sa.PrimaryKeyConstraint(key),
    )
    table.create(front.engine)
    with front.engine.begin() as connection:
        example = {each.code: each.example or None for each in columns}
        connection.execute(table.insert().values(example | {"STATE": "0"}))
    said: dict[str, Any] = {
        "template": name,
        "key": [key],
        "state": {"column": "STATE"},
        "operated": "OPER_TIME",
        "verdict": {"code": "RESULT_CODE", "text": "RESULT_TEXT"},
        "stated": STATED.get(name.partition("-")[0], {}),
    }
    with working(runtime, front, plan(said, table.name)) as frontend:
        assert frontend.step() == 1
        take_in(runtime)
        assert frontend.step() == 1
    with front.engine.connect() as connection:
        found = connection.execute(sa.select(table.c.STATE, table.c.RESULT_CODE, table.c.RESULT_TEXT)).one()
    state, code, says = found
    assert (state, code, says.partition("。")[0]) == ("1", "0000", "已受理")  # then how days were read
    assert rows(runtime, "SELECT outcome, count(*) FROM message GROUP BY outcome") == [("applied", 1)]
