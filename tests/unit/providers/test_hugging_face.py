"""Hugging Face's Inference Providers: the calls that are made and the results that are read."""

from collections.abc import Generator
from typing import Any

import pytest

from easel.errors import (
    ContentRefusedError,
    CredentialRefusedError,
    EaselError,
    EmptyResultError,
    InvalidValueError,
    ModelGoneError,
    ProviderError,
    ProviderTimeoutError,
    QuotaExhaustedError,
    UnavailableError,
)
from easel.platform.buffers import Attachment
from easel.platform.calls import Abandoned, HttpAnswer, HttpCall
from easel.providers.hugging_face import generate
from easel.providers.protocol import Attempt, Pause, Picture, Result
from support.services import Bytes

ROUTER, HUB = "https://router", "https://hub"
IMAGE = Attachment(Bytes(b"png"), "data_url", "image/png")
URL = "https://cdn.example/x.png"


def start(model: str, task: str = "generate", **parameters: Any) -> Generator[Any, Any, Result]:
    base_urls = {"HF_BASE_URL": ROUTER, "HF_HUB_BASE_URL": HUB}
    known = {"image": IMAGE, **parameters} if task == "edit" else parameters
    return generate(Attempt(model, "a fox", known, task=task, base_urls=base_urls))


def answer(body: Any, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status, {}, body)


def provider_mapping(
    as_list: bool = False, task: str = "text-to-image", **mapping: str
) -> HttpAnswer:
    """The Hub's description of a model; `_` stands for `-` in a provider's name."""
    rows: dict[str, Any] = {
        name.replace("_", "-"): {"status": "live", "providerId": known, "task": task}
        for name, known in mapping.items()
    }
    listed = [{"provider": name, **row} for name, row in rows.items()]
    return answer({"id": "m", "inferenceProviderMapping": listed if as_list else rows})


def called_provider(
    provider: str, known: str, task: str = "generate", **parameters: Any
) -> tuple[Generator[Any, Any, Result], Any]:
    """A run that has called a provider, and that call."""
    run = start("o/m", task, **parameters)
    next(run)
    kind = {"generate": "text-to-image", "edit": "image-to-image"}[task]
    mapping: dict[str, Any] = {provider: known}
    return run, run.send(provider_mapping(task=kind, **mapping))


def finish(run: Generator[Any, Any, Result], last: HttpAnswer) -> Result:
    with pytest.raises(StopIteration) as finished:
        run.send(last)
    result: Result = finished.value.value
    return result


@pytest.mark.parametrize("as_list", [False, True])
def test_the_first_supported_provider_is_used(as_list: bool) -> None:
    run = start("o/m", num_inference_steps=4)
    url = f"{HUB}/api/models/o/m?expand[]=inferenceProviderMapping"
    assert next(run) == HttpCall("GET", url, buys=False)
    call = run.send(provider_mapping(as_list, nebius="x", fal_ai="fal-ai/flux", together="y"))
    body = {"prompt": "a fox", "num_inference_steps": 4}
    assert call == HttpCall("POST", f"{ROUTER}/fal-ai/fal-ai/flux", body=body)


def test_a_named_provider_is_used() -> None:
    run = start("o/m:together")
    next(run)
    call = run.send(provider_mapping(fal_ai="fal-ai/flux", together="y"))
    assert call.url == f"{ROUTER}/together/v1/images/generations"


def test_models_of_hf_inference_need_no_lookup() -> None:
    body = {"inputs": "a fox", "parameters": {"seed": 7}}
    assert next(start("o/m:hf-inference", seed=7)) == HttpCall(
        "POST",
        f"{ROUTER}/hf-inference/models/o/m",
        headers={"accept": "image/png"},
        body=body,
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"inferenceProviderMapping": None},
        {"inferenceProviderMapping": {"fal-ai": None}},
        {"inferenceProviderMapping": [None, "x", {"provider": "fal-ai"}]},
        provider_mapping(task="text-to-video", fal_ai="x").body,
        provider_mapping(task="image-to-image", nscale="x").body,
    ],
)
def test_a_model_without_a_provider_is_not_found(body: Any) -> None:
    run = start("o/m")
    next(run)
    with pytest.raises(ModelGoneError):
        run.send(answer(body))


@pytest.mark.parametrize("model", ["", "/", "o/../m", "../m", "o/m/x", "o/m?x", "o m", ".", "o/."])
def test_a_name_that_is_not_a_path_of_a_model_is_not_found(model: str) -> None:
    with pytest.raises(ModelGoneError):
        next(start(model))


@pytest.mark.parametrize(
    ("provider", "body", "picture"),
    [
        ("hf_inference", Bytes(b"png"), Picture(Bytes(b"png"))),
        ("fal_ai", {"images": [{"url": URL}], "seed": 5}, Picture(URL, seed=5)),
        ("replicate", {"status": "succeeded", "output": URL}, Picture(URL)),
        ("replicate", {"status": "succeeded", "output": [URL]}, Picture(URL)),
        # A task with an unfinished status may have its image already.
        ("replicate", {"status": "processing", "output": [URL]}, Picture(URL)),
    ],
)
def test_the_image_is_found_in_the_answer_of_every_provider(
    provider: str, body: Any, picture: Picture
) -> None:
    run, _ = called_provider(provider, "x/y")
    assert finish(run, answer(body)) == Result([picture])


