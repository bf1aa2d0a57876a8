"""Replicate's predictions.

https://replicate.com/docs/reference/http#predictions.create; synchronous mode:
https://replicate.com/docs/topics/predictions/create-a-prediction#sync-mode; rate limits:
https://replicate.com/docs/topics/predictions/rate-limits

[fake early]        a synchronous answer has its output before its final status
[fake abort]        the prediction is aborted before it starts
"""

import re
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from fakes.answers import Answer, RefusedError, Reply, html_answer, json_answer
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.directives import Directives
from fakes.fields import Fields
from fakes.jobs import Job, Jobs, Stage, ask
from fakes.pictures import Picture
from fakes.replicate_models import MODELS, VERSIONS
from fakes.server import Fake, serving
from fakes.studio import carry_out

SEED = 4242
_OFFICIAL = re.compile(r"/v1/models/([^/]+/[^/]+)/predictions")
_MODEL = re.compile(r"/v1/models/([^/]+/[^/]+)")
_PREDICTION = re.compile(r"/v1/predictions/(\w+)(/cancel)?")
_STATUSES: dict[Stage, str] = {
    "waiting": "starting",
    "running": "processing",
    "over": "succeeded",
    "cancelled": "canceled",
}
_FAILURES = {
    "content": "NSFW content detected in all generated images. Try running it again, or try a "
    "different prompt.",
    "crash": "CUDA error: an illegal memory access was encountered",
    "down": "E6716: Prediction failed to start in time.",
    "image": "cannot identify image file",
    "parameter": "E006: Invalid input",
}


def fake_replicate() -> AbstractContextManager[Fake]:
    """Serve the fake; the `base_url` of version 1 of the SDK is `fake.url`."""
    return serving(partial(_answer, Jobs()))


def _answer(jobs: Jobs, fake: Fake, call: Call) -> Reply:
    if fault := fault_of(call):
        return failure(fault, call)
    if match := _PREDICTION.fullmatch(call.path):
        return _about(jobs.find(match[1], _not_found()), fake, call, stops=bool(match[2]))
    if call.method == "GET" and (match := _MODEL.fullmatch(call.path)) and match[1] in MODELS:
        return json_answer(_described(match[1]))
    return _begin(jobs, fake, call, _name(call))


def _name(call: Call) -> str:
    """The model that a call runs.

    Raises:
        RefusedError: the model does not exist or cannot be run in this way.
    """
    if call.method != "POST" or call.json is None or not isinstance(call.json.get("input"), dict):
        raise RefusedError(_not_found())
    if match := _OFFICIAL.fullmatch(call.path):
        if match[1] in MODELS and MODELS[match[1]].version is None:
            return match[1]
        raise RefusedError(_not_found())
    version = str(call.json.get("version", "")).rpartition(":")[2]
    if call.path != "/v1/predictions" or version not in VERSIONS:
        raise RefusedError(_problem(422, "Invalid version or not permitted", "The version is no."))
    return VERSIONS[version]


def _described(name: str) -> dict[str, Any]:
    owner, _, short = name.partition("/")
    return {
        "url": f"https://replicate.com/{name}",
        "owner": owner,
        "name": short,
        "visibility": "public",
        "run_count": 1,
        "latest_version": {
            "id": MODELS[name].version or "hidden",
            "created_at": "2026-11-20T12:30:00.000Z",
            "cog_version": "0.9",
            "openapi_schema": {},
        },
    }


