"""What the statements of the archive are in SQL, made once for all engines of a test run.

SQLAlchemy keeps it with each engine, and nearly every test has an engine of its own: making it again and again was a
fifth of what the processors did.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy
from sqlalchemy import Engine, TextClause
from sqlalchemy.util import LRUCache

_MOST = 2000


class Statements(LRUCache[Any, Any]):
    """Compiled statements, the same for all engines of one kind of database.

    One that is written as text is made for each engine anew: it may ask for all columns of a table, whichever they are.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        dialect, (kind, *_), *_ = key
        return default if kind is TextClause else super().get((dialect.name, *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), value)


_STATEMENTS = Statements(_MOST)


def create_engine(*arguments: Any, **options: Any) -> Engine:
    """Create an engine as SQLAlchemy does, which keeps its statements with those of all others."""
    engine = sqlalchemy.create_engine(*arguments, **options)
    engine.update_execution_options(compiled_cache=_STATEMENTS)
    return engine
