"""The memory of an isolate, measured by V8 through the inspector of `wrangler dev`.

https://chromedevtools.github.io/devtools-protocol/v8/Runtime/#method-getHeapUsage
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple

import httpx2
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

# The origin that wrangler's proxy accepts.
_ORIGIN = "https://devtools.devprod.cloudflare.dev"
_ANSWER_SECONDS = 60


class Usage(NamedTuple):
    """An isolate's memory, in bytes.

    Attributes:
        heap: JavaScript objects and strings.
        buffers: ArrayBuffers and other memory outside the heap that V8 counts.
        wasm: the memories of WebAssembly modules, of which Pyodide's is one. They never shrink.
    """

    heap: int
    buffers: int
    wasm: int

    @property
    def total(self) -> int:
        """The sum of all kinds."""
        return self.heap + self.buffers + self.wasm

    def __str__(self) -> str:
        parts = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in self._asdict().items())
        return f"{self.total / 1e6:.1f} MB ({parts})"


class Inspector:
    """A connection to the inspector of an isolate that has served a request."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = count(1)
        message: dict[str, Any] = {}
        # wrangler's proxy has requested this event.
        while message.get("method") != "Runtime.executionContextCreated":
            message = json.loads(connection.recv(_ANSWER_SECONDS))
        context = message["params"]["context"]["id"]
        expression = {"expression": "WebAssembly.Memory.prototype", "contextId": context}
        self._prototype = self._call("Runtime.evaluate", **expression)["result"]["objectId"]

    def held(self) -> Usage:
        """The memory in use, including garbage, without WebAssembly."""
        return self._held(self._send("Runtime.getHeapUsage"))

    def _held(self, number: int) -> Usage:
        usage = self._receive(number)
        heap = usage["usedSize"] + usage["embedderHeapUsedSize"]
        return Usage(heap, usage["backingStorageSize"], 0)

    def live(self) -> Usage:
        """The memory in use without garbage, which V8 collects before it queries objects."""
        # Both are sent at once, so that no new garbage is counted: otherwise a request could
        # release memory between them, and the next request allocate some.
        query = self._send("Runtime.queryObjects", prototypeObjectId=self._prototype)
        usage = self._send("Runtime.getHeapUsage")
        found = self._receive(query)["objects"]
        held = self._held(usage)
        sizes = self._call(
            "Runtime.callFunctionOn",
            objectId=found["objectId"],
            functionDeclaration="function () { return this.map((one) => one.buffer.byteLength); }",
            returnByValue=True,
        )
        self._call("Runtime.releaseObject", objectId=found["objectId"])
        return held._replace(wasm=sum(sizes["result"]["value"]))

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        return self._receive(self._send(method, **parameters))

    def _send(self, method: str, **parameters: object) -> int:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        return number

    def _receive(self, number: int) -> dict[str, Any]:
        while True:
            message = json.loads(self._connection.recv(_ANSWER_SECONDS))
            if message.get("id") == number:
                result: dict[str, Any] = message["result"]
                return result


@contextmanager
def inspecting(port: int) -> Iterator[Inspector]:
    """Connect to the one Worker whose inspector listens on a port."""
    (target,) = httpx2.get(f"http://localhost:{port}/json").json()
    address = target["webSocketDebuggerUrl"]
    with connect(
        address, origin=Origin(_ORIGIN), user_agent_header="tests", max_size=None
    ) as connection:
        yield Inspector(connection)