def _begin(jobs: Jobs, fake: Fake, call: Call, name: str) -> Reply:
    model, values = MODELS[name], (call.json or {})["input"]
    fields = Fields(values, _invalid, model.fields)
    order = model.read(fields)

    def success(pictures: list[Picture]) -> Answer:
        urls = [fake.url + fake.host(call.prompt, picture) for picture in pictures]
        output: Any = urls if model.output == "list" else urls[0] if urls else None
        if model.output == "object":
            output = {"image": output, "prompt": call.prompt}
        job = jobs.begin(call, {"model": name, "output": output})
        directives = job.directives
        waits = call.headers.get("prefer", "").startswith("wait")
        if "abort" in directives:
            return json_answer(_prediction(job, fake, "aborted"), 201)
        if not waits or "polls" in directives or "stuck" in directives:
            return json_answer(_prediction(job, fake, "starting"), 202)
        status = "processing" if "early" in directives else "failed" if job.failure else "succeeded"
        return json_answer(_prediction(job, fake, status, done=True), 201)

    return carry_out(fake, call, order, failure, success)


def _about(job: Job, fake: Fake, call: Call, *, stops: bool) -> Reply:
    if stops and call.method == "POST":
        fake.note(job.call.prompt, "cancelled")
        return json_answer(_prediction(job, fake, "canceled"))
    if stops or call.method != "GET":
        raise RefusedError(_not_found())
    stage = ask(fake, job)
    status = "failed" if stage == "over" and job.failure else _STATUSES[stage]
    return json_answer(_prediction(job, fake, status, done=stage == "over"))


def _prediction(job: Job, fake: Fake, status: str, *, done: bool = False) -> dict[str, Any]:
    url = f"{fake.url}/v1/predictions/{job.id}"
    values = (job.call.json or {})["input"]
    seed = values.get("seed", SEED)
    return {
        "id": job.id,
        "model": job.content["model"],
        "version": MODELS[job.content["model"]].version or "hidden",
        "input": values,
        "output": job.content["output"] if done and not job.failure else None,
        "logs": f"Using seed: {seed}\n" if done else "",
        "error": _FAILURES[job.failure] if done and job.failure else None,
        "status": status,
        "created_at": "2026-11-20T12:30:00.000Z",
        "data_removed": False,
        "source": "api",
        "metrics": {"predict_time": 0.1} if done else {},
        "urls": {"get": url, "cancel": f"{url}/cancel", "web": "https://replicate.com/p/x"},
    }


def failure(kind: str, call: Call) -> Answer:
    """The provider's error response for a kind of failure."""
    match kind:
        case "missing":
            return json_answer({"detail": "Authorization header required"}, 401)
        case "key":
            return _problem(401, "Authentication required", "Invalid or expired API token.")
        case "forbidden":
            return _problem(403, "Forbidden", "You do not have access to this model.")
        case "quota":
            words = "You have insufficient credit to run this model. Go to your billing settings."
            return _problem(402, "Insufficient credit", words)
        case "rate":
            seconds = Directives(call.prompt).get("retry-after", "1")
            words = f"Request was throttled. Your rate limit resets in ~{seconds}s."
            return _problem(429, "Too Many Requests", words)
        case "content":
            return _problem(422, "Unprocessable", "The prompt was flagged as sensitive.")
        case "parameter":
            return _invalid("num_inference_steps", "number_lte", "Must be less than or equal to 4")
        case "model":
            return _not_found()
        case "down":
            return _problem(503, "Service Unavailable", "Replicate is down for maintenance.")
        case "crash":
            return _problem(500, "Internal Server Error", "Something went wrong.")
        case "busy":
            return html_answer(502, "502 Bad Gateway")
        case "slow":
            return html_answer(504, "504 Gateway Time-out")
    raise ValueError(kind)


def _not_found() -> Answer:
    return _problem(404, "Not found", "The requested resource could not be found.")


def _invalid(name: str, kind: str, words: str) -> Answer:
    fault = {"type": kind, "field": f"input.{name}", "description": words}
    sentence = f"- input.{name}: {words}\n"
    return _problem(422, "Input validation failed", sentence, invalid_fields=[fault])


def _problem(status: int, title: str, detail: str, **rest: Any) -> Answer:
    content = {"title": title, "detail": detail, "status": status, **rest}
    answer = json_answer(content, status)
    return Answer(status, {"content-type": "application/problem+json"}, answer.body)
