"""Hugging Face's Inference Providers: one token, and a router to the providers of a model.

The Hub lists the providers that serve a model and their names of it. The request is in the form of
the provider's own API, below the router. https://huggingface.co/docs/inference-providers
"""

import re
from collections.abc import Generator
from dataclasses import replace
from typing import Any

from easel.errors import (
    ContentRefusedError,
    EaselError,
    EmptyResultError,
    ModelGoneError,
    ProviderError,
    ProviderTimeoutError,
)
from easel.platform.buffers import Attachment, Buffer, LongText
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers import error_report
from easel.providers.calls import fetch, fetch_json
from easel.providers.error_report import ErrorReport
from easel.providers.failures import FAILED_TASK, Rule, error_from_task
from easel.providers.hf_routes import ROUTES, ImageRequest, Queue, Route, path_of
from easel.providers.json_values import text_at, value_at
from easel.providers.pictures import picture_from, seed_from
from easel.providers.polling import Pace, State, poll_until
from easel.providers.protocol import Attempt, Picture, Provider, Result, Run, Sent, Step

TITLE = "Hugging Face"

# https://huggingface.co/docs/inference-providers/hub-api
_TASKS = {"generate": "text-to-image", "edit": "image-to-image"}

RULES = (
    # "Model not supported by provider hf-inference"
    Rule((400,), ModelGoneError, sentence=r"Model .*not supported by provider\b.*"),
    # Providers report a refused prompt as a 400 or a 422; see `failures`.
    Rule((400, 422), ContentRefusedError, words=r"content checker|content_policy_violation"),
)
FAILED_RULES = (
    Rule((FAILED_TASK,), ContentRefusedError, words=r"nsfw|flagged|sensitive|safety|moderation"),
)

_UNAVAILABLE = 503

# The names of models. Any other path could lead elsewhere.
_NAME = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)?", re.ASCII)

# Replicate's statuses of a prediction that did not end within the time of `Prefer: wait`.
_UNFINISHED = ("starting", "processing")

# Hugging Face's own clients poll twice a second.
_PACE = Pace(first=0.5, second=0.5, longest=2.0)


def generate(attempt: Attempt) -> Run:
    """Make or edit an image at the first provider that serves the model, or at `MODEL:PROVIDER`."""
    model, _, wanted = attempt.model.partition(":")
    if not _NAME.fullmatch(model):
        raise ModelGoneError(f"{TITLE}: the name of a model is OWNER/NAME.")
    if wanted == "hf-inference":
        provider, name = wanted, model
    else:
        provider, name = yield from _find(model, wanted, attempt)
    route = ROUTES[provider][attempt.task]
    parameters = {**attempt.parameters}
    image = parameters.pop("image", None)
    image = image if isinstance(image, Attachment) else None
    request = route.body(ImageRequest(name, attempt.prompt, parameters, image))
    base_url = f"{attempt.base_url}/{provider}"
    url = base_url + route.path.format(model=name, predictions=_predictions(name))
    call = HttpCall("POST", url, headers=route.headers, body=request)
    answer = yield from fetch(call, TITLE, RULES, read_error=_read_error)
    body: Any = answer.body
    if route.queue is not None:
        body = yield from _wait(route.queue, base_url, body)
    return _result(route, body)


def _find(model: str, wanted: str, attempt: Attempt) -> Generator[Step, Sent, tuple[str, str]]:
    """A provider that serves a model, and its name of the model.

    Raises:
        ModelGoneError: there is none that easel supports.
    """
    hub = attempt.base_urls["HF_HUB_BASE_URL"]
    url = f"{hub}/api/models/{model}?expand[]=inferenceProviderMapping"
    answer = yield from fetch_json(HttpCall("GET", url, buys=False), TITLE, RULES)
    mapping = answer.get("inferenceProviderMapping")
    if isinstance(mapping, list):
        mapping = {text_at(one, "provider"): one for one in mapping}
    live = {
        provider: name
        for provider, one in (mapping.items() if isinstance(mapping, dict) else ())
        if text_at(one, "status") == "live"
        and text_at(one, "task") == _TASKS[attempt.task]
        and (name := text_at(one, "providerId"))
    }
    for provider, name in live.items():
        if attempt.task in ROUTES.get(provider, {}) and wanted in ("", provider):
            return provider, name
    subject = f"'{wanted}' does not serve" if wanted else "no provider that easel supports serves"
    raise ModelGoneError(
        f"{TITLE}: {subject} {model} for {_TASKS[attempt.task]}. Providers that do: "
        f"{', '.join(live) or 'none'}."
    )


def _predictions(model: str) -> str:
    """The path of Replicate's predictions: a version has no path of its own."""
    return "/v1/predictions" if ":" in model else f"/v1/models/{model}/predictions"


def _read_error(answer: HttpAnswer) -> ErrorReport:
    """Read an error, which may name the time in which a model of Hugging Face's own is loaded."""
    report = error_report.read_error(answer)
    seconds = value_at(answer.body, "estimated_time")
    if answer.status == _UNAVAILABLE and isinstance(seconds, (int, float)):
        return replace(report, retry_after=seconds)
    return report


def _wait(queue: Queue, base_url: str, submitted: object) -> Generator[Step, Sent, object]:
    """Poll a task until it ends, and return what has its image."""
    path = path_of(value_at(submitted, *queue.url))
    if path is None:
        raise ProviderError(f"{TITLE} did not say where the task is.")

    def is_done(state: State) -> bool:
        return value_at(state, *queue.status) in (queue.done, queue.failed)

    def call(method: str, suffix: str) -> HttpCall:
        return HttpCall(method, f"{base_url}{path}{suffix}{queue.query}", buys=False)

    cancel = call("PUT", "/cancel") if queue.suffix else None
    poll = call("GET", queue.suffix)
    state = yield from poll_until(is_done, poll, _PACE, TITLE, RULES, cancel=cancel)
    if value_at(state, *queue.status) == queue.failed:
        raise _failure(text_at(state, *queue.status[:-1], "error"))
    if not queue.suffix:
        return state
    answer = yield from fetch(call("GET", ""), TITLE, RULES, read_error=_read_error)
    return answer.body


def _failure(sentence: str) -> EaselError:
    return error_from_task(sentence, TITLE, FAILED_RULES)


def _result(route: Route, body: object) -> Result:
    if isinstance(body, Buffer):
        return Result([Picture(body)])
    status = text_at(body, "status")
    if status == "failed":
        raise _failure(text_at(body, "error"))
    if value_at(body, "has_nsfw_concepts", 0) is True:
        # The image in the answer is black.
        raise ContentRefusedError(f"{TITLE}: the image was blocked as unsafe.", param="prompt")
    image = value_at(body, *route.image)
    if isinstance(image, list):
        image = value_at(image, 0)
    if isinstance(image, (str, LongText)) and image:
        return Result([picture_from(image, TITLE, seed=seed_from(value_at(body, "seed")))])
    if status in _UNFINISHED:
        raise ProviderTimeoutError(f"{TITLE}: the provider did not finish within a minute.")
    raise EmptyResultError(f"{TITLE} reported success but sent no image.")


PROVIDER = Provider(
    TITLE,
    generate,
    {
        "HF_BASE_URL": "https://router.huggingface.co",
        "HF_HUB_BASE_URL": "https://huggingface.co",
    },
    ("HF_TOKEN",),
)
