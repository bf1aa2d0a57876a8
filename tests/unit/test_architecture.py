"""What the design promises about the shape of the code."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
MODULES = [pytest.param(path, id=str(path.relative_to(SOURCE))) for path in SOURCE.rglob("*.py")]


def imports(path: Path) -> set[str]:
    """Every module that a file imports, by full name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", MODULES)
def test_only_the_runtime_knows_javascript(path: Path) -> None:
    if "runtime" in path.parts or path.name == "entry.py":
        return
    foreign = {name for name in imports(path) if name.split(".")[0] in ("js", "pyodide", "workers")}
    assert foreign == set()
    assert not {name for name in imports(path) if name.startswith("easel.runtime")}


@pytest.mark.parametrize("path", [*(SOURCE / "easel/providers").glob("*.py")], ids=str)
def test_providers_do_no_io_and_know_no_clock(path: Path) -> None:
    worldly = {"asyncio", "datetime", "os", "random", "secrets", "socket", "time", "urllib.request"}
    assert imports(path) & worldly == set()


@pytest.mark.parametrize("folder", ["catalog", "providers", "wire"])
def test_the_outer_parts_do_not_reach_into_the_steps(folder: str) -> None:
    for path in (SOURCE / "easel" / folder).glob("*.py"):
        inward = {
            name for name in imports(path) if name.startswith(("easel.generation", "easel.app"))
        }
        assert inward == set(), path


@pytest.mark.parametrize("path", MODULES)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 250


@pytest.mark.parametrize("path", MODULES)
def test_no_closure_calls_itself(path: Path) -> None:
    """Such a closure is a cycle: the handles it holds keep megabytes until cycles are collected."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for outer in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(outer, functions):
            continue
        for inner in ast.walk(outer):
            if inner is outer or not isinstance(inner, functions):
                continue
            named = {node.id for node in ast.walk(inner) if isinstance(node, ast.Name)}
            assert inner.name not in named, f"{outer.name}.{inner.name}"
