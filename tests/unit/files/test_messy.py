from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.files.messy import CASES
from tests.unit.files.seen import TEMPLATES, Case, read, seen
from tests.unit.files.test_headings import headings
from workers.files.grid import FileRefused


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_messy(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.data)
    templates = headings() if case.template else TEMPLATES
    if case.refused is not None:
        with pytest.raises(FileRefused) as refused:
            read(path, templates=templates)
        reason, says = case.refused
        assert refused.value.reason is reason
        assert says in refused.value.detail
        return
    found = read(path, templates=templates)
    assert case.template in {"", found.sheets[0].layout.template.name}
    expected = {row.number: row for row in case.rows}
    assert [seen(row, expected.get(row.number)) for row in found.rows] == list(case.rows)
    assert found.sheets[0].notes == case.notes
    assert tuple((one.name, one.says) for one in found.left_out) == case.left_out


def test_titles_are_said_once() -> None:
    assert len({case.title for case in CASES}) == len(CASES) >= 60
