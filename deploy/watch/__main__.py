"""Writes rules and dashboards into `deploy/`: python -m deploy.watch."""

from __future__ import annotations

from deploy.watch.files import write

if __name__ == "__main__":
    write()
