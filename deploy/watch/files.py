"""Which files are written, and from what."""

from __future__ import annotations

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.watch import rules
from deploy.watch.boards import BOARDS

DEPLOY = Path(__file__).parents[1]


def compose() -> dict[Path, str]:
    """Return what is to be written, by file."""
    boards = {DEPLOY / "grafana" / name: board.build() for name, board in BOARDS.items()}
    return {
        DEPLOY / "prometheus" / "alerts.yml": rules.write_alerts(),
        DEPLOY / "prometheus" / "recordings.yml": rules.write_recordings(),
    } | {
        path: json.dumps(board, cls=JSONEncoder, ensure_ascii=False, indent=2) + "\n" for path, board in boards.items()
    }


def write() -> None:
    """Write all files anew."""
    for path, text in compose().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
