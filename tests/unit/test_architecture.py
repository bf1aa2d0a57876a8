"""The rules of the design about modules, their imports and their size."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter

import pytest

from support.source import PATHS, SOURCE, TREES


def imports(name: str) -> set[str]:
    """Every module that a module imports, by full name."""
    found = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_only_the_runtime_imports_javascript() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name in PATHS
        if name != "entry" and not name.startswith("easel.runtime")
        for imported in imports(name)
        if imported.split(".")[0] in ("js", "pyodide", "workers")
        or imported.startswith("easel.runtime")
    ]
    assert wrong == []


# Modules that do I/O, read a clock, draw random numbers or read the environment.
EFFECTS = {"asyncio", "datetime", "os", "random", "secrets", "socket", "time", "urllib.request"}


def test_providers_do_no_io_and_read_no_clock() -> None:
    providers = [name for name in PATHS if name.startswith("easel.providers")]
    assert providers
    assert [(name, found) for name in providers if (found := imports(name) & EFFECTS)] == []


def imported_modules(name: str) -> set[str]:
    """Every module of easel that a module imports, those for type checking included."""
    found = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = {f"{module}.{alias.name}" for alias in node.names}
            found |= {name if name in PATHS else module for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & PATHS.keys()


IMPORTS = {name: imported_modules(name) for name in PATHS}
FOLDERS = sorted({name.rpartition(".")[0] for name in PATHS if "." in name})


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_modules_and_folders_in_a_folder_import_each_other_without_a_cycle(
    folder: str,
) -> None:

    def entry_of(name: str) -> str | None:
        below = name.removeprefix(f"{folder}.")
        return below.partition(".")[0] if below != name else None

    graph: dict[str, set[str]] = {}
    for name, imported in IMPORTS.items():
        entry = entry_of(name)
        if entry is not None:
            others = {entry_of(other) for other in imported}
            graph.setdefault(entry, set()).update(other for other in others if other)
            graph[entry].discard(entry)
    # Raises a CycleError that names the entries.
    TopologicalSorter(graph).prepare()


# From the top down: each folder imports only from those below it.
LAYERS = (
    *("app", "api", "jobs", "generation", "library", "middleware", "services", "billing", "media"),
    *("access", "wire", "catalog", "providers", "ledger", "settings", "observability", "platform"),
    *("limits", "errors"),
)


def test_every_folder_imports_only_from_folders_below_it() -> None:
    wrong = [
        f"{name} imports {other}"
        for name, imported in IMPORTS.items()
        for other in imported
        if (layer := name.split(".")[1:2]) and layer[0] in LAYERS
        if (below := other.split(".")[1:2]) and below[0] in LAYERS
        if LAYERS.index(layer[0]) > LAYERS.index(below[0])
    ]
    assert wrong == []


def test_every_folder_is_listed_in_the_layers() -> None:
    folders = {name.split(".")[1] for name in PATHS if name.startswith("easel.")}
    assert folders - {"runtime"} == {*LAYERS}


def test_no_module_is_longer_than_250_lines() -> None:
    modules = [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.js")]
    lines = {str(path): len(path.read_text("utf-8").splitlines()) for path in modules}
    assert {path: count for path, count in lines.items() if count > 250} == {}


def recursive_closures(tree: ast.Module) -> Iterator[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for outer in ast.walk(tree):
        if not isinstance(outer, functions):
            continue
        for inner in ast.walk(outer):
            if inner is outer or not isinstance(inner, functions):
                continue
            if inner.name in {node.id for node in ast.walk(inner) if isinstance(node, ast.Name)}:
                yield f"{outer.name}.{inner.name}"


def test_no_closure_calls_itself() -> None:
    """Such a closure is a cycle: the handles it holds keep megabytes until cycles are collected."""
    found = {name: [*recursive_closures(tree)] for name, tree in TREES.items()}
    assert {name: closures for name, closures in found.items() if closures} == {}
