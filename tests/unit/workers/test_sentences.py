"""Every sentence that a clerk may be told of a message, or of a decision, has its Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from connectors.registry import load
from schemas.envelope import Event
from tests.builders import ROOT
from workers.show.detail import NO_ITEMS, say_detail
from workers.show.policy_sentences import say_policy

ENGLISH = re.compile(r"[A-Za-z']{2,} [A-Za-z']{2,}")
"""Two words: names of items, codes and files are one."""
CHINESE = re.compile("[\u4e00-\u9fff]")
OF_MESSAGES = (
    "schemas/base.py schemas/envelope.py schemas/fillers.py schemas/forms.py schemas/party.py schemas/states.py "
    "schemas/wire.py schemas/messages connectors credit/batch credit/identity credit/law/plausibility.py "
    "credit/routing/admission.py credit/telling/receipts.py workers/intake.py workers/reading.py"
)
OF_DECISIONS = (
    "workers/decisions workers/drain.py credit/store/identities.py credit/store/splits.py credit/store/disputes.py "
    "credit/store/parked.py credit/store/queries/files.py credit/store/queries/parked.py"
)
OF_POLICIES = "schemas/regime/scale.py schemas/regime/when.py credit/grading/references.py"
PLACES = {"PydanticCustomError": 1, "UnusableError": 1, "Failure": 1, "PermanentError": 0, "Wrong": 1, "problem": 1}
"""What is raised with a sentence, and which of its arguments that is."""
COMPOSED = {
    "7: is the unit wrong?": "CF_NR_FK is 3000 yuan, but CF_NR names 30000 yuan: is the unit wrong?",
    "7 but for 7: name these alone": "XL01-1 is in force at tax but for M07: name these alone",
    "the number is on file under another name; if both are the same person's: 7": (
        "the number is on file under another name; if both are the same person's: xinglin identity claim P1 name "
        '"NAME IN THE MESSAGE" --by WHO --why WHY'
    ),
    "7; see users in routing.yaml": "user-id: missing, nobody is proven; see users in routing.yaml",
    "user-id: 7; see users in routing.yaml": "user-id: 7 does not send as 8 at 9; see users in routing.yaml",
    "'7' is no 77": "'7' is no tier of its lists",
    "'7' is no paper of papers.yaml7": "'7' is no paper of papers.yaml (did you mean 'circular'?)",
    "holds the character 7": "holds the character U+200B",
    "Input should be one of 7": "Input should be one of 'received', 'executed'",
}
"""Sentences of which a part is a sentence, or what only some text can be, as they may be."""
WRONG: tuple[Any, ...] = (
    *(None, True, 0, -1, 7, 3.5, 1e308, 10**30, float("inf"), 0.1234567),
    *(
        "",
        "x",
        "无",
        "18",
        "a;b",
        "/",
        "其他-",
        "12" * 3000,
        "\x00",
        "\u200b",
        "2026-13-45",
        "1899-01-01",
        "2026-01-01",
    ),
    *([], [1], ["x"] * 300, {}, {"a": 1}, {"kind": "x"}, {"kind": "person"}, {"kind": "organisation", "uscc": "1"}),
)
"""What is written into each item of each model."""


def models() -> set[type[BaseModel]]:
    """Every model of a message, and those within."""
    found: set[type[BaseModel]] = set()
    todo: list[Any] = [Event, *load().models().values()]
    while todo:
        one = todo.pop()
        if isinstance(one, type) and issubclass(one, BaseModel) and one not in found:
            found.add(one)
            todo += (field.annotation for field in one.model_fields.values())
        todo += get_args(one)
    return found


def refusals() -> Iterator[str]:
    for model in models():
        for data in ([], "x", {}, *({name: wrong} for name in model.model_fields for wrong in WRONG)):
            try:
                model.model_validate(data)
            except ValidationError as error:
                yield from (each["msg"] for each in error.errors(include_url=False, include_input=False))


def say_message(sentence: str) -> str:
    return say_detail(sentence, NO_ITEMS)


def untold(sentence: str, say: Callable[[str], str] = say_message) -> str | None:
    """The sentence as a clerk reads it, where that is not in Chinese alone."""
    told = say(sentence)
    bare = re.sub(r"'[^']*'|xinglin identity claim|应符合 \S.*", "", told)
    return None if CHINESE.search(bare) and not ENGLISH.search(bare) else told


def test_whatever_a_model_refuses_is_told_in_chinese() -> None:
    said = set(refusals())
    assert len(said) > 100
    assert {sentence: told for sentence in said if (told := untold(sentence)) is not None} == {}


def spelt(node: ast.expr) -> Iterator[str]:
    """The sentences that an argument may be, with 7 and the key of a message for what is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            yield re.sub(r"\{\w+\}", "7", text)
        case ast.JoinedStr(values=parts):
            filled = ("/a 7" if "key" in ast.unparse(part) else "7" for part in parts)
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else value
                for part, value in zip(parts, filled, strict=True)
            )
        case ast.IfExp(body=body, orelse=other):
            yield from spelt(body)
            yield from spelt(other)


def raised(place: str) -> Iterator[str]:
    path = ROOT / place
    for file in [path] if path.is_file() else sorted(Path(path).rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assigned = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == "detail" for target in node.targets)
        ]
        yield from (sentence for each in assigned for sentence in spelt(each))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                index = PLACES.get(getattr(node.func, "id", getattr(node.func, "attr", "")))
                if index is not None and len(node.args) > index:
                    yield from spelt(node.args[index])


@pytest.mark.parametrize("place", [*OF_MESSAGES.split(), *OF_DECISIONS.split()])
def test_whatever_our_own_checks_say_is_told_in_chinese(place: str) -> None:
    said = {COMPOSED.get(sentence, sentence) for sentence in raised(place) if re.search("[a-z]{3}", sentence)}
    assert {sentence: told for sentence in said if (told := untold(sentence)) is not None} == {}


@pytest.mark.parametrize("place", OF_POLICIES.split())
def test_whatever_is_said_of_a_policy_that_is_tried_is_told_in_chinese(place: str) -> None:
    said = {COMPOSED.get(sentence, sentence) for sentence in raised(place) if re.search("[a-z]{3}", sentence)}
    assert {sentence: told for sentence in said if (told := untold(sentence, say_policy)) is not None} == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("editions[0]: '红榜' is no list (known: 'red')", "editions[0]: 没有名单“红榜”（可用：'red'）"),
        ("quota.share: input should be less than or equal to 1", "quota.share: 不得大于 1"),
        ("scales: tuple should have at least 1 item after validation, not 0", "scales: 少于 1 项"),
        ("title: string should have at least 1 character", "title: 不能为空"),
        ("x: input should be something new", "x: 应为 something new"),
    ],
)
def test_a_mistake_in_a_policy_keeps_its_place(text: str, told: str) -> None:
    assert say_policy(text) == told


def test_a_mistake_in_json_is_told_with_its_place() -> None:
    told = say_detail("Expecting value at line 1, column 7", NO_ITEMS)
    assert told == "第 1 行第 7 列起不是 JSON（Expecting value）"
