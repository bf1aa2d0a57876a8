"""BentoML: the calls that the provider makes and the results that it reads."""

from typing import Any

import pytest

from easel.errors import (
    ConfigurationError,
    EaselError,
    EmptyResultError,
    ModelGoneError,
    UnsupportedParameterError,
)
from easel.platform.buffers import Attachment
from easel.platform.calls import Abandoned, HttpAnswer, HttpCall
from easel.providers.bento import generate
from easel.providers.protocol import Attempt, Pause, Picture, Result
from support.services import Bytes

BASE = "https://bento.example"
FOX = Attachment(Bytes(b"fox"), "file", "image/png")
DEN = Attachment(Bytes(b"den"), "file", "image/png")
IMAGE = Bytes(b"an image")
FILE = {"type": "file", "format": "image"}


def route(name: str = "generate", is_task: bool = False, **arguments: Any) -> HttpAnswer:
    """The description of a service with one route."""
    one: Any = {
        "name": name,
        "route": f"/{name}",
        "is_task": is_task,
        "input": {"type": "object", "properties": {"prompt": {"type": "string"}, **arguments}},
    }
    return HttpAnswer(200, {}, {"name": "Studio", "routes": [one]})


def attempt(model: str = "generate", **parameters: Any) -> Attempt:
    return Attempt(model, "a fox", parameters, base_urls={"BENTO_BASE_URL": BASE})


def call_for(schema: HttpAnswer, **parameters: Any) -> HttpCall:
    """The call that is made to a route."""
    run = generate(attempt(**parameters))
    assert next(run) == HttpCall("GET", f"{BASE}/schema.json", buys=False)
    call = run.send(schema)
    assert isinstance(call, HttpCall)
    return call


def test_a_missing_service_url_is_reported_with_its_setting() -> None:
    without_url = Attempt("generate", "a fox", {}, base_urls={"BENTO_BASE_URL": ""})
    with pytest.raises(ConfigurationError, match="BENTO_BASE_URL"):
        next(generate(without_url))


def test_arguments_are_sent_as_json() -> None:
    call = call_for(route(seed={"type": "integer"}), seed=7)
    body = {"prompt": "a fox", "seed": 7}
    assert call == HttpCall("POST", f"{BASE}/generate", body=body)


@pytest.mark.parametrize("name", ["num_inference_steps", "steps", "num_steps"])
def test_a_parameter_is_sent_with_the_name_that_the_service_uses(name: str) -> None:
    arguments: dict[str, Any] = {name: {"type": "integer"}}
    call = call_for(route(**arguments), num_inference_steps=8)
    assert call.body == {"prompt": "a fox", name: 8}


def test_a_service_with_one_object_argument_is_sent_all_parameters_in_it() -> None:
    group: Any = {"type": "object", "properties": {"prompt": {}, "width": {}}}
    schema = route()
    assert isinstance(schema.body, dict)
    schema.body["routes"] = [
        {"name": "generate", "route": "/generate", "input": {"properties": {"params": group}}}
    ]
    call = call_for(schema, width=64)
    assert call.body == {"params": {"prompt": "a fox", "width": 64}}


def test_images_are_sent_in_a_form_with_the_other_arguments_as_json() -> None:
    call = call_for(route(init_image=FILE, strength={"type": "number"}), image=[FOX], strength=1)
    assert call.encoding == "form"
    assert call.body == {"prompt": '"a fox"', "init_image": FOX, "strength": "1"}


def test_images_are_sent_as_a_list_if_the_route_takes_a_list() -> None:
    call = call_for(route(images={"type": "array", "items": FILE}), image=[FOX, DEN])
    assert call.body == {"prompt": '"a fox"', "images": [FOX, DEN]}


def test_a_mask_is_sent_as_the_mask_argument() -> None:
    call = call_for(route(mask_image=FILE, image=FILE), image=[FOX], mask=DEN)
    assert call.body == {"prompt": '"a fox"', "image": FOX, "mask_image": DEN}


