"""Runway: the calls that the provider makes and the results that it reads."""

from typing import Any

import pytest

from easel.errors import EaselError, EmptyResultError, InvalidValueError, ProviderError
from easel.platform.buffers import Attachment
from easel.platform.calls import Abandoned, CallFailure, HttpAnswer, HttpCall
from easel.providers.protocol import Attempt, Pause, Picture, Result
from easel.providers.runway import PROVIDER, generate
from easel.providers.runway_request import RunwayOptions
from support.services import Bytes

BASE = "https://api.runway.example"
TASK = f"{BASE}/v1/tasks/17"
STARTED = HttpAnswer(200, {}, {"id": "17"})
FOX = Attachment(Bytes(b"fox"), "data_url", "image/png")
DEN = Attachment(Bytes(b"den"), "data_url", "image/png")


def attempt(**parameters: Any) -> Attempt:
    options, base_urls = RunwayOptions(tags=True), {"RUNWAY_BASE_URL": BASE}
    return Attempt("gen4_image", "a fox", parameters, options=options, base_urls=base_urls)


def body(**parameters: Any) -> dict[str, object]:
    call = next(generate(attempt(**parameters)))
    assert isinstance(call, HttpCall)
    assert (call.method, call.url, call.buys) == ("POST", f"{BASE}/v1/text_to_image", True)
    assert call.body is not None
    return dict(call.body)


def final_result(**state: Any) -> Result:
    """The result of a task whose final state has these fields."""
    run = generate(attempt())
    next(run)
    assert run.send(STARTED) == Pause(0.5)
    assert run.send(None) == HttpCall("GET", TASK, buys=False)
    with pytest.raises(StopIteration) as finished:
        run.send(HttpAnswer(200, {}, {"id": "17", **state}))
    result: Result = finished.value.value
    return result


def test_sizes_and_moderation_are_sent_in_runways_form() -> None:
    assert body(size="1280x720", publicFigureThreshold="low", output_format="png") == {
        "model": "gen4_image",
        "promptText": "a fox",
        "ratio": "1280:720",
        "contentModeration": {"publicFigureThreshold": "low"},
        "outputFormat": "png",
    }


@pytest.mark.parametrize(
    ("images", "tags", "expected_tags"),
    [
        ([FOX, DEN], None, ["image1", "image2"]),
        ([FOX, DEN], ["fox"], ["fox", "image2"]),
        ([FOX, DEN], ["fox", "den"], ["fox", "den"]),
        (FOX, None, ["image1"]),
    ],
)
def test_reference_images_are_sent_with_tags(
    images: Any, tags: list[str] | None, expected_tags: list[str]
) -> None:
    given = {} if tags is None else {"reference_tags": tags}
    references = body(referenceImages=images, **given)["referenceImages"]
    sent = images if isinstance(images, list) else [images]
    expected = [{"uri": image, "tag": tag} for image, tag in zip(sent, expected_tags, strict=True)]
    assert references == expected


def test_a_model_without_tags_is_sent_images_without_tags() -> None:
    bare = Attempt(
        "muse_image",
        "a fox",
        {"referenceImages": [FOX]},
        base_urls={"X": BASE},
        options=RunwayOptions(),
    )
    call = next(generate(bare))
    assert isinstance(call, HttpCall)
    assert call.body is not None
    assert call.body["referenceImages"] == [{"uri": FOX}]


@pytest.mark.parametrize("tags", [["fox", "fox"], ["a", "den"], ["fox", "den", "owl"], ["image2"]])
def test_invalid_tags_are_refused(tags: list[str]) -> None:
    with pytest.raises(InvalidValueError) as caught:
        body(referenceImages=[FOX, DEN], reference_tags=tags)
    assert caught.value.param == "reference_tags"


def test_every_url_in_the_output_is_an_image() -> None:
    assert final_result(status="SUCCEEDED", output=["https://cdn/1", "https://cdn/2"]) == Result(
        [Picture("https://cdn/1"), Picture("https://cdn/2")]
    )


