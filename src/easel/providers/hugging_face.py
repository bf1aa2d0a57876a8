"""Hugging Face's Inference Providers: one token, and a router to whoever serves a model.

The Hub tells which providers serve a model and what they call it; then the provider is asked in
its own way, below the router. https://huggingface.co/docs/inference-providers
"""

import re
from collections.abc import Generator, Mapping
from typing import Any

from easel.errors import (
    ContentRefusedError,
    EmptyResultError,
    ModelGoneError,
    ProviderError,
    ProviderTimeoutError,
    UnavailableError,
)
from easel.platform.buffers import Attachment, Buffer, JsonValue, LongText
from easel.platform.calls import HttpAnswer, HttpCall, UpstreamFailure
from easel.providers.calls import fetch_json
from easel.providers.error_report import ErrorReport, clean_up
from easel.providers.failures import Rule, failure, failure_of
from easel.providers.hf_routes import ROUTES, Order, Route, dig, path_of
from easel.providers.pictures import picture_from, seed_from
from easel.providers.polling import Pace, cancel, until
from easel.providers.protocol import Attempt, Picture, Provider, Result, Run, Sent, Step

TITLE = "Hugging Face"

# https://huggingface.co/docs/inference-providers/hub-api
_TASKS = {"generate": "text-to-image", "edit": "image-to-image"}

RULES = (
    # "Model not supported by provider hf-inference"
    Rule((400,), ModelGoneError, sentence=r"Model .*not supported by provider\b.*"),
    # A provider says in 400 and 422 what it has against a prompt; see `failures`.
    Rule((400, 422), ContentRefusedError, words=r"content checker|content_policy_violation"),
)
# A task that failed has no status; what its words do not tell was the provider's fault.
_FAILED = 500
_FAILED_RULES = (
    Rule((_FAILED,), ContentRefusedError, words=r"nsfw|flagged|sensitive|safety|moderation"),
)

# A path of any other kind could lead elsewhere.
_NAME = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)?", re.ASCII)

# How Replicate calls what `Prefer: wait` did not see the end of.
_UNFINISHED = ("starting", "processing")

# Its own clients ask twice a second.
_PACE = Pace(first=0.5, then=0.5, longest=2.0)


def generate(attempt: Attempt) -> Run:
    """Make or edit an image at the first provider that serves the model, or at `MODEL:PROVIDER`."""
    model, _, wanted = attempt.model.partition(":")
    if not _NAME.fullmatch(model):
        raise ModelGoneError(f"{TITLE}: the name of a model is OWNER/NAME.")
    if wanted == "hf-inference":
        served, name = wanted, model
    else:
        served, name = yield from _find(model, wanted, attempt)
    route = ROUTES[served][attempt.task]
    parameters = {**attempt.parameters}
    image = parameters.pop("image", None)
    order = Order(
        name, attempt.prompt, parameters, image if isinstance(image, Attachment) else None
    )
    base_url = f"{attempt.base_url}/{served}"
    url = base_url + route.path.format(model=name, predictions=_predictions(name))
    answer = yield HttpCall("POST", url, headers=route.headers, body=route.body(order))
    assert isinstance(answer, HttpAnswer)
    _check(answer)
    body = answer.body
    if route.queue is not None:
        body = yield from _wait(route, base_url, answer.body)
    return _result(route, body)


