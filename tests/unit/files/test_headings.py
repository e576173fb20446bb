from __future__ import annotations

from functools import cache

import pytest

from schemas.file_reasons import FileReason
from schemas.sheets import Template
from tests import builders
from workers.files.grid import FileRefused, RawRow
from workers.files.headings import Layout, find_layout
from workers.files.titles import Titles


@cache
def headings() -> list[Titles]:
    return [Titles(template) for template in builders.connectors().templates().values()]


def national() -> list[Template]:
    return [each.template for each in headings() if each.template.generation]


def layout(*titles: str) -> Layout | None:
    return find_layout([RawRow(1, ["表"]), RawRow(2, list(titles)), RawRow(3, ["值"] * len(titles))], (), headings())


def test_every_template_is_told_by_its_titles() -> None:
    for each in headings():
        found = layout(*(column.title for column in each.template.columns if not column.ours))
        assert found is not None
        assert found.template is each.template
        assert not found.unknown


def test_every_national_template_is_told_by_its_codes() -> None:
    for template in national():
        found = layout(*(column.code for column in template.columns if not column.ours))
        assert found is not None
        assert found.template is template


def test_national_templates_in_another_order_and_without_what_is_optional() -> None:
    for template in national():
        columns = [column for column in template.columns if not column.ours]
        telling = [column for column in columns if not column.required][:4]
        found = layout(*(column.title for column in [*telling, *(one for one in columns[::-1] if one.required)]))
        assert found is not None
        assert found.template.type == template.type


def test_what_fits_two_templates_equally_names_both() -> None:
    codes = [column.code for column in builders.connectors().templates()["credit.office.repair.v1"].columns]
    with pytest.raises(FileRefused, match="「异议」、「信用修复」") as refused:
        layout(*codes[:-1])
    assert refused.value.reason is FileReason.HEADER_AMBIGUOUS
