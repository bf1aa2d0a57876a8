"""A BentoML service that starts at once: its schema, a route that answers and one that is a task.

The service of `fakes.bento` is a real one, which takes seconds to start.
"""

from contextlib import AbstractContextManager
from typing import Any

from fakes.answers import Answer, Reply, json_answer
from fakes.calls import Call
from fakes.pictures import paint
from fakes.server import Fake, serving

_TASK = "3f0a7c2e"
_TEXT = {"type": "string"}


def fake_quick_bento() -> AbstractContextManager[Fake]:
    """Serve it; the client's URL is `fake.url`."""
    return serving(_answer)


def _answer(fake: Fake, call: Call) -> Reply:
    match call.method, call.path:
        case "GET", "/schema.json":
            return json_answer({"name": "Studio", "routes": [*map(_route, ("one", "two", "task"))]})
        case "POST", "/one" | "/two":
            return _made(fake, call)
        case "POST", "/task/submit":
            return json_answer({"task_id": _TASK, "status": "in_progress"})
        case "GET", "/task/status":
            return json_answer({"task_id": _TASK, "status": "completed"})
        case "GET", "/task/get":
            return _made(fake, call)
    return json_answer({"error": "not found"}, 404)


def _route(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "route": f"/{name}",
        "is_task": name == "task",
        "input": {"properties": {"prompt": _TEXT}, "required": ["prompt"], "type": "object"},
        "output": {"type": "file", "format": "image"},
    }


def _made(fake: Fake, call: Call) -> Answer:
    picture = paint((64, 64), "png")
    fake.buy(call.prompt, 1)
    return Answer(200, {"content-type": picture.media_type}, picture.content)
