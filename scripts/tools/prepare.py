"""Install and build everything that serving and deploying need, once.

Runs under the system's Python and needs no packages. A step is repeated only if its inputs have
changed or its result is missing: a stamp file, written after success, has the digest of the inputs.
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
    """Prepare the checkout for wrangler; this is instant if the checkout is already prepared.

    Args:
        bundle: whether to build the Pyodide bundle, which only local serving needs.

    Raises:
        CommandError: a program is missing, or a tool failed.
        OSError: the disk is full, or the folder is not writable.
    """
    _check_programs()
    with _locked():
        _build(VENV / ".made", PYTHON, [str(VENV)], _make_venv)
        _build(VENV / ".synced", UV, [_LOCK, REPO / "pyproject.toml"], _install_python_packages)
        npm_inputs = [REPO / "package.json", REPO / "package-lock.json"]
        _build(NODE_MODULES / ".installed", NODE, npm_inputs, _install_npm_packages)
        vendor_inputs = [_LOCK, TOOLS / "vendor.py"]
        _build(CACHE / "python_modules.stamp", PYTHON_MODULES, vendor_inputs, fill_python_modules)
        if bundle:
            _build(
                PYODIDE_BUNDLE.with_name("stamp"), PYODIDE_BUNDLE, _bundle_inputs(), _build_bundle
            )


def _check_programs() -> None:
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise CommandError(
                f"easel needs Node.js with npm, but `{program}` is not on the PATH: install it "
                "(from nodejs.org or your package manager) and run the same command again."
            )


@contextmanager
def _locked() -> Iterator[None]:
    """Lock the checkout, so that only one process prepares it at a time.

    The tools' guardians inherit the lock: if this process is killed, they hold it until they end.
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


def _build(
    stamp: Path, result: Path, inputs: Sequence[str | Path], make: Callable[[], None]
) -> None:
    """Call `make` unless `result` exists and `stamp` has the digest of the inputs."""
    digest = _digest(inputs)
    if result.exists() and stamp.is_file() and stamp.read_text() == digest:
        return
    stamp.unlink(missing_ok=True)
    make()
    if not result.exists():
        raise CommandError(
            f"{result.relative_to(REPO)} is missing: delete {result.relative_to(REPO).parts[0]} "
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
    # The base interpreter: `--clear` would delete the interpreter of .venv while it runs this.
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
        # The system's certificate store may have a corporate root certificate that uv's lacks.
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
            # Not `npm ci`, which rejects a lock file made on another platform; --no-save leaves
            # that file unchanged. The rest overrides settings that would exclude Node.js.
            *("npm", "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"),
            *("--include=dev", "--include=optional", "--ignore-scripts=false"),
            # By default npm retries for minutes if there is no network.
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
