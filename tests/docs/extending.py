"""A place where the worked example of docs/extending.md is installed as a third party would install it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests import processes

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "extending" / "example"
SAMPLE = EXAMPLE / "samples" / "inspection.json"


def build(folder: Path) -> None:
    """Install the example into `packages` of an empty folder, from a copy and without an index."""
    copy = folder / "source"
    shutil.copytree(EXAMPLE, copy)
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *offline, "--target", str(folder / "packages"), str(copy)],
        check=True,
        capture_output=True,
        text=True,
    )


@dataclass(frozen=True, slots=True)
class Site:
    """An embedded Xinglin in a folder of its own, with its own routing.yaml, policies and extra packages."""

    folder: Path
    built: Path
    """Where `build` installed the example."""

    @property
    def packages(self) -> Path:
        """Where packages are installed that the environment of the tests does not have."""
        return self.folder / "packages"

    def install(self) -> None:
        """Put the built example there."""
        shutil.copytree(self.built, self.packages)

    def route(self) -> None:
        """Put the example's queue and route where docs/extending.md says they belong."""
        yaml = YAML()
        routing = yaml.load(ROOT / "routing.yaml")
        added = yaml.load(EXAMPLE / "additions" / "routing.yaml")
        routing["broker"]["inbound"].update(added["broker"]["inbound"])
        routing["routes"].update(added["routes"])
        routing["users"].update(added["users"])
        yaml.dump(routing, self.folder / "routing.yaml")

    def configure(self) -> None:
        """Put all of the example's additions there; the example must be installed."""
        self.route()
        yaml = YAML()
        routing = yaml.load(self.folder / "routing.yaml")
        routing["grounds"].update(yaml.load(EXAMPLE / "additions" / "routing.yaml")["grounds"])
        yaml.dump(routing, self.folder / "routing.yaml")
        shutil.copytree(ROOT / "policies", self.folder / "policies")
        path = self.folder / "policies" / "national" / "severity.yaml"
        severity = yaml.load(path)
        severity["editions"][-1]["rules"].extend(yaml.load(EXAMPLE / "additions" / "severity.yaml")["rules"])
        yaml.dump(severity, path)

    def run(self, *arguments: str) -> str:
        """Run a command of `xinglin` that must succeed; return what it prints."""
        done = self.attempt(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `xinglin`."""
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.packages),
            "XINGLIN_HOME": str(self.folder / "var"),
        }
        # routing.yaml and policies of the present folder come before those of the program
        return processes.run(arguments, environ, self.folder)

    def ask(self, *arguments: str) -> Any:
        """Run a reading command and return its JSON."""
        return json.loads(self.run(*arguments, "--json"))
