"""What the design promises about the shape of the code."""

import ast
from graphlib import TopologicalSorter
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


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


NAMES = {dotted(path): path for path in SOURCE.rglob("*.py")}


def imported_modules(path: Path) -> set[str]:
    """Every module of ours that a file imports, those for type checking included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = {f"{module}.{alias.name}" for alias in node.names}
            found |= {name if name in NAMES else module for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & NAMES.keys()


FOLDERS = sorted({name.rpartition(".")[0] for name in NAMES if "." in name})


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_between_the_entries_of_a_folder_go_one_way(folder: str) -> None:
    """Each entry is a module, or a folder with all that is below it."""

    def entry_of(name: str) -> str | None:
        below = name.removeprefix(f"{folder}.")
        return below.partition(".")[0] if below != name else None

    graph: dict[str, set[str]] = {}
    for name, path in NAMES.items():
        entry = entry_of(name)
        if entry is not None:
            others = {entry_of(other) for other in imported_modules(path)}
            graph.setdefault(entry, set()).update(other for other in others if other)
            graph[entry].discard(entry)
    # Raises a CycleError that names the entries.
    TopologicalSorter(graph).prepare()


# From the top down: each folder imports only from those below it.
LAYERS = (
    *("app", "api", "jobs", "generation", "library", "middleware", "services", "billing", "media"),
    *("access", "wire", "catalog", "providers", "ledger", "settings", "observability", "platform"),
    "errors",
)


def test_every_folder_imports_only_from_folders_below_it() -> None:
    wrong = [
        (name, other)
        for name, path in NAMES.items()
        for other in imported_modules(path)
        if (layer := name.split(".")[1:2]) and layer[0] in LAYERS
        if (below := other.split(".")[1:2]) and below[0] in LAYERS
        if LAYERS.index(layer[0]) > LAYERS.index(below[0])
    ]
    assert wrong == []


def test_every_folder_has_its_place_in_the_layers() -> None:
    folders = {name.split(".")[1] for name in NAMES if name.startswith("easel.")}
    assert folders - {"runtime"} == {*LAYERS}


def test_no_module_is_longer_than_250_lines() -> None:
    modules = [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.js")]
    lines = {str(path): len(path.read_text("utf-8").splitlines()) for path in modules}
    assert {path: count for path, count in lines.items() if count > 250} == {}


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
