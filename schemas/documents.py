"""YAML files that people write, read strictly: every mistake is named with its file and line, all at once."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from schemas.base import Closed
from schemas.errors import ConfigurationError

M = TypeVar("M", bound=Closed)

Place = tuple[str | int, ...]
"""Where something stands in a document: keys and positions from the root."""

Mistake = tuple[Place, str]
"""What is wrong with a document, and where."""

_BEYOND_UNICODE = re.compile(r"\\U(?!0010|000)[0-9A-Fa-f]{8}")
_TYPED = frozenset({"string_type", "string_sub_type"})


class Problem(NamedTuple):
    """One thing that is wrong, at a line counted from 1."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Document(Generic[M]):
    """A file as its model, with the lines it was written on, so that later checks can name them too."""

    value: M
    path: str
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """Return the line of a place counted from 1; for what is not written, that of what should hold it."""
        return _line(self.lines, place)

    def problem(self, place: Place, text: str) -> Problem:
        """Return a problem at a place, named by its keys."""
        return Problem(self.line(place), f"{spell(place)}: {text}")


def read(text: str, path: str, model: type[M]) -> Document[M]:
    """Read the text of one YAML 1.2 document into a model.

    Anchors, aliases, tags and duplicate keys are refused: what is read is what stands there. `path` is only
    what errors call the file.

    Raises:
        ConfigurationError: names every mistake of the file, one per line as `path:line: what is wrong`.

    """
    found = _Reader()
    content = found.read(text, path)
    problems = list(found.problems)
    value: M | None = None
    try:
        value = model.model_validate(content)
    except ValidationError as error:
        told = {problem.line for problem in problems}
        explained = [_explain(detail, model, found.lines) for detail in _own(error)]
        problems += [problem for problem in explained if problem.line not in told]
    refuse(path, problems)
    assert value is not None
    return Document(value, path, found.lines)


def refuse(path: str, problems: Iterable[Problem]) -> None:
    """Raise one ConfigurationError that names every problem of a file in order of lines; none, no error."""
    ordered = sorted(set(problems))
    if ordered:
        raise ConfigurationError("\n".join(f"{path}:{line}: {_one_line(text)}" for line, text in ordered))


def _one_line(text: str) -> str:
    # What is quoted from the file may hold line breaks or terminal controls.
    return "".join(char if char.isprintable() else "?" for char in text)


def suggest(wrong: object, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the nearest known word, or what there is when none is near."""
    choices = sorted(known)
    near = difflib.get_close_matches(str(wrong), choices, n=1, cutoff=0.6)
    if near:
        return f" (did you mean '{near[0]}'?)"
    return f" (known: {', '.join(choices)})" if choices else ""


def spell(place: Place) -> str:
    """Write a place as people do: `grounds.fraud.when[0].family`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".") or "the file"


class _Reader:
    """Turns the nodes of one document into plain values; keeps their lines, collects what is not allowed."""

    def __init__(self) -> None:
        self.lines: dict[Place, int] = {(): 1}
        self.problems: list[Problem] = []
        self._yaml = YAML(typ="safe", pure=True)
        self._yaml.composer.warn_double_anchors = False  # any anchor is refused, with its line

    def read(self, text: str, path: str) -> Any:
        root: Node | None = None
        try:
            root = self._yaml.compose(text)
            content = self._value(root, ()) if root is not None else None
        except RecursionError:
            refuse(path, [Problem(1, "is nested too deeply to be a file that a person wrote")])
        except YAMLError as error:
            refuse(path, [_broken(error, text)])
        except (ValueError, OverflowError):  # the parser's own, from chr()
            beyond = _BEYOND_UNICODE.search(text)
            line = text.count("\n", 0, beyond.start() if beyond else 0) + 1
            refuse(path, [Problem(line, "is not YAML: an escape names a character that does not exist")])
        if not isinstance(root, MappingNode):
            refuse(path, [Problem(1, "must hold `key: value` lines, but holds something else or nothing")])
        return content

    def _object(self, line: int, place: Place, text: str) -> None:
        self.problems.append(Problem(line, f"{spell(place)}: {text}"))

    def _value(self, node: Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        if node.anchor is not None:
            # An alias of an alias of an alias makes a small file enormous; and a clerk could not read it.
            self.problems.append(Problem(line, f"{spell(place)}: anchors and aliases (& and *) are not allowed"))
            return None
        match node:
            case MappingNode():
                return self._mapping(node, place)
            case SequenceNode():
                return [self._value(item, (*place, index)) for index, item in enumerate(node.value)]
            case ScalarNode():
                return self._scalar(node, place)
            case _:
                raise AssertionError(node)  # YAML has no fourth kind of node

    def _mapping(self, node: MappingNode, place: Place) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode) or key.anchor is not None:
                self._object(line, place, "a key must be plain text")
                continue
            here = (*place, key.value)
            if key.value in content:
                first = self.lines[here]
                self._object(line, here, f"duplicate key, first written on line {first}")
                continue
            self.lines[here] = line
            content[key.value] = self._value(value, here)
        return content

    def _scalar(self, node: ScalarNode, place: Place) -> Any:
        if str(node.ctag).startswith("!"):
            return self._object(node.start_mark.line + 1, place, f"the tag {node.ctag} is not allowed")
        try:
            return self._yaml.constructor.construct_object(node)
        except ValueError:  # looks like a date and is none: the model says so better
            return node.value


