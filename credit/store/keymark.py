"""A sealed word in the archive that proves, before any message is touched, that the keys at hand are its keys."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from credit.record import places
from credit.store.tables import keymark
from credit.vault import Keyring
from schemas.errors import ConfigurationError, PermanentError

_WORD = b"xinglin"
_MARK = "keys"
_PLACE = places.of_keymark(_MARK)


def is_marked(connection: Connection) -> bool:
    """Tell whether an archive has its keys already: a new one takes those of the first worker."""
    return connection.execute(select(keymark.c.mark)).first() is not None


def check_keys(connection: Connection, vault: Keyring) -> None:
    """Leave the mark in a new archive, or open the one that is there; the caller's transaction commits it.

    The mark also holds the keyed hash of a fixed word: with another index key every look-up would silently miss.

    Raises:
        ConfigurationError: the archive was written with other keys.
    """
    expected = _WORD + vault.lookup("keymark").encode()
    sealed = connection.execute(select(keymark.c.sealed).where(keymark.c.mark == _MARK)).scalar_one_or_none()
    if sealed is None:
        connection.execute(insert(keymark).values(mark=_MARK, sealed=vault.seal(expected, _PLACE)))
        return
    try:
        found = vault.unseal(sealed, _PLACE)
    except PermanentError:
        found = b""
    if found != expected:
        raise ConfigurationError(
            "the archive was written with other keys than XINGLIN_KEYS or XINGLIN_KEY_FILE now hold; "
            "set the keys it was written with"
        )
