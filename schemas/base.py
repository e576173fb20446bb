"""The ground that every model stands on: frozen values, and the texts, days and amounts of the field."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    Strict,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from schemas import forms

MAX_TEXT = 5000
MAX_CODE = 128

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_FILLER = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
"""Letters and marks by category that print as nothing all the same."""
_INSTANT = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt ][0-9:]{8}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})")


_ABOUT = frozenset({"title", "description", "default", "readOnly", "deprecated"})
"""What a JSON Schema says of an item besides its shape."""


class Frozen(BaseModel):
    """An immutable value of the contract; unknown extra fields of a message are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, coerce_numbers_to_str=False)


class Closed(BaseModel):
    """An immutable value of a file that people write: an unknown key is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


class Sparse(Frozen):
    """An immutable value whose sender writes null, or blank text as the national templates do, for what is absent."""

    @model_validator(mode="before")
    @classmethod
    def _drop_blanks(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        blanks = [
            key
            for key, item in value.items()
            if item is None or (isinstance(item, str) and (not item or item.isspace()))
        ]
        # Few have any; the sender's own data stay as they are, a fingerprint is made of them.
        kept = value.copy() if blanks else value
        for key in blanks:
            del kept[key]
        return kept

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        """Let the published schema say what the validator does: an optional item may be null or blank."""
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        for name, item in schema.get("properties", {}).items():
            if name in schema.get("required", ()):
                continue
            if "anyOf" not in item:
                shape = {key: item.pop(key) for key in list(item) if key not in _ABOUT}
                item["anyOf"] = [shape, {"type": "null"}]
            item["anyOf"].append({"type": "string", "pattern": r"^\s*$"})
        return reference


def _refuse_hidden(text: str) -> str:
    # Control, format (zero width, direction changing), surrogate, line-separating and filling characters make
    # two names look alike, or one show as another. Private-use and unassigned ones stay, for rare names.
    if text.isprintable() and (text.isascii() or _FILLER.search(text) is None):
        return text
    for char in text:
        if _FILLER.match(char) or unicodedata.category(char) in _HIDDEN:
            raise PydanticCustomError("text_forbidden", "holds the character {code}", {"code": _name(char)})
    return text


def _refuse_control(text: str) -> str:
    if not text.isprintable():
        for char in text:
            if unicodedata.category(char) in {"Cc", "Cs"} and char not in "\t\r\n":
                raise PydanticCustomError("text_forbidden", "holds the character {code}", {"code": _name(char)})
    return text


def _name(char: str) -> str:
    return f"U+{ord(char):04X}"


def _read_instant(value: Any) -> Any:
    # pydantic alone would take a number of seconds, or digits in a string, for a time.
    if isinstance(value, datetime) or (isinstance(value, str) and _INSTANT.fullmatch(value)):
        return value
    raise PydanticCustomError("instant_invalid", "is not an RFC 3339 time with its offset, of the years 1900 to 2199")


def _read_yuan(value: Any) -> Decimal:
    return forms.read_amount(value, 2)


def _read_wan(value: Any) -> Decimal:
    return forms.read_amount(value, 6)


def _show_two_decimals(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _show_six_decimals(amount: Decimal) -> str:
    return f"{amount:.6f}"


def is_absent(value: Any) -> bool:
    """Tell whether an optional item says nothing, for the `exclude_if` of an item that came later than its message.

    What a message says is known by the digest of its content, so the same content must have the same digest as before.
    """
    return value is None or value == ()


class Holds(Enum):
    """What a text of a message holds, as a note of its type; a text without one is running text.

    In running text the numbers of persons are masked. What a record or a party is known by cannot be masked without
    becoming another's, so a message with such a number in it is parked.
    """

    CODE = auto()
    """What a record or a party is known by, such as a document number."""
    REGISTRATION = auto()
    """A code under which a party is registered."""
    PERSONAL_NUMBER = auto()
    """The number of a person's document: it identifies the person, and leaves in no item."""


def make_visible(text: str, most: int = MAX_CODE) -> str:
    """Return a text as a `Code` or `Text` may hold it: what does not print is a blank, what is too long is cut off.

    For what must leave whatever others have written, and is read by people alone.
    """
    seen = "".join(" " if unicodedata.category(letter) in _HIDDEN else letter for letter in text)
    seen = _FILLER.sub(" ", seen)
    return seen if len(seen) <= most else f"{seen[: most - 1]}…"


NO_HIDDEN = AfterValidator(_refuse_hidden)
NO_CONTROL = AfterValidator(_refuse_control)

Name = Annotated[str, Field(min_length=1, max_length=200), Holds.CODE, NO_HIDDEN]
"""The name of a subject or an organ: no control, zero-width or direction-changing character."""

Code = Annotated[str, Field(min_length=1, max_length=MAX_CODE), Holds.CODE, NO_HIDDEN]
"""A code, licence number or document number as the source wrote it."""

Text = Annotated[str, Field(max_length=MAX_TEXT), NO_CONTROL]
"""Running text: line breaks are welcome, other control characters are not."""

Day = Annotated[
    date,
    BeforeValidator(forms.read_day),
    WithJsonSchema({"type": "string", "pattern": forms.DAY_PATTERN}),
]
"""A calendar day in Asia/Shanghai, 1900 to 9999, in any form that exports have; see `forms.read_day`."""

End = Annotated[
    date,
    BeforeValidator(forms.read_end),
    WithJsonSchema({"type": "string", "pattern": forms.END_PATTERN}),
]
"""The last day of a period; 长期, and every day from 2099-12-31 on, is `LONG_TERM`."""

Instant = Annotated[AwareDatetime, BeforeValidator(_read_instant)]
"""A point in time with its offset, written as RFC 3339 says."""

_AMOUNT_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": forms.AMOUNT_PATTERN}]}
)

Yuan = Annotated[
    Decimal, BeforeValidator(_read_yuan), PlainSerializer(_show_two_decimals, return_type=str), _AMOUNT_SCHEMA
]
"""An amount in yuan: two decimals, below 10 to the 12th; see `forms.read_amount`."""

Wan = Annotated[
    Decimal, BeforeValidator(_read_wan), PlainSerializer(_show_six_decimals, return_type=str), _AMOUNT_SCHEMA
]
"""An amount in ten thousand yuan (万元): six decimals, below 10 to the 12th; see `forms.read_amount`."""

Flag = Annotated[bool, Strict()]
"""JSON true or false; the words and numbers that pydantic would also take are refused."""

Count = Annotated[int, Strict()]
"""A JSON integer; bounds come after it, and `WHOLE` after them."""

WHOLE = BeforeValidator(forms.read_integer)
"""4.0 is the integer 4."""
