"""`python -m tests.bench.baseline`: measure the counters anew and commit to them."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict

from tests.bench.counters import BASELINE, count
from tests.bench.place import open_place
from workers import logs


def run() -> None:
    """Rewrite the baseline."""
    logs.configure(logging.ERROR)
    with open_place() as place:
        place.create_database("counted")
        counted = count(place.settings(place.postgres.url_of("counted")))
    BASELINE.write_text(json.dumps(asdict(counted), indent=2) + "\n")
    print(BASELINE.read_text(), end="")  # noqa: T201 - a program for people


if __name__ == "__main__":
    run()