def _find(model: str, wanted: str, attempt: Attempt) -> Generator[Step, Sent, tuple[str, str]]:
    """The provider that serves a model, and its name there.

    Raises:
        ModelGoneError: there is none that easel could ask.
    """
    hub = attempt.base_urls["HF_HUB_BASE_URL"]
    url = f"{hub}/api/models/{model}?expand[]=inferenceProviderMapping"
    answer = yield from fetch_json(HttpCall("GET", url, buys=False), TITLE, RULES)
    mapping = answer.get("inferenceProviderMapping")
    if isinstance(mapping, list):
        mapping = {str(dig(one, ("provider",))): one for one in mapping}
    live = {
        provider: name
        for provider, one in (mapping.items() if isinstance(mapping, dict) else ())
        if isinstance(one, dict)
        and one.get("status") == "live"
        and one.get("task") == _TASKS[attempt.task]
        and isinstance(name := one.get("providerId"), str)
    }
    for provider, name in live.items():
        if attempt.task in ROUTES.get(provider, {}) and wanted in ("", provider):
            return provider, name
    who = f"'{wanted}' does not serve" if wanted else "no provider that easel can ask serves"
    raise ModelGoneError(
        f"{TITLE}: {who} {model} for {_TASKS[attempt.task]}; providers that do: "
        f"{', '.join(live) or 'none'}."
    )


def _predictions(model: str) -> str:
    """Where Replicate is asked: a version has no path of its own."""
    return "/v1/predictions" if ":" in model else f"/v1/models/{model}/predictions"


def _check(answer: HttpAnswer) -> None:
    """Let a success pass.

    Raises:
        EaselError: it is none.
    """
    if 200 <= answer.status < 300:
        return
    error = failure(answer, TITLE, RULES)
    seconds = dig(answer.body, ("estimated_time",))
    if isinstance(error, UnavailableError) and isinstance(seconds, (int, float)):
        # A model of its own that is being loaded.
        raise UnavailableError(error.message, retry_after=seconds)
    raise error


def _wait(route: Route, base_url: str, submitted: object) -> Generator[Step, Sent, JsonValue]:
    queue = route.queue
    assert queue is not None
    path = path_of(dig(submitted, queue.place))
    if path is None:
        raise ProviderError(f"{TITLE} does not tell where the task is.")

    def ended(state: Mapping[str, JsonValue]) -> bool:
        return dig(state, queue.state) in (queue.done, queue.failed)

    call = HttpCall("GET", f"{base_url}{path}{queue.suffix}{queue.query}", buys=False)
    try:
        state = yield from until(ended, call, _PACE, TITLE, RULES)
    except UpstreamFailure:
        if queue.suffix:
            yield from cancel(HttpCall("PUT", f"{base_url}{path}/cancel{queue.query}", buys=False))
        raise
    if dig(state, queue.state) == queue.failed:
        raise _failed(dig(state, (*queue.state[:-1], "error")))
    if not queue.suffix:
        return dict(state)
    result = yield HttpCall("GET", f"{base_url}{path}{queue.query}", buys=False)
    assert isinstance(result, HttpAnswer)
    _check(result)
    return result.body  # type: ignore[return-value]


def _failed(words: object) -> Exception:
    sentence = clean_up(words) if isinstance(words, str) else ""
    return failure_of(ErrorReport(_FAILED, sentence or "the task failed"), TITLE, _FAILED_RULES)


def _result(route: Route, body: Any) -> Result:
    if isinstance(body, Buffer):
        return Result([Picture(body)])
    if dig(body, ("status",)) == "failed":
        raise _failed(dig(body, ("error",)))
    if dig(body, ("has_nsfw_concepts", 0)) is True:
        # What comes in its place is black.
        raise ContentRefusedError(f"{TITLE}: the image was blocked as unsafe.", param="prompt")
    found = dig(body, route.image)
    if isinstance(found, list):
        found = found[0] if found else None
    if isinstance(found, (str, LongText)) and found:
        return Result([picture_from(found, TITLE, seed=seed_from(dig(body, ("seed",))))])
    if dig(body, ("status",)) in _UNFINISHED:
        raise ProviderTimeoutError(f"{TITLE}: the provider did not finish within a minute.")
    raise EmptyResultError(f"{TITLE} reported success but gave no image.")


PROVIDER = Provider(
    TITLE,
    generate,
    {
        "HF_BASE_URL": "https://router.huggingface.co",
        "HF_HUB_BASE_URL": "https://huggingface.co",
    },
    ("HF_TOKEN",),
)
