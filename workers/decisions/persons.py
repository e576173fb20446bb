"""Who acts at the command line: the account of the system user, as soon as any account is bound to one.

Where none is, whoever can run the command may, and gives a name: `xinglin doctor` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from credit.access import foureyes
from credit.access.account import Holder
from credit.access.refusal import AccessRefused
from credit.identity import MASKED, mask_text
from credit.store import looks
from credit.store.engine import reading, writing
from credit.store.looks import Actor
from credit.store.queries import subjects
from credit.store.queries.accounts import are_bound, find_holder, read_of_system_user
from credit.store.queries.view import View
from schemas.access import FourEyes, Logged
from schemas.errors import PermanentError
from schemas.rights import Right
from workers.account import read_account, read_user
from workers.decisions import identities
from workers.decisions.proposed import Signatory
from workers.onlooker import Onlooker
from workers.runtime import Runtime

QUERY = "命令行查询"
"""The purpose of a look by a command that asks for none."""


class Person(NamedTuple):
    """Who acts: the account, and its holder; None where accounts are not bound, and `account` is the system user."""

    account: str
    holder: Holder | None

    @property
    def of_two(self) -> frozenset[FourEyes]:
        """What this person cannot send alone; nothing where accounts are not bound."""
        return foureyes.OF_TWO if self.holder is not None else foureyes.NOTHING

    def actor(self, command: str) -> Actor:
        """Return who acts, as the log names it."""
        return Actor(self.account, self.holder.person if self.holder is not None else "", f"xinglin {command}")


class Deed(NamedTuple):
    """What a command does that a person decides, as the log names it: by which command, about what, and why.

    `subjects` are USCCs or numbers of persons as typed: the log has the ids of their subjects. What takes `two` persons
    whose accounts are known was only proposed, and the log has it by that word.
    """

    command: str
    about: str = ""
    why: str = ""
    subjects: tuple[str, ...] = ()
    two: bool = False


class Watcher(NamedTuple):
    """Who looks at what a command lists: how the archive is shown, and as whom the log names who looks.

    Where accounts are not bound nobody is known, and nothing is written.
    """

    opened: Runtime | Onlooker
    view: View
    actor: Actor | None

    def show(self, subjects: Iterable[str | None], purpose: str = QUERY) -> None:
        """Write in the log which persons are among those that the command is about to show."""
        if self.actor is not None:
            looks.show(self.opened.engine, self.actor, subjects, mask_text(purpose), self.opened.clock())


def identify(runtime: Runtime | Onlooker) -> Person:
    """Return who runs this command, whether or not an account is bound to the system user.

    Raises:
        AccessRefused: the account is disabled.
    """
    environ = runtime.settings.environ
    with reading(runtime.engine) as connection:
        account = read_of_system_user(connection, read_user(environ))
        holder = find_holder(connection, account, runtime.clock())
    if account is None:
        return Person(read_account(environ), None)
    if holder is None:
        raise AccessRefused(f"the account {account.name} is disabled", f"没有办理：账号 {account.name} 已停用")
    return Person(holder.account, holder)


def find(runtime: Runtime | Onlooker) -> Person:
    """Return who runs this command, where accounts are bound to system users by an account.

    Raises:
        AccessRefused: accounts are bound, and this system user has none, or it is disabled.
    """
    person = identify(runtime)
    if person.holder is None:
        with reading(runtime.engine) as connection:
            bound = are_bound(connection)
        if bound:
            user = read_user(runtime.settings.environ)
            raise AccessRefused(
                f"no account is bound to the system user {user}",
                f"没有办理：系统用户 {user} 没有绑定账号，请系统管理员新建账号并写明 --system-user {user}",
            )
    return person


def require(runtime: Runtime, right: Right, said: str | None) -> Person:
    """Let pass whose account has a right; `said` is the name that was given as who decides, None: nobody's.

    Raises:
        AccessRefused: the right is lacking, or the name is another's.
    """
    person = find(runtime)
    if person.holder is None:
        return person
    person.holder.require(right)
    if said is not None and said != person.holder.person:
        raise AccessRefused(
            f"--by names another person than the account {person.account}",
            f"没有办理：--by 应为账号 {person.account} 的本人，即 {person.holder.person}",
        )
    return person


def log(runtime: Runtime, deed: Deed | None) -> None:
    """Write in the log what was done by a command: by the account, or the system user where none is bound."""
    person = find(runtime)
    if deed is None or (deed.two and person.holder is not None):
        return
    actor = person.actor(deed.command)
    about = " ".join([deed.about, *(_find_subject(runtime, key) for key in deed.subjects)]).strip()
    with writing(runtime.engine) as connection:
        looks.note(connection, actor, Logged.DECIDE, mask_text(about), mask_text(deed.why), runtime.clock())


def _find_subject(runtime: Runtime, key: str) -> str:
    try:
        return identities.find_subject(runtime, key)
    except PermanentError:  # it was found by what is claimed for it
        with reading(runtime.engine) as connection:
            return subjects.find(connection, key, runtime.keyring).current


def watch(opened: Runtime | Onlooker, command: str) -> Watcher:
    """Return who looks at what a command lists; numbers stay masked on the command line.

    Raises:
        AccessRefused: the account may not look.
    """
    person = find(opened)
    if person.holder is None:
        return Watcher(opened, opened.view(MASKED), None)
    person.holder.require(Right.LOOK)
    return Watcher(opened, opened.view(replace(MASKED, organs=person.holder.organs)), person.actor(command))


def look(opened: Runtime | Onlooker, key: str, command: str, purpose: str = QUERY) -> View:
    """Write in the log who looks at the record of a subject; return how it is shown.

    Raises:
        AccessRefused: the account may not look.
        SubjectUnknown: there is no such subject.
    """
    watcher = watch(opened, command)
    if watcher.actor is not None:
        with writing(opened.engine) as connection:
            subject_id = subjects.find(connection, key, opened.keyring).current
            looks.note(connection, watcher.actor, Logged.LOOK, subject_id, mask_text(purpose), opened.clock())
    return watcher.view


def require_second(runtime: Runtime, command: str) -> Signatory:
    """Return who decides, as the second person, about what somebody has proposed.

    Raises:
        AccessRefused: accounts are not bound to system users, so that nobody knows who this is.
    """
    person = find(runtime)
    if person.holder is None:
        raise AccessRefused(
            "nobody is known at this terminal: no account is bound to a system user",
            "没有办理：命令行没有绑定账号，无从知道是否另一人。请在工作台复核，"
            "或者由系统管理员为各人绑定系统用户（xinglin account add … --system-user）",
        )
    return Signatory(person.holder, person.actor(command))
