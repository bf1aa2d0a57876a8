"""ModelScope's images API, where every image is a task.

It has no SDK for images: this fake follows its documentation and the errors that its users
report. https://modelscope.cn/docs/model-service/API-Inference/intro
"""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import uuid4

from fakes.answers import Answer, Reply, html_answer, json_answer
from fakes.board import Board
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.fields import Fields, parse_size
from fakes.pictures import Picture
from fakes.server import Fake, serving
from fakes.studio import Order, carry_out

_FIELDS = {"guidance", "loras", "model", "negative_prompt", "prompt", "seed", "size", "steps"}
_LONGEST_PROMPT = 1999
_LARGEST_SEED = 2**31 - 1
_MOST_LORAS = 6


@dataclass(frozen=True)
class _Model:
    """The parameters of a model.

    Attributes:
        sides: the range of a side, in pixels.
        images: the greatest number of input images.
        needs_image: whether it only edits.
    """

    sides: tuple[int, int] = (64, 1024)
    images: int = 0
    needs_image: bool = False


_QWEN = (64, 1664)
_MODELS = {
    "MusePublic/489_ckpt_FLUX_1": _Model(),
    "Qwen/Qwen-Image": _Model(_QWEN),
    "Qwen/Qwen-Image-2512": _Model(_QWEN),
    "Qwen/Qwen-Image-Edit": _Model(_QWEN, 1, needs_image=True),
    "Qwen/Qwen-Image-Edit-2511": _Model(_QWEN, 3, needs_image=True),
    "Tongyi-MAI/Z-Image-Turbo": _Model((512, 2048)),
    "black-forest-labs/FLUX.1-Krea-dev": _Model(),
    "black-forest-labs/FLUX.2-dev": _Model(images=4),
    "somebody/something": _Model((64, 2048), 4),
}


def fake_modelscope() -> AbstractContextManager[Fake]:
    """Serve the fake; its API is at `fake.url + "/v1"`."""
    board = Board()
    return serving(lambda fake, call: answer(fake, call, board))


def answer(fake: Fake, call: Call, board: Board) -> Reply:
    """Answer one call."""
    if fault := fault_of(call):
        return failure(fault, call)
    task = call.path.removeprefix("/v1/tasks/")
    if (call.method, call.path) == ("POST", "/v1/images/generations"):
        return _begin(fake, call, board)
    if call.method == "GET" and task != call.path:
        return _task(fake, call, board, task)
    return _error(404, "Not Found")


def failure(kind: str, call: Call) -> Answer:
    """The provider's error response for a kind of failure."""
    match kind:
        case "missing" | "key":
            return _error(401, "Authentication failed, please make sure that a valid token is used")
        case "forbidden":
            return _error(403, "Please bind your account before use")
        case "quota":
            name = (call.json or {}).get("model")
            sentence = f"You have exceeded today's quota for model {name}, try again tomorrow"
            return _error(429, sentence)
        case "rate":
            return _error(429, "Too many requests, request limit reached")
        case "content":
            return _error(400, "Input data may contain inappropriate content.")
        case "parameter":
            return _error(400, "size: the resolution is not supported")
        case "model":
            return _error(400, "Invalid model id: no such model")
        case "down":
            return _error(503, "Service unavailable")
        case "crash":
            return _error(500, "Internal error")
        case "busy":
            return _error(500, "Server is busy, please try again later")
        case "slow":
            return html_answer(504, "504 Gateway Time-out")
    raise ValueError(kind)


def _begin(fake: Fake, call: Call, board: Board) -> Reply:
    if call.headers.get("x-modelscope-async-mode") != "true":
        return _error(400, "image-gen task currently does not support synchronous calls")
    name = (call.json or {}).get("model")
    model = _MODELS.get(name) if isinstance(name, str) else None
    if model is None:
        return failure("model", call)
    known = _FIELDS | ({"image_url"} if model.images else set())
    order = _read(Fields(call.json or {}, _invalid, known), model)

    def success(pictures: list[Picture]) -> Answer:
        task = board.begin(call.prompt, pictures)
        content = {"task_status": "SUCCEED", "task_id": task.id, "request_id": str(uuid4())}
        return json_answer(content)

    return carry_out(fake, call, order, failure, success)


def _read(fields: Fields, model: _Model) -> Order:
    fields.needed_text("prompt", longest=_LONGEST_PROMPT)
    fields.text("negative_prompt", longest=_LONGEST_PROMPT)
    fields.integer("steps", 1, 100)
    fields.number("guidance", 1.5, 20)
    fields.integer("seed", 0, _LARGEST_SEED)
    _check_loras(fields)
    _check_images(fields, model)
    size = parse_size(fields.text("size") or "1024x1024")
    low, high = model.sides
    if size is None or not all(low <= side <= high for side in size):
        raise fields.refused("size", "", f"sides must be from {low} to {high}")
    return Order(size, "jpeg")


def _check_loras(fields: Fields) -> None:
    loras = fields.raw("loras")
    if loras is None or isinstance(loras, str):
        return
    if (
        not isinstance(loras, dict)
        or len(loras) > _MOST_LORAS
        or abs(sum(loras.values()) - 1) > 0.01
    ):
        raise fields.refused("loras", "", "all weight coefficients must sum to 1.0")


def _check_images(fields: Fields, model: _Model) -> None:
    given = fields.raw("image_url")
    images = [given] if isinstance(given, str) else given or []
    if len(images) > model.images or (model.needs_image and not images):
        raise fields.refused("image_url", "", f"expected at most {model.images} images")
    if not all(re.match(r"https?://|data:image/\w+;base64,", image) for image in images):
        raise fields.refused("image_url", "", "expected a URL")


def _task(fake: Fake, call: Call, board: Board, name: str) -> Reply:
    if call.headers.get("x-modelscope-task-type") != "image_generation":
        return _error(400, "task type is missing")
    phase, task = board.poll(fake, name)
    common = {"request_id": str(uuid4()), "task_id": name}
    match phase:
        case "unknown" | "cancelled":
            return _error(404, "task not found")
        case "broken":
            return failure("crash", call)
        case "working":
            status = task.directives.get("status", "PROCESSING")
            return json_answer({**common, "task_status": status, "outputs": {}})
    if code := task.directives.get("task-error"):
        words = "Output data may contain inappropriate content." if code == "422" else "It failed."
        errors = {"code": int(code), "message": words}
        return json_answer({**common, "task_status": "FAILED", "errors": errors})
    urls = [fake.url + fake.host(task.prompt, picture) for picture in task.pictures]
    return json_answer({**common, "task_status": "SUCCEED", "output_images": urls})


def _error(status: int, message: str) -> Answer:
    return json_answer({"errors": {"message": message}, "request_id": str(uuid4())}, status)


def _invalid(param: str, _code: str, message: str) -> Answer:
    return _error(400, f"{param}: {message}")
