"""Ordinary changes, made on a copy of the program at the one place that knows: everything else follows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import workers

ROOT = Path(workers.__file__).parents[1]
PENALTY = ROOT / "connectors" / "inspection" / "samples" / "penalty.json"
OFFENCE = ROOT / "connectors" / "security" / "samples" / "offence.json"
SEAMAN = {"CF_XDR_LB": "自然人", "CF_XDR_MC": "样本海员", "CF_XDR_ZJLX": "海员证", "CF_XDR_ZJHM": "J-12345678"}
BLANK = dict.fromkeys(("CF_XDR_SHXYM", "CF_FRDB"), "")

_CALL = "import sys; from workers.cli import main; sys.argv[0] = 'xinglin'; main()"
_MIGRATION = """
from alembic import op
import sqlalchemy as sa

revision = "9999"
down_revision = "{last}"

def upgrade():
    {statement}
"""


class Copy:
    """A checkout of its own, with an embedded home."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("schemas", "connectors", "credit", "workers", "policies"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
        shutil.copy(ROOT / "routing.yaml", root)

    def edit(self, path: str, place: str, more: str) -> None:
        """Put lines before the only place in a file that reads so."""
        file = self.root / path
        before = file.read_text("utf-8")
        assert before.count(place) == 1, path
        file.write_text(before.replace(place, more + place), "utf-8")

    def run(self, *arguments: str) -> Any:
        """Run a command of the copy that prints JSON."""
        command = [sys.executable, "-c", _CALL, *arguments, "--json", "--home", str(self.root / "home")]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("XINGLIN")}
        done = subprocess.run(command, cwd=self.root, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def migrate(self, statement: str) -> None:
        """Add a migration after the last one."""
        versions = self.root / "credit" / "store" / "migrations" / "versions"
        last = max(file.name for file in versions.glob("*.py"))[:4]
        (versions / "9999_more.py").write_text(_MIGRATION.format(last=last, statement=statement), "utf-8")

    def ingest(self, sample: Path, **items: str) -> None:
        """Take in a sample with other items."""
        message = json.loads(sample.read_text("utf-8"))
        message["data"] |= items
        file = self.root / sample.name
        file.write_text(json.dumps(message, ensure_ascii=False), "utf-8")
        self.run("ingest", str(file))


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_a_kind_of_identity_document_is_added_in_one_list(copy: Copy) -> None:
    kind = (
        'DocumentKind(code="seaman", wording="海员证", meant=re.compile("海员"), '
        'form=re.compile(r"[A-Z]\\d{8}", re.ASCII)),\n    '
    )
    copy.edit("schemas/identity_documents.py", 'DocumentKind(\n        code="taiwan"', kind)
    copy.ingest(PENALTY, **SEAMAN, **BLANK)
    assert copy.run("parked", "list") == []
    found = copy.run("subject", "j12345678")
    assert (found["kind"], found["name"], found["id_type"], found["identifier"]) == (
        "person",
        "样本海员",
        "海员证",
        "J1*****78",
    )
    assert [each["document_no"] for each in found["records"]] == ["舞卫公罚〔2026〕31号"]


def test_a_column_of_notices_is_added_in_their_row_and_a_migration(copy: Copy) -> None:
    place = '\n    @property\n    def in_force(self) -> bool:\n        """Whether the notice asks'
    copy.edit("credit/record/rows.py", place, '    remark: str = "见附件"\n')
    copy.migrate('op.add_column("notice", sa.Column("remark", sa.Text(), nullable=False, server_default=""))')
    copy.ingest(OFFENCE, sanction="detention")
    found = copy.run("notices")
    assert found
    assert {each["remark"] for each in found} == {"见附件"}
    key = found[0]["subject_id"]
    assert [each["remark"] for record in copy.run("subject", key)["records"] for each in record["notices"]]
