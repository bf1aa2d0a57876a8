"""The error that a provider's answer becomes, in every form of answer."""

from typing import Any

import pytest

from easel.errors import (
    ContentRefusedError,
    CredentialRefusedError,
    EaselError,
    InvalidValueError,
    ModelGoneError,
    NotStartedError,
    ProviderError,
    ProviderTimeoutError,
    QuotaExhaustedError,
    RateLimitedError,
    UnavailableError,
)
from easel.platform.calls import HttpAnswer
from easel.providers.error_report import read_error
from easel.providers.failures import error_from_answer
from support.services import Text


def answer(status: int, body: Any = None, **headers: str) -> HttpAnswer:
    return HttpAnswer(
        status, {name.replace("_", "-"): text for name, text in headers.items()}, body
    )


def openai(message: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return {"error": error}


@pytest.mark.parametrize(
    ("status", "body", "means"),
    [
        (401, openai("Incorrect API key provided", "invalid_api_key"), CredentialRefusedError),
        (402, openai("spending limit"), QuotaExhaustedError),
        (403, openai("No.", "insufficient_user_quota"), QuotaExhaustedError),
        (403, {"errors": ["flagged by our content moderation"]}, ContentRefusedError),
        (403, {"error": "no permission"}, CredentialRefusedError),
        (403, "<html>Blocked</html>", ProviderError),
        (404, openai("no such model", "model_not_found"), ModelGoneError),
        (410, {"error": "deprecated"}, ModelGoneError),
        (400, openai("rejected by the safety system", "moderation_blocked"), ContentRefusedError),
        (400, openai("limit", "billing_hard_limit_reached"), QuotaExhaustedError),
        (400, openai("No.", "not_enough_credits"), QuotaExhaustedError),
        (400, openai("No.", "invalid_api_key"), CredentialRefusedError),
        (400, openai("Unknown parameter: 'x'", "unknown_parameter", "x"), InvalidValueError),
        (422, {"detail": [{"loc": ["body", "steps"], "msg": "too many"}]}, InvalidValueError),
        (429, openai("quota", "insufficient_quota"), QuotaExhaustedError),
        (429, openai("slow down", "rate_limit_exceeded"), RateLimitedError),
        (408, None, NotStartedError),
        (409, None, NotStartedError),
        (502, "Bad Gateway", NotStartedError),
        (503, None, UnavailableError),
        (521, "error code: 521", UnavailableError),
        (504, None, ProviderTimeoutError),
        (524, None, ProviderTimeoutError),
        (500, openai("The server is overloaded", "server_is_overloaded"), NotStartedError),
        (500, openai("a policy of ours crashed"), ProviderError),
        (520, None, ProviderError),
        (302, None, ProviderError),
        (418, None, ProviderError),
    ],
)
def test_the_status_decides_first_and_the_code_second(
    status: int, body: Any, means: type[EaselError]
) -> None:
    error = error_from_answer(answer(status, body), "P")
    assert type(error) is means


@pytest.mark.parametrize("status", [408, 409, 429, 502, 503, 521, 523, 525, 526, 530])
def test_a_status_that_is_known_to_be_unbilled_may_be_retried(status: int) -> None:
    assert error_from_answer(answer(status), "P").should_retry


@pytest.mark.parametrize("status", [500, 504, 520, 522, 524])
def test_a_status_that_may_be_billed_is_not_retried(status: int) -> None:
    error = error_from_answer(answer(status), "P")
    assert error.billed
    assert not error.should_retry


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (openai("Too many steps"), "Too many steps"),
        ({"error": "Too many steps"}, "Too many steps"),
        ({"error": ["Too many", "steps"]}, "Too many steps"),
        ({"errors": [{"message": "Too many steps"}]}, "Too many steps"),
        ({"errors": {"message": "Too many steps"}}, "Too many steps"),
        ({"detail": "Too many steps"}, "Too many steps"),
        ({"detail": [{"msg": "Too many steps", "loc": ["body", "steps"]}]}, "Too many steps"),
        ({"title": "Bad input", "detail": "Too many steps"}, "Too many steps"),
        ({"object": "error", "message": "Too many steps", "code": 400}, "Too many steps"),
        ({"id": "1", "name": "bad_request", "errors": ["Too many steps"]}, "Too many steps"),
        ([{"error": "Too many steps"}], "Too many steps"),
        ("Too many steps", "Too many steps"),
        (Text("Too many steps"), "Too many steps"),
    ],
)
def test_the_message_of_the_provider_is_kept(body: Any, sentence: str) -> None:
    error = error_from_answer(answer(400, body), "P")
    assert error.message == f"P: {sentence}."


