"""Keys, sealing at rest, and the keyed hash by which a sealed number is found again.

A token binds its content to a key and to a place: version and key id in front, then a random 96-bit nonce,
then ciphertext and tag, with the front and the caller's context authenticated. In the archive the context is
the `place` of one row, so that a token moved to another row does not open. Random nonces are safe for 2^32
tokens under one key; make a new key well before that. Old keys stay in the ring, so old tokens stay readable.
Tokens of version 1 were bound to their table alone: `unseal` refuses them, and only the migration that binds
an archive's tokens to their rows opens them.

The index key is never rotated. Subject ids and every lookup column derive from it: with another one the same
person would become a new subject, and nothing on file would be found. Whoever holds it can test a guessed
number but cannot read a token; protect the ring as a whole.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schemas.errors import ConfigurationError, PermanentError

_VERSION = 2
_UNBOUND = 1
"""The version of tokens whose context was the table alone."""
_RING_VERSION = 1
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_HEAD = 5
_NONCE = 12
_TAG = 16
_INDEX_KEY_BYTES = 32


class SealBroken(PermanentError):
    """A sealed value cannot be opened: altered, out of its place, or its key is not in the ring."""


class Algorithm(StrEnum):
    """The ciphers a data key can be for."""

    AES_256_GCM = "aes-256-gcm"
    SM4_GCM = "sm4-gcm"

    @property
    def key_bytes(self) -> int:
        """Length of a key."""
        return 32 if self is Algorithm.AES_256_GCM else 16


class _Aead(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes | memoryview, associated_data: bytes) -> bytes: ...


class _Sm4Gcm:
    """SM4-GCM (GB/T 32907, RFC 8998) in the shape of `AESGCM`."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = algorithms.SM4(secret)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        encryptor = Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes | memoryview, associated_data: bytes) -> bytes:
        decryptor = Cipher(self._cipher, modes.GCM(nonce, bytes(data[-_TAG:]))).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-_TAG]) + decryptor.finalize()


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key that seals, with its cipher made once."""

    algorithm: Algorithm
    secret: bytes = field(repr=False)
    _aead: _Aead = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.secret) != self.algorithm.key_bytes:
            raise ConfigurationError(f"a {self.algorithm} key has {self.algorithm.key_bytes} bytes")
        make = AESGCM if self.algorithm is Algorithm.AES_256_GCM else _Sm4Gcm
        object.__setattr__(self, "_aead", make(self.secret))


@dataclass(frozen=True, slots=True)
class Keyring:
    """The index key and the data keys by id; new tokens are sealed with the `current` one. Thread-safe."""

    index_key: bytes = field(repr=False)
    data_keys: Mapping[str, DataKey]
    current: str
    _index: HMAC = field(init=False, repr=False, compare=False)
    _head: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.index_key) != _INDEX_KEY_BYTES:
            raise ConfigurationError(f"the index key has {_INDEX_KEY_BYTES} bytes")
        if self.current not in self.data_keys:
            raise ConfigurationError("the current key is not among the data keys")
        if not all(map(_KEY_ID.fullmatch, self.data_keys)):
            raise ConfigurationError("a key id is eight hexadecimal digits in lower case")
        object.__setattr__(self, "data_keys", MappingProxyType(dict(self.data_keys)))
        object.__setattr__(self, "_index", HMAC(self.index_key, SHA256()))
        object.__setattr__(self, "_head", bytes((_VERSION,)) + bytes.fromhex(self.current))

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Encrypt with the current key; `context` names the place and must be given again to open."""
        nonce = os.urandom(_NONCE)
        sealed = self.data_keys[self.current]._aead.encrypt(nonce, plain, self._head + context)  # noqa: SLF001 - one unit
        return self._head + nonce + sealed

    def unseal(self, token: bytes, context: bytes) -> bytes:
        """Decrypt with whichever key sealed it. Raises SealBroken."""
        return self._open(token, key_id_of(token), context)

    def unseal_unbound(self, token: bytes, context: bytes) -> bytes:
        """Decrypt a token of version 1, which any row of its table could hold; for nobody but a migration.

        Raises:
            SealBroken: it is of another version, or altered.
        """
        if not is_unbound(token):
            raise SealBroken("not a sealed value of version 1")
        return self._open(token, token[1:_HEAD].hex(), context)

    def _open(self, token: bytes, key_id: str, context: bytes) -> bytes:
        key = self.data_keys.get(key_id)
        if key is None:
            raise SealBroken(f"sealed with key {key_id}, which is not in the ring: restore that key")
        nonce, sealed = token[_HEAD : _HEAD + _NONCE], memoryview(token)[_HEAD + _NONCE :]  # it may be 20 MB: no copy
        try:
            return key._aead.decrypt(nonce, sealed, token[:_HEAD] + context)  # noqa: SLF001 - one unit
        except InvalidTag:
            raise SealBroken("a sealed value was altered or moved from its place") from None

    def lookup(self, text: str) -> str:
        """Give the keyed hash (HMAC-SHA-256, 64 hexadecimal digits) by which a text is found."""
        keyed = self._index.copy()
        keyed.update(text.encode())
        return keyed.finalize().hex()


def place(*names: str) -> bytes:
    """Return the context of one place: other names, or the same ones divided otherwise, give another."""
    return b"".join([b"%d:%b" % (len(name), name) for name in map(str.encode, names)])


