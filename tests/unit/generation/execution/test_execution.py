"""Retries, credentials, fallback and deadlines, which are the same for every provider."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from easel.api.http.generations import generate_images
from easel.errors import (
    CallersCredentialRefusedError,
    ClientDisconnectedError,
    ContentRefusedError,
    CredentialRefusedError,
    EaselError,
    InvalidValueError,
    MissingCredentialError,
    ModelNotFoundError,
    ProviderError,
    ProviderTimeoutError,
    QuotaExhaustedError,
    RateLimitedError,
    UnavailableError,
)
from easel.platform.calls import CallFailure, HttpAnswer, HttpCall, UpstreamFailure
from easel.platform.http import Response
from easel.platform.web import UrlAnswer
from easel.settings.api_keys import read_keys
from easel.settings.settings import Settings
from support.pictures import padded
from support.services import Bytes, FakeServices, Text, image_bytes, request, text_of, wait_for

PNG = image_bytes("png", 64, 64)
IMAGE = Text(base64.b64encode(PNG).decode())
OK = HttpAnswer(200, {}, {"data": [{"b64_json": IMAGE}]})
SETTINGS = Settings(
    allow_anonymous=True,
    secrets={"OPENAI_API_KEY": ("sk-one",), "A4F_API_KEY": ("a4f-one",)},
    model_aliases={"best": ("openai/gpt-image-2", "a4f/provider-4/imagen-4")},
)
KEYS = read_keys("EASEL_API_KEYS", "first-key-4c9f1e7a")
GPT = "openai/gpt-image-2"


def status(code: int, **headers: str) -> HttpAnswer:
    wire_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(code, wire_headers, {"error": {"message": f"status {code}"}})


def answers(*given: HttpAnswer | Exception) -> Callable[[HttpCall], HttpAnswer | Exception]:
    """Give these answers in turn, and repeat the last one."""
    left = [*given]
    return lambda _call: left.pop(0) if len(left) > 1 else left[0]


def by_host(**hosts: HttpAnswer | Exception) -> Callable[[HttpCall], HttpAnswer | Exception]:
    return lambda call: next(answer for host, answer in hosts.items() if host in call.url)


def services(http: Any, settings: Settings = SETTINGS, **more: Any) -> FakeServices:
    return FakeServices(settings=settings, http=http, **more)


def generate(fake: FakeServices, bearer: str = "", **fields: object) -> Response:
    body = json.dumps({"prompt": "a fox", "model": GPT, **fields}).encode()
    headers = {"content-type": "application/json"}
    if bearer:
        headers["authorization"] = f"Bearer {bearer}"
    http_request = request(body=body, headers=headers)
    response: Response = wait_for(generate_images(http_request, fake.services()))
    return response


def error_of(fake: FakeServices, bearer: str = "", **fields: object) -> EaselError:
    with pytest.raises(EaselError) as caught:
        generate(fake, bearer, **fields)
    return caught.value


def sent_bearers(fake: FakeServices) -> list[str]:
    return [call.headers.get("authorization", "") for call in fake.http_calls]


# --- Retries


@pytest.mark.parametrize("code", [408, 409, 502, 503, 521])
def test_a_failure_that_was_not_billed_is_retried(code: int) -> None:
    fake = services(answers(status(code), status(code), OK))
    assert generate(fake).headers["x-easel-attempts"] == "3"
    assert len(fake.slept) == 2


@pytest.mark.parametrize("code", [400, 500, 504, 520, 522, 524])
def test_a_failure_that_is_permanent_or_may_be_billed_is_not_retried(code: int) -> None:
    fake = services(answers(status(code), OK))
    assert not error_of(fake).should_retry
    assert len(fake.http_calls) == 1


@pytest.mark.parametrize("reason", ["timeout", "lost", "too_large", "unreadable"])
def test_a_call_without_an_answer_may_be_billed(reason: Any) -> None:
    fake = services(answers(CallFailure(reason, "x"), OK))
    error = error_of(fake)
    assert error.billed
    assert len(fake.http_calls) == 1


def test_the_waits_between_retries_grow_and_are_random() -> None:
    fake = services(answers(status(503)))
    error_of(fake)
    first, second = fake.slept
    assert 0.25 <= first <= 0.75
    assert 0.5 <= second <= 1.5


def test_a_short_retry_after_is_waited_for_by_easel() -> None:
    fake = services(answers(status(429, retry_after_ms="1200"), OK))
    generate(fake)
    assert fake.slept == [1.2]


def test_a_long_retry_after_is_passed_to_the_client() -> None:
    fake = services(answers(status(429, retry_after="60")))
    error = error_of(fake)
    assert (fake.slept, error.headers["retry-after"]) == ([], "60")
    assert error.should_retry


def test_a_credential_that_cools_down_is_not_used() -> None:
    fake = services(answers(status(429, retry_after="60")))
    error_of(fake)
    error = error_of(fake)
    assert isinstance(error, RateLimitedError)
    assert (len(fake.http_calls), error.headers["retry-after"]) == (1, "60")


@pytest.mark.parametrize("wait", ["1795000000000", "1795000000", "1e300"])
def test_an_implausible_retry_after_counts_as_one_hour(wait: str) -> None:
    fake = services(answers(status(429, retry_after=wait)))
    first, second = error_of(fake), error_of(fake)
    assert isinstance(first, RateLimitedError)
    assert (first.billed, first.headers["retry-after"]) == (False, "3600")
    assert (type(second), second.headers["retry-after"]) == (RateLimitedError, "3600")


def test_a_credential_without_quota_cools_down_for_at_most_a_day() -> None:
    failure = HttpAnswer(
        429, {"retry-after": "1795000000"}, {"error": {"code": "insufficient_quota"}}
    )
    error = error_of(services(answers(failure)))
    assert (type(error), error.headers["retry-after"]) == (QuotaExhaustedError, "86400")


# --- Credentials


def test_the_callers_own_token_is_used_instead_of_the_owners() -> None:
    fake = services(answers(OK))
    generate(fake, "openai:mine=/+")
    assert sent_bearers(fake) == ["Bearer mine=/+"]


def test_a_token_for_another_provider_is_not_sent() -> None:
    fake = services(answers(OK))
    generate(fake, "a4f:mine")
    assert sent_bearers(fake) == ["Bearer sk-one"]


@pytest.mark.parametrize("code", [401, 402, 403, 429])
def test_several_tokens_are_tried_in_turn(code: int) -> None:
    fake = services(answers(status(code), status(code), OK))
    generate(fake, "openai:one,two,three")
    assert sent_bearers(fake) == ["Bearer one", "Bearer two", "Bearer three"]
    assert fake.slept == []


def test_a_refused_token_is_skipped_in_later_requests() -> None:
    fake = services(answers(status(401), OK))
    generate(fake, "openai:one,two")
    generate(fake, "openai:one,two")
    assert sent_bearers(fake) == ["Bearer one", "Bearer two", "Bearer two"]


@pytest.mark.parametrize(("code", "calls"), [(401, 1), (402, 2), (403, 2)])
def test_only_a_401_stops_the_owners_credential_for_all_models(code: int, calls: int) -> None:
    fake = services(answers(status(code), OK))
    error_of(fake)
    error_of(fake)
    assert len(fake.http_calls) == 1
    if code == 401:
        error_of(fake, model="openai/gpt-image-1.5")
    else:
        generate(fake, model="openai/gpt-image-1.5")
    assert len(fake.http_calls) == calls


def test_a_credential_that_was_refused_is_tried_again_after_five_minutes() -> None:
    fake = services(answers(status(401), OK))
    error_of(fake)
    fake.slept.append(300)
    assert generate(fake).status == 200


def test_the_blocking_page_of_a_firewall_does_not_count_against_the_credential() -> None:
    fake = services(answers(HttpAnswer(403, {}, "<html>Blocked</html>"), OK))
    assert not error_of(fake).billed
    assert generate(fake).status == 200


@pytest.mark.parametrize("code", [400, 422, 500])
@pytest.mark.parametrize(
    "prompt", ["insufficient_quota", "invalid_api_key", "incorrect api key", "overloaded", "nsfw"]
)
def test_a_prompt_repeated_in_an_error_does_not_stop_the_provider_for_other_callers(
    code: int, prompt: str
) -> None:
    failure = HttpAnswer(code, {}, {"error": {"message": f"Invalid prompt: '{prompt}'"}})
    fake = services(answers(failure, OK))
    assert not error_of(fake, prompt=prompt).retryable
    assert generate(fake).status == 200
    assert len(fake.http_calls) == 2


@pytest.mark.parametrize("code", [401, 402, 403, 429])
def test_an_error_never_repeats_the_prompt_of_another_caller(code: int) -> None:
    error: Any = {"message": "Not with 'the secret fox'.", "code": "insufficient_quota"}
    fake = services(answers(HttpAnswer(code, {}, {"error": error})))
    error_of(fake, prompt="the secret fox")
    assert "secret" not in error_of(fake, prompt="a cat").message
    assert len(fake.http_calls) == 1


def test_if_all_credentials_cool_down_the_shortest_wait_is_reported() -> None:
    fake = services(
        answers(status(429, retry_after="90"), status(402), status(429, retry_after="30"))
    )
    error = error_of(fake, "openai:one,two,three")
    assert (error.status, error.headers["retry-after"]) == (429, "30")


def test_if_all_credentials_cool_down_without_a_given_time_the_default_wait_is_reported() -> None:
    error = error_of(services(answers(status(402), status(429))), "openai:one,two")
    assert (error.status, error.headers["retry-after"]) == (429, "30")


def test_a_refused_token_of_the_caller_is_the_callers_error() -> None:
    error = error_of(services(answers(status(401))), "openai:wrong")
    assert isinstance(error, CallersCredentialRefusedError)
    assert (error.status, error.code) == (401, "invalid_api_key")


def test_a_refused_credential_of_the_owner_is_a_502_that_names_the_secret() -> None:
    http = answers(HttpAnswer(401, {}, {"error": "sk-one is wrong, see your account"}))
    error = error_of(services(http))
    assert type(error) is CredentialRefusedError
    assert error.status == 502
    assert "OPENAI_API_KEY" in error.message
    assert "account" not in error.message


def test_a_token_that_the_provider_repeats_is_removed_from_the_error() -> None:
    http = answers(HttpAnswer(400, {}, {"error": "no sense in hush/hush today"}))
    fake = services(http)
    assert "hush" not in error_of(fake, "openai:hush/hush").message
    assert not any("hush" in line for line in fake.lines)


def test_a_missing_credential_is_reported_with_the_secret_to_set() -> None:
    error = error_of(services(answers(OK), Settings(allow_anonymous=True)))
    assert isinstance(error, MissingCredentialError)
    assert error.status == 401
    assert "wrangler secret put OPENAI_API_KEY" in error.message
    assert "openai:TOKEN" in error.message


def test_a_caller_without_an_api_key_cannot_use_the_owners_credentials() -> None:
    settings = Settings(
        allow_caller_credentials=True, easel_api_keys=KEYS, secrets=SETTINGS.secrets
    )
    fake = services(answers(OK), settings)
    error = error_of(fake, "a4f:mine")
    assert isinstance(error, MissingCredentialError)
    assert fake.http_calls == []


def test_a_caller_without_an_api_key_cannot_use_the_owners_workers_ai() -> None:
    settings = Settings(allow_caller_credentials=True, easel_api_keys=KEYS)
    for bearer in ("a4f:mine", "workers-ai:mine"):
        fake = services(answers(OK), settings)
        assert error_of(fake, bearer, model="@cf/leonardo/lucid-origin").status == 401
        assert fake.calls == []


# --- Fallback


@pytest.mark.parametrize(
    "failure",
    [
        status(401),
        status(402),
        status(404),
        status(429, retry_after="60"),
        status(500),
        status(503),
        CallFailure("lost", "x"),
        CallFailure("timeout", "x"),
        HttpAnswer(200, {}, {"data": []}),
        HttpAnswer(400, {}, {"error": {"message": "x", "code": "moderation_blocked"}}),
    ],
    ids=str,
)
@pytest.mark.parametrize("model", ["best", f"{GPT}, a4f/provider-4/imagen-4"])
def test_the_next_model_of_a_chain_is_tried_if_one_fails(
    failure: HttpAnswer | Exception, model: str
) -> None:
    fake = services(by_host(openai=failure, a4f=OK))
    headers = generate(fake, model=model).headers
    assert headers["x-easel-model"] == "a4f/provider-4/imagen-4"
    assert headers["x-easel-provider"] == "a4f"
    assert len(fake.bucket.objects) == 1


def test_a_bad_request_is_not_tried_with_the_next_model() -> None:
    failure = HttpAnswer(400, {}, {"error": {"message": "no", "param": "quality"}})
    fake = services(by_host(openai=failure, a4f=OK))
    assert isinstance(error_of(fake, model="best"), InvalidValueError)
    assert len(fake.http_calls) == 1


def test_a_fallback_model_without_a_requested_parameter_is_skipped() -> None:
    fake = services(by_host(openai=status(500), a4f=OK))
    error_of(fake, model="best", background="transparent")
    assert len(fake.http_calls) == 1


def test_a_value_that_the_first_model_refuses_is_a_bad_request() -> None:
    fake = services(answers(OK))
    assert isinstance(error_of(fake, model="best", quality="nonsense"), InvalidValueError)
    assert fake.http_calls == []


def test_a_model_without_a_credential_is_skipped() -> None:
    settings = Settings(allow_anonymous=True, secrets={"A4F_API_KEY": ("a",)})
    fake = services(answers(OK), settings)
    assert (
        generate(fake, model=f"{GPT},a4f/provider-4/imagen-4").headers["x-easel-provider"] == "a4f"
    )


def test_an_unknown_model_in_a_chain_is_an_error() -> None:
    assert isinstance(error_of(services(answers(OK)), model=f"{GPT},nonsense"), ModelNotFoundError)


def test_if_all_models_fail_the_error_that_may_be_billed_is_reported() -> None:
    fake = services(by_host(openai=status(500), a4f=status(503)))
    assert error_of(fake, model="best").billed


def test_the_next_model_makes_only_the_missing_images() -> None:
    two = HttpAnswer(200, {}, {"data": [{"b64_json": IMAGE}] * 2})
    fake = services(by_host(openai=two, a4f=OK))
    response = generate(fake, model="best", n=3)
    assert len(json.loads(text_of(response))["data"]) == 3
    assert [call.body and call.body["n"] for call in fake.http_calls] == [3, 1]
    assert response.headers["x-easel-provider"] == "openai,a4f"


def test_a_failed_image_is_made_by_the_next_model_at_its_place_with_its_seed() -> None:
    def out_of_capacity(inputs: Any) -> Any:
        if inputs["seed"] == 7 and len(fake.calls) <= 3:
            return UpstreamFailure("3040: out of capacity")
        return {"image": IMAGE}

    fake = FakeServices(settings=SETTINGS, answer=out_of_capacity)
    chain = "@cf/leonardo/lucid-origin,@cf/black-forest-labs/flux-2-klein-4b"
    response = generate(fake, model=chain, n=3, seed=7, size="1024x1024")
    assert response.headers["x-easel-seed"] == "7,8,9"
    assert [call.model for call in fake.calls][-1].endswith("klein-4b")


# --- Circuit breaker


def test_a_provider_that_keeps_failing_is_not_called_any_more() -> None:
    fake = services(answers(status(500)))
    for _ in range(5):
        error_of(fake)
    assert isinstance(error_of(fake), UnavailableError)
    assert len(fake.http_calls) == 5


def test_bad_requests_do_not_open_the_circuit() -> None:
    fake = services(answers(status(400)))
    for _ in range(20):
        assert isinstance(error_of(fake), InvalidValueError)
    assert len(fake.http_calls) == 20


# --- Deadlines and clients that disconnect


def test_the_deadline_covers_all_retries_together() -> None:
    settings = Settings(allow_anonymous=True, job_timeout_seconds=5, secrets=SETTINGS.secrets)
    fake = services(answers(status(503)), settings, slowness=3)
    error = error_of(fake)
    assert isinstance(error, (UnavailableError, ProviderTimeoutError))
    assert len(fake.http_calls) == 2


def test_no_call_is_started_for_a_client_that_has_disconnected() -> None:
    fake = services(answers(OK), client_left=True)
    assert isinstance(error_of(fake), ClientDisconnectedError)
    assert fake.http_calls == []


def test_no_further_call_is_started_after_the_client_disconnects() -> None:
    fake = services(None)

    def disconnect(_call: HttpCall) -> HttpAnswer:
        fake.client_left = True
        return status(503)

    fake.http = disconnect
    assert isinstance(error_of(fake, model="best"), ClientDisconnectedError)
    assert len(fake.http_calls) == 1


def test_an_image_is_stored_although_the_client_has_disconnected() -> None:
    fake = services(None)

    def disconnect(_call: HttpCall) -> HttpAnswer:
        fake.client_left = True
        return OK

    fake.http = disconnect
    generate(fake)
    assert len(fake.bucket.objects) == 1


# --- Several images


def test_images_are_split_into_calls_by_the_number_per_call_on_the_card() -> None:
    fake = services(
        lambda call: HttpAnswer(200, {}, {"data": [{"b64_json": IMAGE}] * call.body["n"]})
    )
    generate(fake, n=10)
    assert sum(int(str(call.body["n"])) for call in fake.http_calls if call.body) == 10
    fake = services(fake.http)
    generate(fake, model="dall-e-3", n=3)
    assert [call.body and call.body["n"] for call in fake.http_calls] == [1, 1, 1]


def test_at_most_six_calls_run_at_the_same_time() -> None:
    fake = services(answers(OK))
    under_way = most = 0
    call_http = fake._call_http

    async def counted(call: HttpCall, *, seconds: float, limit: int) -> HttpAnswer:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        answer = await call_http(call, seconds=seconds, limit=limit)
        under_way -= 1
        return answer

    fake._call_http = counted  # type: ignore[method-assign]
    generate(fake, model="dall-e-3", n=10)
    assert (most, len(fake.http_calls)) == (6, 10)


# --- Results


def test_an_image_url_is_downloaded_without_the_credential() -> None:
    url = "https://cdn.example/a.png"
    page = UrlAnswer(200, content_type="image/png", body=Bytes(image_bytes("png", 64, 64)))
    http = answers(HttpAnswer(200, {}, {"data": [{"url": url}]}))
    fake = services(http, web={url: page})
    generate(fake)
    assert [opened for opened, _, _ in fake.opened] == [url]
    assert len(fake.bucket.objects) == 1


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/a.png", "http://169.254.169.254/latest", "http://x.internal/a.png"]
)
def test_an_image_url_at_a_private_address_is_not_downloaded(url: str) -> None:
    fake = services(answers(HttpAnswer(200, {}, {"data": [{"url": url}]})))
    error = error_of(fake)
    assert (type(error), error.billed, fake.opened) == (ProviderError, True, [])


def test_a_private_image_url_on_the_owners_own_server_is_downloaded() -> None:
    url = "http://192.168.0.7:8080/a.png"
    page = UrlAnswer(200, content_type="image/png", body=Bytes(image_bytes("png", 64, 64)))
    settings = Settings(
        allow_anonymous=True,
        base_urls={"OPENAI_BASE_URL": "http://192.168.0.7:8080/v1"},
        secrets=SETTINGS.secrets,
    )
    for found in (url, "/a.png"):
        fake = services(answers(HttpAnswer(200, {}, {"data": [{"url": found}]})), settings)
        fake.web = {url: page}
        generate(fake)
        assert [opened for opened, _, _ in fake.opened] == [url]


def test_a_failed_download_does_not_lose_the_other_images() -> None:
    url = "https://cdn.example/a.png"
    missing = UrlAnswer(404)
    data: dict[str, Any] = {"data": [{"url": url}, {"b64_json": IMAGE}]}
    fake = services(answers(HttpAnswer(200, {}, data)), web={url: missing})
    response = generate(fake, n=2)
    assert len(json.loads(text_of(response))["data"]) == 1
    assert response.headers["x-easel-missing-codes"] == "upstream_error"


def result(content: bytes, released: list[str], name: str) -> UrlAnswer:
    return UrlAnswer(200, None, "image/png", Bytes(content), lambda: released.append(name))


def test_results_by_url_have_their_memory_reserved_until_they_are_stored() -> None:
    url = "https://cdn.example/a.png"
    stored: list[int] = []
    fake = services(answers(HttpAnswer(200, {}, {"data": [{"url": url}]})))

    def release() -> None:
        stored.append(len(fake.bucket.objects))

    fake.web = {url: UrlAnswer(200, None, "image/png", Bytes(PNG), release)}
    generate(fake)
    assert (fake.reserving, stored) == ([url], [1])


def test_the_memory_of_a_result_that_cannot_be_used_is_released() -> None:
    url = "https://cdn.example/a.png"
    released: list[str] = []
    fake = services(answers(HttpAnswer(200, {}, {"data": [{"url": url}]})))
    fake.web = {url: result(PNG[:99], released, "broken")}
    error_of(fake)
    assert released == ["broken"]


def test_an_answer_leaves_memory_before_the_results_that_it_links_to_are_fetched() -> None:
    url = "https://cdn.example/a.png"
    order: list[str] = []
    data: dict[str, Any] = {"data": [{"url": url}, {"b64_json": IMAGE}]}
    fake = services(answers(HttpAnswer(200, {}, data, lambda: order.append("answer"))))
    fake.web = {url: result(PNG, order, "result")}
    generate(fake, n=2)
    assert list(dict.fromkeys(order)) == ["answer", "result"]
    assert len(fake.bucket.objects) == 2


def test_each_large_result_leaves_memory_once_it_is_stored() -> None:
    urls = [f"https://cdn.example/{name}.png" for name in "abcd"]
    fake = services(answers(HttpAnswer(200, {}, {"data": [{"url": url} for url in urls]})))
    fake.web = dict.fromkeys(urls, result(padded(3_000_000), [], ""))
    content = json.loads(text_of(generate(fake, n=4, response_format="b64_json")))
    assert len(content["data"]) == 4
    # Up to 4 MB of a request's images stay until the answer is sent.
    assert len(fake.bucket.reread) == 3


def test_a_success_without_an_image_is_an_error_that_may_be_billed() -> None:
    fake = services(answers(HttpAnswer(200, {}, {"data": []})))
    error = error_of(fake)
    assert (error.code, error.billed, len(fake.http_calls)) == ("empty_result", True, 1)


def test_token_counts_are_passed_on_and_added_up() -> None:
    usage: dict[str, Any] = {
        "total_tokens": 12,
        "input_tokens": 2,
        "output_tokens": 10,
        "input_tokens_details": {"text_tokens": 2, "image_tokens": 0},
    }
    fake = services(answers(HttpAnswer(200, {}, {"data": [{"b64_json": IMAGE}], "usage": usage})))
    content = json.loads(text_of(generate(fake, model="dall-e-3", n=2)))
    assert content["usage"] == {
        "total_tokens": 24,
        "input_tokens": 4,
        "output_tokens": 20,
        "input_tokens_details": {"text_tokens": 4, "image_tokens": 0},
    }


def test_a_revised_prompt_is_passed_on() -> None:
    data: dict[str, Any] = {"data": [{"b64_json": IMAGE, "revised_prompt": 'a "red" fox'}]}
    content = json.loads(text_of(generate(services(answers(HttpAnswer(200, {}, data))))))
    assert content["data"][0]["revised_prompt"] == 'a "red" fox'


# --- Kinds of error


@pytest.mark.parametrize(
    ("given", "upstream", "expected"),
    [
        ({"steps": 4}, "steps", "steps"),
        ({"guidance": 3}, "guidance_scale", "guidance"),
        ({"guidance_scale": 3}, "guidance_scale", "guidance_scale"),
        ({"size": "512x512"}, "width", "size"),
        ({"width": 512, "height": 512}, "width", "width"),
    ],
)
def test_an_error_names_the_parameter_as_the_caller_wrote_it(
    given: dict[str, Any], upstream: str, expected: str
) -> None:
    settings = Settings(allow_anonymous=True, secrets={"TOGETHER_API_KEY": ("t",)})
    failure = HttpAnswer(400, {}, {"error": {"message": "no", "param": upstream}})
    fake = services(answers(failure), settings)
    error = error_of(fake, model="together/black-forest-labs/FLUX.1-dev", **given)
    assert (error.param, error.status) == (expected, 400)


def test_refused_content_is_distinguished_from_a_failure() -> None:
    failure = HttpAnswer(400, {}, {"error": {"message": "x", "code": "moderation_blocked"}})
    error = error_of(services(answers(failure)))
    assert isinstance(error, ContentRefusedError)
    assert (error.code, error.billed) == ("moderation_blocked", False)


def test_an_exhausted_quota_is_distinguished_from_a_rate_limit() -> None:
    failure = HttpAnswer(429, {}, {"error": {"message": "x", "code": "insufficient_quota"}})
    error = error_of(services(answers(failure)))
    assert isinstance(error, QuotaExhaustedError)
    assert not error.should_retry


# --- Names of models


def test_a_model_that_the_catalogue_lacks_is_passed_to_the_provider() -> None:
    fake = services(answers(OK))
    headers = generate(fake, model="openai/gpt-image-9-Preview", quality="low").headers
    assert headers["x-easel-model"] == "openai/gpt-image-9-Preview"
    (call,) = fake.http_calls
    assert call.body is not None
    assert (call.body["model"], call.body["quality"]) == ("gpt-image-9-Preview", "low")
    assert "size" not in call.body


def test_an_alias_of_the_owner_overrides_a_name_of_the_catalogue() -> None:
    settings = Settings(
        allow_anonymous=True,
        secrets=SETTINGS.secrets,
        model_aliases={"dall-e-3": ("openai/gpt-image-2",)},
    )
    fake = services(answers(OK), settings)
    assert generate(fake, model="dall-e-3").headers["x-easel-model"] == GPT


def test_surplus_images_of_a_provider_are_neither_stored_nor_charged() -> None:
    settings = Settings(allow_anonymous=True, secrets={"TOGETHER_API_KEY": ("together-one",)})
    costs = []
    for given in (1, 50):
        answer = HttpAnswer(200, {}, {"data": [{"b64_json": IMAGE}] * given})
        fake = services(answers(answer), settings)
        response = generate(fake, model="together/black-forest-labs/FLUX.1-schnell", steps=4)
        assert len(json.loads(text_of(response))["data"]) == 1
        costs += fake.ledger.database.query("SELECT sum(nanodollars), sum(counted) FROM usage")
    assert costs[0] == costs[1]
    assert costs[0][0]


def test_an_implausible_cost_is_ignored() -> None:
    answer = HttpAnswer(200, {}, {"data": [{"b64_json": IMAGE}], "usage": {"cost": 1e308}})
    fake = services(answers(answer))
    assert "x-easel-cost-usd" not in generate(fake).headers


@pytest.mark.parametrize("number", [10**30, 2**63, -5, 1e308, 1.5, True, "7", None, [], {}])
def test_implausible_numbers_from_a_provider_break_neither_the_answer_nor_the_ledger(
    number: Any,
) -> None:
    details = {"text_tokens": number, "image_tokens": number}
    usage: Any = {
        **dict.fromkeys(("total_tokens", "input_tokens", "output_tokens", "cost"), number),
        "input_tokens_details": details,
        "output_tokens_details": details,
    }
    body: Any = {"created": number, "data": [{"b64_json": IMAGE, "seed": number}], "usage": usage}
    fake = services(answers(HttpAnswer(200, {"x-litellm-response-cost": str(number)}, body)))
    answer = json.loads(text_of(generate(fake)))
    counts = [*answer["usage"].values(), *answer["usage"]["input_tokens_details"].values()]
    assert all(0 <= count < 2**53 for count in counts if isinstance(count, int))
    assert 0 <= answer["created"] < 2**33
    [row] = fake.ledger.database.query("SELECT sum(nanodollars) FROM usage")
    assert row[0] in range(10_000 * 10**9 + 1)
