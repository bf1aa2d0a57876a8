"""Build workerd's Pyodide bundle from the npm package `pyodide`.

workerd has Python Workers built in, but normally downloads CPython in WebAssembly as a bundle from
Cloudflare. With the flag `python_workers_development` it reads `pyodide_dev.capnp.bin` from a local
directory instead, so the same interpreter can come from the npm registry alone. Run as a module:
`python -m tools.bundle PYODIDE_DIR BUNDLE_FILE`.
"""

import sys
from pathlib import Path
from typing import Any

import capnp  # type: ignore[import-untyped]

_IMPORTS = (
    "import{addEventListener,getRandomValues,location,monotonicDateNow,newWasmModule,"
    'patchedLoadLibData,wasmInstantiate}from"pyodide-internal:builtin_wrappers";'
)

# The changes to Emscripten's glue: workerd forbids compiling WebAssembly from bytes, and has its
# own clock, entropy and library loader. Each row: the text, how often it must occur in the pinned
# version of Pyodide, and its replacement.
_REPLACEMENTS = (
    ("new WebAssembly.Module(", 4, "newWasmModule("),
    ("WebAssembly.instantiate(", 2, "wasmInstantiate("),
    ("Date.now", 22, "monotonicDateNow"),
    ("crypto.getRandomValues(view)", 1, "getRandomValues(Module,view)"),
    (
        "getMemory(metadata.memorySize+memAlign)",
        1,
        "Module.getMemoryPatched(Module,libName,metadata.memorySize+memAlign)",
    ),
    (
        "function loadLibData(){",
        1,
        "function loadLibData(){const patched=patchedLoadLibData(Module,libName,flags.rpath);"
        "return flags.loadAsync?Promise.resolve(patched):patched;",
    ),
    ("export default _createPyodideModule;", 1, "export{_createPyodideModule};"),
)


class GlueChangedError(Exception):
    """The Emscripten glue of this Pyodide differs from that of the pinned version."""


def adapt_glue(glue: str) -> str:
    """Rewrite `pyodide.asm.mjs` so that workerd's sandbox can run it.

    Raises:
        GlueChangedError: a text does not occur as often as in the pinned version.
    """
    for pattern, expected, replacement in _REPLACEMENTS:
        found = glue.count(pattern)
        if found != expected:
            raise GlueChangedError(
                f"expected {pattern!r} {expected} times in pyodide.asm.mjs, found it {found} times"
            )
        glue = glue.replace(pattern, replacement)
    return _IMPORTS + glue


def build_bundle(pyodide: Path, target: Path) -> None:
    """Build the bundle from the npm package in `pyodide` and write it to `target` atomically.

    Raises:
        GlueChangedError: see `adapt_glue`.
        OSError: a file of the package is missing, or the disk is full.
    """
    schema: Any = capnp.load(str(Path(__file__).with_name("bundle.capnp")))
    glue = adapt_glue((pyodide / "pyodide.asm.mjs").read_text("utf-8"))
    parts = (
        ("pyodideRuntime-internal:pyodide.asm", "src", glue.encode()),
        (
            "pyodideRuntime-internal:pyodide.asm.wasm",
            "wasm",
            (pyodide / "pyodide.asm.wasm").read_bytes(),
        ),
        (
            "pyodideRuntime-internal:python_stdlib.zip",
            "data",
            (pyodide / "python_stdlib.zip").read_bytes(),
        ),
    )
    bundle = schema.Bundle.new_message()
    for module, (name, arm, content) in zip(bundle.init("modules", len(parts)), parts, strict=True):
        module.name = name
        module.type = "internal"
        setattr(module, arm, content)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with partial.open("wb") as file:
        bundle.write(file)
    partial.rename(target)


def main() -> int:
    """Build the bundle that the command line names; a changed glue is reported in one sentence."""
    pyodide, target = map(Path, sys.argv[1:])
    try:
        build_bundle(pyodide, target)
    except GlueChangedError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
