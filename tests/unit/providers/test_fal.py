"""fal: the calls that the provider makes and the results that it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from easel.catalog import CATALOG
from easel.errors import (
    ContentRefusedError,
    EaselError,
    EmptyResultError,
    InvalidImageError,
    ModelGoneError,
    ProviderError,
)
from easel.generation.planning.models import resolve
from easel.platform.buffers import Attachment
from easel.platform.calls import Abandoned, CallFailure, HttpAnswer, HttpCall
from easel.providers.fal import PROVIDER, generate
from easel.providers.fal_request import FalOptions, read_error
from easel.providers.protocol import Attempt, Picture, Result, Sent
from support import steps
from support.services import Bytes, Text

IMAGE = {"url": "https://cdn.example/a.png"}
JOB = {
    name: f"https://queue.fal.run/{name}" for name in ("status_url", "response_url", "cancel_url")
}
QUEUE: Mapping[str, Any] = {"queue": True}
FILE = Attachment(Bytes(b"x"), "data_url", "image/png")


def attempt(
    parameters: Mapping[str, object] | None = None,
    options: Mapping[str, Any] | None = None,
    **rest: Any,
) -> Attempt:
    return Attempt(
        "fal-ai/x",
        "a fox",
        parameters or {},
        options=FalOptions(**options or {}),
        base_urls=PROVIDER.base_urls,
        **rest,
    )


def answer_of(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    return HttpAnswer(status, headers or {}, body)


def run(one: Attempt, answers: Sequence[Sent | Exception]) -> tuple[list[object], Result]:
    return steps.run(generate, one, answers)


def fails(one: Attempt, answers: Sequence[Sent | Exception]) -> EaselError:
    with pytest.raises(EaselError) as caught:
        run(one, answers)
    return caught.value


def body(one: Attempt) -> Mapping[str, object]:
    step = next(generate(one))
    assert isinstance(step, HttpCall)
    return step.body or {}


def test_a_quick_model_is_one_call() -> None:
    taken, result = run(attempt({"seed": 7}), [answer_of({"images": [IMAGE], "seed": 7})])
    sent = {"prompt": "a fox", "seed": 7}
    assert taken == [HttpCall("POST", "https://fal.run/fal-ai/x", body=sent)]
    assert result == Result([Picture(IMAGE["url"], 7)])


def test_a_queued_model_is_submitted_polled_and_its_result_fetched() -> None:
    answers = [
        answer_of(JOB),
        answer_of({"status": "IN_QUEUE", "queue_position": 1}, 202),
        answer_of({"status": "IN_PROGRESS"}, 202),
        answer_of({"status": "COMPLETED"}),
        answer_of({"images": [IMAGE]}),
    ]
    taken, result = run(attempt(options=QUEUE), answers)
    poll = HttpCall("GET", JOB["status_url"], buys=False)
    assert taken == [
        HttpCall("POST", "https://queue.fal.run/fal-ai/x", body={"prompt": "a fox"}),
        poll,
        poll,
        poll,
        HttpCall("GET", JOB["response_url"], buys=False),
    ]
    assert result == Result([Picture(IMAGE["url"])])


def test_an_abandoned_task_is_cancelled() -> None:
    generator = generate(attempt(options=QUEUE))
    next(generator)
    generator.send(answer_of(JOB))
    step = generator.throw(Abandoned("deadline"))
    assert step == HttpCall("PUT", JOB["cancel_url"], buys=False)
    with pytest.raises(Abandoned):
        generator.send(answer_of({"status": "CANCELLATION_REQUESTED"}, 202))


@pytest.mark.parametrize("failed_fetch", [answer_of("<html>", 502), CallFailure("timeout", "")])
def test_fetching_a_finished_result_is_retried(failed_fetch: Sent | Exception) -> None:
    answers = [answer_of(JOB), answer_of({"status": "COMPLETED"})]
    found = answer_of({"images": [IMAGE]})
    assert run(attempt(options=QUEUE), [*answers, failed_fetch, failed_fetch, found])[1].pictures
    if isinstance(failed_fetch, HttpAnswer):
        assert fails(attempt(options=QUEUE), [*answers, *[failed_fetch] * 3]).billed


def test_an_error_that_only_the_status_reports_is_an_error() -> None:
    state = {"status": "COMPLETED", "error": "It died.", "error_type": "runner_disconnected"}
    error = fails(attempt(options=QUEUE), [answer_of(JOB), answer_of(state), answer_of({})])
    assert (error.code, error.message) == ("upstream_error", "fal: It died.")


@pytest.mark.parametrize("job", [{}, {"status_url": "https://x"}])
def test_a_submission_without_urls_is_an_error(job: dict[str, str]) -> None:
    assert isinstance(fails(attempt(options=QUEUE), [answer_of(job)]), ProviderError)


@pytest.mark.parametrize(
    ("content", "pictures"),
    [
        ({"image": IMAGE}, [Picture(IMAGE["url"])]),
        ({"images": [IMAGE["url"]]}, [Picture(IMAGE["url"])]),
        ({"images": [IMAGE, {}], "seed": 1.5}, [Picture(IMAGE["url"])]),
        (
            {"images": [{"url": Text("data:image/png;base64,AAAA")}]},
            [Picture(Text("data:image/png;base64,AAAA"))],
        ),
        (
            {"images": [{"url": "https://x/bad.png"}, IMAGE], "has_nsfw_concepts": [True, False]},
            [Picture(IMAGE["url"])],
        ),
        ({"images": [IMAGE, IMAGE], "has_nsfw_concepts": [True]}, [Picture(IMAGE["url"])]),
    ],
)
def test_images_are_found_in_every_form_of_answer(content: Any, pictures: list[Picture]) -> None:
    assert run(attempt(), [answer_of(content)])[1].pictures == pictures


@pytest.mark.parametrize(
    "content", [{}, {"images": []}, {"images": [{}]}, {"image": None}, {"images": "x"}]
)
def test_a_success_without_an_image_is_an_error(content: Any) -> None:
    assert isinstance(fails(attempt(), [answer_of(content)]), EmptyResultError)


def test_a_result_of_only_flagged_images_is_refused_content_that_was_billed() -> None:
    content = {"images": [IMAGE], "has_nsfw_concepts": [True]}
    error = fails(attempt(), [answer_of(content)])
    assert isinstance(error, ContentRefusedError)
    assert (error.param, error.billed) == ("prompt", True)


@pytest.mark.parametrize(
    ("options", "parameters", "sent"),
    [
        ({}, {"width": 8, "height": 9}, {"image_size": {"width": 8, "height": 9}}),
        ({"sizes": {"8x9": {"aspect_ratio": "8:9"}}}, {"size": "8x9"}, {"aspect_ratio": "8:9"}),
        ({"names": {"size": "image_size"}}, {"size": "8x9"}, {"image_size": "8x9"}),
        ({"plural": ["/edit"]}, {"image_urls": [FILE]}, {"image_url": FILE}),
        ({"plural": ["/edit"]}, {"image_urls": [FILE, FILE]}, {"image_urls": [FILE, FILE]}),
        ({"plural": ["/x"]}, {"image_urls": [FILE]}, {"image_urls": [FILE]}),
        ({}, {"image_urls": [FILE]}, {"image_urls": [FILE]}),
    ],
)
def test_inputs_are_sent_in_the_form_that_the_card_says(
    options: dict[str, object], parameters: dict[str, object], sent: dict[str, object]
) -> None:
    assert body(attempt(parameters, options=options)) == {"prompt": "a fox", **sent}


def test_several_images_are_requested_with_num_images() -> None:
    assert body(attempt(count=3)) == {"prompt": "a fox", "num_images": 3}


@pytest.mark.parametrize(
    ("task", "options", "path"),
    [
        ("generate", {"edit": "/edit"}, "fal-ai/x"),
        ("edit", {"edit": "/edit"}, "fal-ai/x/edit"),
        ("generate", {"generate": "/text-to-image"}, "fal-ai/x/text-to-image"),
        ("edit", {"edit": "fal-ai/y"}, "fal-ai/y"),
        ("edit", {"prefix": "z/"}, "z/fal-ai/x"),
    ],
)
def test_each_task_is_sent_to_its_endpoint(
    task: str, options: dict[str, object], path: str
) -> None:
    step = next(generate(attempt(task=task, options=options)))
    assert isinstance(step, HttpCall)
    assert step.url == f"https://fal.run/{path}"


@pytest.mark.parametrize("model", ["x", "a/../b", "a/b?c", "a/b#c", "a//b", "/a/b", "a/b/"])
def test_a_model_name_that_is_not_a_path_is_not_found(model: str) -> None:
    with pytest.raises(ModelGoneError):
        next(generate(replace(attempt(), model=model)))


@pytest.mark.parametrize("name", ["fal-ai/kolors/any", "fal/fal-ai/kolors/any"])
def test_an_unknown_model_is_found_with_and_without_the_prefix(name: str) -> None:
    card = resolve(CATALOG, name)
    one = Attempt(
        card.upstream or "", "a fox", {}, options=card.options, base_urls=PROVIDER.base_urls
    )
    step = next(generate(one))
    assert isinstance(step, HttpCall)
    assert step.url == "https://queue.fal.run/fal-ai/kolors/any"


def detail(kind: str, *place: str | int) -> HttpAnswer:
    found = {"loc": ["body", *place], "msg": "Something.", "type": kind}
    return answer_of({"detail": [found]}, 422)


@pytest.mark.parametrize(
    ("answer", "code", "billed"),
    [
        (answer_of({"detail": "invalid key credentials"}, 401), "provider_key_refused", False),
        (
            answer_of({"detail": "User is locked. Reason: TOP_UP."}, 403),
            "insufficient_quota",
            False,
        ),
        (answer_of({"detail": "Access denied."}, 403), "provider_key_refused", False),
        (answer_of({"detail": "Busy", "error_type": "x"}, 429), "rate_limit_exceeded", False),
        (detail("content_policy_violation", "prompt"), "content_policy_violation", False),
        (detail("image_load_error", "image_url"), "invalid_image", False),
        (detail("image_too_large", "image_url"), "invalid_image", False),
        (detail("less_than_equal", "seed"), "invalid_value", False),
        (detail("generation_timeout"), "upstream_timeout", False),
        (detail("downstream_service_unavailable"), "upstream_unavailable", False),
        (detail("downstream_service_error"), "upstream_error", False),
        (answer_of({"detail": "x"}, 500), "upstream_error", False),
        (answer_of({"detail": "x"}, 504), "upstream_timeout", False),
        (answer_of("<html>504</html>", 504), "upstream_timeout", True),
        (
            answer_of({}, 503, {"x-fal-error-type": "startup_timeout"}),
            "upstream_unavailable",
            False,
        ),
        (answer_of({"detail": "Application 'x' not found"}, 404), "model_not_found", False),
    ],
)
def test_failures_become_the_errors_that_their_type_demands(
    answer: HttpAnswer, code: str, billed: bool
) -> None:
    error = fails(attempt(), [answer])
    assert (error.code, error.billed) == (code, billed)


def test_an_input_image_that_cannot_be_loaded_is_a_bad_request() -> None:
    assert isinstance(
        fails(attempt(), [detail("image_load_error", "image_url")]), InvalidImageError
    )


@pytest.mark.parametrize(
    ("place", "param"),
    [
        (("num_inference_steps",), "num_inference_steps"),
        (("image_size",), "size"),
        (("image_size", "width"), "width"),
        (("image_urls", 0), "image_urls"),
    ],
)
def test_the_parameter_that_an_error_is_about_is_named(
    place: tuple[str | int, ...], param: str
) -> None:
    assert read_error(detail("x", *place)).param == param


def test_a_success_that_is_not_json_is_an_error() -> None:
    assert fails(attempt(), [answer_of("Welcome")]).billed
