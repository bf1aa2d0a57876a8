"""Runway's API for images.

https://docs.dev.runwayml.com/api/, its errors https://docs.dev.runwayml.com/errors/errors/ and
those of its tasks https://docs.dev.runwayml.com/errors/task-failures/
"""

from contextlib import AbstractContextManager
from typing import Any

from fakes.answers import Answer, Reply, html_answer, json_answer
from fakes.board import Board, Task
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.fields import parse_size
from fakes.pictures import Picture
from fakes.runway_models import MODELS
from fakes.server import Fake, serving
from fakes.studio import Order, carry_out

_VERSION = "2024-11-06"
_CREATED = "2026-11-20T12:30:00.000Z"
_CREDITS = 5
_LARGEST_SEED = 2**32 - 1
_FORMATS = {"recraft_v4_1_flash": "webp", "recraft_v4_1_vector": "svg"}


def fake_runway() -> AbstractContextManager[Fake]:
    """Serve the fake; the SDK's `base_url` is `fake.url`."""
    board = Board()
    return serving(lambda fake, call: answer(fake, call, board))


def answer(fake: Fake, call: Call, board: Board) -> Reply:
    """Answer one call."""
    if call.headers.get("x-runway-version") != _VERSION:
        return _error(400, "A valid X-Runway-Version header is required.")
    if fault := fault_of(call):
        return failure(fault, call)
    task = call.path.removeprefix("/v1/tasks/")
    match call.method, call.path:
        case "POST", "/v1/text_to_image":
            return _begin(fake, call, board)
        case "GET", _ if task != call.path:
            return _task(fake, call, board, task)
        case "DELETE", _ if task != call.path:
            board.cancel(fake, task)
            return Answer(204)
    return _error(404, "Not found")


def failure(kind: str, _call: Call) -> Answer:
    """The provider's error response for a kind of failure."""
    match kind:
        case "missing" | "key":
            return _error(401, "The API key is not valid.")
        case "forbidden":
            return _error(403, "You do not have access to this model.")
        case "quota":
            return _error(400, "You do not have enough credits to run this task.")
        case "rate":
            return _error(429, "You have reached the daily limit of this model.")
        case "parameter":
            return _invalid("ratio", "invalid_value", "ratio must be one of the listed values")
        case "model":
            return _invalid("model", "invalid_union_discriminator", "Invalid model")
        case "down":
            return _error(503, "Service unavailable")
        case "crash":
            return _error(500, "Internal server error")
        case "busy":
            return html_answer(502, "502 Bad Gateway")
        case "slow":
            return html_answer(504, "504 Gateway Time-out")
    raise ValueError(kind)


def _begin(fake: Fake, call: Call, board: Board) -> Reply:
    body = call.json
    if body is None:
        return _error(400, "The body is no JSON object.")
    model = MODELS.get(body.get("model", ""))
    if model is None:
        return failure("model", call)
    for code, name, message in model.issues(body):
        return _invalid(name, code, message)
    if not 0 <= body.get("seed", 0) <= _LARGEST_SEED:
        return _invalid("seed", "too_big", "seed must be a 32-bit number")

    def success(pictures: list[Picture]) -> Answer:
        task = board.begin(call.prompt, pictures)
        return json_answer({"id": task.id, "estimatedCost": {"credits": _CREDITS}})

    size = parse_size(body.get("ratio", "").replace(":", "x")) or (1024, 1024)
    usual = _FORMATS.get(model.name, "png")
    order = Order(size, body.get("outputFormat", usual), body.get("outputCount", 1))
    return carry_out(fake, call, order, failure, success)


def _task(fake: Fake, call: Call, board: Board, name: str) -> Reply:
    phase, task = board.poll(fake, name)
    match phase:
        case "unknown" | "cancelled":
            return _error(404, "Task not found")
        case "broken":
            return failure("crash", call)
        case "working":
            return json_answer(_working(task))
    if code := task.directives.get("task-error"):
        # Refused content is charged; the credits of other failures are refunded.
        cost = {"credits": _CREDITS if code.startswith("SAFETY") else 0}
        if code == "CANCELLED":
            return json_answer(_state(task, code, cost=cost))
        reason = "The task failed."
        state = _state(task, "FAILED", failure=reason, failureCode=code, cost=cost)
        return json_answer(state)
    urls = [fake.url + fake.host(task.prompt, picture) for picture in task.pictures]
    return json_answer(_state(task, "SUCCEEDED", output=urls, cost={"credits": _CREDITS}))


def _working(task: Task) -> dict[str, Any]:
    status = task.directives.get("status", "RUNNING")
    progress = {"progress": 0.5} if status == "RUNNING" else {}
    return _state(task, status, estimatedCost={"credits": _CREDITS}, **progress)


def _state(task: Task, status: str, **rest: Any) -> dict[str, Any]:
    return {"id": task.id, "createdAt": _CREATED, "status": status, **rest}


def _error(status: int, message: str, **rest: Any) -> Answer:
    return json_answer({"error": message, **rest}, status)


def _invalid(name: str, code: str, message: str) -> Answer:
    issues = [{"code": code, "path": [name], "message": message}]
    return _error(400, "Validation of body failed", issues=issues)
