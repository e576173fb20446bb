"""This version of Xinglin beside another revision of it: the same messages, batch by batch in turns.

What a machine does meanwhile hits both alike, so ratios hold where absolute figures do not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

from credit import vault
from tests.bench import alone, counters, traffic
from tests.bench.place import ROOT, processor_seconds
from tests.servers import DeployedPostgres
from workers import keyfile
from workers.broker import Delivery
from workers.runtime import load_reader
from workers.settings import read

Tell = Callable[[str], None]

WARM = 2
BATCHES = 20
#: Left in the queue, so that the intake never looks for more in vain.
AHEAD = 2
#: Names and meanings of what is compared; each is microseconds a message.
COMPARED = {
    "read": "read: bytes, envelope, content",
    "rest": "recognise, decide, write, commit",
    "whole": "the intake",
    "database": "the database",
    "together": "intake and database",
}


class Failed(Exception):
    """A revision could not be measured; the message has what its process said last."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What one intake took for a message, in microseconds by the names of `COMPARED`, and what came of it."""

    microseconds: Mapping[str, float]
    digest: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The efforts of this version and of the other revision, round by round."""

    revision: str
    ours: Sequence[Effort]
    theirs: Sequence[Effort]

    def medians(self) -> dict[str, tuple[float, float, float]]:
        """Return by name the median of this version, that of the other one, and the median of the rounds' ratios."""
        found = {}
        for name in COMPARED:
            pairs = [
                (one.microseconds[name], other.microseconds[name])
                for one, other in zip(self.ours, self.theirs, strict=True)
            ]
            ours, theirs = zip(*pairs, strict=True)
            found[name] = (median(ours), median(theirs), median(one / other for one, other in pairs))
        return found

    @property
    def digests(self) -> set[str]:
        """The digests of all archives: one, where both versions make the same of the same messages."""
        return {effort.digest for effort in (*self.ours, *self.theirs)}

    def as_json(self) -> dict[str, Any]:
        """Return everything as it is written to a file."""
        return {
            "against": self.revision,
            "batches": BATCHES,
            "messages_a_batch": counters.BATCH,
            "us_a_message": {
                name: {"this": round(this, 1), "that": round(that, 1), "ratio": round(ratio, 3)}
                for name, (this, that, ratio) in self.medians().items()
            },
            "digests": sorted(self.digests),
            "rounds": [
                {"this": dict(one.microseconds), "that": dict(other.microseconds)}
                for one, other in zip(self.ours, self.theirs, strict=True)
            ],
        }


def compare(revision: str, rounds: int, tell: Tell) -> Comparison:
    """Measure this version and another revision in turns; `tell` hears of each round.

    Raises:
        Failed: there is no such revision, or one of both cannot take the messages in.
    """
    postgres = DeployedPostgres()
    with tempfile.TemporaryDirectory(prefix="xinglin-against-") as name:
        folder = Path(name)
        keyfile.save(vault.generate(vault.Algorithm.AES_256_GCM), folder / "keys.json")
        alone.write_messages(_messages(), folder / "messages.json")
        other = folder / "revision"
        commit = _check_out(revision, other)
        efforts = []
        try:
            postgres.start()
            for number in range(rounds):
                pair = _measure((ROOT, other), folder, postgres)
                ours, theirs = (effort.microseconds["whole"] for effort in pair)
                tell(f"round {number + 1}: {ours:.0f} and {theirs:.0f} µs a message, ratio {ours / theirs:.3f}")
                efforts.append(pair)
        finally:
            postgres.remove()
    return Comparison(commit, *zip(*efforts, strict=True))


def _messages() -> list[Delivery]:
    count = counters.BATCH * (WARM + BATCHES + AHEAD)
    postings = traffic.damaged(traffic.deliveries(_routes(), traffic.postings(0, count, date(2026, 11, 22))))
    return list(postings)


def _routes() -> Any:
    return load_reader(read({}), lambda: counters.NOW).routes


def _check_out(revision: str, folder: Path) -> str:
    """Put the files of a revision into a folder and let its connectors be found there; return its commit."""
    commit = _git("rev-parse", "--short", "--verify", f"{revision}^{{commit}}").decode().strip()
    with tarfile.open(fileobj=BytesIO(_git("archive", "--format=tar", commit))) as archive:
        archive.extractall(folder)
    # The distribution that is installed here may name connectors that the revision has elsewhere.
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    metadata = folder / f"{project['name']}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0\n")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    return commit


def _git(*command: str) -> bytes:
    done = subprocess.run(["git", "-C", str(ROOT), *command], capture_output=True, check=False)
    if done.returncode:
        raise Failed(done.stderr.decode(errors="replace").strip())
    return done.stdout


class _Child:
    """An intake alone in a process of its own, with the files of one revision and an empty archive."""

    def __init__(self, root: Path, folder: Path, url: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("XINGLIN_")} | {
            "PYTHONPATH": str(root),
            "XINGLIN_BROKER_URL": "amqp://127.0.0.1:1/none",
            "XINGLIN_DATABASE_URL": url,
            "XINGLIN_HOME": str(folder / "home"),
            "XINGLIN_KEY_FILE": str(folder / "keys.json"),
        }
        self._log = folder / f"{root.name}.log"
        command = [alone.__file__, str(folder / "messages.json"), str(WARM), str(BATCHES), counters.NOW.isoformat()]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", *command],
                cwd=root,
                env=environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._spent: defaultdict[str, float] = defaultdict(float)

    def hear(self) -> str:
        """Return the next line it says. Raises `Failed` when it ended instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Failed(f"{self._process.args!r} ended:\n{self._log.read_text(errors='replace')[-2000:]}")
        return line.strip()

    def go_on(self) -> None:
        """Let it do the next thing."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def step(self, database: Callable[[], float]) -> None:
        """Let it take in a batch, and add up what that took."""
        before = database()
        self.go_on()
        took = json.loads(self.hear()) | {"database": database() - before}
        for name, each in took.items():
            self._spent[name] += each

    def end(self) -> Effort:
        """Let it finish; return what it took."""
        self.go_on()
        digest = self.hear()
        each = {name: seconds / self._spent["messages"] * 1e6 for name, seconds in self._spent.items()}
        whole, beside = each["whole"], each["database"]
        spent = {"read": each["read"], "rest": whole - each["read"], "whole": whole, "database": beside}
        return Effort({**spent, "together": whole + beside}, digest)

    def kill(self) -> None:
        """End it, if it has not ended."""
        with self._process:
            self._process.kill()


def _measure(roots: Sequence[Path], folder: Path, postgres: DeployedPostgres) -> list[Effort]:
    """Let an intake of each revision take the messages in, one waiting while the other has its batch."""
    with ExitStack() as stack:
        children = []
        for number, root in enumerate(roots):
            name = f"against_{number}"
            url = postgres.create_database(name)
            stack.callback(postgres.drop_database, name)
            children.append(_Child(root, folder, url))
            stack.callback(children[-1].kill)
        for child in children:
            child.hear()
        for number in range(BATCHES):
            for child in children if number % 2 == 0 else reversed(children):
                child.step(lambda: processor_seconds(postgres.process_id or 0))
        return [child.end() for child in children]
