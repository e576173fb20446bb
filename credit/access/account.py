"""Accounts, and what their holders may do."""

from __future__ import annotations

from dataclasses import dataclass

from credit.identity import Viewer
from schemas.rights import Right


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who is logged in: the account, the person's name, and the rights that hold now.

    `organs` are the codes of the organs whose records may be seen; None: of all.
    """

    account: str
    person: str
    rights: frozenset[Right]
    organs: frozenset[str] | None = None

    def may(self, right: Right) -> bool:
        """Tell whether the account has a right."""
        return right in self.rights

    def why_not(self, right: Right) -> str | None:
        """Return why the account may not, in Chinese; None where it may."""
        return None if self.may(right) else f"您没有“{right.word}”的权限，请向安全管理员申请。"

    def viewer(self) -> Viewer:
        """Return how this account sees persons and sealed records."""
        return Viewer(sees_numbers=self.may(Right.NUMBERS), sees_sealed=self.may(Right.SEALED))
