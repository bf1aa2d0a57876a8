"""Where things lie in this checkout."""

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

# The wrapper `tools/workerd` looks for the bundle here too.
PYODIDE_BUNDLE = CACHE / "pyodide" / "pyodide_dev.capnp.bin"

# Whatever lies in this folder is uploaded with the Worker, so nothing of ours may.
PYTHON_MODULES = REPO / "python_modules"
