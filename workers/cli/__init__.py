"""The command line `xinglin`: one module a group of commands, each a thin layer over `workers` and `credit.store`."""

from __future__ import annotations

import logging
import sys

from rich.console import Console

from schemas.errors import XinglinError
from workers import logs
from workers.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line. Exit status 0 only when it did what was asked; 1 when it could not, 2 for misuse."""
    logs.configure(logging.ERROR)
    try:
        app()
    except XinglinError as error:
        Console(stderr=True).print(f"[bold red]xinglin:[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