@pytest.mark.parametrize(
    ("reported", "charged"),
    [
        ({"cost": {"credits": 7}}, 0.07),
        ({"cost": {"credits": 0}}, 0),
        ({"cost": {}}, None),
        ({"cost": 7}, None),
        ({"estimatedCost": {"credits": 7}}, None),
    ],
)
def test_a_credit_costs_a_cent(reported: dict[str, Any], charged: float | None) -> None:
    assert final_result(status="SUCCEEDED", output=["https://cdn/1"], **reported).usd == charged


@pytest.mark.parametrize("output", [None, [], [7], "https://cdn/1"])
def test_a_success_without_an_image_is_an_error(output: object) -> None:
    with pytest.raises(EmptyResultError):
        final_result(status="SUCCEEDED", output=output)


@pytest.mark.parametrize(
    ("code", "cost", "expected", "billed"),
    [
        ("SAFETY.INPUT.TEXT", 5, "content_policy_violation", True),
        ("SAFETY.OUTPUT.IMAGE", 0, "content_policy_violation", False),
        ("INPUT_PREPROCESSING.SAFETY.TEXT", 0, "content_policy_violation", False),
        ("INPUT_PREPROCESSING.INTERNAL", 0, "invalid_image", False),
        ("ASSET.INVALID", 0, "invalid_image", False),
        ("INTERNAL.BAD_OUTPUT.CODE01", 0, "upstream_not_started", False),
        ("INTERNAL.BAD_OUTPUT.CODE01", 5, "upstream_error", True),
        ("INTERNAL", 0, "upstream_not_started", False),
        ("THIRD_PARTY.UNAVAILABLE", 0, "upstream_error", False),
        ("SOMETHING.NEW", 5, "upstream_error", True),
        (None, 0, "upstream_error", False),
    ],
)
def test_a_failed_task_becomes_the_error_that_its_code_and_cost_demand(
    code: str | None, cost: int, expected: str, billed: bool
) -> None:
    with pytest.raises(EaselError) as caught:
        final_result(
            status="FAILED", failure="It failed.", failureCode=code, cost={"credits": cost}
        )
    assert (caught.value.code, caught.value.billed) == (expected, billed)


def test_a_cancelled_task_is_an_error() -> None:
    with pytest.raises(ProviderError, match="cancelled"):
        final_result(status="CANCELLED", cost={"credits": 0})


@pytest.mark.parametrize("status", ["PENDING", "THROTTLED", "RUNNING", "SOMETHING_NEW"])
def test_any_status_that_is_not_final_is_polled_again(status: str) -> None:
    run = generate(attempt())
    next(run)
    run.send(STARTED)
    run.send(None)
    assert run.send(HttpAnswer(200, {}, {"status": status})) == Pause(5)


@pytest.mark.parametrize("answer", [HttpAnswer(204, {}, ""), CallFailure("lost", "reset")])
def test_an_abandoned_task_is_cancelled(answer: HttpAnswer | CallFailure) -> None:
    run = generate(attempt())
    next(run)
    run.send(STARTED)
    assert run.throw(Abandoned("deadline")) == HttpCall("DELETE", TASK, buys=False)
    respond = run.send if isinstance(answer, HttpAnswer) else run.throw
    with pytest.raises(Abandoned):
        respond(answer)  # type: ignore[arg-type]


def test_an_error_about_the_ratio_names_the_size() -> None:
    run = generate(attempt())
    next(run)
    issue: Any = {"code": "invalid_value", "path": ["ratio"], "message": "Expected 1024:1024"}
    with pytest.raises(InvalidValueError, match="Expected 1024:1024") as caught:
        run.send(HttpAnswer(400, {}, {"error": "Validation failed", "issues": [issue]}))
    assert caught.value.param == "size"


def test_exhausted_credits_are_an_exhausted_quota() -> None:
    run = generate(attempt())
    next(run)
    words = "You do not have enough credits to run this task."
    with pytest.raises(EaselError) as caught:
        run.send(HttpAnswer(400, {}, {"error": words}))
    assert caught.value.code == "insufficient_quota"


def test_every_call_names_the_version_of_the_api() -> None:
    assert PROVIDER.headers == {"x-runway-version": "2024-11-06"}
