"""The modules below `src`, parsed, for tests that read the code."""

import ast
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"


def _name_of(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


# Every Python module, by its full name.
PATHS: Mapping[str, Path] = {_name_of(path): path for path in SOURCE.rglob("*.py")}
TREES: Mapping[str, ast.Module] = {
    name: ast.parse(path.read_text("utf-8")) for name, path in PATHS.items()
}
