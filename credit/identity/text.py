"""Normal forms of codes, numbers and names, so that two ways of writing one thing compare equal."""

from __future__ import annotations

import re
import unicodedata

X_ALIKE = "X×*✕╳ⅩΧХ"
"""What sources write for the check character X; the last three: Roman ten, Greek chi, Cyrillic kha."""

_SEPARATORS = dict.fromkeys(map(ord, " \t\r\n-‐‑‒–—―−"))
_ALIKE = "·•・･‧∙⋅ꞏ․．.。｡˙●⸱⸳ㆍ᛫﹒∘◦▪⦁⚫◆♦°*＊"
_DOTS = re.compile(rf"\s*[{_ALIKE}][\s{_ALIKE}]*")
"""Whatever is written for the dot between the parts of a name; 、 and ， join two names, and are none."""
_FOLDS = str.maketrans("[{【〔〖]}】〕〗", "(" * 5 + ")" * 5, " \t\r\n")
_PLAIN = re.compile("[\u4e00-\u9fff]+")
"""Chinese characters as nearly every name has them alone: none of them has another form, or is a mark."""
_LATIN = re.compile("[a-z·,'’‐‑–-]+")
_JOINTS = re.compile("[^a-z]")


def squeeze(text: str) -> str:
    """Give a code as compared and stored: half width, upper case, without spaces and hyphens."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.upper()
    return text if text.isalnum() else text.translate(_SEPARATORS)


def squeeze_number(text: str) -> str:
    """Do as `squeeze`, and read a last character that stands for X as X."""
    code = squeeze(text)
    return code[:-1] + "X" if code[-1:] and code[-1] in X_ALIKE else code


def name_key(name: str) -> str:
    """Give a name as compared, never as shown: width, case, spaces, kinds of dot and bracket do not count.

    In a name of Latin letters alone no mark between its parts counts; their order does.
    """
    if _PLAIN.fullmatch(name):
        return name
    dotted = _DOTS.sub("·", name)  # first: some dots come apart when they are normalised
    folded = unicodedata.normalize("NFKC", dotted).casefold().translate(_FOLDS)
    folded = _DOTS.sub("·", unicodedata.normalize("NFKC", folded)).strip("·")
    return _JOINTS.sub("", folded) if _LATIN.fullmatch(folded) else folded
