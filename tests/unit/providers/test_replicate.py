"""Replicate: the calls that the provider makes and the results that it reads."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from easel.errors import EaselError, EmptyResultError, ModelGoneError
from easel.platform.calls import Abandoned, CallFailure, HttpAnswer, HttpCall
from easel.providers.failures import error_from_report
from easel.providers.inputs import InputOptions
from easel.providers.protocol import Attempt, Picture, Result, Sent
from easel.providers.replicate import generate
from easel.providers.replicate_request import TITLE, failure, read_error
from support import steps
from support.services import Text

BASE = "https://replicate.example/v1"
URL, OTHER = "https://cdn.example/a.png", "https://cdn.example/b.png"
URLS = {"get": "https://replicate.example/get", "cancel": "https://replicate.example/cancel"}


def attempt(model: str = "a/b", **rest: Any) -> Attempt:
    base_urls = {"REPLICATE_BASE_URL": BASE}
    return Attempt(model, "a fox", {}, options=InputOptions(), base_urls=base_urls, **rest)


def prediction(status: str, output: Any = None, **rest: Any) -> HttpAnswer:
    content: dict[str, Any] = {"status": status, "output": output, "urls": URLS, **rest}
    return HttpAnswer(201, {}, content)


def refused(body: Mapping[str, Any], status: int) -> HttpAnswer:
    return HttpAnswer(status, {}, {**body, "status": status})


def run(one: Attempt, answers: Sequence[Sent | Exception]) -> tuple[list[object], Result]:
    return steps.run(generate, one, answers)


def fails(answers: Sequence[Sent | Exception]) -> EaselError:
    with pytest.raises(EaselError) as caught:
        run(attempt(), answers)
    return caught.value


def creation_call(path: str, **body: object) -> HttpCall:
    sent = {**body, "input": {"prompt": "a fox"}}
    return HttpCall("POST", f"{BASE}/{path}", headers={"prefer": "wait=5"}, body=sent)


def test_a_prediction_that_finishes_immediately_is_one_call() -> None:
    answer = prediction("succeeded", [URL], logs="Using seed: 7\n")
    taken, result = run(attempt(), [answer])
    assert taken == [creation_call("models/a/b/predictions")]
    assert result == Result([Picture(URL, 7)])


def test_a_model_with_a_version_runs_that_version() -> None:
    taken, _ = run(attempt(f"a/b:{'c' * 64}"), [prediction("succeeded", URL)])
    assert taken == [creation_call("predictions", version="c" * 64)]


def test_a_model_that_is_not_official_runs_its_latest_version() -> None:
    missing = refused({"detail": "Not found"}, 404)
    model = HttpAnswer(200, {}, {"latest_version": {"id": "v"}})
    taken, _ = run(attempt(), [missing, model, prediction("succeeded", URL)])
    assert taken == [
        creation_call("models/a/b/predictions"),
        HttpCall("GET", f"{BASE}/models/a/b", buys=False),
        creation_call("predictions", version="v"),
    ]


@pytest.mark.parametrize(
    "model", [refused({"detail": "Not found"}, 404), HttpAnswer(200, {}, {"latest_version": None})]
)
def test_a_model_without_a_version_is_not_found(model: HttpAnswer) -> None:
    assert fails([refused({"detail": "Not found"}, 404), model]).code == "model_not_found"


def test_a_prediction_that_is_not_finished_is_polled() -> None:
    answers = [prediction("starting"), prediction("processing"), prediction("succeeded", URL)]
    taken, result = run(attempt(), answers)
    poll = HttpCall("GET", URLS["get"], buys=False)
    assert taken[1:] == [poll, poll]
    assert result == Result([Picture(URL)])


def test_a_complete_output_before_the_final_status_is_enough() -> None:
    assert run(attempt(), [prediction("processing", [URL])])[1].pictures == [Picture(URL)]
    answers = [
        prediction("starting"),
        prediction("processing", [URL]),
        prediction("succeeded", [URL, OTHER]),
    ]
    assert len(run(attempt(count=2), answers)[1].pictures) == 2


def test_failed_polls_are_tolerated() -> None:
    failed_polls: list[Sent | Exception] = [
        CallFailure("timeout", ""),
        HttpAnswer(502, {}, "<html>"),
    ]
    answers = [prediction("starting"), *failed_polls, prediction("succeeded", URL)]
    assert run(attempt(), answers)[1].pictures


def test_an_abandoned_prediction_is_cancelled() -> None:
    generator = generate(attempt())
    next(generator)
    generator.send(prediction("starting"))
    step = generator.throw(Abandoned("left"))
    assert step == HttpCall("POST", URLS["cancel"], buys=False)
    with pytest.raises(Abandoned):
        generator.send(prediction("canceled"))


@pytest.mark.parametrize(
    ("output", "pictures"),
    [
        (URL, [Picture(URL)]),
        ([URL, OTHER], [Picture(URL), Picture(OTHER)]),
        ({"image": URL, "text": "a fox"}, [Picture(URL)]),
        ({"images": [URL, None]}, [Picture(URL)]),
        (
            Text(f"data:image/png;base64,{'A' * 9}"),
            [Picture(Text(f"data:image/png;base64,{'A' * 9}"))],
        ),
    ],
)
def test_images_are_found_in_every_form_of_answer(output: Any, pictures: list[Picture]) -> None:
    assert run(attempt(), [prediction("succeeded", output)])[1].pictures == pictures


@pytest.mark.parametrize("output", [None, [], {}, "a text", 7, [None]])
def test_a_success_without_an_image_is_an_error(output: Any) -> None:
    assert isinstance(fails([prediction("succeeded", output)]), EmptyResultError)


def test_an_implausible_seed_does_not_lose_the_image() -> None:
    answer = prediction("succeeded", [URL], logs=f"Using seed: {'9' * 5000}")
    assert run(attempt(), [answer])[1] == Result([Picture(URL)])


def test_a_seed_for_several_images_is_not_attributed_to_any() -> None:
    answer = prediction("succeeded", [URL, OTHER], logs="Using seed: 7")
    assert [picture.seed for picture in run(attempt(count=2), [answer])[1].pictures] == [None] * 2


@pytest.mark.parametrize(
    ("status", "error", "code", "billed"),
    [
        (
            "failed",
            "All generated images contained NSFW content.",
            "content_policy_violation",
            False,
        ),
        ("failed", "E005: flagged as sensitive (abc)", "content_policy_violation", False),
        ("failed", "E006: Invalid input", "invalid_value", False),
        ("failed", "cannot identify image file", "invalid_image", False),
        ("failed", "E6716: did not start", "upstream_not_started", False),
        ("failed", "E1001: out of memory", "upstream_error", True),
        ("failed", None, "upstream_error", True),
        ("canceled", None, "upstream_error", True),
        ("aborted", None, "upstream_timeout", False),
    ],
)
def test_a_failed_prediction_becomes_the_error_that_its_message_demands(
    status: str, error: str | None, code: str, billed: bool
) -> None:
    found = failure({"status": status, "error": error})
    assert (found.code, found.billed) == (code, billed)


@pytest.mark.parametrize(
    ("answer", "code", "param", "wait"),
    [
        (
            refused({"detail": "Authorization header required"}, 401),
            "provider_key_refused",
            None,
            None,
        ),
        (
            refused({"title": "Insufficient credit", "detail": "No."}, 402),
            "insufficient_quota",
            None,
            None,
        ),
        (refused({"detail": "Not found"}, 404), "model_not_found", None, None),
        (refused({"detail": "- input.seed: Invalid type"}, 422), "invalid_value", "seed", None),
        (
            refused({"detail": "x", "invalid_fields": [{"field": "input.width"}]}, 422),
            "invalid_value",
            "width",
            None,
        ),
        (
            refused({"detail": "Throttled. Your rate limit resets in ~30s."}, 429),
            "rate_limit_exceeded",
            None,
            30,
        ),
    ],
)
def test_a_refused_call_becomes_the_error_that_its_status_and_message_demand(
    answer: HttpAnswer, code: str, param: str | None, wait: float | None
) -> None:
    error = error_from_report(read_error(answer), TITLE)
    assert (error.code, error.param, error.retry_after) == (code, param, wait)


def test_a_prediction_without_urls_is_an_error() -> None:
    assert fails([HttpAnswer(201, {}, {"status": "starting"})]).code == "upstream_error"


def test_a_success_that_is_not_json_is_an_error() -> None:
    assert fails([HttpAnswer(200, {}, "Welcome")]).billed


@pytest.mark.parametrize("model", ["a", "a/../b", "a/b?c", "a/b#c", "/a/b"])
def test_a_name_that_is_not_a_model_is_not_found(model: str) -> None:
    with pytest.raises(ModelGoneError):
        next(generate(attempt(model)))
