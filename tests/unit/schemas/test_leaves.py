"""The values of a message one by one."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import leaves
from schemas.forms import Unrepresentable
from schemas.leaves import Absent, Difference, NoSuchPlace, NotWritable

MESSAGE = {"id": "1", "data": {"party": {"name": "甲"}, "list": [{"a": 1}, 2]}}


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (MESSAGE, []),
        ({**MESSAGE, "id": None}, [Difference(("id",), "1", None)]),
        ({"data": MESSAGE["data"]}, [Difference(("id",), "1", Absent.ABSENT)]),
        ({**MESSAGE, "x": 1}, [Difference(("x",), Absent.ABSENT, 1)]),
        ({**MESSAGE, "id": 1}, [Difference(("id",), "1", 1)]),
        ([], [Difference((), MESSAGE, [])]),
    ],
)
def test_differences_are_named_by_their_place(after: Any, found: list[Difference]) -> None:
    assert list(leaves.find_differences(MESSAGE, after)) == found


def test_true_is_not_one() -> None:
    assert list(leaves.find_differences([1], [True])) == [Difference(("0",), before=1, after=True)]


def test_lists_of_another_length_differ_as_a_whole() -> None:
    assert list(leaves.find_differences({"a": [1]}, {"a": [1, 2]})) == [Difference(("a",), [1], [1, 2])]


def test_a_value_is_put_in_its_place_and_the_rest_stays() -> None:
    assert leaves.put(MESSAGE, ["data", "list", "0", "a"], 3) == {
        "id": "1",
        "data": {"party": {"name": "甲"}, "list": [{"a": 3}, 2]},
    }
    assert leaves.put(MESSAGE, ["data"], Absent.ABSENT) == {"id": "1"}
    assert MESSAGE["data"] == {"party": {"name": "甲"}, "list": [{"a": 1}, 2]}


@pytest.mark.parametrize("path", [["no", "way"], ["data", "list", "2"], ["data", "list", "x", "a"], ["id", "x"]])
def test_a_place_that_is_none_is_refused(path: list[str]) -> None:
    for work in (leaves.find, lambda content, way: leaves.put(content, way, 1)):
        with pytest.raises(NoSuchPlace):
            work(MESSAGE, path)


def test_a_number_that_would_change_is_not_written() -> None:
    with pytest.raises(NotWritable):
        leaves.write({"a": Unrepresentable("1e999", "number")})
    assert leaves.read(leaves.write(MESSAGE)) == MESSAGE
    assert leaves.read(b"{") is None
