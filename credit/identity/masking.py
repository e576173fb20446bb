"""Hiding the numbers of persons: in any text, in every way of writing them, and nothing else.

A citizen number proves itself by its date of birth and its check character. The number of another document is known
where the message has it in its column, or where the text names the document before it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import compress
from typing import NamedTuple

from credit.identity.organisations import is_org_code, is_uscc
from credit.identity.people import is_citizen_number, upgrade
from credit.identity.text import X_ALIKE

_WIDEST_GAP = 6
"""More characters than so many between two digits, and they belong to different numbers."""
_SHORTEST = 6
_SHORTEST_OF_DIGITS = 8
"""Shorter numbers are in no document; hiding them would blank out ordinary text. Of digits alone: amounts too."""

_TENS = "〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "○壹貳參肆伍陸柒捌玖"
_NUMERALS = {char: str(place) for digits in _TENS for place, char in enumerate(digits)}
_OTHER_DIGITS = _NUMERALS | {
    char: str(unicodedata.digit(char)) for char in map(chr, range(0x10000)) if char.isdigit() and not char.isdecimal()
}
"""Chinese numerals, and digits in circles, in brackets and set high or low."""


def _run_of(digits: str) -> re.Pattern[str]:
    return re.compile(rf"[{digits}](?:[\W_]{{0,{_WIDEST_GAP}}}[{digits}]){{14}}")


_NO_DIGITS = re.compile(r"\D+")
_RUN = _run_of(r"\d")
_OTHER_RUN = _run_of("".join(_OTHER_DIGITS))
"""The cheap tests: so many digits, and nothing but separators between them. Next to no text has any."""

_NUMBER = re.compile("[1-9][0-9]{16}[0-9X]|[1-9][0-9]{14}")
_QUALIFICATION = re.compile(r"(?:19|20)\d{2}[1-9]\d\d{3}")
"""A qualification certificate of a doctor or nurse: the year, the province, the class, then the holder's number."""

_OF_CITIZENS = re.compile(r"(?:身份证|身份号码|居住证|居留证|证件号)[^0-9０-９\n]{0,12}$")
_NAMED = (
    *("护照", "通行证", "回乡证", "台胞证", "居留证", "军官证", "警官证", "士兵证"),
    *("護照", "通行證", "回鄉證", "臺胞證", "居留證", "軍官證"),
)
_LETTER = "A-Za-zＡ-Ｚａ-ｚ"
_GAP = r"[^\w（）()，,；;、。：:\n]|_"
_AFTER_ITS_NAME = re.compile(
    rf"""(?:{"|".join(_NAMED)}) [\s（(【\[]{{0,2}} (?:号码|编号|号)? [\s:：为是（(【\[]{{0,4}}
    (?P<number> (?:[{_LETTER}]{{0,3}}|[\u4e00-\u9fff]{{1,2}}字第?)
        (?:(?:{_GAP}){{0,2}}\d){{6,18}} (?:[{_LETTER}](?![{_LETTER}]))? )
    (?![{_LETTER}\d])""",
    re.VERBOSE,
)
_TAG = re.compile(r"[<＜]/?[A-Za-z!?\[][^<>＜＞]{0,200}[>＞]|\]\]>|(?<=\d)\*{1,3}(?=\d)")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|%([2-7][0-9A-Fa-f])")
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")


