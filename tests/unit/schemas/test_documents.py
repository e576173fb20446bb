from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from schemas import documents
from schemas.base import Closed, Day
from schemas.errors import ConfigurationError


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Door(Closed):
    width: int
    colour: Colour = Colour.RED
    opens: Literal["inwards", "outwards"] | None = None


class House(Closed):
    name: str
    built: Day | None = None
    doors: dict[str, Door] = Field(default_factory=dict)
    rooms: tuple[str, ...] = ()
    windows: Annotated[tuple[Door, ...], Field(min_length=1)] | None = None


def complaints(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        documents.read(text, "house.yaml", House)
    return str(caught.value).splitlines()


GOOD = """\
name: 杏林
built: 2026-04-01

doors:
  front:
    width: 90
    opens: inwards
rooms:
  - hall
  - kitchen
"""


def test_a_good_file_becomes_its_model() -> None:
    house = documents.read(GOOD, "house.yaml", House)
    assert house.value == House(
        name="杏林",
        built=date(2026, 4, 1),
        doors={"front": Door(width=90, opens="inwards")},
        rooms=("hall", "kitchen"),
    )


def test_every_place_knows_its_line() -> None:
    house = documents.read(GOOD, "house.yaml", House)
    assert house.line(()) == 1
    assert house.line(("built",)) == 2
    assert house.line(("doors", "front")) == 5
    assert house.line(("doors", "front", "opens")) == 7
    assert house.line(("rooms", 1)) == 10


def test_a_place_that_is_not_written_has_the_line_of_what_should_hold_it() -> None:
    house = documents.read(GOOD, "house.yaml", House)
    assert house.line(("doors", "front", "colour")) == 5
    assert house.line(("doors", "back", "width")) == 4


def test_an_unknown_key_is_named_with_the_nearest_known_one() -> None:
    assert complaints("name: x\nroms: [hall]\n") == ["house.yaml:2: roms: unknown key 'roms' (did you mean 'rooms'?)"]


def test_an_unknown_key_is_compared_with_the_keys_of_its_own_model() -> None:
    assert complaints("name: x\ndoors:\n  front:\n    width: 1\n    collour: red\n") == [
        "house.yaml:5: doors.front.collour: unknown key 'collour' (did you mean 'colour'?)"
    ]


def test_a_key_like_no_other_is_answered_with_all_keys() -> None:
    assert complaints("name: x\nzzz: 1\n") == [
        "house.yaml:2: zzz: unknown key 'zzz' (known: built, doors, name, rooms, windows)"
    ]


def test_a_wrong_choice_is_named_with_the_nearest_one() -> None:
    text = "name: x\ndoors:\n  front: {width: 1, opens: inward}\n  back:\n    width: 1\n    colour: gren\n"
    assert complaints(text) == [
        "house.yaml:3: doors.front.opens: unknown value 'inward' (did you mean 'inwards'?)",
        "house.yaml:6: doors.back.colour: unknown value 'gren' (did you mean 'green'?)",
    ]


def test_a_list_is_not_called_empty_for_its_wrong_items() -> None:
    assert complaints("name: x\nwindows: [{width: 1, hieght: 2}]\n") == [
        "house.yaml:2: windows[0].hieght: unknown key 'hieght' (known: colour, opens, width)"
    ]
    assert complaints("name: x\nwindows: []\n") == [
        "house.yaml:2: windows: tuple should have at least 1 item after validation, not 0"
    ]


def test_a_missing_key_is_reported_where_it_should_stand() -> None:
    assert complaints("name: x\ndoors:\n  front:\n    colour: red\n") == [
        "house.yaml:3: doors.front: 'width' is missing"
    ]


def test_all_mistakes_are_reported_at_once_in_order_of_lines() -> None:
    text = "doors:\n  front: {width: wide}\n  front: {width: 2}\nname: 7\nbuilt: 2026-02-30\nwhat: 1\n"
    assert [line.split(": ")[0] for line in complaints(text)] == [
        "house.yaml:2",
        "house.yaml:3",
        "house.yaml:4",
        "house.yaml:5",
        "house.yaml:6",
    ]


def test_a_duplicate_key_names_both_lines() -> None:
    assert complaints("name: x\nrooms: [a]\nname: y\n") == [
        "house.yaml:3: name: duplicate key, first written on line 1"
    ]


def test_a_number_where_text_belongs_says_to_quote_it() -> None:
    assert complaints("name: 114104810267735464\n") == [
        "house.yaml:1: name: 114104810267735464 must be text: write it in quotes"
    ]


def test_a_day_that_does_not_exist() -> None:
    assert complaints("name: x\nbuilt: 2026-02-30\n") == ["house.yaml:2: built: is not a date of the calendar"]


def test_yes_and_no_are_text_as_yaml_1_2_says() -> None:
    assert documents.read("name: no\nrooms: [on, yes]\n", "h", House).value.rooms == ("on", "yes")


def test_an_alias_bomb_is_refused_without_being_expanded() -> None:
    lines = ["name: x", "rooms: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"r{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    found = complaints("\n".join(lines))
    assert found[0] == "house.yaml:2: rooms: anchors and aliases (& and *) are not allowed"


def test_an_anchor_defined_twice_is_refused_without_a_warning() -> None:
    assert complaints("name: &a x\nrooms: &a [y]\n") == [
        "house.yaml:1: name: anchors and aliases (& and *) are not allowed",
        "house.yaml:2: rooms: anchors and aliases (& and *) are not allowed",
    ]


def test_an_anchor_that_holds_itself() -> None:
    assert complaints("name: x\nrooms: &a [*a]\n") == [
        "house.yaml:2: rooms: anchors and aliases (& and *) are not allowed"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: x\ndoors:\n\tfront: 1\n", "house.yaml:3: is not YAML: a tab where only spaces may indent"),
        ("name: x\nrooms: [a, b\n", "house.yaml:2: is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("name: 'x\n", "house.yaml:1: is not YAML: found unexpected end of stream"),
        ("name: x\nrooms: \x07\n", "house.yaml:2: is not YAML: holds the character U+0007"),
        (
            'name: x\nrooms: ["\\U00110000"]\n',
            "house.yaml:2: is not YAML: an escape names a character that does not exist",
        ),
        ('name: "\\UFFFFFFFF"\n', "house.yaml:1: is not YAML: an escape names a character that does not exist"),
        ("name: x\n---\nname: y\n", "house.yaml:2: is not YAML: but found another document"),
        ("name: *nobody\n", "house.yaml:1: is not YAML: found undefined alias 'nobody'"),
        ("name: !!python/object:os.system x\n", "house.yaml:1: is not YAML"),
        ("name: !secret x\n", "house.yaml:1: name: the tag !secret is not allowed"),
        ("? [a]\n: 1\nname: x\n", "house.yaml:1: the file: a key must be plain text"),
        ("", "house.yaml:1: must hold `key: value` lines, but holds something else or nothing"),
        (
            "# only a remark\n",
            "house.yaml:1: must hold `key: value` lines, but holds something else or nothing",
        ),
        ("- a\n- b\n", "house.yaml:1: must hold `key: value` lines, but holds something else or nothing"),
        ("[" * 5000, "house.yaml:1: is nested too deeply to be a file that a person wrote"),
    ],
)
def test_what_is_not_such_a_file(text: str, expected: str) -> None:
    assert complaints(text)[0].startswith(expected)


def test_a_python_tag_makes_nothing() -> None:
    with pytest.raises(ConfigurationError):
        documents.read("name: !!python/object/apply:os.getcwd []\n", "h", House)


def test_a_quoted_line_break_stays_on_its_line() -> None:
    assert complaints('name: x\n"a\\nb\\e[31m": 1\n') == [
        "house.yaml:2: a?b?[31m: unknown key 'a?b?[31m' (known: built, doors, name, rooms, windows)"
    ]


@given(st.text(max_size=200) | st.text("ab:-[]{}&*#'\"!|> \n\t", max_size=60))
def test_any_text_is_read_or_refused_by_line(text: str) -> None:
    refused = ""
    try:
        documents.read(text, "house.yaml", House)
    except ConfigurationError as error:
        refused = str(error)
    assert all(line.startswith("house.yaml:") for line in refused.splitlines())
