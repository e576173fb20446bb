"""The forms of the page: what may stand in them, and what tells a person from a program.

A form has a token of its own: sent twice, it is taken once. With it goes a small task that a browser's script solves
in the background. Without script the form is taken when it has been open for half a minute, which writing takes anyway.
What a person sees none of is a field that only programs fill in. No third party is asked.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from credit.record.places import of_sent
from credit.store.showing.rows import InboxRow
from credit.store.showing.writing import digest_of
from credit.vault import seal_to
from schemas.showing import Sent

MATTERS: Mapping[str, str] = {
    "fee": "收费",
    "service": "服务",
    "quality": "医疗质量",
    "ethics": "医德医风",
    "advertising": "医疗广告",
    "unlicensed": "无证行医",
    "other": "其他",
}
STARS: Mapping[int, str] = {5: "非常满意", 4: "满意", 3: "一般", 2: "不满意", 1: "非常不满意"}
MOST_TEXT, MOST_REMARK, MOST_CONTACT = 2000, 500, 100
PATIENCE = timedelta(seconds=30)
"""So long a form without a solved task has to be open."""
LASTS = timedelta(hours=6)
_TRIES = 50_000
_TRAP = "website"


class Refused(NamedTuple):
    """Why a form is not taken; it is shown again with what was written."""

    why: str
    status: int = 400


TOO_OLD = Refused("页面打开时间过长，请核对后再提交一次。")


@dataclass(frozen=True, slots=True)
class Opened:
    """A form that was opened: its token, its task, and since when."""

    token: str
    challenge: str
    number: str
    since: datetime
    code: str
    tries: int = _TRIES


@dataclass(frozen=True, slots=True)
class Said:
    """What was written in a form, as it is shown again."""

    values: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


class Forms:
    """Opens and reads forms; `key` signs their tokens, and is the same for all processes of a page."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._signer = URLSafeSerializer(self._key, salt="form")

    def open(self, kind: str, code: str, now: datetime) -> Opened:
        """Return a new form about an institution."""
        return self._opened(kind, code, secrets.token_hex(16), now)

    def read(self, token: str, kind: str, code: str, now: datetime) -> Opened | None:
        """Return the form of a token; None where it is not ours, is of another page, or was open for too long."""
        try:
            known, about, name, since = self._signer.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        opened = datetime.fromtimestamp(since, now.tzinfo)
        if known != kind or about != code or not timedelta() <= now - opened <= LASTS:
            return None
        return self._opened(kind, code, name, opened)

    def check(self, form: Opened, said: Said, now: datetime) -> Refused | None:
        """Return why a form is not taken, if so: neither was its task solved, nor was it open long enough."""
        proof = said["proof"]
        if proof.isascii() and proof.isdigit() and len(proof) < 8 and int(proof) == self._solution(form):
            return None
        left = PATIENCE - (now - form.since)
        if left > timedelta():
            return Refused(f"为防止机器提交，请在 {left.seconds + 1} 秒后再按一次提交。您填写的内容已保留。", 429)
        return None

    def _opened(self, kind: str, code: str, name: str, since: datetime) -> Opened:
        token = self._signer.dumps([kind, code, name, int(since.timestamp())])
        mark = b32encode(hashlib.sha256(f"number {name}".encode()).digest()[:10]).decode()
        number = ("TS" if kind == "complaint" else "PJ") + mark
        task = Opened(str(token), "", number, since, code)
        challenge = hashlib.sha256(f"{token}{self._solution(task)}".encode()).hexdigest()
        return Opened(task.token, challenge, number, since, code)

    def _solution(self, form: Opened) -> int:
        drawn = hmac.digest(self._key, f"task {form.token}".encode(), "sha256")
        return int.from_bytes(drawn[:8]) % _TRIES


def is_trapped(said: Said) -> bool:
    """Tell whether a field was filled in that people do not see."""
    return bool(said[_TRAP])


def read_complaint(form: Opened, said: Said) -> Sent | Refused:
    """Return a complaint as it was written."""
    matter, content, contact = said["matter"], _clean(said["content"]), _clean(said["contact"])
    if matter not in MATTERS:
        return Refused("请选择投诉事项。")
    if len(content) < 5:
        return Refused("请写明投诉内容（至少五个字）。")
    if len(content) > MOST_TEXT:
        return Refused(f"投诉内容请不超过 {MOST_TEXT} 字。")
    if len(contact) > MOST_CONTACT:
        return Refused(f"联系方式请不超过 {MOST_CONTACT} 字。")
    return Sent(number=form.number, code=form.code, matter=matter, content=content, contact=contact)


def read_rating(form: Opened, said: Said) -> Sent | Refused:
    """Return a rating as it was written."""
    stars, content = said["stars"], _clean(said["content"])
    if stars not in map(str, STARS):
        return Refused("请选择满意程度。")
    if len(content) > MOST_REMARK:
        return Refused(f"评语请不超过 {MOST_REMARK} 字。")
    return Sent(number=form.number, code=form.code, stars=int(stars), content=content)


def seal(form: Opened, sent: Sent, box: bytes, now: datetime) -> InboxRow:
    """Return what was sent as it is put into the inbox: nobody on this side can read it any more."""
    name = digest_of(form.number)
    return InboxRow(name, now, seal_to(box, sent.model_dump_json().encode(), of_sent(name)))


def _clean(text: str) -> str:
    """Return a text without what does not print; ends of lines stay."""
    kept = (char for char in text.replace("\r\n", "\n") if char.isprintable() or char == "\n")
    return "".join(kept).strip()
