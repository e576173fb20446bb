"""A copy of the program, to change there what nobody wants changed here and see what follows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import workers

ROOT = Path(workers.__file__).parents[1]

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
        for name in ("routing.yaml", "pyproject.toml"):
            shutil.copy(ROOT / name, root)

    def edit(self, path: str, place: str, more: str) -> None:
        """Put lines before the only place in a file that reads so."""
        file = self.root / path
        before = file.read_text("utf-8")
        assert before.count(place) == 1, path
        file.write_text(before.replace(place, more + place), "utf-8")

    def migrate(self, statement: str) -> None:
        """Add a migration after the last one."""
        versions = self.root / "credit" / "store" / "migrations" / "versions"
        last = max(file.name for file in versions.glob("*.py"))[:4]
        (versions / "9999_more.py").write_text(_MIGRATION.format(last=last, statement=statement), "utf-8")

    def run(self, *arguments: str) -> Any:
        """Run a command of the copy that prints JSON."""
        return json.loads(self.show(*arguments, "--json", "--home", str(self.root / "home")))

    def show(self, *arguments: str) -> str:
        """Run a command of the copy; return what it prints, in colour."""
        return self._python(_CALL, *arguments)

    def tell(self, story: str) -> Any:
        """Run Python that prints JSON, with the copy's packages and the checkout's builders of tests."""
        return json.loads(self._python(story))

    def ingest(self, sample: Path, envelope: dict[str, Any] | None = None, /, **items: Any) -> None:
        """Take in a sample with other items, and with other attributes of its envelope."""
        message = json.loads(sample.read_text("utf-8")) | (envelope or {})
        message["data"] |= items
        file = self.root / sample.name
        file.write_text(json.dumps(message, ensure_ascii=False), "utf-8")
        self.run("ingest", str(file))

    def _python(self, source: str, *arguments: str) -> str:
        # Python looks into the present folder first: there are the packages of the copy, and no tests.
        environ = {name: value for name, value in os.environ.items() if not name.startswith("XINGLIN")}
        environ |= {"PYTHONPATH": str(ROOT), "FORCE_COLOR": "1", "COLUMNS": "200", "TERM": "xterm-256color"}
        command = [sys.executable, "-c", source, *arguments]
        done = subprocess.run(command, cwd=self.root, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout
