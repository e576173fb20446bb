"""The kinds of identity document 身份证件, in one list: a kind that is added here is read, and its holders are found.

Messages name a kind by one of its national wordings (item 证件类型); other sources write what they like, and `meant`
says which kind that is. Any further kind is written 其他-…, and its name is part of the identifier.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True, eq=False)
class DocumentKind:
    """A kind of identity document.

    `code` is the namespace of its identifiers: once in use it never changes. `wording` is the national one, `accepted`
    are further ones that the national items may hold, `meant` is found in whatever else means this kind. `form` is of
    a number with blanks removed and letters large; None: the kind has only citizen numbers. What its groups catch stays
    the person's when the document is issued again and however it is written; without groups, all does. `of_citizens`
    says that 18 characters under this kind are a citizen number, with its birth date and check character.
    """

    code: str
    wording: str
    meant: re.Pattern[str]
    form: re.Pattern[str] | None
    accepted: frozenset[str] = frozenset()
    of_citizens: bool = False

    def lasting(self, number: str) -> str | None:
        """Return what identifies the holder in a number of this kind; None for one that does not have its form."""
        found = self.form.fullmatch(number) if self.form else None
        return ("".join(filter(None, found.groups())) or number) if found else None


_OF_THE_HOLDER = (
    "中华人民共和国|中国|大陆|内地|居民|公民|国民|个人|本人|自然人|法人|法定代表人|负责人|经营者|业主|当事人|第?[一二]代|临时"
    "|其他|有效|件|号码?|编号|复印件|原件|[()]"
)
"""What is added to 身份证 without making it another document: 香港身份证 or 军人身份证 is another."""

RESIDENT = DocumentKind(
    code="resident",
    wording="身份证",
    meant=re.compile(f"^({_OF_THE_HOLDER})*身份证({_OF_THE_HOLDER}|明|明文件)*$|身份号码|居住证|户口|^01$"),
    form=None,
    of_citizens=True,
)
FOREIGN = DocumentKind(
    code="foreign-resident",
    wording="外国人永久居留身份证",
    meant=re.compile("永久居留|^05$"),
    form=re.compile(r"[A-Z]{3}\d{12}", re.ASCII),
    of_citizens=True,
)

KINDS = (
    # The first whose `meant` is found: a permanent residence 身份证 is not the one of residents.
    FOREIGN,
    RESIDENT,
    DocumentKind(
        code="taiwan",
        wording="台湾居民来往大陆通行证",
        accepted=frozenset({"台湾居民来往内地通行证"}),  # of a much-copied template
        meant=re.compile("台.*(来往|往来)(大陆|内地)|台胞证|^04$"),
        form=re.compile(r"\d{8}|\d{10}", re.ASCII),
    ),
    DocumentKind(
        code="hk-macau",
        wording="港澳居民来往内地通行证",
        meant=re.compile("[港澳].*(来往|往来)(内地|大陆)|回乡证|^03$"),
        # The form of 11 characters ends in a count of reissues.
        form=re.compile(r"([HM]\d{8})(?:\d{2})?|((?:HA|MA)\d{7})", re.ASCII),
    ),
    DocumentKind(
        code="hk-id",
        wording="其他-香港居民身份证",
        meant=re.compile("香港.*身份证|身份证.*香港"),
        form=re.compile(r"([A-Z]{1,2}\d{6})\(?[0-9A]?\)?", re.ASCII),
        of_citizens=True,
    ),
    DocumentKind(
        code="macau-id",
        wording="其他-澳门居民身份证",
        meant=re.compile("澳门.*身份证|身份证.*澳门"),
        form=re.compile(r"(\d)/?(\d{6})/?\(?\d?\)?", re.ASCII),
        of_citizens=True,
    ),
    DocumentKind(
        code="taiwan-id",
        wording="其他-台湾居民身份证",
        meant=re.compile("台湾.*身份证|身份证.*台湾"),
        form=re.compile(r"[A-Z]{1,2}\d{8,9}", re.ASCII),
        of_citizens=True,
    ),
    DocumentKind(
        code="passport",
        wording="护照号",
        accepted=frozenset({"护照"}),  # the plain word, met in use
        meant=re.compile("护照|PASSPORT|^02$"),
        form=re.compile(r"(?=.*\d)[A-Z0-9]{5,15}", re.ASCII),
    ),
)
"""The kinds that have a name of their own."""

OTHER = DocumentKind(
    code="other",
    wording="其他",
    meant=re.compile(""),
    form=re.compile(r"(?=.*\d)[^*×:]{4,64}", re.ASCII),
    of_citizens=True,
)
"""Any further kind, which its wording names: 其他-军官证."""

UNSAID = DocumentKind(code="unsaid", wording="", meant=re.compile("^$"), form=None, of_citizens=True)
"""No kind is named: only a citizen number counts, which proves itself."""


_PLAIN = str.maketrans("證護門軍灣臺號國來內陸鄉", "证护门军湾台号国来内陆乡")


def in_plain_characters(wording: str) -> str:
    """Return the wording of a kind in simplified characters: 澳門居民身份證 is 澳门居民身份证."""
    return wording.translate(_PLAIN)


@lru_cache(maxsize=1024)
def kind_of(wording: str) -> DocumentKind:
    """Return the kind that a wording means; blanks are removed from it, letters large, characters simplified."""
    return next((kind for kind in (*KINDS, UNSAID) if kind.meant.search(wording)), OTHER)


def is_national(wording: str) -> bool:
    """Tell whether a wording is one that the national items may hold."""
    return wording.startswith(f"{OTHER.wording}-") or any(
        wording == kind.wording or wording in kind.accepted for kind in KINDS
    )
