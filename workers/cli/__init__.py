"""The command line `xinglin`: one module a group of commands, each a thin layer over `workers` and `credit.store`."""

from __future__ import annotations

import logging
import sys

from rich.console import Console
from rich.text import Text

from schemas.errors import XinglinError
from workers import logs
from workers.cli.app import app
from workers.show.style import plain

__all__ = ["app", "main"]


def tell_error(error: XinglinError) -> Text:
    """Return an error as it is printed: what a clerk is told of it, if anything, then its own text."""
    told = "\n".join(getattr(error, "__notes__", ()))
    return Text.assemble(("错误：", "bold red"), plain(f"{told}\n{error}" if told else error))


def main() -> None:
    """Run the command line. Exit status 0 only when it did what was asked; 1 when it could not, 2 for misuse."""
    logs.configure(logging.ERROR)
    try:
        app()
    except XinglinError as error:
        Console(stderr=True).print(tell_error(error), soft_wrap=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
