"""Hugging Face's router to providers, and the part of its Hub that lists the providers of a model.

https://huggingface.co/docs/inference-providers/hub-api

[fake stall]        a queued task never ends
"""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from fakes.answers import Answer, Reply, html_answer, json_answer
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.directives import Directives
from fakes.hugging_face_routes import PROVIDERS
from fakes.pictures import Picture
from fakes.server import Fake, serving
from fakes.studio import carry_out

_MAKES, _EDITS = "text-to-image", "image-to-image"
_FLUX = "black-forest-labs/FLUX"

# The task and the providers of each model, in the Hub's order, with the provider's model name.
_MODELS: dict[str, tuple[str, dict[str, str]]] = {
    f"{_FLUX}.1-schnell": (
        _MAKES,
        {
            "hf-inference": f"{_FLUX}.1-schnell",
            "nscale": f"{_FLUX}.1-schnell",
            "fal-ai": "fal-ai/flux/schnell",
            "together": f"{_FLUX}.1-schnell",
            "replicate": "black-forest-labs/flux-schnell",
            "wavespeed": "wavespeed-ai/flux-schnell",
        },
    ),
    # easel does not support the first provider, and the second is not live yet.
    f"{_FLUX}.1-dev": (
        _MAKES,
        {
            "nebius": "flux-dev",
            "replicate (staging)": "black-forest-labs/flux-dev",
            "fal-ai": "fal-ai/flux/dev",
        },
    ),
    f"{_FLUX}.1-Krea-dev": (_MAKES, {"wavespeed": "wavespeed-ai/flux-1-krea-dev"}),
    f"{_FLUX}.1-Kontext-dev": (
        _EDITS,
        {
            "fal-ai": "fal-ai/flux-kontext/dev",
            "replicate": "black-forest-labs/flux-kontext-dev",
            "together": f"{_FLUX}.1-kontext-dev",
            "wavespeed": "wavespeed-ai/flux-kontext-dev",
            "hf-inference": f"{_FLUX}.1-Kontext-dev",
        },
    ),
    "stabilityai/stable-diffusion-xl-base-1.0": (
        _MAKES,
        {"replicate": "stability-ai/sdxl:7762fd07cf82"},
    ),
    "stabilityai/stable-diffusion-3.5-large": (
        _MAKES,
        {"hf-inference": "stabilityai/stable-diffusion-3.5-large"},
    ),
    "stabilityai/stable-diffusion-3.5-large-turbo": (
        _MAKES,
        {"replicate": "stability-ai/stable-diffusion-3.5-large-turbo"},
    ),
    "Qwen/Qwen-Image": (_MAKES, {"fal-ai": "fal-ai/qwen-image"}),
    "Qwen/Qwen-Image-Edit": (_EDITS, {"fal-ai": "fal-ai/qwen-image-edit"}),
    "Tongyi-MAI/Z-Image-Turbo": (_MAKES, {"together": "Tongyi-MAI/Z-Image-Turbo"}),
    "somebody/served-by-nobody": (_MAKES, {}),
    "somebody/served-elsewhere": (_MAKES, {"nebius": "elsewhere"}),
}


@dataclass
class _Task:
    """A task in a provider's queue."""

    call: Call
    result: Answer
    polls: int = 0


