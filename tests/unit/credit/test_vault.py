from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit import vault
from credit.vault import Algorithm, DataKey, Keyring
from schemas.errors import ConfigurationError, PermanentError
from workers import keyfile

ROOT = Path(__file__).parents[3]
INDEX_KEY = bytes(range(32))
AES = Keyring(INDEX_KEY, {"00000001": DataKey(Algorithm.AES_256_GCM, bytes(32))}, "00000001")
SM4_SECRET = bytes.fromhex("0123456789abcdeffedcba9876543210")
SM4 = Keyring(INDEX_KEY, {"00000002": DataKey(Algorithm.SM4_GCM, SM4_SECRET)}, "00000002")

both = pytest.mark.parametrize("ring", [AES, SM4], ids=["aes", "sm4"])


@both
@given(plain=st.binary(max_size=2000), context=st.binary(max_size=40))
def test_what_was_sealed_is_unsealed(ring: Keyring, plain: bytes, context: bytes) -> None:
    token = ring.seal(plain, context)
    assert ring.unseal(token, context) == plain
    assert vault.key_id_of(token) == ring.current
    assert len(token) == len(plain) + 33


# AES: test case 15 of the GCM specification (McGrew and Viega). SM4: RFC 8998, appendix A.1.
@pytest.mark.parametrize(
    ("key", "nonce", "aad", "plain", "sealed"),
    [
        (
            DataKey(
                Algorithm.AES_256_GCM,
                bytes.fromhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
            ),
            "cafebabefacedbaddecaf888",
            "",
            (
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
            ),
            (
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
                "b094dac5d93471bdec1a502270e3cc6c"
            ),
        ),
        (
            DataKey(Algorithm.SM4_GCM, SM4_SECRET),
            "00001234567800000000abcd",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            (
                "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
                "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
            ),
            (
                "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
                "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
                "83de3541e4c2b58177e065a9bf7b62ec"
            ),
        ),
    ],
    ids=["aes", "sm4"],
)
def test_ciphers_agree_with_published_vectors(key: DataKey, nonce: str, aad: str, plain: str, sealed: str) -> None:
    parts = bytes.fromhex(nonce), bytes.fromhex(plain), bytes.fromhex(aad)
    assert key._aead.encrypt(*parts).hex() == sealed


#: Version 1, key 00000001, then a nonce of zeros, ciphertext and tag.
UNBOUND = bytes.fromhex("0100000001" + "00" * 12 + "b6ce2e5a2109051fae817310404336018ed7c0acdee74f")


def test_token_of_an_earlier_release_opens_for_the_migration_alone() -> None:
    assert AES.unseal_unbound(UNBOUND, b"message") == b"xinglin"
    with pytest.raises(vault.SealBroken, match="not a sealed value of a known version"):
        AES.unseal(UNBOUND, b"message")
    with pytest.raises(vault.SealBroken, match="altered or moved"):
        AES.unseal_unbound(UNBOUND, b"subject")


def test_a_token_cannot_be_passed_off_as_one_of_an_earlier_release() -> None:
    """The version is authenticated: a token of today does not open as one of those that fit every row."""
    token = AES.seal(b"xinglin", b"message")
    with pytest.raises(vault.SealBroken, match="not a sealed value of version 1"):
        AES.unseal_unbound(token, b"message")
    with pytest.raises(vault.SealBroken, match="altered or moved"):
        AES.unseal_unbound(b"\x01" + token[1:], b"message")
    with pytest.raises(vault.SealBroken, match="altered or moved"):
        AES.unseal(b"\x02" + UNBOUND[1:], b"message")


def test_places_differ_however_their_names_are_divided() -> None:
    names = [("a", "b", "c"), ("a", "bc"), ("ab", "c"), ("abc",), ("a", "b", "c", ""), ("", "a", "b", "c"), ("1:a",)]
    names += [("a1:b", "c"), ("a", "1:b1:c"), ("张", "三"), ("张三",)]
    assert len({vault.place(*each) for each in names}) == len(names)


@both
def test_any_changed_bit_breaks_the_seal(ring: Keyring) -> None:
    token = ring.seal(b"410481198001010028", b"message")
    for place in range(len(token)):
        for bit in (1, 128):
            altered = bytearray(token)
            altered[place] ^= bit
            with pytest.raises(vault.SealBroken):
                ring.unseal(bytes(altered), b"message")


@both
def test_token_is_bound_to_its_place(ring: Keyring) -> None:
    token = ring.seal(b"secret", b"message")
    with pytest.raises(vault.SealBroken, match="altered or moved"):
        ring.unseal(token, b"subject")


@pytest.mark.parametrize("token", [b"", b"\x01", b"\x01" * 32, b"\x03" * 60], ids=["none", "one", "short", "version"])
def test_what_is_no_token_is_refused(token: bytes) -> None:
    with pytest.raises(vault.SealBroken, match="not a sealed value"):
        AES.unseal(token, b"message")
    assert issubclass(vault.SealBroken, PermanentError)


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert len({AES.seal(b"same", b"message") for _ in range(1000)}) == 1000


