"""Signatures by SM2: the vector of the standard, and another implementation."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from credit.routing.admission import ALGORITHMS

PUBLIC = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
R = bytes.fromhex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3")
S = bytes.fromhex("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa")
SIGNATURE = b"\x30\x46\x02\x21\x00" + R + b"\x02\x21\x00" + S
"""Of GB/T 32918.5, annex A: the message `message digest`, the signer 1234567812345678."""


def test_the_vector_of_the_standard() -> None:
    verify = ALGORITHMS["sm2"](PUBLIC)
    assert verify(SIGNATURE, b"message digest")
    assert not verify(SIGNATURE, b"message digesT")


@pytest.mark.parametrize(
    "signature",
    [b"", b"AAAA", R + S, SIGNATURE + b"\x00", SIGNATURE[:-1], SIGNATURE[:-1] + b"\xab"],
    ids=["empty", "short", "not in DER", "trailing", "cut", "other"],
)
def test_what_is_no_signature(signature: bytes) -> None:
    assert not ALGORITHMS["sm2"](PUBLIC)(signature, b"message digest")


@pytest.mark.parametrize(
    "raw", [b"", PUBLIC[:63], b"\x04" + PUBLIC, bytes(64), b"\x01" * 64, PUBLIC[32:] + PUBLIC[:32]], ids=len
)
def test_what_is_no_public_key(raw: bytes) -> None:
    with pytest.raises(ValueError, match="no public key"):
        ALGORITHMS["sm2"](raw)


def test_what_openssl_signs(tmp_path: Path) -> None:
    private, covered = tmp_path / "private.pem", tmp_path / "covered.bin"
    covered.write_bytes("杏林".encode())
    _openssl("genpkey", "-algorithm", "SM2", "-out", str(private))
    public = _openssl("pkey", "-in", str(private), "-pubout", "-outform", "DER")[-64:]
    signer = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")
    signature = _openssl("pkeyutl", "-sign", "-inkey", str(private), *signer, "-in", str(covered))
    assert ALGORITHMS["sm2"](public)(signature, covered.read_bytes())
    assert not ALGORITHMS["sm2"](PUBLIC)(signature, covered.read_bytes())


def _openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout
