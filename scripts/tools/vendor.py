"""Fill python_modules/ with the packages that are uploaded with the Worker.

The wheels are those for Pyodide, with the versions and hashes of uv.lock. wrangler uploads the
whole folder, so files that the Worker does not need are removed.
"""

import shutil
import tempfile
from pathlib import Path

from tools.paths import CACHE, PYTHON, PYTHON_MODULES, UV
from tools.tool import run_tool

# The Python version and the platform of the wheels: those of the Pyodide bundle.
_TARGET = (
    *("--implementation", "cp", "--python-version", "3.14"),
    *("--abi", "cp314", "--abi", "none"),
    *("--platform", "pyemscripten_2026_0_wasm32", "--platform", "any"),
)

# easel reads no package metadata; the other files are for type checkers and tests.
_UNNEEDED = ("*.dist-info", "bin", "**/__pycache__", "**/tests", "**/*.pyi", "**/py.typed")


def fill_python_modules() -> None:
    """Build python_modules/ in a temporary folder, and replace the old one when it is complete.

    Raises:
        CommandError: uv or pip failed.
        OSError: the disk is full.
    """
    with tempfile.TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as scratch:
        requirements = Path(scratch, "requirements.txt")
        modules = Path(scratch, "python_modules")
        run_tool(
            "uv",
            "Listing the Worker's packages",
            [
                *(UV, "export", "--quiet", "--frozen", "--no-default-groups", "--group", "worker"),
                *("--no-emit-project", "--output-file", requirements),
            ],
        )
        run_tool(
            "pip",
            "Installing the Worker's packages into python_modules",
            [
                *(PYTHON, "-m", "pip", "install", "--target", modules, "--requirement"),
                *(requirements, "--require-hashes", "--no-deps", "--only-binary=:all:"),
                *("--no-compile", "--disable-pip-version-check", *_TARGET),
            ],
        )
        _prune(modules)
        if PYTHON_MODULES.exists():
            PYTHON_MODULES.rename(Path(scratch, "old"))
        modules.rename(PYTHON_MODULES)


def _prune(modules: Path) -> None:
    for pattern in _UNNEEDED:
        for path in list(modules.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
