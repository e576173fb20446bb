"""What a page is made of, whatever it says."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_TELLING = {"class", "role", "scope", "type"}
"""Attributes whose values decide how an element looks and what it is."""


@dataclass
class _Open:
    """An element whose end was not read yet."""

    tag: str
    shape: str
    speaks: bool = False


class Shapes(HTMLParser):
    """The kinds of elements of a page, its links, and how many titles it has.

    An element is of the kind of another that lies within elements of the same kinds and has the same attributes, of
    most of which the values make no difference; a word in its tone looks the same within whatever it is. One that says
    nothing is of a kind of its own.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.links: list[str] = []
        self.titles = 0
        self._within: list[_Open] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = " ".join(f"{name}={value}" if name in _TELLING else name for name, value in sorted(attrs))
        within = self._within[-1].shape if self._within and not said.startswith("class=tone-") else ""
        shape = f"{within}/{tag}[{said}]"
        self.seen.add(shape)
        if tag not in _VOID:
            self._within.append(_Open(tag, shape))
        self.titles += tag == "h1"
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]

    def handle_data(self, data: str) -> None:
        if data.strip():
            for element in self._within:
                element.speaks = True

    def handle_endtag(self, tag: str) -> None:
        while self._within:
            element = self._within.pop()
            if not element.speaks:
                self.seen.add(f"{element.shape} says nothing")
            if element.tag == tag:
                return
