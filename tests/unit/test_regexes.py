"""Every regular expression takes time in proportion to the length of the text.

A text from a caller or a provider could otherwise keep an expression, and the isolate, busy.
The expressions of pydantic's fields are not checked: their engine is always linear.
"""

import ast
import gc
import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from easel.media import svg
from easel.providers.failures import MOST_SEARCHED, Rule
from support.regexes import superlinear
from support.source import TREES

ANCHORED = {"fullmatch", "match"}
METHODS = ANCHORED | {"findall", "finditer", "search", "split", "sub", "subn"}


def rules(field: str) -> set[str]:
    """The expressions in one field of the rules of all providers."""
    for name in TREES:
        if name.startswith("easel.providers."):
            importlib.import_module(name)
    found = {getattr(one, field) for one in gc.get_objects() if isinstance(one, Rule)}
    return {text for text in found if isinstance(text, str)}


# Examples of the expressions that are composed while easel runs.
COMPOSED: Mapping[str, Callable[[], Iterable[str]]] = {
    "easel.providers.failures: self.code": lambda: rules("code"),
    "easel.providers.failures: self.sentence": lambda: rules("sentence"),
    "easel.providers.failures: self.words": lambda: rules("words"),
    r"easel.providers.gradio: f'{re.escape(name)}(_\\d+)?'": lambda: [r"name(_\d+)?"],
}

# These may take quadratic time, because they are applied to at most so many characters.
CUT = {"easel.media.svg._END": svg._TAIL, "easel.providers.failures": MOST_SEARCHED}


@dataclass(frozen=True)
class Use:
    """An expression and a method that is called on it."""

    place: str
    pattern: "re.Pattern[Any]"
    method: str


def calls_in(tree: ast.AST) -> Iterator[tuple[str, str, ast.Call]]:
    """Each call of the form `NAME.METHOD(...)`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                yield name, method, node


def compiled(name: str, tree: ast.Module) -> Iterator[Use]:
    """The expressions that a module compiles, with the methods that any module calls on them."""
    for statement in tree.body:
        if not (isinstance(statement, ast.Assign) and is_compilation(statement.value)):
            continue
        (target,) = statement.targets
        assert isinstance(target, ast.Name)
        pattern = getattr(importlib.import_module(name), target.id)
        sharing = [
            other for other in TREES if other == name or target.id in IMPORTED[other].get(name, ())
        ]
        methods = {
            method
            for other in sharing
            for called, method, _ in CALLS[other]
            if called == target.id and method in METHODS
        }
        # An expression without a direct call is assumed to be searched.
        for method in methods or {"search"}:
            yield Use(f"{name}.{target.id}", pattern, method)


def is_compilation(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile"


def imported(tree: ast.Module) -> Mapping[str, set[str]]:
    return {
        node.module or "": {alias.name for alias in node.names}
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }


CALLS = {name: [*calls_in(tree)] for name, tree in TREES.items()}
IMPORTED = {name: imported(tree) for name, tree in TREES.items()}


def direct(name: str, tree: ast.Module) -> Iterator[Use]:
    """The expressions that are passed to functions of `re`."""
    for called, method, node in CALLS[name]:
        if called != "re" or method == "escape" or (method == "compile" and at_top(tree, node)):
            continue
        assert method in METHODS, f"{name}: re.{method} is not recognised"
        pattern_argument = node.args[0]
        if isinstance(pattern_argument, ast.Constant):
            texts: Iterable[Any] = [pattern_argument.value]
        else:
            texts = COMPOSED[f"{name}: {ast.unparse(pattern_argument)}"]()
        for text in texts:
            flags = "i" if "re.I" in ast.unparse(node) else ""
            yield Use(name, re.compile(f"(?{flags}:{text})"), method)


def at_top(tree: ast.Module, node: ast.Call) -> bool:
    return any(isinstance(one, ast.Assign) and one.value is node for one in tree.body)


def uses() -> list[Use]:
    return [
        use
        for name, tree in TREES.items()
        for find in (compiled, direct)
        for use in find(name, tree)
    ]


def test_every_regular_expression_takes_linear_time(subtests: pytest.Subtests) -> None:
    for use in uses():
        with subtests.test(place=use.place, pattern=use.pattern.pattern):
            anchored, whole = use.method in ANCHORED, use.method == "fullmatch"
            found = superlinear(use.pattern, anchored=anchored, whole=whole)
            assert found is None or use.place in CUT, found
            assert CUT.get(use.place, 0) <= 1024


def test_regular_expressions_are_used_only_in_ways_that_this_test_recognises() -> None:
    for name, tree in TREES.items():
        assert "re" not in IMPORTED[name], name
        aliases = [
            one for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names
        ]
        assert all(one.asname is None for one in aliases if one.name == "re"), name


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        # This took 37 s for a header of 60 kB.
        (r'"(?:[^"\\]|\\.)*"', "sub"),
        (r"<[^>]*>", "sub"),
        (r"[a-z]+: ", "search"),
        (r"\bseed\b\D*(\d+)", "search"),
        (r"x(?:[^b]*b)?", "findall"),
        (r"(a+)+b", "match"),
        (r"(?:a|a)*b", "match"),
        (r"(?:a|ab|b)*c", "match"),
        (r"a*a*b", "match"),
        (r"\s*(\d+)\s*\s*;", "match"),
        (r"(?i)a*A*b", "match"),
        (r".*foo", "search"),
        (r"(?=a*b)a", "search"),
        (r"\w+\d+!", "fullmatch"),
        (r"a{1,2000}a{1,2000}b", "match"),
    ],
)
def test_the_check_finds_expressions_that_take_more_than_linear_time(
    pattern: str, method: str
) -> None:
    anchored, whole = method in ANCHORED, method == "fullmatch"
    found = superlinear(re.compile(pattern), anchored=anchored, whole=whole)
    assert found is not None


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r'"(?:[^"\\]|\\.)*"', "match"),
        (r"<[^>]*>", "match"),
        (r"(?:a|b)*c", "match"),
        (r"(?:ab|cd)*c", "match"),
        (r"[\s,]+", "split"),
        (r"\d+", "findall"),
        (r"\d{4}-\d\d", "search"),
        (r"resets in ~?(\d+)\s*s", "search"),
        (r"(?:\d+\.)*x", "match"),
        (r"^\s*x", "match"),
    ],
)
def test_the_check_accepts_linear_expressions(pattern: str, method: str) -> None:
    anchored, whole = method in ANCHORED, method == "fullmatch"
    assert superlinear(re.compile(pattern), anchored=anchored, whole=whole) is None
