"""Codes with the word that officials read for each: whoever adds a code says at once how it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:  # a process that opens a file of others has its words without pydantic, which takes long to load
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema


class Tone(Enum):
    """How a code wants to be looked at; each screen has its own colours for it."""

    PLAIN = auto()
    GOOD = auto()
    BUSY = auto()
    WAITING = auto()
    GRAVE = auto()
    ALARM = auto()
    LEAVING = auto()
    PAST = auto()


class Worded(StrEnum):
    """A set of codes: each member is `CODE = "code", "词", Tone.X`, and is the code wherever a text is asked for."""

    word: str
    """What officials read for the code, in Chinese."""
    tone: Tone

    def __new__(cls, code: str, word: str = "", tone: Tone = Tone.PLAIN) -> Self:
        """Make a member; see `new_member`."""
        return new_member(cls, code, word, tone)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> dict[str, Any]:
        """Let the published schema carry the words; it takes the same values as without."""
        reference = handler(core_schema)
        handler.resolve_ref_schema(reference)["x-words"] = {code.value: code.word for code in cls}
        return reference

    # As its text: the one of Enum hashes the name, and costs several times as much in the rules' dictionaries.
    __hash__ = str.__hash__


M = TypeVar("M", bound=Worded)


def new_member(codes: type[M], code: str, word: str, tone: Tone) -> M:
    """Make a member of a set of codes, for `__new__`; a code without its word is an error when its module is read."""
    if not word:  # a default of `__new__` only because types know one signature for making and for looking up
        raise TypeError(f"the code {code!r} has no word")
    member = str.__new__(codes, code)
    member._value_ = code
    member.word = word
    member.tone = tone
    return member


@dataclass(frozen=True, eq=False)
class Words:
    """The words of codes that a message spells as a `Literal`; stands beside it, inside `Annotated`.

    `result: Annotated[Literal["pass", "fail"], Words({"pass": "合格", "fail": "不合格"})] = Field(title="结果")`
    """

    by_code: Mapping[str, str]
    """The word of each code, in Chinese; the code of a number is its digits."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> dict[str, Any]:
        """Let the published schema carry the words; it takes the same values as without."""
        return handler(core_schema) | {"x-words": dict(self.by_code)}
