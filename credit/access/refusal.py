"""The one error of accounts: something that somebody may not do."""

from __future__ import annotations

from schemas.errors import PermanentError


class AccessRefused(PermanentError):
    """An account may not do this. The text is English, for logs; `told` says the same in Chinese, for the person."""

    def __init__(self, text: str, told: str) -> None:
        """Keep what the person is told; the command line prints it as a note."""
        super().__init__(text)
        self.told = told
        self.add_note(told)