@pytest.mark.parametrize(
    ("arguments", "parameters", "param"),
    [
        ({}, {"seed": 7}, "seed"),
        ({}, {"image": [FOX]}, "image"),
        ({"image": FILE}, {"image": [FOX, DEN]}, "image"),
        ({"image": FILE}, {"image": [FOX], "mask": DEN}, "mask"),
        ({}, {"arguments": {"mood": "dark"}}, "mood"),
    ],
)
def test_a_parameter_that_the_route_lacks_is_refused(
    arguments: dict[str, Any], parameters: dict[str, Any], param: str
) -> None:
    with pytest.raises(UnsupportedParameterError) as caught:
        call_for(route(**arguments), **parameters)
    assert caught.value.param == param


@pytest.mark.parametrize("schema", [route("other"), HttpAnswer(200, {}, {"routes": "none"})])
def test_a_missing_route_is_a_missing_model(schema: HttpAnswer) -> None:
    with pytest.raises(ModelGoneError):
        call_for(schema)


@pytest.mark.parametrize("body", [IMAGE, "https://cdn/1", {"image": "https://cdn/1"}])
def test_the_answer_is_the_image(body: Any) -> None:
    run = generate(attempt())
    next(run)
    run.send(route())
    with pytest.raises(StopIteration) as finished:
        run.send(HttpAnswer(200, {}, body))
    source = body if body is IMAGE else "https://cdn/1"
    assert finished.value.value == Result([Picture(source)])


@pytest.mark.parametrize("body", [{"text": "a fox"}, "", "a fox", None, []])
def test_a_success_without_an_image_is_an_error(body: Any) -> None:
    run = generate(attempt())
    next(run)
    run.send(route())
    with pytest.raises(EmptyResultError):
        run.send(HttpAnswer(200, {}, body))


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, [{"error": "not for me"}], "invalid_value"),
        (401, {"error": "Authorization error"}, "provider_key_refused"),
        (429, {"error": "Too many requests"}, "rate_limit_exceeded"),
        (500, {"error": "An unexpected error has occurred"}, "upstream_error"),
        (503, {"error": "An unexpected error has occurred"}, "upstream_unavailable"),
        (504, {"error": "Not able to process the request in 5 seconds"}, "upstream_timeout"),
    ],
)
def test_failures_become_the_errors_that_their_meaning_demands(
    status: int, body: Any, code: str
) -> None:
    run = generate(attempt())
    next(run)
    run.send(route())
    with pytest.raises(EaselError) as caught:
        run.send(HttpAnswer(status, {}, body))
    assert caught.value.code == code


def test_a_task_is_submitted_polled_and_its_result_fetched() -> None:
    run = generate(attempt("paint"))
    next(run)
    submit = HttpCall("POST", f"{BASE}/paint/submit", body={"prompt": "a fox"})
    assert run.send(route("paint", is_task=True)) == submit
    assert run.send(HttpAnswer(200, {}, {"task_id": "17"})) == Pause(0.2)
    status = HttpCall("GET", f"{BASE}/paint/status?task_id=17", buys=False)
    assert run.send(None) == status
    assert run.send(HttpAnswer(200, {}, {"status": "in_progress"})) == Pause(0.5)
    assert run.send(None) == status
    taken = run.send(HttpAnswer(200, {}, {"status": "completed"}))
    assert taken == HttpCall("GET", f"{BASE}/paint/get?task_id=17", buys=False)
    with pytest.raises(StopIteration) as finished:
        run.send(HttpAnswer(200, {}, IMAGE))
    assert finished.value.value == Result([Picture(IMAGE)])


def test_an_abandoned_task_is_cancelled() -> None:
    run = generate(attempt("paint"))
    next(run)
    run.send(route("paint", is_task=True))
    run.send(HttpAnswer(200, {}, {"task_id": "17"}))
    cancel = HttpCall("PUT", f"{BASE}/paint/cancel?task_id=17", buys=False)
    assert run.throw(Abandoned("left")) == cancel
    with pytest.raises(Abandoned):
        run.send(HttpAnswer(400, {}, {"error": "task cancellation is not supported"}))
