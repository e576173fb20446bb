"""What somebody asks for when papers are made of the archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from connectors.vocabulary import Vocabulary
from credit.grading.regime import Regime
from credit.store.queries.view import View
from schemas.errors import PermanentError

WORDS = {
    "subject": "主体代码（--subject）",
    "year": "年度（--year）",
    "document": "文书号（--document）",
    "scale": "评价标准（--scale）",
    "asked_by": "查询单位（--asked-by）",
    "purpose": "用途（--purpose）",
    "number": "报告编号或简报期号（--number）",
    "link": "二维码网址（--link）",
    "since": "起始日期（--since）",
    "until": "截止日期（--until）",
    "answer_by": "陈述、申辩的期限（--answer-by）",
    "reviewed_by": "审查人（--reviewed-by）",
}
"""What clerks call the things that may be asked for."""


class NotGiven(PermanentError):
    """Papers of a kind need to be told something that was not given."""

    def __init__(self, name: str) -> None:
        """Name what is missing."""
        super().__init__(f"'{name}' was not given, and this paper needs it")
        self.add_note(f"缺少{WORDS[name]}。")


class NothingFound(PermanentError):
    """There is nothing in the archive that the paper could be made of."""

    def __init__(self, message: str, told: str) -> None:
        """Take what is not there, and what a clerk is told of it in Chinese."""
        super().__init__(message)
        self.add_note(told)


class Numbers:
    """Numbers of papers, in order: `{}` in the text that was given stands for 1, 2, 3 …"""

    def __init__(self, text: str | None) -> None:
        """Take the text, or None where the papers have no number."""
        self._text = text
        self._last = 0

    def next(self) -> str | None:
        """Return the number of the next paper."""
        self._last += 1
        return self._text.replace("{}", str(self._last)) if self._text is not None else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What papers are to be about; `on` is the day on them. What a kind does not need is not looked at.

    `address` is what the addresses of public pages begin with; empty where there are none.
    """

    on: date
    given: Mapping[str, str] = field(default_factory=dict)
    year: int | None = None
    days: Mapping[str, date] = field(default_factory=dict)
    address: str = ""

    def need(self, name: str) -> str:
        """Return something that was given.

        Raises:
            NotGiven: it was not.
        """
        if not self.given.get(name):
            raise NotGiven(name)
        return self.given[name]

    def need_day(self, name: str) -> date:
        """Return a day that was given.

        Raises:
            NotGiven: it was not.
        """
        if name not in self.days:
            raise NotGiven(name)
        return self.days[name]

    def need_year(self) -> int:
        """Return the year that was given.

        Raises:
            NotGiven: there was none.
        """
        if self.year is None:
            raise NotGiven("year")
        return self.year

    def numbers(self) -> Numbers:
        """Return the numbers that the papers get."""
        return Numbers(self.given.get("number"))


class Shelf(NamedTuple):
    """The archive as papers are made of it: who looks, which regime grades, and what things are called."""

    connection: Connection
    view: View
    regime: Regime
    vocabulary: Vocabulary
