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

_CALL = "from workers.cli import main; main()"
_SERVER = """
import json, os, sys
import workers.cli
from workers.cli import contract, ingest, notices, parked, subject
from tests import once
from workers import settings

once.keep()
once.load_reader(settings.read({}))
for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if not child:
        for name in ("stdout", "stderr"):
            with open(job[name], "wb") as file:
                os.dup2(file.fileno(), getattr(sys, name).fileno())
        sys.argv = ["xinglin", *job["arguments"]]
        try:
            exec(job["source"], {})
        except SystemExit as ended:
            status = int(ended.code or 0)
        else:
            status = 0
        sys.stdout.flush()
        os._exit(status)  # to take everything down in good order takes longer than most commands
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
os._exit(0)
"""
_MIGRATION = """
from alembic import op
import sqlalchemy as sa

revision = "9999"
down_revision = "{last}"

def upgrade():
    {statement}
"""


class Copy:
    """A checkout of its own, with an embedded home.

    What was compiled is copied too: Python compiles again what is edited, and imports the rest in half the time.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._server: subprocess.Popen[str] | None = None
        for name in ("schemas", "connectors", "credit", "workers", "policies"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("data"))
        for name in ("routing.yaml", "pyproject.toml"):
            shutil.copy(ROOT / name, root)

    def edit(self, path: str, place: str, more: str) -> None:
        """Put lines before the only place in a file that reads so."""
        file = self.root / path
        before = file.read_text("utf-8")
        assert before.count(place) == 1, path
        file.write_text(before.replace(place, more + place), "utf-8")
        self.close()

    def migrate(self, statement: str) -> None:
        """Add a migration after the last one."""
        versions = self.root / "credit" / "store" / "migrations" / "versions"
        last = max(file.name for file in versions.glob("*.py"))[:4]
        (versions / "9999_more.py").write_text(_MIGRATION.format(last=last, statement=statement), "utf-8")
        self.close()

    def close(self) -> None:
        """End the process that has imported the copy; the next command imports it as it is by then."""
        if self._server is not None:
            self._server.communicate()
            self._server = None

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
        if self._server is None:
            self._server = self._start()
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        said = {name: str(self.root / f"{name}.txt") for name in ("stdout", "stderr")}
        self._server.stdin.write(json.dumps({"source": source, "arguments": arguments, **said}) + "\n")
        self._server.stdin.flush()
        assert self._server.stdout.readline() == "0\n", Path(said["stderr"]).read_text("utf-8")
        return Path(said["stdout"]).read_text("utf-8")

    def _start(self) -> subprocess.Popen[str]:
        """Start a process that imports the copy once, and forks another for each command."""
        # Python looks into the present folder first: there are the packages of the copy, and no tests.
        environ = {name: value for name, value in os.environ.items() if not name.startswith("XINGLIN")}
        environ |= {"PYTHONPATH": str(ROOT), "FORCE_COLOR": "1", "COLUMNS": "200", "TERM": "xterm-256color"}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, "-c", _SERVER], cwd=self.root, env=environ, stdin=pipe, stdout=pipe, text=True
        )
