"""A sealed word in the archive that proves, before any message is touched, that the keys at hand are its keys."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, insert, select, update

from credit.record import places
from credit.store import terms
from credit.store.engine import writing
from credit.store.tables import keymark
from credit.vault import Keyring, key_id_of
from schemas.errors import ConfigurationError, PermanentError

_WORD = b"xinglin"
_MARK = "keys"
_PLACE = places.of_keymark(_MARK)


def is_marked(connection: Connection) -> bool:
    """Tell whether an archive has its keys already: a new one takes those of the first worker."""
    return connection.execute(select(keymark.c.mark)).first() is not None


def settle_keys(engine: Engine, vault: Keyring) -> None:
    """Check the keys, and let the archive's mark be sealed with the one in use: whoever does not hold it stops.

    Before anything is sealed with a new key: a worker that has read the file before would not open it.

    Raises:
        ConfigurationError: the archive was written with other keys.
    """
    with writing(engine) as connection:
        check_keys(connection, vault)
        if _read_key(connection) == vault.current:
            return
    with writing(engine) as connection:
        terms.move(connection)
        check_keys(connection, vault)
        word = vault.seal(_make_word(vault), _PLACE)
        connection.execute(update(keymark).where(keymark.c.mark == _MARK).values(sealed=word))


def _read_key(connection: Connection) -> str:
    return key_id_of(connection.execute(select(keymark.c.sealed).where(keymark.c.mark == _MARK)).scalar_one())


def _make_word(vault: Keyring) -> bytes:
    return _WORD + vault.lookup("keymark").encode()


def check_keys(connection: Connection, vault: Keyring) -> None:
    """Leave the mark in a new archive, or open the one that is there; the caller's transaction commits it.

    The mark also holds the keyed hash of a fixed word: with another index key every look-up would silently miss.

    Raises:
        ConfigurationError: the archive was written with other keys.
    """
    expected = _make_word(vault)
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