class _Router:
    """The router, with its tasks, and the Hub."""

    def __init__(self) -> None:
        self._tasks: dict[str, _Task] = {}

    def answer(self, fake: Fake, call: Call) -> Reply:
        """Answer one call."""
        fault = fault_of(call)
        is_public = call.path.startswith("/api/models/")
        if fault and not (fault == "missing" and is_public):
            return failure(fault, call)
        if is_public:
            return _model(call.path.removeprefix("/api/models/"))
        _, name, path = call.path.split("/", 2)
        provider = PROVIDERS.get(name)
        if provider is None:
            return failure("model", call)
        if task := next(filter(None, map(self._tasks.get, path.split("/"))), None):
            return self._ask(name, call, task)
        match = re.fullmatch(provider.path, f"/{path}")
        model = match and ((match.groups() and match[1]) or (call.json or {}).get("model"))
        if match is None or call.method != "POST" or not _serves(name, model, call):
            return failure("model", call)
        reply = carry_out(
            fake,
            call,
            provider.order(call),
            failure,
            lambda pictures: provider.answer(pictures, lambda one: _hosted(fake, call, one)),
        )
        queues = name == "wavespeed" or call.query.get("_subdomain") == "queue"
        if not queues or not isinstance(reply, Answer) or reply.status >= 400:
            return reply
        return self._submitted(name, call, reply)

    def _submitted(self, name: str, call: Call, result: Answer) -> Answer:
        task_id = uuid4().hex
        self._tasks[task_id] = _Task(call, replace(result, delay=0))
        if name == "fal-ai":
            # Its URLs have only the first two parts of the model's name.
            app = "/".join(call.path.split("/")[2:4])
            url = f"https://queue.fal.run/{app}/requests/{task_id}"
            content: dict[str, Any] = {"status": "IN_QUEUE", "request_id": task_id}
            return json_answer({**content, "response_url": url, "status_url": f"{url}/status"})
        url = f"https://api.wavespeed.ai/api/v3/predictions/{task_id}/result"
        data = {"id": task_id, "status": "created", "urls": {"get": url}}
        return json_answer({"code": 200, "data": data})

    def _ask(self, name: str, call: Call, task: _Task) -> Answer:
        if call.method == "PUT":
            return json_answer({"status": "CANCELLATION_REQUESTED"}, 202)
        if name == "fal-ai" and not call.path.endswith("/status"):
            return task.result
        task.polls += 1
        ended = task.polls > 1 and "stall" not in Directives(task.call.prompt)
        if name == "wavespeed":
            return task.result if ended else json_answer({"data": {"status": "processing"}})
        if ended:
            return json_answer({"status": "COMPLETED", "logs": None})
        place = {"queue_position": 1} if task.polls == 1 else {"logs": None}
        state = "IN_QUEUE" if task.polls == 1 else "IN_PROGRESS"
        return json_answer({"status": state, **place}, 202)


def fake_hugging_face() -> AbstractContextManager[Fake]:
    """Serve the router and the Hub, both at `fake.url`."""
    return serving(_Router().answer)


def _serves(provider: str, model: str | None, call: Call) -> bool:
    version = (call.json or {}).get("version")
    known = [served.get(provider, "") for _, served in _MODELS.values()]
    return model in known or (model is None and any(f":{version}" in name for name in known))


def _model(name: str) -> Answer:
    if name not in _MODELS:
        return json_answer({"error": "Repository not found"}, 404)
    task, served = _MODELS[name]
    mapping = {}
    for provider, provider_id in served.items():
        key, _, staging = provider.partition(" ")
        status = "staging" if staging else "live"
        mapping[key] = {"status": status, "providerId": provider_id, "task": task}
    known = {"_id": uuid4().hex, "id": name, "pipeline_tag": task, "tags": []}
    return json_answer({**known, "inferenceProviderMapping": mapping})


def _hosted(fake: Fake, call: Call, picture: Picture) -> str:
    return fake.url + fake.host(call.prompt, picture)


def failure(kind: str, call: Call) -> Answer:
    """The provider's error response for a kind of failure."""
    match kind:
        case "missing" | "key":
            return _error(401, "Invalid credentials in Authorization header")
        case "forbidden":
            return _error(
                403,
                "This authentication method does not have sufficient permissions to call "
                "Inference Providers on behalf of user fox",
            )
        case "quota":
            return _error(
                402,
                "You have exceeded your monthly included credits for Inference Providers. "
                "Subscribe to PRO to get 20x more monthly included credits.",
            )
        case "rate":
            seconds = Directives(call.prompt).get("retry-after", "1")
            return json_answer(
                {"error": "Too many requests"}, 429, ratelimit=f'"api";r=0;t={seconds}'
            )
        case "content":
            flagged = {"loc": ["body", "prompt"], "type": "content_policy_violation"}
            message = "The content was flagged by a content checker."
            return json_answer({"detail": [{**flagged, "msg": message}]}, 422)
        case "parameter":
            return _error(400, "Error in `parameters.width`: must be a multiple of 8")
        case "model":
            return _error(
                410,
                "The requested model is deprecated and no longer supported by provider "
                "hf-inference.",
            )
        case "down":
            wait = float(Directives(call.prompt).get("retry-after", "1"))
            loading = {"error": "Model is currently loading", "estimated_time": wait}
            return json_answer(loading, 503)
        case "crash":
            return _error(500, "Internal Server Error")
        case "busy":
            return html_answer(502, "502 Bad Gateway")
        case "slow":
            return html_answer(504, "504 Gateway Time-out")
    raise ValueError(kind)


def _error(status: int, message: str) -> Answer:
    return json_answer({"error": message}, status, x_error_message=message)
