"""The JavaScript beside these modules."""

from typing import Any

import _pyodide_entrypoint_helper

# Those that Python calls; they import the others.
_NAMES = (
    *("bridge.js", "bucket.js", "calling.js", "fetching.js", "forms.js", "ledger.js", "mask.js"),
    *("request.js", "response.js"),
)

_scripts: dict[str, Any] = {}


async def load_scripts() -> None:
    """Import the JavaScript modules of this folder, which only works while a request is handled.

    `workers.import_from_javascript` suspends the whole Python stack meanwhile. Where several
    requests do so at once, as they do when they have waited for a fresh isolate, Pyodide ends with
    "memory access out of bounds" and takes the isolate with it.
    """
    for name in _NAMES:
        if name not in _scripts:
            _scripts[name] = await _pyodide_entrypoint_helper.doAnImport(f"easel/runtime/{name}")


def script(name: str) -> Any:
    """A JavaScript module of this folder, once they are loaded."""
    return _scripts[name]


def bridge() -> Any:
    """The module that moves bytes and long strings about."""
    return script("bridge.js")
