"""Sign a message with Ed25519: python sign.py KEYID PRIVATE_KEY.pem < message.json > signed.json."""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_COVERED = {"specversion", "id", "source", "type", "time", "sender", "revision", "sigalg", "keyid", "data"}


def sign(event: dict[str, Any], keyid: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return a message of the contract with its signature, over the RFC 8785 form of what it covers."""
    present = {name: value for name, value in event.items() if value is not None}
    named = present | {"sigalg": "ed25519", "keyid": keyid}
    covered = rfc8785.dumps({name: value for name, value in named.items() if name in _COVERED})
    return named | {"sig": base64.b64encode(key.sign(covered)).decode()}


if __name__ == "__main__":
    private = load_pem_private_key(Path(sys.argv[2]).read_bytes(), password=None)
    assert isinstance(private, Ed25519PrivateKey)
    signed = sign(json.load(sys.stdin), sys.argv[1], private)
    json.dump(signed, sys.stdout, ensure_ascii=False)
