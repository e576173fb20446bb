"""Who looks at what is kept, and what they are shown of persons: queries ask the viewer and decide nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from credit.identity.masking import mask_number, mask_text


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody, or some program, that looks.

    `sees_numbers` says whether personal numbers are shown in full, `sees_sealed` whether there is a right to see sealed
    records 封存: to anybody else they are as if they were not there, since that there is one tells what is sealed.
    `organs` are the codes of the organs whose records are shown, None: those of all.
    """

    sees_numbers: bool
    sees_sealed: bool
    organs: frozenset[str] | None = None

    def number(self, number: str) -> str:
        """Return a personal number as this viewer sees it."""
        return number if self.sees_numbers else mask_number(number)

    def text(self, text: str) -> str:
        """Return running text as this viewer sees it: in it a citizen number may stand anywhere."""
        return text if self.sees_numbers else mask_text(text)

    def value(self, value: Any) -> Any:
        """Return a JSON value as this viewer sees it: every text in it is running text, names of members too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(name): self.value(item) for name, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list) else value


MASKED = Viewer(sees_numbers=False, sees_sealed=False)
"""Whoever reads listings: personal numbers are masked, sealed records are not there."""

IN_FULL = Viewer(sees_numbers=True, sees_sealed=True)
"""Who has to have the very numbers, as to mend a message."""