@pytest.mark.parametrize(
    ("provider", "body", "means"),
    [
        ("hf_inference", "<html>", EmptyResultError),
        ("hf_inference", {}, EmptyResultError),
        ("fal_ai", {"images": []}, EmptyResultError),
        ("fal_ai", {"images": [{"url": URL}], "has_nsfw_concepts": [True]}, ContentRefusedError),
        ("replicate", {"status": "succeeded", "output": []}, EmptyResultError),
        ("replicate", {"status": "processing", "output": None}, ProviderTimeoutError),
        ("replicate", {"status": "failed", "error": "NSFW content"}, ContentRefusedError),
        ("replicate", {"status": "failed", "error": None}, ProviderError),
        ("together", {"data": [None]}, EmptyResultError),
    ],
)
def test_a_success_without_an_image_is_an_error(
    provider: str, body: Any, means: type[EaselError]
) -> None:
    run, _ = called_provider(provider, "x/y")
    with pytest.raises(EaselError) as caught:
        run.send(answer(body))
    assert type(caught.value) is means


LOADING = {"error": "Model m is currently loading", "estimated_time": 20.5}


@pytest.mark.parametrize(
    ("status", "body", "means", "wait"),
    [
        (401, {"error": "Invalid credentials"}, CredentialRefusedError, None),
        (402, {"error": "monthly included credits"}, QuotaExhaustedError, None),
        (403, {"error": "no sufficient permissions to call"}, CredentialRefusedError, None),
        (410, {"error": "deprecated and no longer supported"}, ModelGoneError, None),
        (400, {"error": "Model not supported by provider x"}, ModelGoneError, None),
        (400, {"error": ["Error in `parameters.width`"]}, InvalidValueError, None),
        (422, {"detail": [{"msg": "flagged by a content checker"}]}, ContentRefusedError, None),
        (503, LOADING, UnavailableError, 20.5),
        (503, LOADING | {"estimated_time": 1e308}, UnavailableError, 3600),
        (503, LOADING | {"estimated_time": 10**400}, UnavailableError, 3600),
        (503, LOADING | {"estimated_time": float("nan")}, UnavailableError, None),
        (503, LOADING | {"estimated_time": -1}, UnavailableError, None),
        (503, "Service Unavailable", UnavailableError, None),
    ],
)
def test_failures_become_the_errors_that_their_meaning_demands(
    status: int, body: Any, means: type[EaselError], wait: float | None
) -> None:
    run = start("o/m:hf-inference")
    next(run)
    with pytest.raises(EaselError) as caught:
        run.send(answer(body, status))
    assert (type(caught.value), caught.value.retry_after) == (means, wait)


def submitted() -> Generator[Any, Any, Result]:
    """An edit in fal's queue, before the first poll."""
    run, call = called_provider("fal_ai", "fal-ai/kontext/dev", "edit")
    assert call.url == f"{ROUTER}/fal-ai/fal-ai/kontext/dev?_subdomain=queue"
    response_url = "https://queue.fal.run/fal-ai/kontext/requests/1"
    assert run.send(answer({"status": "IN_QUEUE", "response_url": response_url})) == Pause(0.5)
    return run


TASK = f"{ROUTER}/fal-ai/fal-ai/kontext/requests/1"


def test_a_task_is_polled_through_the_router_until_it_is_done() -> None:
    run = submitted()
    status = HttpCall("GET", f"{TASK}/status?_subdomain=queue", buys=False)
    assert run.send(None) == status
    assert isinstance(run.send(answer({"status": "IN_PROGRESS"}, 202)), Pause)
    assert run.send(None) == status
    assert run.send(answer({"status": "COMPLETED"})) == HttpCall(
        "GET", f"{TASK}?_subdomain=queue", buys=False
    )
    assert finish(run, answer({"images": [{"url": URL}]})) == Result([Picture(URL)])


def test_the_result_of_a_failed_task_is_its_error() -> None:
    run = submitted()
    run.send(None)
    run.send(answer({"status": "COMPLETED"}))
    with pytest.raises(ContentRefusedError):
        run.send(answer({"detail": [{"msg": "flagged by a content checker"}]}, 422))


def test_an_abandoned_task_is_cancelled() -> None:
    run = submitted()
    cancel = HttpCall("PUT", f"{TASK}/cancel?_subdomain=queue", buys=False)
    assert run.throw(Abandoned("deadline")) == cancel
    with pytest.raises(Abandoned):
        run.send(answer({"status": "CANCELLATION_REQUESTED"}, 202))


def test_a_submission_without_a_task_is_an_error() -> None:
    run, _ = called_provider("fal_ai", "fal-ai/kontext/dev", "edit")
    with pytest.raises(ProviderError, match="where the task is"):
        run.send(answer({"status": "IN_QUEUE"}))


@pytest.mark.parametrize(
    ("state", "means"),
    [
        ({"status": "failed", "error": "flagged as sensitive"}, ContentRefusedError),
        ({"status": "failed", "error": ""}, ProviderError),
        ({"status": "completed", "outputs": []}, EmptyResultError),
    ],
)
def test_the_state_of_a_wavespeed_task_contains_its_error(
    state: Any, means: type[EaselError]
) -> None:
    run, call = called_provider("wavespeed", "w/m", width=512, height=256)
    assert call.body == {"prompt": "a fox", "size": "512*256"}
    place = "https://api.wavespeed.ai/api/v3/predictions/1/result"
    run.send(answer({"data": {"urls": {"get": place}}}))
    assert run.send(None).url == f"{ROUTER}/wavespeed/api/v3/predictions/1/result"
    with pytest.raises(EaselError) as caught:
        run.send(answer({"data": state}))
    assert type(caught.value) is means
