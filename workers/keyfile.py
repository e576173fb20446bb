"""Where the keys of an archive lie: in the environment, or in a file that only the service can reach."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from credit.vault import Algorithm, Keyring, dump, generate, parse
from schemas.errors import ConfigurationError

KEY_FILE_NAME = "keys.json"

_FORBIDDEN_MODE = stat.S_IWGRP | stat.S_IRWXO


def load(home: Path, environ: Mapping[str, str], *, servers: bool) -> Keyring:
    """Find the ring: XINGLIN_KEYS (the JSON), XINGLIN_KEY_FILE (its path), else the embedded home's own file.

    The embedded home makes its file on first use; of two processes that start at once both get the keys of
    the one that came first. Against servers nothing is made: other hosts would make other keys. Raises
    ConfigurationError when there are no keys, two settings name them, or others may read the file.
    """
    inline, file = environ.get("XINGLIN_KEYS"), environ.get("XINGLIN_KEY_FILE")
    if inline and file:
        raise ConfigurationError("XINGLIN_KEYS and XINGLIN_KEY_FILE are both set: unset one")
    if inline:
        return parse(inline)
    if file:
        return read(Path(file))
    if servers:
        raise ConfigurationError(
            "no keys: set XINGLIN_KEY_FILE to the path of a key file, or XINGLIN_KEYS to its content, the "
            "same on every host. Make one, once, with: xinglin keys new FILE"
        )
    own = home / KEY_FILE_NAME
    if not own.exists():
        _create(own, generate(Algorithm.AES_256_GCM))
    return read(own)


def key_file(home: Path, environ: Mapping[str, str]) -> Path | None:
    """Return the file that `load` reads the ring from; None where the environment itself holds it."""
    if environ.get("XINGLIN_KEYS"):
        return None
    return Path(environ.get("XINGLIN_KEY_FILE") or home / KEY_FILE_NAME)


def read(path: Path) -> Keyring:
    """Read a key file. Raises ConfigurationError when it is missing, unusable, or open to others."""
    try:
        with path.open(encoding="utf-8") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            text = stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: the key file cannot be read ({type(error).__name__})") from None
    if mode & _FORBIDDEN_MODE:
        raise ConfigurationError(f"{path}: others can reach these keys (mode {mode:04o}): chmod 600 {path}")
    try:
        return parse(text)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def save(keyring: Keyring, path: Path) -> None:
    """Put a ring in a file in place of what it held: atomic, durable, mode 0600."""
    with _written(path.parent, dump(keyring)) as draft:
        draft.replace(path)


def _create(path: Path, keyring: Keyring) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _written(path.parent, dump(keyring)) as draft:
        try:
            # A link, unlike a rename, never takes the place of a file another process has just made, and the
            # name appears only with the whole content behind it.
            path.hardlink_to(draft)
        except FileExistsError:
            return


@contextmanager
def _written(folder: Path, text: str) -> Iterator[Path]:
    """Give a private, synced draft with the text; sync what the caller names it, remove the draft."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".keys-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        yield draft
        directory = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    finally:
        draft.unlink(missing_ok=True)