def test_html_pages_and_long_texts_are_not_passed_on_in_full() -> None:
    assert error_from_answer(answer(502, "<!DOCTYPE html><html>..."), "P").message.endswith(
        "status 502."
    )
    long = error_from_answer(answer(400, {"error": "x " * 1000}), "P").message
    assert len(long) < 320


@pytest.mark.parametrize(
    "secret",
    [
        "sk-abcdef123456",
        "sk-****cdef",
        "r8_abcdefghijk",
        "hf_abcdefghijk",
        "0123456789abcdef0123456789abcdef",
        "Bearer abc.def",
        "https://x.example/y?X-Amz-Signature=0123456789abcdef",
    ],
)
def test_secrets_are_removed_from_the_message(secret: str) -> None:
    message = error_from_answer(answer(400, {"error": f"wrong: {secret}"}), "P").message
    assert "[...]" in message
    assert secret.rpartition(" ")[2].rpartition("?")[2] not in message


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (openai("no", param="size"), "size"),
        ({"detail": [{"loc": ["body", "steps"], "msg": "no"}]}, "steps"),
        ({"error": "no"}, None),
    ],
)
def test_the_parameter_that_the_provider_names_is_found(body: Any, param: str | None) -> None:
    assert error_from_answer(answer(422, body), "P").param == param


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after_ms": "1500", "retry_after": "9"}, 1.5),
        ({"retry_after": "9"}, 9),
        ({"retry_after": "0.5"}, 0.5),
        (
            {
                "retry_after": "Fri, 20 Nov 2026 12:00:30 GMT",
                "date": "Fri, 20 Nov 2026 12:00:00 GMT",
            },
            30,
        ),
        ({"ratelimit": '"api";r=0;t=55'}, 55),
        ({"ratelimit": '"api";r=4;t=55'}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "-1"}, None),
        ({"retry_after": "nan"}, None),
        ({}, None),
    ],
)
def test_the_time_until_a_retry_is_read_in_every_form(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert read_error(answer(429, None, **headers)).retry_after == seconds
    error = error_from_answer(answer(429, None, **headers), "P")
    assert error.retry_after == seconds


def test_openais_two_codes_for_refused_content_are_kept() -> None:
    blocked = error_from_answer(answer(400, openai("no", "moderation_blocked")), "P")
    refused = error_from_answer(answer(400, openai("no", "content_policy_violation")), "P")
    assert (blocked.code, refused.code) == ("moderation_blocked", "content_policy_violation")
    assert (blocked.param, blocked.status) == ("prompt", 400)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (openai("no", "insufficient_quota"), "insufficient_quota invalid_request_error"),
        ({"errors": {"code": "quota_exceeded", "message": "no"}}, "quota_exceeded"),
        ({"name": "payment_required", "errors": ["no"]}, "payment_required"),
        ({"error": "no", "code": 429}, "429"),
        ({"error": {"code": "a sentence: insufficient_quota"}}, ""),
        ({"error": {"code": "x" * 1000}}, ""),
        ({"error": {"code": 10**5000, "type": True, "name": ["x"]}}, ""),
        ("insufficient_quota", ""),
    ],
)
def test_a_code_is_an_identifier_or_a_small_number(body: Any, code: str) -> None:
    assert read_error(answer(400, body)).code == code


@pytest.mark.parametrize(
    ("message_sent", "passed_on"),
    [
        ("connect to http://10.66.77.88:9099/v1/run failed", "connect to [...] failed"),
        ("no route to http://[fd00::12]/run.", "no route to [...]"),
        ("http://gpu-worker-7:8080 is busy", "[...] is busy"),
        ("see https://example.com/docs/errors", "see https://example.com/docs/errors"),
    ],
)
def test_the_address_of_an_internal_machine_of_the_provider_is_redacted(
    message_sent: str, passed_on: str
) -> None:
    assert read_error(answer(500, {"error": {"message": message_sent}})).sentence == passed_on


def test_half_of_a_surrogate_pair_in_an_error_is_replaced() -> None:
    body = {"error": {"message": "no \ud83d today"}}
    assert read_error(answer(500, body)).sentence == "no ? today"