def test_rotation_keeps_old_tokens_readable_and_lookups_unchanged() -> None:
    old = vault.generate(Algorithm.AES_256_GCM)
    new = vault.with_new_key(old, Algorithm.SM4_GCM)
    token = old.seal(b"kept", b"message")
    assert new.unseal(token, b"message") == b"kept"
    assert vault.key_id_of(new.seal(b"kept", b"message")) == new.current != old.current
    assert new.data_keys[new.current].algorithm is Algorithm.SM4_GCM
    assert new.lookup("resident:410481198001010028") == old.lookup("resident:410481198001010028")
    with pytest.raises(vault.SealBroken, match=f"key {new.current}, which is not in the ring"):
        old.unseal(new.seal(b"x", b""), b"")


def test_lookup_is_hmac_sha256() -> None:
    # From `openssl dgst -sha256 -mac HMAC`.
    assert AES.lookup("abc") == "f0133729c4163dede81e21cd47839256da58171238c8a0d874397c73b14e1e47"


@both
def test_ring_survives_dump_and_parse(ring: Keyring) -> None:
    assert vault.parse(vault.dump(ring)) == ring


def test_keys_never_show_in_repr_or_complaints() -> None:
    ring = vault.generate(Algorithm.AES_256_GCM)
    secret, text = ring.data_keys[ring.current].secret, vault.dump(ring)
    document = json.loads(text)
    shown = repr(ring) + str(ring)
    damaged = text.replace('"current": "', '"current": "x')
    with pytest.raises(ConfigurationError) as raised:
        vault.parse(damaged)
    shown += str(raised.value)
    with pytest.raises(ConfigurationError) as raised:
        vault.parse(text[:-5])
    shown += str(raised.value)
    assert ring.current in repr(ring)
    for hidden in (
        str(secret),
        secret.hex(),
        document["index_key"],
        document["data_keys"][ring.current]["key"],
    ):
        assert hidden not in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"version": 2}',
        '{"version": 1, "data_keys": []}',
        '{"version": 1, "data_keys": {"a": 1}}',
    ],
)
def test_what_is_no_key_file_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        vault.parse(text)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("index_key", "c2hvcnQ="),
        ("index_key", "?"),
        ("current", "ffffffff"),
        ("current", []),
        ("data_keys", {}),
    ],
)
def test_ring_that_does_not_fit_together_is_refused(part: str, value: object) -> None:
    document = json.loads(vault.dump(AES))
    document[part] = value
    with pytest.raises(ConfigurationError):
        vault.parse(json.dumps(document))


def test_environment_may_hold_the_keys_or_name_their_file(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    keyfile.save(SM4, path)
    assert keyfile.load(tmp_path, {"XINGLIN_KEYS": vault.dump(AES)}, servers=True) == AES
    assert keyfile.load(tmp_path, {"XINGLIN_KEY_FILE": str(path)}, servers=True) == SM4
    with pytest.raises(ConfigurationError, match="both set"):
        keyfile.load(tmp_path, {"XINGLIN_KEYS": vault.dump(AES), "XINGLIN_KEY_FILE": str(path)}, servers=False)
    assert not (tmp_path / "keys.json").exists()


def test_servers_without_keys_are_a_refusal_that_says_how(tmp_path: Path) -> None:
    keyfile.load(tmp_path, {}, servers=False)
    with pytest.raises(ConfigurationError, match=r"XINGLIN_KEY_FILE.*XINGLIN_KEYS.*xinglin keys new"):
        keyfile.load(tmp_path, {"XINGLIN_KEYS": ""}, servers=True)


def test_embedded_home_makes_its_keys_once_and_privately(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    ring = keyfile.load(home, {}, servers=False)
    assert [entry.name for entry in home.iterdir()] == ["keys.json"]
    assert (home / "keys.json").stat().st_mode & 0o777 == 0o600
    assert keyfile.load(home, {}, servers=False) == ring


def test_save_replaces_the_file_and_keeps_it_private(tmp_path: Path) -> None:
    rotated = vault.with_new_key(keyfile.load(tmp_path, {}, servers=False), Algorithm.SM4_GCM)
    keyfile.save(rotated, tmp_path / "keys.json")
    assert keyfile.load(tmp_path, {}, servers=False) == rotated
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys.json"]
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o602])
def test_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    keyfile.load(tmp_path, {}, servers=False)
    path = tmp_path / "keys.json"
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match=f"mode {mode:04o}.*chmod 600 {path}"):
        keyfile.load(tmp_path, {}, servers=False)


def test_key_file_that_a_service_group_may_read_is_accepted(tmp_path: Path) -> None:
    ring = keyfile.load(tmp_path, {}, servers=False)
    (tmp_path / "keys.json").chmod(0o440)
    assert keyfile.load(tmp_path, {}, servers=False) == ring


def test_missing_or_damaged_key_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    with pytest.raises(ConfigurationError, match=r"ring\.json"):
        keyfile.read(path)
    path.touch(mode=0o600)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"ring\.json"):
        keyfile.read(path)


START_TOGETHER = """
import sys
from pathlib import Path
from workers import keyfile
print("ready", flush=True)
sys.stdin.readline()
print(keyfile.load(Path(sys.argv[1]), {}, servers=False).lookup("same"))
"""


def test_processes_that_start_at_once_end_with_the_same_keys(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START_TOGETHER, str(tmp_path / "home")]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate()[0].strip() for process in processes]
    assert len(answers[0]) == 64
    assert len(set(answers)) == 1
    assert [entry.name for entry in (tmp_path / "home").iterdir()] == ["keys.json"]
