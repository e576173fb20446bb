"""Damage: what senders, gateways and clerks do to JSON and YAML, and what an attacker would."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

_TEXTS = [
    "", " ", "\t", "\n", "\0", "\ud800", "\u202e", "\u200b", "\u3000", "\ufeff", "\U0001f3e5", "e\u0301" * 40,
    "x" * 129, "证" * 201, "9" * 5001, "０１２３４５６７８９", "²", "٣", "-1", "0", "1e5", "NaN", "null", "0x1F",
    "1_000", "2026-02-30", "2026/5/1", "20260501", "2026-05-01T00:00:00Z", "9999-12-31", "1899-12-31",
    "2099-12-31", "0000-00-00", "２０２６-０５-０１", "2026-05-20T24:00:00+08:00", "2026-05-20T23:59:60Z",
    "2199-12-31T23:59:59-23:59", "1900-01-01T00:00:00+23:59", "2026-05-20T01:00:00.123456789Z",
    "11010519491231002X", "11010519491231002x", "110105491231002", "000000000000000000", "91410481MA9K2F7Q0R",
    "12410481417048122８", "M12345678", "身份证", "护照", "999999999999.999999", "1000000000000", "0.0000001",
    "其他-", "警告；；罚款", "罚款、没收", "长期", "credit.office.withdrawal", "%s", "{0}",
    "'; DROP TABLE record; --", "../../etc/passwd", "$ne", "=1+1", "罚款" * 500 + "元", "一" * 400 + "万元",
    "罚款人民币" + "1," * 300 + "元",
]  # fmt: skip
_VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31 - 1, 2**31, 2**53 - 1, 2**53, 2**63, 10**400, 0.1, -0.0, 1e308, 5e-324, [],
    {}, [[]], [None], {"": ""}, {"\0": 1}, [[[[[[[[1]]]]]]]], ["x"] * 300,
]  # fmt: skip
hostile = st.sampled_from(_TEXTS) | st.sampled_from(_VALUES) | st.text(max_size=20) | st.integers() | st.floats()

_TOKENS = [
    "&a ", "*a", "!!python/object:os.system x", "!!binary a", "!!timestamp x", "!!set {a}", "!x ", "{", "}", "[",
    "]", "- ", "? ", ": ", ":", "|", ">", "%", "@", "`", "\t", '"', "'", "#", " #", "~", "null", "true", "yes",
    "0x1F", "0o17", "017", "1e5", ".nan", "-.inf", "2026-13-45", "2026-01-01", "2026-01-01T00:00:00Z",
    "2026-01-01T99:99:99+99:99", "12:30:45", "9" * 5000, "1" * 400 + ".5", "[" * 3000, "{a: " * 1500, "---",
    "...", "\ufeff", "\0", "\x85", "\u2028", "\ud7ff", "<<: ", "=", ", ,", "\\x", '"\\U00110000"', "x" * 3000,
    "-1", "0", "1000000000000", "0.0000001", "9999-12-31", "M99", "person", "[person, person]", "{a: 1, a: 2}",
    "  ", "\n", "\n\n- x\n", "\n  x: 1\n", "[]", "{}", "''", "../" * 100 + "x", "名称",
]  # fmt: skip


@st.composite
def damaged_json(draw: st.DrawFn, whole: Any) -> Any:
    """A JSON value of which up to four parts were replaced, removed, repeated, renamed or moved."""
    value = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 4))):
        places = [place for place in _places(value) if place]
        if not places:
            return value
        *way, last = draw(st.sampled_from(places))
        parent = value
        for step in way:
            parent = parent[step]
        match draw(st.sampled_from(["replace", "replace", "replace", "drop", "double", "rename", "move"])):
            case "replace":
                parent[last] = copy.deepcopy(draw(hostile))
            case "drop":
                del parent[last]
            case "double":
                parent[last] = [parent[last], parent[last]]
            case "rename" if isinstance(parent, dict):
                parent[f"{last}{draw(st.sampled_from(['', '_', 'x', ' ']))}"] = parent.pop(last)
            case _:
                *way, other = draw(st.sampled_from(places))
                parent[last] = _follow(value, [*way, other], parent[last])
    return value


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place, *(inner for name, item in items for inner in _places(item, (*place, name))[:50])]


def _follow(value: Any, way: list[Any], otherwise: Any) -> Any:
    try:
        for step in way:
            value = value[step]
    except (KeyError, IndexError, TypeError):
        return otherwise
    return copy.deepcopy(value)


@st.composite
def damaged_bytes(draw: st.DrawFn, whole: bytes) -> bytes:
    """Bytes of which up to six stretches were replaced, removed or repeated."""
    damaged = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, max(len(damaged) - 1, 0)))
        end = start + draw(st.sampled_from([0, 1, 2, 8, 1000]))
        put = draw(
            st.binary(max_size=6)
            | st.sampled_from([b'"', b"{", b"[" * 70, b"\\u0000", b"\xff", b"1e999", b"NaN", b"\\ud800"])
        )
        damaged[start:end] = draw(st.sampled_from([put, bytes(damaged[start:end]) * 2]))
    return bytes(damaged)


@st.composite
def damaged_text(draw: st.DrawFn, whole: str) -> str:
    """The text of a YAML file of which up to four lines were changed, removed, repeated, moved or indented."""
    lines = whole.splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        token = draw(st.sampled_from(_TOKENS))
        key, colon, _rest = lines[at].partition(": ")
        match draw(st.sampled_from(["value", "value", "key", "insert", "drop", "double", "indent", "inside"])):
            case "value" if colon:
                lines[at] = f"{key}: {token}"
            case "key" if colon:
                lines[at] = lines[at].replace(key.strip(), token, 1)
            case "insert":
                lines.insert(at, token)
            case "drop" if len(lines) > 1:
                del lines[at]
            case "double":
                lines.insert(draw(st.integers(0, len(lines))), lines[at])
            case "indent":
                lines[at] = " " * draw(st.integers(0, 8)) + lines[at].lstrip()
            case _:
                place = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:place] + token + lines[at][place:]
    return "\n".join(lines) + "\n"
