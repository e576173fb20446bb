"""Events for the tests of this folder and of the connectors, from the samples of the connectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
GENERATED = ROOT / "schemas" / "generated"
"""The contract that is kept in the repository."""
SAMPLES = sorted((ROOT / "connectors").glob("*/samples/*.json"))
EXAMPLES = sorted((ROOT.parent / "shared" / "contract" / "examples").glob("*.json"))
"""The platform's own examples, where its contract lies beside this checkout."""


def sample(name: str) -> dict[str, Any]:
    """Return the sample event `FOLDER/NAME` as JSON."""
    folder, _, file = name.partition("/")
    event: dict[str, Any] = json.loads((ROOT / "connectors" / folder / "samples" / f"{file}.json").read_bytes())
    return event


def as_bytes(event: dict[str, Any]) -> bytes:
    """Return an event in structured mode."""
    return json.dumps(event, ensure_ascii=False).encode()


def as_binary(event: dict[str, Any], prefix: str = "cloudEvents:") -> tuple[bytes, dict[str, object], str]:
    """Return an event in binary mode: body, headers and content type."""
    headers: dict[str, object] = {
        prefix + name: str(value) for name, value in event.items() if name not in {"data", "datacontenttype"}
    }
    return json.dumps(event["data"]).encode(), headers, "application/json"
