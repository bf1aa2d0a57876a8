"""ModelScope: the calls that the provider makes and the results that it reads."""

from typing import Any

import pytest

from easel.errors import EaselError, EmptyResultError, InvalidValueError, ProviderError
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers.modelscope import generate
from easel.providers.protocol import Attempt, Pause, Picture, Result

BASE = "https://api.ms.example/v1"


def attempt(**parameters: Any) -> Attempt:
    return Attempt("a/model", "a fox", parameters, base_urls={"MODELSCOPE_BASE_URL": BASE})


def body(**parameters: Any) -> dict[str, object]:
    call = next(generate(attempt(**parameters)))
    assert isinstance(call, HttpCall)
    assert (call.method, call.url) == ("POST", f"{BASE}/images/generations")
    assert call.headers == {"x-modelscope-async-mode": "true"}
    return dict(call.body or {})


def final_result(**state: Any) -> Result:
    """The result of a task whose final state has these fields."""
    run = generate(attempt())
    next(run)
    assert run.send(HttpAnswer(200, {}, {"task_id": "17"})) == Pause(0.5)
    call = run.send(None)
    assert isinstance(call, HttpCall)
    assert (call.url, call.buys) == (f"{BASE}/tasks/17", False)
    assert call.headers == {"x-modelscope-task-type": "image_generation"}
    with pytest.raises(StopIteration) as finished:
        run.send(HttpAnswer(200, {}, state))
    result: Result = finished.value.value
    return result


def test_parameters_are_sent_unchanged() -> None:
    assert body(size="512x512", steps=9, negative_prompt="rain") == {
        "model": "a/model",
        "prompt": "a fox",
        "size": "512x512",
        "steps": 9,
        "negative_prompt": "rain",
    }


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"loras": {"a/b": 1}}, {"loras": "a/b"}),
        ({"loras": {"a/b": 0.6, "c/d": 0.4}}, {"loras": {"a/b": 0.6, "c/d": 0.4}}),
        ({"image_url": ["one"]}, {"image_url": "one"}),
        ({"image_url": ["one", "two"]}, {"image_url": ["one", "two"]}),
    ],
)
def test_a_single_lora_or_image_is_sent_without_a_collection(
    given: dict[str, Any], sent: dict[str, Any]
) -> None:
    assert body(**given) == {"model": "a/model", "prompt": "a fox", **sent}


@pytest.mark.parametrize("loras", [{"a": 0.9}, {"a": 0.5, "b": 0.6}, {"a": "1"}, {"a": True}])
def test_the_weights_of_loras_must_add_up_to_one(loras: dict[str, Any]) -> None:
    with pytest.raises(InvalidValueError) as caught:
        body(loras=loras)
    assert caught.value.param == "loras"


def test_a_url_in_the_result_is_an_image() -> None:
    state = {"task_status": "SUCCEED", "output_images": ["https://cdn/1"]}
    assert final_result(**state) == Result([Picture("https://cdn/1")])


@pytest.mark.parametrize("images", [None, [], [7], "https://cdn/1"])
def test_a_success_without_an_image_is_an_error(images: object) -> None:
    with pytest.raises(EmptyResultError):
        final_result(task_status="SUCCEED", output_images=images)


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        (
            {"code": 422, "message": "Output data may contain inappropriate content."},
            "content_policy_violation",
        ),
        ({"code": 400, "message": "size is not supported"}, "invalid_value"),
        ({"code": 429, "message": "too many requests"}, "upstream_error"),
        ({"code": 401, "message": "token expired"}, "upstream_error"),
        ({"message": "it failed"}, "upstream_error"),
        (None, "upstream_error"),
    ],
)
def test_a_failed_task_has_a_reason(errors: dict[str, Any] | None, code: str) -> None:
    with pytest.raises(EaselError) as caught:
        final_result(task_status="FAILED", errors=errors)
    assert caught.value.code == code


@pytest.mark.parametrize("status", ["PENDING", "RUNNING", "PROCESSING", "SOMETHING_NEW"])
def test_any_status_that_is_not_final_is_polled_again(status: str) -> None:
    run = generate(attempt())
    next(run)
    run.send(HttpAnswer(200, {}, {"task_id": "17"}))
    run.send(None)
    assert run.send(HttpAnswer(200, {}, {"task_status": status})) == Pause(1)


def test_a_task_without_an_id_is_an_error() -> None:
    run = generate(attempt())
    next(run)
    with pytest.raises(ProviderError, match="task_id"):
        run.send(HttpAnswer(200, {}, {"request_id": "1"}))


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        (401, "Authentication failed", "provider_key_refused"),
        (400, "Invalid token", "invalid_value"),
        (429, "You have exceeded today's quota for model a/b", "insufficient_quota"),
        (429, "You have exceeded today's quota", "insufficient_quota"),
        (429, "Too many requests", "rate_limit_exceeded"),
        (400, "Invalid model id: no such model", "model_not_found"),
        (500, "Server is busy, please try again later", "upstream_not_started"),
        (500, "Internal error", "upstream_error"),
    ],
)
def test_failures_become_the_errors_that_their_meaning_demands(
    status: int, words: str, code: str
) -> None:
    run = generate(attempt())
    next(run)
    with pytest.raises(EaselError) as caught:
        run.send(HttpAnswer(status, {}, {"errors": {"message": words}}))
    assert caught.value.code == code