def mask_number(id_no: str) -> str:
    """Hide the middle of a number: an 18-character one keeps 6 and 4 characters, others at most 2 and 2.

    Of a number that is not 18 characters long never more than half is shown.
    """
    head, tail = (6, 4) if len(id_no) == 18 else (min(2, len(id_no) // 4),) * 2
    hidden = len(id_no) - head - tail
    return id_no[:head] + "*" * hidden + id_no[head + hidden :]


def may_hold_number(text: str, own: Sequence[str] = ()) -> bool:
    """Look cheaply whether a text can hold the number of a person, or one of `own`; nearly every text cannot."""
    if _may_hold_plain(text, own):
        return True
    return _is_marked(text) and _may_hold_plain(_unmark(text), own)


def may_hold_one_of(text: str, own: Sequence[str]) -> bool:
    """Look whether the digits of a known number follow each other in a text, whatever stands between them."""
    if not own:
        return False
    digits = _digits_of(text)
    return any(_digits_of(number) in digits for number in own)


def _may_hold_plain(text: str, own: Sequence[str]) -> bool:
    return (
        may_hold_one_of(text, own)
        or _RUN.search(text) is not None
        or _OTHER_RUN.search(text) is not None
        or _names_document(text)
    )


def _digits_of(text: str) -> str:
    digits = _NO_DIGITS.sub("", text)
    return digits if digits.isascii() else "".join(map(_fold_char, digits))


def _names_document(text: str) -> bool:
    # Each of the names ends in one of these.
    return ("证" in text or "照" in text or "證" in text) and any(name in text for name in _NAMED)


def mask_text(text: str, own: Sequence[str] = ()) -> str:
    """Mask every number of a person in running text; all else stays as it is, character by character.

    A text in which markup (`<b>`, `&nbsp;`, `&#49;`) or an escape (`%34`) parts a number loses its markup with it.

    Of citizens it finds the numbers of 18 characters and of 15 digits: with digits of any script and width, grouped by
    whatever is no letter and no digit, with anything that looks like X. Of other documents it finds those in `own`
    (see `as_sought`), and what stands behind the name of the document. Numbers without a real date of birth or with a
    wrong check character stay, unless they are said to be one; so do unified social credit codes, longer numbers, and
    digits inside codes and digests.
    """
    masked = _mask_plain(text, own)
    if _is_marked(masked):
        plain = _unmark(masked)
        hidden = _mask_plain(plain, own)
        return masked if hidden == plain else hidden
    return masked


def _is_marked(text: str) -> bool:
    """Tell whether a text has what markup, emphasis (`**`) or an escape begins with: next to none has."""
    # Far quicker than a pattern or a loop, and each text is asked.
    return "<" in text or "＜" in text or "&" in text or "%" in text or "\\" in text or "*" in text


def _unmark(text: str) -> str:
    """Return a text as a screen would show it: a tag is a blank, what was escaped is itself."""
    bare = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    return html.unescape(html.unescape(_TAG.sub(" ", bare)))


def _mask_plain(text: str, own: Sequence[str]) -> str:
    if may_hold_one_of(text, own) or _RUN.search(text):
        text = _mask(text, _fold(text, {}), own)
    if _names_document(text):
        text = _AFTER_ITS_NAME.sub(_mask_named, text)
    if _OTHER_RUN.search(text):
        text = _mask(text, _fold(text, _OTHER_DIGITS), ())
    return text


def find_numbers(text: str) -> set[str]:
    """Return the numbers of citizens that `mask_text` hides in a text as it stands, in their form of 18 characters."""
    if _RUN.search(text) is None:
        return set()
    folded = _fold(text, {})
    found = (folded.solid[span.first : span.last] for span in _citizens(text, folded))
    return {upgrade(each) or each for each in found}


def as_sought(number: str) -> str | None:
    """Return the number of a document as `mask_text` looks for it; None for what is none, such as a code or a day."""
    # Nearly every one is written plainly, and folding costs most of all that is done about a number.
    solid = number.upper() if number.isascii() and number.isalnum() else _fold(number, {}).solid
    digits = sum(map(str.isdigit, solid))
    if digits == len(solid):
        plausible = digits >= _SHORTEST_OF_DIGITS and _DAY.fullmatch(solid) is None
    else:
        plausible = digits > 0 and len(solid) >= _SHORTEST
    return solid if plausible and (is_persons(solid) or not is_uscc(solid)) else None


def holds_number(code: str) -> bool:
    """Tell whether a code holds the number of a person that proves itself, of 18 characters.

    Old numbers of 15 digits count where the code says that it is one: many a licence has a number of the same form.
    """
    if len(code) < 15:
        return False
    if len(code) == 18 and code.isascii() and code.isalnum():
        # Nothing but the number, as every code under which a party is registered: there is nothing to look around.
        number = code.upper()
        return _NUMBER.fullmatch(number) is not None and _is_born(number) and not _is_code(number)
    if _RUN.search(code) and _holds(code, _fold(code, {})):
        return True
    return _OTHER_RUN.search(code) is not None and _holds(code, _fold(code, _OTHER_DIGITS))


def _holds(code: str, folded: _Folded) -> bool:
    for span in _citizens(code, folded):
        number, begin = folded.solid[span.first : span.last], folded.at[span.first]
        if _is_said(code[:begin]) if len(number) == 15 else not _is_code(number):
            return True
    return False


def holds_one_of(code: str, own: Sequence[str]) -> bool:
    """Tell whether a code holds one of some numbers of persons (see `as_sought`), in their old form too."""
    known = with_old_forms(own)
    return may_hold_one_of(code, known) and any(True for _ in _find(code, _fold(code, {}), known))


def with_old_forms(own: Sequence[str]) -> Sequence[str]:
    """Return some numbers of persons (see `as_sought`) and the old ones, of 15 digits, that some of them had."""
    return [*own, *(f"{number[:6]}{number[8:17]}" for number in own if is_persons(number))] if own else own


def is_qualification(code: str) -> bool:
    """Tell whether a code is of a qualification certificate, which ends in the number of the person who has it."""
    solid = _fold(code, {}).solid
    return _QUALIFICATION.fullmatch(solid[:-18]) is not None and is_persons(solid[-18:])


@lru_cache(maxsize=4096)
def is_persons(number: str) -> bool:
    """Tell whether 18 characters are a citizen number and not, by its two check characters, an organisation's code."""
    return _is_born(number) and not _is_code(number)


def is_plainly_code(number: str) -> bool:
    """Tell whether 18 characters are an organisation's code and no citizen number that somebody mistyped.

    They prove themselves as a code by both check characters, and hold no day where a citizen number has the birthday.
    """
    return _is_code(number) and _DAY.fullmatch(number[6:14]) is None


def _is_born(number: str) -> bool:
    return number[6:8] in {"18", "19", "20"} and is_citizen_number(number)


def _is_code(number: str) -> bool:
    return is_uscc(number) and is_org_code(number[8:17])


class _Span(NamedTuple):
    """Characters of a folded text."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text without what is neither letter nor digit: large, half width, digits as 0 to 9, and X for its likes.

    `at` are the places of the characters in the text itself.
    """

    solid: str
    at: Sequence[int]

    def gap(self, place: int) -> int:
        """Return how many characters of the text were left out before a character."""
        return self.at[place] - self.at[place - 1] - 1


def _fold(text: str, digits: dict[str, str]) -> _Folded:
    # Letter by letter, but by what runs in C: texts are long, and each that may hold a number is folded.
    plain = [digits.get(char) or _fold_char(char) for char in text] if digits else list(map(_fold_char, text))
    return _Folded("".join(plain), list(compress(range(len(plain)), plain)))


@cache
def _fold_char(char: str) -> str:
    """Return a character in its plain form; nothing for what only separates."""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    plain = unicodedata.normalize("NFKC", char).upper()
    if char in X_ALIKE or plain in X_ALIKE:
        return "X"
    if plain.isascii() and len(plain) == 1:
        return plain if plain.isalpha() else ""  # ① before a number is none of its digits
    return char if char.isalnum() else ""


def _mask(text: str, folded: _Folded, own: Sequence[str]) -> str:
    spans = sorted({*_citizens(text, folded), *_find(text, folded, own)})
    parts, done = [], 0
    for first, last in spans:
        begin, end = folded.at[first], folded.at[last - 1] + 1
        if begin >= done:
            parts += [text[done:begin], mask_number(folded.solid[first:last])]
            done = end
    return "".join([*parts, text[done:]])


def _citizens(text: str, folded: _Folded) -> Iterator[_Span]:
    place = 0
    while (found := _NUMBER.search(folded.solid, place)) is not None:
        place = found.start() + 1
        for length in (18, 15):
            span = _Span(found.start(), found.start() + length)
            if _is_citizens(text, folded, span):
                yield span
                place = span.last
                break


def _is_citizens(text: str, folded: _Folded, span: _Span) -> bool:
    number = folded.solid[span.first : span.last]
    if len(number) < span.last - span.first or _NUMBER.fullmatch(number) is None:
        return False
    old = len(number) == 15
    born = upgrade(number) is not None if old else _is_born(number)
    # By its date and check character alone nearly every code is none; looking around it costs more.
    if not born and (old or is_uscc(number)):
        return False
    if (
        not _is_one(folded, span)
        or not _ends_at(text, folded, span.last)
        or not (_begins_at(text, folded, span.first) or (not old and _is_qualification(text, folded, span.first)))
    ):
        return False
    before = text[max(folded.at[span.first] - 24, 0) : folded.at[span.first]]
    if old:
        return _is_grouped(text, folded, span) or _is_said(before)
    # Of the rare code that is a faultless citizen number too, one mask too many is the lesser harm.
    return born or _is_said(before)


def _is_said(before: str) -> bool:
    return _OF_CITIZENS.search(before) is not None


def _find(text: str, folded: _Folded, own: Sequence[str]) -> Iterator[_Span]:
    """Yield where numbers stand that are known; a short one only where nothing goes on before or after it."""
    for number in own:
        first = folded.solid.find(number)
        while first >= 0:
            span = _Span(first, first + len(number))
            whole = _begins_at(text, folded, span.first) and _ends_at(text, folded, span.last)
            if _is_one(folded, span) and (whole or len(number) >= 15):
                yield span
            first = folded.solid.find(number, first + 1)


def _is_one(folded: _Folded, span: _Span) -> bool:
    return all(folded.gap(place) <= _WIDEST_GAP for place in range(span.first + 1, span.last))


def _begins_at(text: str, folded: _Folded, place: int) -> bool:
    """Tell whether a number can begin here: after a gap, a character of another script, or a word."""
    return place == 0 or folded.gap(place) > 0 or _is_apart(text, folded, range(place - 1, -1, -1))


def _ends_at(text: str, folded: _Folded, place: int) -> bool:
    size = len(folded.solid)
    return place == size or folded.gap(place) > 0 or _is_apart(text, folded, range(place, size))


def _is_apart(text: str, folded: _Folded, way: range) -> bool:
    """Tell whether what stands next to a number is no part of it. Words of two letters or more are none, such as ID."""
    letters = 0
    for step, place in enumerate(way):
        char = folded.solid[place]
        here = text[folded.at[place]]
        if step and abs(folded.at[place] - folded.at[way[step - 1]]) > 1:
            break
        if not (char.isascii() and here.isalnum()):
            break
        if char.isdigit():
            return False
        letters += 1
    return letters != 1


def _is_qualification(text: str, folded: _Folded, place: int) -> bool:
    head = folded.solid[max(place - 9, 0) : place]
    return _QUALIFICATION.fullmatch(head) is not None and _begins_at(text, folded, place - 9)


def _is_grouped(text: str, folded: _Folded, span: _Span) -> bool:
    """Tell whether the digits of an old number, which proves itself by its date alone, stand together as one.

    They do without a visible gap, by region, birth and serial, or in groups of one size, the last one shorter.
    """
    inner = range(span.first + 1, span.last)
    gaps = [place - span.first for place in inner if _is_visible(text[folded.at[place - 1] + 1 : folded.at[place]])]
    return set(gaps) <= {6, 12} or any(gaps == list(range(size, 15, size)) for size in range(1, 8))


def _is_visible(gap: str) -> bool:
    return any(char.isspace() or unicodedata.category(char)[0] not in "CM" for char in gap)


def _mask_named(found: re.Match[str]) -> str:
    written = found["number"]
    solid = _fold(written, {}).solid
    if _DAY.fullmatch(solid) or _is_code(solid):
        return found[0]
    return found[0][: found.start("number") - found.start()] + mask_number(solid)
