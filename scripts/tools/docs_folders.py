"""The table of easel's folders and entry modules, from their docstrings."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tools.paths import REPO

_SOURCE = REPO / "src"
_PACKAGE = _SOURCE / "easel"

# From the top down: each imports only from those below it. `runtime` stands apart: it implements
# the protocols of `platform`, and only `entry.py` imports it.
_ORDER = (
    *("entry.py", "runtime", "app.py", "api", "api/http", "jobs", "generation"),
    *("generation/lifecycle", "generation/answers", "generation/execution", "generation/planning"),
    *("library", "middleware.py", "services.py", "billing", "media", "access", "wire", "catalog"),
    *("providers", "ledger", "settings", "observability", "platform", "limits.py", "errors"),
)


def folder_table() -> Iterator[str]:
    """Generate a row for each folder and each module beside them.

    Raises:
        ValueError: `_ORDER` lacks a folder or module, or names one that does not exist.
    """
    found = _entries()
    if found.keys() != set(_ORDER):
        raise ValueError(f"update _ORDER in {__name__}: {sorted(found.keys() ^ set(_ORDER))}")
    yield "| in `src/easel/` | purpose |"
    yield "| --- | --- |"
    for name in _ORDER:
        title = f"`{name}`" if name.endswith(".py") else f"`{name}/`"
        title = "`../entry.py`" if name == "entry.py" else title
        yield f"| {title} | {_first_line(found[name])} |"


def _entries() -> dict[str, Path]:
    """Find every folder and top-level module, with the file that has its docstring."""
    folders = {
        str(file.parent.relative_to(_PACKAGE)): file
        for file in _PACKAGE.rglob("__init__.py")
        if file.parent != _PACKAGE
    }
    modules = {file.name: file for file in _PACKAGE.glob("*.py") if file.name != "__init__.py"}
    return {**folders, **modules, "entry.py": _SOURCE / "entry.py"}


def _first_line(file: Path) -> str:
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return docstring.split("\n\n")[0].replace("\n", " ").replace("|", r"\|")
