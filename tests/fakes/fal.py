"""fal: its synchronous API at `/run` and its queue at `/queue`.

https://fal.ai/docs/api-reference/inference-api and, for its errors,
https://fal.ai/docs/documentation/model-apis/errors and .../request-errors

[fake flagged N]    the safety checker has blackened N images
[fake silent]       only the status of a task reports its failure
"""

import base64
import re
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from fakes.answers import Answer, RefusedError, Reply, html_answer, json_answer
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.directives import Directives
from fakes.fal_models import MODELS
from fakes.fields import Fields
from fakes.jobs import Job, Jobs, ask
from fakes.pictures import Picture
from fakes.server import Fake, serving
from fakes.studio import carry_out

SEED = 4242
_REQUEST = re.compile(r"/queue/([^/]+/[^/]+)/requests/([^/]+)(/status|/cancel)?")


def fake_fal() -> AbstractContextManager[Fake]:
    """Serve the fake."""
    return serving(partial(_answer, Jobs()))


def _answer(jobs: Jobs, fake: Fake, call: Call) -> Reply:
    if fault := fault_of(call, prefix="Key "):
        return failure(fault, call)
    if request := _REQUEST.fullmatch(call.path):
        job = jobs.find(request[2], json_answer({"detail": "Request not found"}, 404))
        return _about(job, fake, call, request[1], request[3] or "")
    way, _, endpoint = call.path.removeprefix("/").partition("/")
    model = MODELS.get(endpoint)
    if call.method != "POST" or way not in ("run", "queue") or model is None:
        return failure("model", call)
    values = call.json or {}
    fields = Fields(values, _invalid, model.fields)
    order = model.read(values, fields)
    as_data = fields.boolean("sync_mode")

    def success(pictures: list[Picture]) -> Answer:
        content = _content(pictures, fake, call, as_data=as_data)
        if way == "run":
            return json_answer(content)
        job = jobs.begin(call, content)
        return json_answer(_state(job, fake, endpoint, "IN_QUEUE", queue_position=0))

    return carry_out(fake, call, order, failure, success)


def _content(pictures: list[Picture], fake: Fake, call: Call, *, as_data: bool) -> dict[str, Any]:
    def url(picture: Picture) -> str:
        if as_data:
            encoded = base64.b64encode(picture.content).decode()
            return f"data:{picture.media_type};base64,{encoded}"
        return fake.url + fake.host(call.prompt, picture)

    flagged = int(Directives(call.prompt).get("flagged", "0"))
    images = [{"url": url(picture), "content_type": picture.media_type} for picture in pictures]
    return {
        "images": images,
        "timings": {"inference": 0.1},
        "seed": (call.json or {}).get("seed", SEED),
        "has_nsfw_concepts": [index < flagged for index in range(len(images))],
        "prompt": call.prompt,
    }


def _about(job: Job, fake: Fake, call: Call, app: str, wanted: str) -> Reply:
    """Answer a call about a task, whose path has only the owner and the app of the endpoint."""
    prompt = job.call.prompt
    match call.method, wanted:
        case "GET", "/status":
            stage = ask(fake, job)
            if stage == "waiting":
                return json_answer(_state(job, fake, app, "IN_QUEUE", queue_position=2), 202)
            if stage == "running":
                return json_answer(_state(job, fake, app, "IN_PROGRESS", logs=None), 202)
            failed = (
                {"error": "The runner died.", "error_type": "runner_disconnected"}
                if job.failure
                else {}
            )
            return json_answer(_state(job, fake, app, "COMPLETED", logs=None, metrics={}, **failed))
        case "GET", "":
            fake.note(prompt, "fetched")
            if fake.notes(prompt).count("fetched") <= int(job.directives.get("bad-results", "0")):
                return html_answer(502, "502 Bad Gateway nginx")
            if job.failure and "silent" in job.directives:
                return json_answer({})
            return failure(job.failure, job.call) if job.failure else json_answer(job.content)
        case "PUT", "/cancel":
            if "fetched" in fake.notes(prompt):
                return json_answer({"status": "ALREADY_COMPLETED"}, 400)
            fake.note(prompt, "cancelled")
            return json_answer({"status": "CANCELLATION_REQUESTED"}, 202)
    raise RefusedError(json_answer({"detail": "Method Not Allowed"}, 405))


def _state(job: Job, fake: Fake, endpoint: str, status: str, **rest: object) -> dict[str, object]:
    app = "/".join(endpoint.split("/")[:2])
    url = f"{fake.url}/queue/{app}/requests/{job.id}"
    return {
        "status": status,
        "request_id": job.id,
        "response_url": url,
        "status_url": f"{url}/status",
        "cancel_url": f"{url}/cancel",
        **rest,
    }


def failure(kind: str, call: Call) -> Answer:
    """The provider's error response for a kind of failure."""
    match kind:
        case "missing":
            return _platform(401, "Authentication is required to access this application.")
        case "key":
            return _platform(401, "invalid key credentials")
        case "forbidden":
            return _platform(403, "Access denied.")
        case "quota":
            words = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai."
            return _platform(403, words)
        case "rate":
            seconds = Directives(call.prompt).get("retry-after", "1")
            words = "Reached concurrent requests limit"
            return _platform(
                429, words, "concurrent_requests_limit", x_fal_needs_retry="1", retry_after=seconds
            )
        case "content":
            return _model(422, "prompt", "content_policy_violation", "It was refused by a checker.")
        case "parameter":
            words = "Input should be less than or equal to 12"
            return _model(422, "num_inference_steps", "less_than_equal", words)
        case "image":
            return _model(422, "image_url", "image_load_error", "Failed to load the image.")
        case "model":
            return _platform(404, f"Application {call.path.partition('/')[2]!r} not found")
        case "down":
            return _platform(503, "No runner is available", "runner_scheduling_failure")
        case "crash":
            return _platform(500, "Internal Server Error", "internal_error")
        case "busy":
            return html_answer(502, "502 Bad Gateway nginx")
        case "slow":
            return _platform(504, "The request timed out", "request_timeout")
    raise ValueError(kind)


def _platform(status: int, words: str, kind: str | None = None, **headers: str) -> Answer:
    if kind is None:
        return json_answer({"detail": words}, status, **headers)
    content = {"detail": words, "error_type": kind}
    return json_answer(content, status, x_fal_error_type=kind, **headers)


def _model(status: int, name: str, kind: str, words: str) -> Answer:
    detail = {"loc": ["body", name], "msg": words, "type": kind}
    return json_answer({"detail": [detail]}, status)


def _invalid(name: str, kind: str, words: str) -> Answer:
    return _model(422, name, kind, words)
