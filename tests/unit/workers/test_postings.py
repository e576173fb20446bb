"""A list of messages is taken apart into the bytes that were written."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers.postings import read_file


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        (b'[{"a": 1, "a": 2},\n {"b" : "],{\\"" }]', [b'{"a": 1, "a": 2}', b'{"b" : "],{\\"" }']),
        (b'\xef\xbb\xbf[{"a": 2.0, "c": []}]', [b'{"a": 2.0, "c": []}']),
        (b'[{"a": NaN}, nonsense, {"a": 1},]', [b'{"a": NaN}', b"nonsense", b'{"a": 1}']),
        (b'[{"a": 1}, {"b": ', [b'{"a": 1}', b'{"b":']),
        (b'[{"a": 1}] rest', [b'{"a": 1}', b"rest"]),
        (b"[ ]", []),
        (b'{"a": [1, 2]}', [b'{"a": [1, 2]}']),
    ],
)
def test_a_list_is_not_written_anew(tmp_path: Path, text: bytes, bodies: list[bytes]) -> None:
    path = tmp_path / "list.json"
    path.write_bytes(text)
    assert [posting.body for posting in read_file(path)] == bodies
