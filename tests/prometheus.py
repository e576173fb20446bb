"""A private Prometheus that a test starts, and the tool that tries rules."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.servers import Server, ServerUnavailableError, free_ports

EVERY = "200ms"
"""How often it asks those that it watches, and looks at its rules."""


class Prometheus(Server):
    """A Prometheus with rules (texts by file name), which watches ports of this machine as the job `xinglin`."""

    name = "prometheus"

    def __init__(self, rules: Mapping[str, str], ports: Sequence[int]) -> None:
        self._program = find("prometheus")
        super().__init__()
        (self.port,) = free_ports(1)
        for name, text in rules.items():
            (self.folder / name).write_text(text, "utf-8")
        targets = [{"targets": [f"127.0.0.1:{port}" for port in ports]}]
        settings = {
            "global": {"scrape_interval": EVERY, "scrape_timeout": EVERY, "evaluation_interval": EVERY},
            "rule_files": list(rules),
            "scrape_configs": [{"job_name": "xinglin", "static_configs": targets}],
        }
        (self.folder / "prometheus.yml").write_text(json.dumps(settings))  # JSON is YAML
        self._hand_over()

    def ask(self, what: str) -> Any:
        """Return what its API answers, such as `alerts`."""
        with urlopen(f"http://127.0.0.1:{self.port}/api/v1/{what}", timeout=30) as answer:
            return json.load(answer)["data"]

    def _launch(self) -> subprocess.Popen[bytes]:
        listen = f"--web.listen-address=127.0.0.1:{self.port}"
        data = f"--storage.tsdb.path={self.folder / 'data'}"
        return self._spawn(self._program, f"--config.file={self.folder / 'prometheus.yml'}", data, listen)

    def _probe(self) -> None:
        with urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5):
            pass


def find(program: str) -> Path:
    """Return where a program of Prometheus is; raises `ServerUnavailableError` where it is not installed."""
    found = shutil.which(program)
    if found is None:
        raise ServerUnavailableError(f"{program} of Prometheus is not installed: run deploy/setup/servers.sh")
    return Path(found)
