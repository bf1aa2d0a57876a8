"""Count the lines of models, hosts and providers: `PYTHONPATH=scripts python -m tools.costs`.

The figures are the lines of what exists: the tables of the catalogue, the rows of `hosts.py` and
the modules of the providers.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from statistics import median_low

from tools.paths import REPO

_PACKAGE = REPO / "src" / "easel"
_PROVIDERS = _PACKAGE / "providers"
_CATALOG = _PACKAGE / "catalog"

# The module that polling providers import.
_POLLING = "polling"

_MODEL = re.compile(r"^\[\[models\]\]\n(?:(?!\[\[|\[shared|\[general).*\n)*", re.MULTILINE)
_ID = re.compile(r'^id = "(.*)"', re.MULTILINE)


def cost_table() -> Iterator[str]:
    """Generate a row for each kind of addition."""
    yield "| to add | files to change, tests apart | there are | smallest | median | largest |"
    yield "| --- | --- | --- | --- | --- | --- |"
    modules = _provider_modules()
    polled = {name: lines for name, lines in modules.items() if _is_polled(name)}
    at_once = {name: lines for name, lines in modules.items() if name not in polled}
    files = "3: its module, a line in `registry.py`, its catalogue file"
    yield _row("a model", "1: its provider's file in `catalog/`", _models())
    yield _row("a host with OpenAI's API", "2: a row in `hosts.py`, its catalogue file", _hosts())
    yield _row("a provider that answers with the image", files, at_once)
    yield _row("a provider that is polled", files, polled)


def _row(title: str, files: str, lines: Mapping[str, int]) -> str:
    smallest, largest = min(lines, key=lines.__getitem__), max(lines, key=lines.__getitem__)
    cells = (
        title,
        files,
        str(len(lines)),
        f"{lines[smallest]} lines (`{smallest}`)",
        f"{median_low(lines.values())} lines",
        f"{lines[largest]} lines (`{largest}`)",
    )
    return f"| {' | '.join(cells)} |"


def _models() -> dict[str, int]:
    """Return the number of lines of each model's table, by the model's id."""
    found = {}
    for file in sorted(_CATALOG.glob("*.toml")):
        for match in _MODEL.finditer(file.read_text("utf-8")):
            # Comments at the end belong to the next table.
            block = re.sub(r"(?:\n(?:#.*)?)*\Z", "", match[0])
            found[_ID.findall(block)[0]] = len([line for line in block.splitlines() if line])
    # The general card, for models without a card of their own, is not a model.
    return {name: lines for name, lines in found.items() if not name.endswith("/*")}


def _hosts() -> dict[str, int]:
    """Return the number of lines of each host's row, by the host's prefix."""
    tree = ast.parse((_PROVIDERS / "hosts.py").read_text("utf-8"))
    (rows,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "HOSTS"
    )
    assert isinstance(rows, ast.Dict)
    return {
        str(ast.literal_eval(key)): (row.end_lineno or 0) - key.lineno + 1
        for key, row in zip(rows.keys, rows.values, strict=True)
        if key is not None
    }


def _provider_modules() -> dict[str, int]:
    """Return the number of lines of each provider's own code, by the name of its module."""
    return {
        name: sum(len(_lines(module)) for module in (name, *_parts(name))) for name in _provided()
    }


def _provided() -> list[str]:
    """Return the modules of providers that the registry imports."""
    shared = {"hosts", "openai_like", "protocol"}
    return sorted(_imports("registry") - shared)


def _parts(name: str) -> list[str]:
    """Return the modules that only this provider imports."""
    names = {file.stem for file in _PROVIDERS.glob("*.py")}
    return [
        other
        for other in sorted(_imports(name))
        if all(other not in _imports(third) for third in names - {name, other})
    ]


def _is_polled(name: str) -> bool:
    if not (_PROVIDERS / f"{_POLLING}.py").is_file():
        raise ValueError(f"update _POLLING in {__name__}")
    return any(_POLLING in _imports(module) for module in (name, *_parts(name)))


def _lines(name: str) -> list[str]:
    return _file(name).read_text("utf-8").splitlines()


@cache
def _imports(name: str) -> frozenset[str]:
    """Return the modules of `providers` that a module imports."""
    package = "easel.providers"
    found = set()
    for node in ast.walk(ast.parse(_file(name).read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}."):
            found.add((node.module or "").removeprefix(f"{package}."))
    return frozenset(found)


def _file(name: str) -> Path:
    return _PROVIDERS / f"{name}.py"


if __name__ == "__main__":
    print("\n".join(cost_table()))