def is_bound(token: bytes) -> bool:
    """Tell whether bytes are a token of today."""
    return len(token) >= _HEAD + _NONCE + _TAG and token[0] == _VERSION


def is_unbound(token: bytes) -> bool:
    """Tell whether bytes are a token of version 1, bound to its table alone."""
    return len(token) >= _HEAD + _NONCE + _TAG and token[0] == _UNBOUND


def key_id_of(token: bytes) -> str:
    """Tell which key sealed a token. Raises SealBroken when it is no token."""
    if not is_bound(token):
        raise SealBroken("not a sealed value of a known version")
    return token[1:_HEAD].hex()


def generate(algorithm: Algorithm) -> Keyring:
    """Make a ring with a new index key and one data key."""
    key_id = secrets.token_hex(4)
    return Keyring(secrets.token_bytes(_INDEX_KEY_BYTES), {key_id: _new_data_key(algorithm)}, key_id)


def with_new_key(keyring: Keyring, algorithm: Algorithm) -> Keyring:
    """Add a data key and make it current. The index key and the old data keys stay."""
    key_id = secrets.token_hex(4)
    while key_id in keyring.data_keys:
        key_id = secrets.token_hex(4)
    data_keys = {**keyring.data_keys, key_id: _new_data_key(algorithm)}
    return replace(keyring, data_keys=data_keys, current=key_id)


def _new_data_key(algorithm: Algorithm) -> DataKey:
    return DataKey(algorithm, secrets.token_bytes(algorithm.key_bytes))


def dump(keyring: Keyring) -> str:
    """Write a ring as JSON text. It holds the keys: keep it where only the service can read it."""
    data_keys = {
        key_id: {"algorithm": key.algorithm.value, "key": b64encode(key.secret).decode()}
        for key_id, key in keyring.data_keys.items()
    }
    index_key = b64encode(keyring.index_key).decode()
    document = {
        "version": _RING_VERSION,
        "index_key": index_key,
        "current": keyring.current,
        "data_keys": data_keys,
    }
    return json.dumps(document, indent=2) + "\n"


def parse(text: str) -> Keyring:
    """Read what `dump` wrote. Raises ConfigurationError, which never quotes the text."""
    try:
        document: dict[str, Any] = json.loads(text)
        if document["version"] != _RING_VERSION:
            raise ConfigurationError("the keys are of a version this program does not know")
        data_keys = {
            key_id: DataKey(Algorithm(entry["algorithm"]), b64decode(entry["key"], validate=True))
            for key_id, entry in document["data_keys"].items()
        }
        return Keyring(b64decode(document["index_key"], validate=True), data_keys, document["current"])
    except (ValueError, TypeError, KeyError, AttributeError):
        # The cause would show key material in a traceback.
        raise ConfigurationError("the keys are not the JSON that `xinglin keys new` writes") from None


_BOX = b"xinglin box 1"
"""What the key of the box is derived for."""
_BOX_KEY = 32


def box_of(keyring: Keyring) -> bytes:
    """Return the public half of a ring's box: whoever has it can seal to the ring, and open nothing.

    It follows from the index key, which is never rotated, so that what was sealed to it can always be opened.
    """
    return _private(keyring).public_key().public_bytes_raw()


def seal_to(box: bytes, plain: bytes, context: bytes) -> bytes:
    """Encrypt to the public half of a box (X25519, HKDF-SHA-256, AES-256-GCM, a key of its own for each text)."""
    once = X25519PrivateKey.generate()
    front = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(box))
    return front + _once(shared, front + box).encrypt(bytes(_NONCE), plain, context)


def open_box(keyring: Keyring, token: bytes, context: bytes) -> bytes:
    """Decrypt what was sealed to the box of a ring.

    Raises:
        SealBroken: it was altered, moved from its place, or sealed to another box.
    """
    private = _private(keyring)
    front, sealed = token[:_BOX_KEY], token[_BOX_KEY:]
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(front))
        return _once(shared, front + private.public_key().public_bytes_raw()).decrypt(bytes(_NONCE), sealed, context)
    except (InvalidTag, ValueError):
        raise SealBroken("what was sealed to the box does not open") from None


def _private(keyring: Keyring) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(HKDF(SHA256(), _BOX_KEY, None, _BOX).derive(keyring.index_key))


def _once(shared: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), _BOX_KEY, salt, _BOX).derive(shared))


_CODE = b"xinglin code 1"
"""What is derived from a code that is handed out is derived for this."""


def name_by(code: str) -> str:
    """Return what lies under a code, which has to be random and long: it tells nobody the code, nor opens anything."""
    return _derive(code, b"name").hex()


def seal_by(code: str, plain: bytes, context: bytes) -> bytes:
    """Encrypt one text for whoever has a code; another text needs another code."""
    return AESGCM(_derive(code, b"key")).encrypt(bytes(_NONCE), plain, context)


def open_by(code: str, sealed: bytes, context: bytes) -> bytes:
    """Decrypt what was sealed by a code.

    Raises:
        SealBroken: it was altered, moved from its place, or sealed by another code.
    """
    try:
        return AESGCM(_derive(code, b"key")).decrypt(bytes(_NONCE), sealed, context)
    except (InvalidTag, ValueError):
        raise SealBroken("what was sealed by a code does not open with it") from None


def _derive(code: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _BOX_KEY, None, b"%b %b" % (_CODE, purpose)).derive(code.encode())
