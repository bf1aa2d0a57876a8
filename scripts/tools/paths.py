"""Paths in this checkout."""

from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
SCRIPTS = REPO / "scripts"
TOOLS = SCRIPTS / "tools"
CACHE = REPO / ".cache"

VENV = REPO / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"

NODE_MODULES = REPO / "node_modules"
NODE = NODE_MODULES / "node" / "bin" / "node"
PYODIDE = NODE_MODULES / "pyodide"

# The wrapper script `tools/workerd` contains this path, too.
PYODIDE_BUNDLE = CACHE / "pyodide" / "pyodide_dev.capnp.bin"

# wrangler uploads everything in this folder with the Worker, so no other file may be in it.
PYTHON_MODULES = REPO / "python_modules"
