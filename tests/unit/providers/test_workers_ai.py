"""Workers AI: the calls that the provider makes and the results that it reads."""

from collections.abc import Callable

import pytest

from easel.errors import EaselError, EmptyResultError, ProviderError
from easel.platform.buffers import Answer, Buffer
from easel.platform.calls import ModelCall, UpstreamFailure
from easel.providers.protocol import Attempt, Picture, Result
from easel.providers.workers_ai import WorkersAiOptions, error_from, generate
from support.services import Bytes, Text, base64_answer, image_bytes

ATTEMPT = Attempt(
    "@cf/some/model", "a fox", {"num_steps": 4, "seed": 0}, options=WorkersAiOptions()
)
IMAGE = image_bytes("png", 8, 8)


def finish(answer: Answer) -> Buffer:
    run = generate(ATTEMPT)
    next(run)
    with pytest.raises(StopIteration) as finished:
        run.send(answer)
    (picture,) = finished.value.value.pictures
    assert isinstance(picture.source, Buffer)
    return picture.source


def test_the_binding_is_called_with_the_model_and_all_its_inputs() -> None:
    step = next(generate(ATTEMPT))
    assert step == ModelCall("@cf/some/model", {"prompt": "a fox", "num_steps": 4, "seed": 0})


def test_form_encoding_and_gateway_options_are_passed_on() -> None:
    attempt = Attempt(
        "m", "a fox", {}, as_form=True, options=WorkersAiOptions(gateway={"id": "default"})
    )
    step = next(generate(attempt))
    assert step == ModelCall(
        "m", {"prompt": "a fox"}, as_form=True, options={"gateway": {"id": "default"}}
    )


@pytest.mark.parametrize("url", ["https://cdn.example/x.png", Text("data:image/png;base64,AAAA")])
@pytest.mark.parametrize(
    "wrap", [lambda url: {"image": url}, lambda url: {"result": {"image": url}}]
)
def test_a_url_in_the_answer_is_left_to_the_driver(
    url: str | Text, wrap: Callable[[object], Answer]
) -> None:
    run = generate(ATTEMPT)
    next(run)
    with pytest.raises(StopIteration) as finished:
        run.send(wrap(url))
    assert finished.value.value == Result([Picture(url)])


def test_base64_inside_json_is_decoded() -> None:
    assert finish(base64_answer(IMAGE)) == Bytes(IMAGE)


def test_an_answer_of_bytes_is_the_image() -> None:
    assert finish(Bytes(IMAGE)) == Bytes(IMAGE)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"image": ""},
        {"image": None},
        [],
        "text",
        {"image": Text("*" * 2000)},
        {"image": "c2hvcnQ="},
        {"result": {}},
        {"result": None},
    ],
)
def test_a_success_without_an_image_is_an_error(answer: Answer) -> None:
    run = generate(ATTEMPT)
    next(run)
    with pytest.raises(EmptyResultError):
        run.send(answer)


def test_a_failure_of_the_binding_becomes_an_easel_error() -> None:
    run = generate(ATTEMPT)
    next(run)
    with pytest.raises(EaselError) as caught:
        run.throw(UpstreamFailure("InferenceUpstreamError: 3040: busy"))
    assert caught.value.code == "rate_limit_exceeded"


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        (
            "InferenceUpstreamError: 3040: Capacity temporarily exceeded.",
            429,
            "rate_limit_exceeded",
        ),
        ("3040: Capacity temporarily exceeded.", 429, "rate_limit_exceeded"),
        ("AiError: 429: Too many requests", 429, "rate_limit_exceeded"),
        ("Too Many Requests", 429, "rate_limit_exceeded"),
        ("AiError: 3036: You have used up your daily allocation", 429, "insufficient_quota"),
        ("AiError: 3007: Request timed out", 504, "upstream_timeout"),
        ("AiError: 3030: Input prompt contains NSFW content.", 400, "content_policy_violation"),
        ("3030: Your output has been flagged.", 400, "content_policy_violation"),
        ("3010: Invalid or incomplete input for the model", 400, "invalid_image"),
        ("3030: failed to process the input", 502, "upstream_error"),
        ("5006: Error: 'nsfw' is no property of '/'", 502, "upstream_error"),
        ("3008: Request was aborted", 502, "upstream_error"),
        ("<html>502 Bad Gateway</html>", 502, "upstream_error"),
        ("", 502, "upstream_error"),
    ],
)
def test_failures_become_the_errors_that_their_code_demands(
    message: str, status: int, code: str
) -> None:
    error = error_from(message)
    assert (error.status, error.code) == (status, code)


def test_only_a_lack_of_capacity_may_be_retried() -> None:
    assert error_from("3040: busy").headers == {"retry-after": "5"}
    assert error_from("3040: busy").should_retry
    for message in ("3036: used up", "3007: slow", "3030: flagged", "boom"):
        assert not error_from(message).should_retry


@pytest.mark.parametrize(("code", "fault"), [("3030", False), ("5006", False), ("3008", True)])
def test_invalid_inputs_do_not_count_against_the_model(code: str, fault: bool) -> None:
    error = error_from(f"{code}: it failed")
    assert isinstance(error, ProviderError)
    assert error.fault == fault


@pytest.mark.parametrize(
    ("message", "billed"),
    [
        ("AiError: 3030: Input prompt contains NSFW content.", False),
        ("AiError: Input prompt contains NSFW content.", False),
        ("3030: Your output has been flagged.", False),
        ("3030: failed at the prompt 'a nsfw fox'", True),
    ],
)
def test_refused_content_is_unbilled_only_if_workers_ai_itself_refused_it(
    message: str, billed: bool
) -> None:
    error = error_from(message)
    assert (error.code, error.billed) == ("content_policy_violation", billed)


def test_the_words_of_an_unknown_error_are_not_passed_on() -> None:
    assert "acct-123" not in error_from("9999: account acct-123 is odd").message
