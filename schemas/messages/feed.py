"""What a feed such as Credit China answers to a row."""

from __future__ import annotations

from schemas.base import Code, Sparse, Text


class RowResult(Sparse):
    """The answer to one row; code `0000` means accepted."""

    feed: Code
    row_id: Code
    code: Code
    message: Text | None = None
