"""What goes wrong at providers whose API is like OpenAI's, and what easel makes of it.

Every case is asked for at once, because many of them wait; each test looks at one.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from fakes.server import Fake
from support.gateway import generate, new_token
from support.pictures import picture
from support.server import Server, new_prompt

# The model that is asked, and the prefix of callers' tokens.
MODELS = {
    "a4f": ("a4f/provider-4/imagen-4", "a4f"),
    "custom": ("custom/home/first-model", "home"),
    "gitee": ("gitee/z-image-turbo", "gitee"),
    "openai": ("openai/gpt-image-1.5", "openai"),
    "together": ("together/black-forest-labs/FLUX.1-schnell", "together"),
}
# Those that answer with URLs; the others with base64.
BY_URL = ("a4f", "gitee")


@dataclass(frozen=True)
class Expected:
    """What must come of a failure.

    Attributes:
        calls: how often the provider was asked.
        bought: how many images it made.
        retry: whether an SDK may ask again.
    """

    status: int
    code: str
    calls: int = 1
    bought: int = 0
    retry: bool = False


# By directive. What was refused before any work is tried three times; what may be paid for, once.
ERRORS = {
    "error key": Expected(401, "invalid_api_key"),
    "error quota": Expected(429, "insufficient_quota"),
    "error rate] [fake retry-after 7": Expected(429, "rate_limit_exceeded", retry=True),
    "error content": Expected(400, "content_policy_violation"),
    "error parameter": Expected(400, "invalid_value"),
    "error model": Expected(404, "model_not_found"),
    "error down": Expected(503, "upstream_unavailable", calls=3, retry=True),
    "error crash": Expected(502, "upstream_error"),
    "error busy": Expected(502, "upstream_not_started", calls=3, retry=True),
    "error slow": Expected(504, "upstream_timeout"),
}
HOSTILE = {
    "hang": Expected(504, "upstream_timeout"),
    "reset": Expected(502, "upstream_error"),
    "die": Expected(502, "upstream_error", bought=1),
    "delay 4000": Expected(504, "upstream_timeout", bought=1),
    "truncate": Expected(502, "upstream_error", bought=1),
    "html": Expected(502, "upstream_error", bought=1),
    "wrong-json": Expected(502, "upstream_error", bought=1),
    "garbage": Expected(502, "empty_result", bought=1),
    "huge": Expected(502, "upstream_error", bought=1),
    "huge-declared": Expected(502, "upstream_error", bought=1),
    "empty": Expected(502, "empty_result"),
}
PECULIAR = {
    ("openai", "error content"): Expected(400, "moderation_blocked"),
    # The URL is there, and what it gives is no image.
    **{(name, "garbage"): Expected(502, "upstream_error", bought=1) for name in BY_URL},
    **{(name, "lost"): Expected(502, "upstream_error", bought=1) for name in BY_URL},
}
FAILURES = {
    **{(name, told): what for name in MODELS for told, what in (ERRORS | HOSTILE).items()},
    **PECULIAR,
}
RECOVERED = {"error rate x1": 2, "error busy x1": 2, "error down x2": 3, "wrong-type": 1}


@dataclass(frozen=True)
class Asked:
    """A request that was answered."""

    prompt: str
    answer: httpx2.Response

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.answer.json()["error"]
        return error


Ask = Callable[[str, str], Asked]


def ask(server: Server, name: str, told: str, **fields: object) -> Asked:
    """Ask a provider for an image as its own customer."""
    model, prefix = MODELS[name]
    prompt = new_prompt(f"[fake {told}]" if told else "")
    body = {"model": model, "prompt": prompt, **fields}
    return Asked(prompt, generate(server, new_token(prefix), body))


@pytest.fixture(scope="module")
def asked(server: Server) -> Iterator[Ask]:
    """What came of a provider that was told to fail somehow."""
    cases = [*FAILURES, *((name, told) for name in MODELS for told in RECOVERED)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        futures: dict[tuple[str, str], Future[Asked]] = {
            case: pool.submit(ask, server, *case) for case in cases
        }
        yield lambda name, told: futures[name, told].result()


@pytest.mark.parametrize(("name", "told"), FAILURES)
def test_a_provider_failure_has_the_right_status_and_is_not_billed_twice(
    asked: Ask, fakes: Mapping[str, Fake], name: str, told: str
) -> None:
    case, expected, fake = asked(name, told), FAILURES[name, told], fakes[name]
    assert (case.answer.status_code, case.error["code"]) == (expected.status, expected.code)
    assert set(case.error) == {"message", "type", "param", "code"}
    retry = case.answer.headers.get("x-should-retry")
    assert retry == (None if expected.retry else "false")
    calls = len(fake.calls(case.prompt))
    assert (calls, fake.bought(case.prompt)) == (expected.calls, expected.bought)


@pytest.mark.parametrize("told", RECOVERED)
@pytest.mark.parametrize("name", MODELS)
def test_a_transient_failure_is_retried(
    asked: Ask, fakes: Mapping[str, Fake], name: str, told: str
) -> None:
    case = asked(name, told)
    assert case.answer.status_code == 200, case.answer.text
    assert case.answer.headers["x-easel-attempts"] == str(RECOVERED[told])
    assert len(fakes[name].calls(case.prompt)) == RECOVERED[told]
    assert fakes[name].bought(case.prompt) == 1


@pytest.mark.parametrize("name", MODELS)
def test_a_rate_limit_error_has_the_seconds_to_wait(asked: Ask, name: str) -> None:
    case = asked(name, "error rate] [fake retry-after 7")
    assert case.answer.headers["retry-after"] == "7"


@pytest.mark.parametrize("name", MODELS)
def test_refused_content_is_an_error_of_the_prompt(asked: Ask, name: str) -> None:
    assert asked(name, "error content").error["param"] == "prompt"


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("told", ["hang", "delay 4000", "huge"])
def test_the_connection_of_an_aborted_call_is_closed(
    asked: Ask, fakes: Mapping[str, Fake], name: str, told: str
) -> None:
    assert fakes[name].left(asked(name, told).prompt).wait(10)


@pytest.mark.parametrize(
    ("name", "given", "param"),
    [
        ("openai", {"size": "1024x1024"}, "size"),
        ("openai", {"width": 1024, "height": 1024}, "width"),
        ("together", {"steps": 3}, "steps"),
        ("together", {"num_inference_steps": 3}, "num_inference_steps"),
    ],
)
def test_an_error_names_the_parameter_as_the_caller_wrote_it(
    server: Server, name: str, given: dict[str, object], param: str
) -> None:
    case = ask(server, name, "error parameter", **given)
    assert (case.answer.status_code, case.error["param"]) == (400, param)


@pytest.mark.parametrize("name", MODELS)
def test_several_tokens_are_tried_in_turn(
    server: Server, fakes: Mapping[str, Fake], name: str
) -> None:
    model, prefix = MODELS[name]
    tokens = [new_token(prefix, kind).partition(":")[2] for kind in ("bad", "broke", "busy")]
    tokens.append(new_token(prefix).partition(":")[2])
    prompt = new_prompt()
    answer = generate(server, f"{prefix}:{','.join(tokens)}", {"model": model, "prompt": prompt})
    assert answer.status_code == 200
    shown = [call.headers["authorization"] for call in fakes[name].calls(prompt)]
    assert shown == [f"Bearer {token}" for token in tokens]


def test_a_refused_owner_credential_is_a_502(server: Server) -> None:
    body = {"model": MODELS["together"][0], "prompt": new_prompt()}
    answer = generate(server, "anybody", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (502, "provider_key_refused")
    assert "TOGETHER_API_KEY" in error["message"]
    assert "bad-owners" not in answer.text


@pytest.mark.parametrize("name", ["custom", "openai", "together"])
def test_one_of_two_images_is_returned_when_the_other_fails(
    server: Server, fakes: Mapping[str, Fake], name: str
) -> None:
    case = ask(server, name, "fewer", n=2)
    assert len(case.answer.json()["data"]) == fakes[name].bought(case.prompt) == 1
    assert case.answer.headers["x-easel-missing"] == "1"
    assert case.answer.headers["x-easel-missing-codes"] == "empty_result"


@pytest.mark.parametrize("response_format", ["url", "b64_json"])
@pytest.mark.parametrize("name", MODELS)
def test_images_have_the_requested_response_format_for_every_provider(
    server: Server, http: httpx2.Client, fakes: Mapping[str, Fake], name: str, response_format: str
) -> None:
    case = ask(server, name, "size 640x480", response_format=response_format)
    (image,) = case.answer.json()["data"]
    assert set(image) - {"revised_prompt"} == {response_format}
    by_url = response_format == "url"
    content = http.get(image["url"]).content if by_url else base64.b64decode(image["b64_json"])
    assert picture(content).size == (640, 480)
    if by_url:
        assert image["url"].startswith(f"{server.url}/images/")
    assert bool(fakes[name].downloads(case.prompt)) == (name in BY_URL)


@pytest.mark.parametrize("name", MODELS)
def test_easel_still_works_after_all_failures(server: Server, asked: Ask, name: str) -> None:
    for told in HOSTILE:
        asked(name, told)
    assert ask(server, name, "").answer.status_code == 200
    assert not any("Uncaught" in line for line in server.lines)
