"""Load the JavaScript modules of this folder."""

from typing import Any

import _pyodide_entrypoint_helper

# The modules that Python calls. They import the others.
_NAMES = (
    *("bridge.js", "bucket.js", "calling.js", "fetching.js", "forms.js", "ledger.js", "mask.js"),
    *("request.js", "response.js"),
)

_scripts: dict[str, Any] = {}


async def load_scripts() -> None:
    """Import the JavaScript modules of this folder; this works only while a request is handled.

    `workers.import_from_javascript` suspends the whole Python stack during the import. If several
    requests call it at the same time, as they do after waiting for a new isolate, Pyodide and its
    isolate crash with "memory access out of bounds".
    """
    for name in _NAMES:
        if name not in _scripts:
            _scripts[name] = await _pyodide_entrypoint_helper.doAnImport(f"easel/runtime/{name}")


def script(name: str) -> Any:
    """Return a JavaScript module of this folder; `load_scripts` must have run."""
    return _scripts[name]


def bridge() -> Any:
    """Return the module that handles bytes and long strings."""
    return script("bridge.js")
