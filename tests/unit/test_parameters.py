"""No function takes an anonymous tuple of unlike things: whoever calls it would have to know their order by heart."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

import pytest

from tests.copies import ROOT

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def parse_all() -> dict[str, ast.Module]:
    """Return the modules of the program by their paths."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for package in ("schemas", "connectors", "credit", "workers")
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def is_mixed(annotation: ast.expr | None, aliases: Collection[str] = ()) -> bool:
    """Tell whether a value of a type may be a tuple of unlike things; a list of such tuples is a table, and is not."""
    match annotation:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return is_mixed(left, aliases) or is_mixed(right, aliases)
        case ast.Subscript(value=ast.Name(id="Annotated" | "Final"), slice=ast.Tuple(elts=[inner, *_])):
            return is_mixed(inner, aliases)
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=parts)):
            return len({ast.unparse(part) for part in parts} - {"..."}) > 1
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in aliases
    return False


def find_aliases(module: ast.Module) -> Iterator[str]:
    """Yield the names that a module gives to tuples of unlike things."""
    for each in module.body:
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_mixed(value):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if is_mixed(value):
                yield name


def find_mixed(module: ast.Module, aliases: Collection[str]) -> Iterator[str]:
    """Yield the parameters of a module that take a tuple of unlike things, each with its line."""
    for function in ast.walk(module):
        if not isinstance(function, FUNCTIONS):
            continue
        given = function.args
        rest = (each for each in (given.vararg, given.kwarg) if each is not None)
        for parameter in (*given.posonlyargs, *given.args, *given.kwonlyargs, *rest):
            if is_mixed(parameter.annotation, aliases):
                yield f"{parameter.lineno}: {parameter.arg}"


def test_no_parameter_is_an_anonymous_tuple_of_unlike_things() -> None:
    modules = parse_all()
    aliases = {alias for module in modules.values() for alias in find_aliases(module)}
    found = [f"{path}:{each}" for path, module in modules.items() for each in find_mixed(module, aliases)]
    assert not found


@pytest.mark.parametrize(
    "parameter",
    [
        "head: tuple[str, date]",
        "head: tuple[date, date | None]",
        "*heads: tuple[str, date]",
        "*, head: tuple[str, int, str] | None = None",
        "head: Annotated[tuple[str, int], 'x']",
        "head: Head",
        "head: Head | None",
        "head: rows.Head",
    ],
)
def test_an_anonymous_tuple_is_found(parameter: str) -> None:
    module = ast.parse(f"Head = tuple[str, date]\nclass Room:\n    def enter(self, {parameter}): ...")
    assert list(find_mixed(module, set(find_aliases(module))))


@pytest.mark.parametrize(
    "parameter",
    [
        "names: tuple[str, ...]",
        "pair: tuple[str, str]",
        "rows: Iterable[tuple[str, int]]",
        "head: Names",
        "head",
    ],
)
def test_what_is_named_or_all_of_a_kind_is_not(parameter: str) -> None:
    module = ast.parse(f"Names = tuple[str, ...]\ndef enter({parameter}) -> tuple[str, int]: ...")
    assert not list(find_mixed(module, set(find_aliases(module))))