def _broken(error: YAMLError, text: str) -> Problem:
    if isinstance(error, MarkedYAMLError):
        what = str(error.problem)
        # Of what never ends, the line where it began helps, not the last one of the file.
        unfinished = "end" in what and "stream" in what
        mark = (unfinished and error.context_mark) or error.problem_mark
        if "'\\t'" in what:
            what = "a tab where only spaces may indent"
        return Problem(mark.line + 1 if mark else 1, f"is not YAML: {what}")
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return Problem(line, f"is not YAML: holds the character U+{ord(text[error.position]):04X}")
    return Problem(1, f"is not YAML: {error}")


def _line(lines: Mapping[Place, int], place: Place) -> int:
    while place not in lines:
        place = place[:-1]
    return lines[place]


def _own(error: ValidationError) -> Iterable[ErrorDetails]:
    # A list is also called too short when it is only its items that are wrong.
    details = error.errors(include_url=False)
    inner = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
    return (each for each in details if not (each["type"] == "too_short" and each["loc"] in inner))


def _explain(detail: ErrorDetails, model: type[BaseModel], lines: Mapping[Place, int]) -> Problem:
    loc: Place = tuple(detail["loc"])
    if loc and loc[-1] == "[key]":
        loc = loc[:-1]
    around, place = _follow(model, loc[:-1] if detail["type"] == "extra_forbidden" else loc)
    if detail["type"] == "extra_forbidden":
        place = (*place, loc[-1])
    return Problem(_line(lines, place), _describe(detail, place, around))


def _describe(detail: ErrorDetails, place: Place, around: Any) -> str:
    """Say what is wrong at a place; `around` is the model that has no such key."""
    match detail["type"]:
        case "extra_forbidden":
            known = {field.alias or name for name, field in around.model_fields.items()}
            return f"{spell(place)}: unknown key '{place[-1]}'{suggest(place[-1], known)}"
        case "union_tag_invalid":
            tags = re.findall(r"'([^']*)'", detail["ctx"]["expected_tags"])
            tag = detail["ctx"]["tag"]
            return f"{spell((*place, _key(detail)))}: unknown value '{tag}'{suggest(tag, tags)}"
        case "missing" | "union_tag_not_found":
            missing, holder = (place[-1], place[:-1]) if detail["type"] == "missing" else (_key(detail), place)
            return f"{spell(holder)}: '{missing}' is missing"
        case "literal_error" | "enum":
            known = set(re.findall(r"'([^']*)'", detail["ctx"]["expected"]))
            return f"{spell(place)}: unknown value '{detail['input']}'{suggest(detail['input'], known)}"
        case kind if kind in _TYPED and not isinstance(detail["input"], dict | list | None):
            return f"{spell(place)}: {detail['input']} must be text: write it in quotes"
        case _:
            return f"{spell(place)}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _key(detail: ErrorDetails) -> str:
    """Return the key whose value tells the members of a union apart."""
    return str(detail["ctx"]["discriminator"]).strip("'")


def _follow(annotation: Any, loc: Place, place: Place = ()) -> tuple[Any, Place]:
    """Return the type that a model expects where an error is, and the place of it in the file.

    Of a union whose members are told apart by a tag, the error names the tag too, which is no key of the file.
    """
    if get_origin(annotation) is Annotated:
        return _follow(get_args(annotation)[0], loc, place)
    if get_origin(annotation) in {Union, types.UnionType}:
        members = [member for member in get_args(annotation) if member is not types.NoneType]
        tagged = next((member for member in members if loc and loc[0] in _tags(member)), None)
        return _follow(members[0], loc, place) if tagged is None else _follow(tagged, loc[1:], place)
    if not loc:
        return annotation, place
    step, place = loc[0], (*place, loc[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = {field.alias or name: field.annotation for name, field in annotation.model_fields.items()}
        return _follow(fields.get(str(step), Any), loc[1:], place)
    # dict[K, V], Mapping[K, V]: the value; tuple[V, ...], list[V]: the item.
    parts = get_args(annotation)
    wanted = 0 if isinstance(step, int) else 1
    inner = parts[wanted] if wanted < len(parts) else Any
    return _follow(inner, loc[1:], place)


def _tags(member: Any) -> frozenset[Any]:
    """Return the words by which an error names a member of a union: its tag, or the values of its literal fields."""
    own = frozenset(note.tag for note in getattr(member, "__metadata__", ()) if isinstance(note, Tag))
    model = get_args(member)[0] if get_origin(member) is Annotated else member
    if own or not (isinstance(model, type) and issubclass(model, BaseModel)):
        return own
    literal = (field.annotation for field in model.model_fields.values() if get_origin(field.annotation) is Literal)
    return frozenset(value for annotation in literal for value in get_args(annotation))
