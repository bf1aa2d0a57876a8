"""Failures of the providers: the response that callers receive, and how often they are billed.

Every case is requested at once, because many of them wait; each test looks at one.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from unittest.mock import ANY

import httpx2
import pytest

from fakes.server import Fake
from support.gateway import generate, new_token
from support.pictures import picture
from support.provider_failures import BY_URL, FAILURES, OPENAI_LIKE, TARGETS, TRANSIENT
from support.server import Server, new_prompt


@dataclass(frozen=True)
class Asked:
    """A request with its response.

    Attributes:
        fake: of the provider.
    """

    prompt: str
    token: str
    fake: str
    answer: httpx2.Response

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.answer.json()["error"]
        return error


Ask = Callable[[str, str], Asked]


def ask(server: Server, name: str, directive: str, **fields: object) -> Asked:
    """Request an image of a provider with a token of its own."""
    target = TARGETS[name]
    prompt = new_prompt(f"[fake {directive}]" if directive else "")
    token = new_token(target.prefix)
    answer = generate(server, token, {"model": target.model, "prompt": prompt, **fields})
    return Asked(prompt, token, target.fake, answer)


@pytest.fixture(scope="module")
def asked(server: Server) -> Iterator[Ask]:
    """The response to a request whose provider fails as its directive says."""
    # First those that take longest.
    cases = sorted([*FAILURES, *TRANSIENT], key=lambda case: "stuck" not in case[1])
    with ThreadPoolExecutor(max_workers=8) as pool:
        futures: dict[tuple[str, str], Future[Asked]] = {
            case: pool.submit(ask, server, *case) for case in cases
        }
        yield lambda name, directive: futures[name, directive].result()


@pytest.mark.parametrize(("name", "directive"), FAILURES)
def test_a_provider_failure_has_the_right_status_and_is_not_billed_twice(
    asked: Ask, fakes: Mapping[str, Fake], name: str, directive: str
) -> None:
    case, expected = asked(name, directive), FAILURES[name, directive]
    fake = fakes[case.fake]
    assert (case.answer.status_code, case.error["code"]) == (expected.status, expected.code)
    assert set(case.error) == {"message", "type", "param", "code"}
    retry = case.answer.headers.get("x-should-retry")
    assert retry == (None if expected.retry else "false")
    assert case.token.partition(":")[2] not in case.answer.text
    calls = len(fake.calls(case.prompt))
    assert (calls, fake.bought(case.prompt)) == (expected.calls, expected.bought)
    if expected.notes is not None:
        assert tuple(dict.fromkeys(fake.notes(case.prompt))) == expected.notes


@pytest.mark.parametrize(("name", "directive"), TRANSIENT)
def test_a_transient_failure_is_retried(
    asked: Ask, fakes: Mapping[str, Fake], name: str, directive: str
) -> None:
    case, calls = asked(name, directive), TRANSIENT[name, directive]
    assert case.answer.status_code == 200, case.answer.text
    assert case.answer.headers["x-easel-attempts"] == str(calls)
    assert len(fakes[case.fake].calls(case.prompt)) == calls
    assert fakes[case.fake].bought(case.prompt) == 1


@pytest.mark.parametrize(
    ("name", "directive", "seconds"),
    [
        *((name, "error rate] [fake retry-after 7", 7) for name in (*OPENAI_LIKE, "recraft")),
        ("replicate", "error rate] [fake retry-after 30", 30),
        # Stability does not send it: its limit is one a minute.
        ("stability", "error rate", 60),
    ],
)
def test_a_rate_limit_error_has_the_seconds_to_wait(
    asked: Ask, name: str, directive: str, seconds: int
) -> None:
    assert asked(name, directive).answer.headers["retry-after"] == str(seconds)


def test_an_exhausted_quota_of_one_model_does_not_block_the_others(asked: Ask) -> None:
    assert int(asked("modelscope", "error quota").answer.headers["retry-after"]) <= 600


@pytest.mark.parametrize(
    ("name", "directive"),
    [
        *((name, "error content") for name in (*OPENAI_LIKE, "recraft", "stability")),
        ("stability", "filtered"),
    ],
)
def test_refused_content_is_an_error_of_the_prompt(asked: Ask, name: str, directive: str) -> None:
    assert asked(name, directive).error["param"] == "prompt"


@pytest.mark.parametrize("name", ["fal's queue", "replicate"])
def test_a_job_past_its_deadline_is_cancelled(
    asked: Ask, fakes: Mapping[str, Fake], name: str
) -> None:
    case = asked(name, "stuck")
    assert fakes[case.fake].notes(case.prompt)[-1] == "cancelled"


def test_a_space_past_its_deadline_is_cancelled(asked: Ask, fakes: Mapping[str, Fake]) -> None:
    fake = fakes["hf-space"]
    (joined,) = fake.calls(asked("space", "stall").prompt)
    session = (joined.json or {})["session_hash"]
    (cancelled,) = [
        call for call in fake.calls("") if (call.json or {}).get("session_hash") == session
    ]
    assert cancelled.path.endswith("/gradio_api/cancel")
    assert cancelled.json == {"session_hash": session, "fn_index": 3, "event_id": ANY}


@pytest.mark.parametrize("name", OPENAI_LIKE)
@pytest.mark.parametrize("directive", ["hang", "delay 4000", "huge"])
def test_the_connection_of_an_aborted_call_is_closed(
    asked: Ask, fakes: Mapping[str, Fake], name: str, directive: str
) -> None:
    assert fakes[name].left(asked(name, directive).prompt).wait(10)


def test_an_error_names_the_parameter_in_the_callers_terms(asked: Ask) -> None:
    error = asked("runway", "error parameter").error
    assert error["param"] == "size"
    assert "one of the listed values" in error["message"]


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


@pytest.mark.parametrize("name", OPENAI_LIKE)
def test_several_tokens_are_tried_in_turn(
    server: Server, fakes: Mapping[str, Fake], name: str
) -> None:
    model, prefix = TARGETS[name].model, TARGETS[name].prefix
    tokens = [new_token(prefix, kind).partition(":")[2] for kind in ("bad", "broke", "busy")]
    tokens.append(new_token(prefix).partition(":")[2])
    prompt = new_prompt()
    answer = generate(server, f"{prefix}:{','.join(tokens)}", {"model": model, "prompt": prompt})
    assert answer.status_code == 200
    shown = [call.headers["authorization"] for call in fakes[name].calls(prompt)]
    assert shown == [f"Bearer {token}" for token in tokens]


def test_a_refused_owner_credential_is_a_502(server: Server) -> None:
    body = {"model": TARGETS["together"].model, "prompt": new_prompt()}
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
@pytest.mark.parametrize("name", OPENAI_LIKE)
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


@pytest.mark.parametrize("name", OPENAI_LIKE)
def test_easel_still_works_after_all_failures(server: Server, asked: Ask, name: str) -> None:
    for case in FAILURES:
        asked(*case)
    assert ask(server, name, "").answer.status_code == 200
    assert not any("Uncaught" in line for line in server.lines)
