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
SEAMAN = {"CF_XDR_LB": "自然人", "CF_XDR_MC": "样本海员", "CF_XDR_ZJLX": "海员证", "CF_XDR_ZJHM": "J-12345678"}
BLANK = dict.fromkeys(("CF_XDR_SHXYM", "CF_FRDB"), "")

_CALL = "import sys; from workers.cli import main; sys.argv[0] = 'xinglin'; main()"


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

    def ingest(self, **items: str) -> None:
        """Take in the sample of a penalty with other items."""
        message = json.loads(PENALTY.read_text("utf-8"))
        message["data"] |= items
        file = self.root / "penalty.json"
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
    copy.ingest(**SEAMAN, **BLANK)
    assert copy.run("parked", "list") == []
    found = copy.run("subject", "j12345678")
    assert (found["kind"], found["name"], found["id_type"], found["identifier"]) == (
        "person",
        "样本海员",
        "海员证",
        "J1*****78",
    )
    assert [each["document_no"] for each in found["records"]] == ["舞卫公罚〔2026〕31号"]
