"""What a screen of the console is asked with: by whom, for what, and the archive to look it up in."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse

from credit.access.account import Holder
from credit.identity import MASKED, mask_text
from credit.record.rows import Decision
from credit.store import engine, looks
from credit.store.acting import Acting
from credit.store.looks import Actor
from credit.store.queries.view import View
from schemas.access import Logged
from schemas.errors import PermanentError
from schemas.rights import Right
from schemas.words import Worded
from workers.runtime import Runtime
from workers.show.names import Names, read_names

TOLD = "xinglin_told"
"""The cookie with what was done, shown once on the page that follows."""
CodeT = TypeVar("CodeT", bound=Worded)
_LONGEST = 1000
_LONGEST_NUMBER = 18


class Missing(PermanentError):
    """What was asked for is not there, or not for this account to see; the message says so in Chinese."""


class Incomplete(PermanentError):
    """A form cannot be used as it was sent; the message says in Chinese what is missing."""


class Done(RedirectResponse):
    """Sends the browser to another page; `told` says what was done, `about` what it was done about, for the log."""

    def __init__(self, path: str, told: str, about: str) -> None:
        """Send to a path."""
        super().__init__(path, 303)
        self.told, self.about = told, about


@dataclass(frozen=True)
class Asked:
    """A request of somebody who is logged in. The archive is read and written in short transactions of its own."""

    request: Request
    runtime: Runtime
    holder: Holder
    form: FormData
    now: datetime
    limit: int

    def path(self, name: str) -> str:
        """Return a part of the address as text."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        """Return what the address says after the question mark."""
        return self.request.query_params.get(name, default).strip()

    def after(self) -> int | None:
        """Return the number of the row after which a page begins; None: the first one.

        Raises:
            Incomplete: what is said is no number of a row.
        """
        said = self.text("after") or self.query("after")
        if not said:
            return None
        if not (said.isascii() and said.isdigit() and len(said) < _LONGEST_NUMBER):
            raise Incomplete("翻页的编号不对，请从第一页开始。")
        return int(said)

    def whether(self, name: str) -> bool | None:
        """Return what a filter of yes and no says; None where it says neither."""
        return {"yes": True, "no": False}.get(self.query(name))

    def one_of(self, name: str, codes: type[CodeT]) -> CodeT | None:
        """Return which of some codes a filter names; None where it names none of them."""
        said = self.query(name)
        return codes(said) if said in set(codes) else None

    def day(self, name: str) -> date | None:
        """Return the day that the form or the address says; None where it says none.

        Raises:
            Incomplete: what is said is no day.
        """
        said = self.text(name) or self.query(name)
        try:
            return date.fromisoformat(said) if said else None
        except ValueError:
            raise Incomplete("日期应写作 2026-06-01。") from None

    def text(self, name: str) -> str:
        """Return what a field of the form says; empty where it says nothing."""
        said = self.form.get(name, "")
        return said.strip() if isinstance(said, str) else ""

    def secret(self, name: str) -> str:
        """Return what a field of a password says, with the spaces at its ends."""
        said = self.form.get(name, "")
        return said if isinstance(said, str) else ""

    def texts(self, name: str) -> list[str]:
        """Return all that the fields of one name say, as the ticked ones of a list."""
        return [said.strip() for said in self.form.getlist(name) if isinstance(said, str)]

    def files(self, name: str) -> Sequence[UploadFile]:
        """Return the files of a field; none where none was chosen."""
        return [each for each in self.form.getlist(name) if isinstance(each, UploadFile) and each.filename]

    def required(self, name: str, title: str) -> str:
        """Return what a field says that has to say something.

        Raises:
            Incomplete: it says nothing.
        """
        said = self.text(name)
        if not said:
            raise Incomplete(f"请填写“{title}”。")
        return said

    def may(self, right: Right) -> bool:
        """Tell whether the account has a right."""
        return self.holder.may(right)

    def why_not(self, right: Right) -> str | None:
        """Return why the account may not, in Chinese; None where it may."""
        return self.holder.why_not(right)

    def demand(self, right: Right) -> None:
        """Go on only where the account has a right.

        Raises:
            AccessRefused: it has not.
        """
        self.holder.require(right)

    def view(self) -> View:
        """Return how this account looks at the archive."""
        return self.runtime.view(self.holder.viewer())

    def masked(self) -> View:
        """Return how this account looks at messages and files: at those of its organs, at no number of a person."""
        return self.runtime.view(replace(MASKED, organs=self.holder.organs))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read in one snapshot."""
        with engine.browsing(self.runtime.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write in one transaction."""
        with engine.writing(self.runtime.engine) as connection:
            yield connection

    @cached_property
    def names(self) -> Names:
        """What things are called."""
        reader = self.runtime.reader
        return read_names(reader.registry, reader.routes, reader.law)

    def decision(self, why: str) -> Decision:
        """Return what is kept of a decision: who acts is the account, for the reason that was given."""
        return Decision(self.holder.person, mask_text(why), self.now, self.holder.account)

    @property
    def actor(self) -> Actor:
        """Who acts, as the log names it: by this screen, from this address."""
        client = self.request.client
        address = client.host if client is not None else ""
        return Actor(self.holder.account, self.holder.person, self.request.url.path, address)

    @property
    def acting(self) -> Acting:
        """Who changes accounts."""
        return Acting(self.holder, self.actor, self.now)

    def note(self, what: Logged, about: str, purpose: str) -> None:
        """Write in the log what was done, in a transaction of its own."""
        with self.writing() as connection:
            looks.note(connection, self.actor, what, about, purpose, self.now)

    def look(self, subject_id: str, purpose: str) -> None:
        """Write in the log that the record of a subject is looked at, before it is shown."""
        self.note(Logged.LOOK, subject_id, mask_text(purpose))

    def look_at(self, subjects: Iterable[str | None], purpose: str) -> None:
        """Write in the log which persons are among those that a list or a page is about to show."""
        looks.show(self.runtime.engine, self.actor, subjects, purpose, self.now)

    def go(self, path: str, told: str = "", about: str = "") -> Done:
        """Send the browser to another page, which says once what was done.

        The log names `about` as what it was done about, or what the address of the screen names.
        """
        answer = Done(path, told, about or " ".join(map(str, self.request.path_params.values())))
        if told:
            said = urlsafe_b64encode(told[:_LONGEST].encode()).decode()
            private = self.request.url.scheme == "https"
            answer.set_cookie(TOLD, said, max_age=60, httponly=True, samesite="strict", secure=private)
        return answer

    @property
    def queries(self) -> Mapping[str, str]:
        """All that the address says after the question mark."""
        return dict(self.request.query_params)
