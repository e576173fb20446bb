"""The user of the operating system who runs a command: kept beside the name that a person gives."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_LOGIN = Path("/proc/self/loginuid")
_NOBODY = 2**32 - 1


def read_account(environ: Mapping[str, str], login: Path = _LOGIN) -> str:
    """Return the user who logged in, and in brackets the one that the program runs as, where that is another.

    Who logged in outlasts sudo; where the system does not say, as of a service, `XINGLIN_ACCOUNT` of the environment
    does, which `xinglinctl` sets.
    """
    running, logged_in = _name(os.geteuid()), read_user(environ, login)
    return running if logged_in == running else f"{logged_in} ({running})"


def read_user(environ: Mapping[str, str], login: Path = _LOGIN) -> str:
    """Return the user who logged in, as `read_account` does, without the one that the program runs as."""
    return _read_login(login) or environ.get("XINGLIN_ACCOUNT") or _name(os.geteuid())


def _read_login(login: Path) -> str | None:
    with suppress(OSError, ValueError):
        uid = int(login.read_text())
        return None if uid == _NOBODY else _name(uid)
    return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
