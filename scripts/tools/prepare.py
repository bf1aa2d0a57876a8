"""Install and build everything that serving and deploying need, once.

Runs under the system's own Python with nothing installed. A step is repeated only when what it
was made from has changed or what it made is gone: a stamp, written after success, holds the
digest of its inputs.
"""

import fcntl
import hashlib
import os
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.console import CommandError, say
from tools.paths import (
    CACHE,
    NODE,
    NODE_MODULES,
    PYODIDE,
    PYODIDE_BUNDLE,
    PYTHON,
    PYTHON_MODULES,
    REPO,
    SCRIPTS,
    TOOLS,
    UV,
    VENV,
)
from tools.tool import run_tool
from tools.vendor import fill_python_modules

_LOCK = REPO / "uv.lock"


def prepare(bundle: bool = True) -> None:
    """Bring the checkout to where wrangler can run; takes no time when it already is.

    Args:
        bundle: whether to build the Pyodide bundle too, which only local serving needs.

    Raises:
        CommandError: something is missing or a tool failed.
        OSError: the disk is full or the folder cannot be written to.
    """
    _check_programs()
    with _alone():
        _once(VENV / ".made", PYTHON, [str(VENV)], _make_venv)
        _once(VENV / ".synced", UV, [_LOCK, REPO / "pyproject.toml"], _install_python_packages)
        npm_inputs = [REPO / "package.json", REPO / "package-lock.json"]
        _once(NODE_MODULES / ".installed", NODE, npm_inputs, _install_npm_packages)
        vendor_inputs = [_LOCK, TOOLS / "vendor.py"]
        _once(CACHE / "python_modules.stamp", PYTHON_MODULES, vendor_inputs, fill_python_modules)
        if bundle:
            _once(
                PYODIDE_BUNDLE.with_name("stamp"), PYODIDE_BUNDLE, _bundle_inputs(), _build_bundle
            )


def _check_programs() -> None:
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise CommandError(
                f"easel needs Node.js with npm, and `{program}` is not on the PATH: install it "
                "(from nodejs.org or your package manager) and run the same command again."
            )


@contextmanager
def _alone() -> Iterator[None]:
    """Keep two preparations of one checkout apart.

    The lock is the tools' guardians' as well: should we be killed, it holds until they are done.
    """
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another command that is preparing this checkout ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        os.set_inheritable(lock.fileno(), True)
        yield


def _once(
    stamp: Path, result: Path, inputs: Sequence[str | Path], make: Callable[[], None]
) -> None:
    """Call `make` unless `result` exists and `stamp` says that it was made from these inputs."""
    digest = _digest(inputs)
    if result.exists() and stamp.is_file() and stamp.read_text() == digest:
        return
    stamp.unlink(missing_ok=True)
    make()
    if not result.exists():
        raise CommandError(
            f"{result.relative_to(REPO)} was not made: delete {result.relative_to(REPO).parts[0]} "
            "and run the same command again."
        )
    stamp.write_text(digest)


def _digest(inputs: Sequence[str | Path]) -> str:
    digest = hashlib.sha256()
    for item in inputs:
        content = item.encode() if isinstance(item, str) else item.read_bytes()
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def _make_venv() -> None:
    # The base interpreter, in case this very .venv runs us: clearing it would pull the rug.
    python = getattr(sys, "_base_executable", sys.executable)
    run_tool("venv", "Creating .venv", [python, "-m", "venv", "--clear", VENV])


def _install_python_packages() -> None:
    packages = tomllib.loads(_LOCK.read_text("utf-8"))["package"]
    version = next(package["version"] for package in packages if package["name"] == "uv")
    run_tool(
        "pip",
        f"Installing uv {version} into .venv",
        [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", f"uv=={version}"],
    )
    run_tool(
        "uv",
        "Installing the Python packages of uv.lock into .venv",
        [UV, "sync", "--frozen", "--inexact", "--no-progress", "--python", PYTHON],
        # A corporate root certificate lives in the system's store, not in uv's own.
        {
            "UV_SYSTEM_CERTS": "true",
            "UV_PROJECT_ENVIRONMENT": str(VENV),
            "UV_PYTHON_DOWNLOADS": "never",
        },
    )


def _install_npm_packages() -> None:
    run_tool(
        "npm",
        "Installing the npm packages of package-lock.json into node_modules",
        [
            # Not `npm ci`, which refuses a lock file made on another platform; --no-save keeps
            # that file as it is. The rest overrules settings under which Node would be missing.
            *("npm", "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"),
            *("--include=dev", "--include=optional", "--ignore-scripts=false"),
            # Without a network npm would otherwise try again for minutes.
            *("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"),
        ],
    )


def _bundle_inputs() -> list[str | Path]:
    return [
        PYODIDE / "package.json",
        PYODIDE / "pyodide.asm.mjs",
        NODE_MODULES / "workerd" / "package.json",
        TOOLS / "bundle.py",
        TOOLS / "bundle.capnp",
    ]


def _build_bundle() -> None:
    run_tool(
        "The bundle builder",
        "Building workerd's Pyodide bundle",
        [PYTHON, "-m", "tools.bundle", PYODIDE, PYODIDE_BUNDLE],
        {"PYTHONPATH": os.fspath(SCRIPTS)},
    )
