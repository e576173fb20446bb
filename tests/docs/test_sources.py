"""What the page for sources shows does what it says."""

from __future__ import annotations

import base64
import json
import runpy
import sys
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from ruamel.yaml import YAML

from credit.batch.arrival import Arrival
from credit.routing import routes
from schemas.reasons import Reason
from tests.builders import HEALTH, POLICE, ROOT, connectors, national_law
from workers.reading import Reader

SCRIPT = ROOT / "docs" / "sources" / "sign.py"
SAMPLE = ROOT / "connectors" / "inspection" / "samples" / "check.json"
TODAY = date(2026, 6, 1)
QUEUE = "credit.in.inspection"


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def reader(tmp_path: Path, key: Ed25519PrivateKey) -> Reader:
    """One whose queue of inspections demands signatures; the police has the same key under another name."""
    routing = YAML(typ="safe").load(ROOT / "routing.yaml")
    routing["routes"][QUEUE]["signature"] = "demanded"
    public = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    routing["keys"] = {
        name: {"algorithm": "ed25519", "public_key": public, "sender": organ.code}
        for name, organ in {"health-2026": HEALTH, "police-2026": POLICE}.items()
    }
    file = tmp_path / "routing.yaml"
    file.write_text(json.dumps(routing, ensure_ascii=False), encoding="utf-8")
    law = national_law()
    return Reader(connectors(), routes.load(file, law, TODAY, connectors().models()), law)


def sign(folder: Path, monkeypatch: pytest.MonkeyPatch, key: Ed25519PrivateKey, text: str, keyid: str) -> bytes:
    """What the script writes for a message."""
    pem = folder / "key.pem"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    out = StringIO()
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), keyid, str(pem)])
    monkeypatch.setattr(sys, "stdin", StringIO(text))
    monkeypatch.setattr(sys, "stdout", out)
    runpy.run_path(str(SCRIPT), run_name="__main__")
    return out.getvalue().encode()


def read(reader: Reader, body: bytes, headers: dict[str, object] | None = None) -> Arrival:
    return reader.read(QUEUE, body, headers or {}, TODAY)


def reason(arrival: Arrival) -> Reason | None:
    return arrival.failure.reason if arrival.failure else None


def test_what_the_script_signs_is_taken_and_the_unsigned_is_not(
    reader: Reader, key: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = SAMPLE.read_text(encoding="utf-8")
    assert reason(read(reader, plain.encode())) is Reason.SIGNATURE_MISSING
    body = sign(tmp_path, monkeypatch, key, plain, "health-2026")
    arrival = read(reader, body)
    assert (arrival.failure, arrival.statement is None) == (None, False)


def test_a_signed_message_may_travel_in_binary_mode(
    reader: Reader, key: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = json.loads(sign(tmp_path, monkeypatch, key, SAMPLE.read_text(encoding="utf-8"), "health-2026"))
    data, media_type = event.pop("data"), event.pop("datacontenttype")
    headers: dict[str, object] = {f"cloudEvents:{name}": value for name, value in event.items()}
    body = json.dumps(data, ensure_ascii=False, indent=3).encode()
    assert read(reader, body, headers | {"content-type": media_type}).failure is None


def test_attributes_that_the_signature_does_not_cover_do_not_break_it(
    reader: Reader, key: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = json.loads(SAMPLE.read_text(encoding="utf-8")) | {"traceparent": "00-1", "revision": None}
    body = sign(tmp_path, monkeypatch, key, json.dumps(event), "health-2026")
    assert read(reader, body).failure is None


@pytest.mark.parametrize(
    "change",
    [
        {"time": "2026-04-11T08:30:01+08:00"},
        {"id": "another"},
        {"revision": 2},
        {"keyid": "police-2026"},
        {"keyid": "nobody"},
        {"sigalg": "sm2"},
        {"sig": "AAAA"},
        {"sig": "不是"},
        {"data": {}},
    ],
    ids=str,
)
def test_what_was_changed_after_signing_is_refused(
    reader: Reader, key: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    event = json.loads(sign(tmp_path, monkeypatch, key, SAMPLE.read_text(encoding="utf-8"), "health-2026"))
    assert reason(read(reader, json.dumps(event | change).encode())) is Reason.SIGNATURE_INVALID


def test_the_key_of_another_sender_does_not_sign_for_this_one(
    reader: Reader, key: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = sign(tmp_path, monkeypatch, key, SAMPLE.read_text(encoding="utf-8"), "police-2026")
    assert reason(read(reader, body)) is Reason.SIGNATURE_INVALID
