"""ModelScope through easel: what reaches it, what comes back, and what goes wrong on the way.

Everything is asked for at once, because every image is waited for; each test looks at one.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import httpx2
import pytest

from fakes.server import Fake
from support.cases import JPEG, PNG, Case, came, gaps, order, reached
from support.gateway import generate, new_token, sdk_for
from support.pictures import picture
from support.server import Server, new_prompt

COMMON = {"negative_prompt": "rain", "steps": 12, "guidance": 2.5, "seed": 7, "loras": {"a/b": 1}}
# One LoRA is sent by its name alone.
COMMON_SENT = {**COMMON, "loras": "a/b"}
TWO_LORAS = {"a/b": 0.25, "c/d": 0.75}

CASES = [
    Case(
        "ms/z-image-turbo",
        "generate",
        {"size": "2048x512", **COMMON},
        {"size": "2048x512", **COMMON_SENT},
        ("JPEG", (2048, 512)),
    ),
    Case(
        "ms/Tongyi-MAI/Z-Image-Turbo",
        "generate",
        {},
        {"size": "1024x1024", "steps": 9},
        ("JPEG", (1024, 1024)),
    ),
    Case(
        "ms/flux-2",
        "generate",
        {"loras": TWO_LORAS, "size": "512x256"},
        {"size": "512x256", "steps": 28, "guidance": 4, "loras": TWO_LORAS},
        ("JPEG", (512, 256)),
    ),
    Case(
        "ms/black-forest-labs/FLUX.2-dev",
        "edit",
        COMMON,
        {"size": "1024x1024", **COMMON_SENT, "image_url": [PNG, JPEG]},
        ("JPEG", (1024, 1024)),
    ),
    Case(
        "ms/flux-1-krea-dev",
        "generate",
        {},
        {"size": "1024x1024", "steps": 28, "guidance": 4.5},
        ("JPEG", (1024, 1024)),
    ),
    Case(
        "ms/black-forest-labs/FLUX.1-Krea-dev",
        "generate",
        COMMON,
        {"size": "1024x1024", **COMMON_SENT},
        ("JPEG", (1024, 1024)),
    ),
    Case(
        "ms/flux-1",
        "generate",
        {},
        {"size": "1024x1024", "steps": 30, "guidance": 3.5},
        ("JPEG", (1024, 1024)),
    ),
    Case(
        "ms/MusePublic/489_ckpt_FLUX_1",
        "generate",
        COMMON,
        {"size": "1024x1024", **COMMON_SENT},
        ("JPEG", (1024, 1024)),
    ),
    Case(
        "ms/qwen-image",
        "generate",
        COMMON,
        {"size": "1328x1328", **COMMON_SENT},
        ("JPEG", (1328, 1328)),
    ),
    Case(
        "ms/Qwen/Qwen-Image-2512",
        "generate",
        {**COMMON, "size": "1664x928"},
        {"size": "1664x928", **COMMON_SENT},
        ("JPEG", (1664, 928)),
    ),
    Case(
        "ms/Qwen/Qwen-Image-Edit",
        "edit",
        COMMON,
        {**COMMON_SENT, "image_url": PNG},
        ("JPEG", (1024, 1024)),
    ),
    Case(
        "ms/Qwen/Qwen-Image-Edit-2511",
        "edit",
        {**COMMON, "size": "640x480"},
        {"size": "640x480", **COMMON_SENT, "image_url": [PNG, JPEG]},
        ("JPEG", (640, 480)),
    ),
    # Whatever else there is goes by its own name, and with nothing that nobody asked for.
    Case("ms/somebody/something", "generate", {}, {}, ("JPEG", (1024, 1024))),
    Case(
        "ms/somebody/something",
        "edit",
        COMMON,
        {**COMMON_SENT, "image_url": [PNG, JPEG]},
        ("JPEG", (1024, 1024)),
    ),
]


class Expected(NamedTuple):
    """What must come of what goes wrong.

    Attributes:
        bought: how many images were made all the same.
        polls: whether a task was begun and asked after.
        calls: how many tasks easel tried to begin.
    """

    status: int
    code: str
    retry: bool
    bought: int = 0
    polls: bool = False
    calls: int = 1


FAILURES = {
    "error key": Expected(401, "invalid_api_key", False),
    "error quota": Expected(429, "insufficient_quota", False),
    "error rate": Expected(429, "rate_limit_exceeded", True, calls=3),
    "error content": Expected(400, "content_policy_violation", False),
    "error parameter": Expected(400, "invalid_value", False),
    "error model": Expected(404, "model_not_found", False),
    "error down": Expected(503, "upstream_unavailable", True, calls=3),
    "error busy": Expected(502, "upstream_not_started", True, calls=3),
    "error crash": Expected(502, "upstream_error", False),
    "error slow": Expected(504, "upstream_timeout", False),
    "task-error 422": Expected(400, "content_policy_violation", False, 1, polls=True),
    "task-error 400": Expected(400, "invalid_value", False, 1, polls=True),
    "task-error 500": Expected(502, "upstream_error", False, 1, polls=True),
    "bad-polls 9": Expected(502, "upstream_error", False, 1, polls=True),
    "stuck": Expected(504, "upstream_timeout", False, 1, polls=True),
    "delay 3500": Expected(504, "upstream_timeout", False, 1),
    "hang": Expected(504, "upstream_timeout", False),
    "reset": Expected(502, "upstream_error", False),
    "die": Expected(502, "upstream_error", False, 1),
    "html": Expected(502, "upstream_error", False, 1),
    "wrong-json": Expected(502, "upstream_error", False, 1),
    "truncate": Expected(502, "upstream_error", False, 1),
    "empty": Expected(502, "empty_result", False, polls=True),
    "garbage": Expected(502, "upstream_error", False, 1, polls=True),
    "lost": Expected(502, "upstream_error", False, 1, polls=True),
}

# How often a task is asked after.
SUCCESSES = {
    "": 1,
    "polls 1": 2,
    "status PENDING] [fake polls 2": 3,
    "status SOMETHING_NEW] [fake polls 1": 2,
    "bad-polls 2": 3,
}

Asked = tuple[str, str, Any]


@pytest.fixture(scope="session")
def modelscope(fakes: Mapping[str, Fake]) -> Fake:
    """ModelScope."""
    return fakes["modelscope"]


@pytest.fixture(scope="module")
def asked(server: Server) -> Iterator[Callable[[object], Asked]]:
    """The prompt, the token and the answer of everything that is asked for here."""
    with ThreadPoolExecutor(8) as pool:
        works: dict[object, Future[Asked]] = {}
        for directive in {**FAILURES, **SUCCESSES}:
            works[directive] = pool.submit(_ask, server, directive)
        for case in CASES:
            works[str(case)] = pool.submit(_order, server, case)
        yield lambda name: works[name].result()


def _ask(server: Server, directive: str) -> Asked:
    prompt = new_prompt(f"[fake {directive}]" if directive else "")
    bearer = new_token("ms", "bad" if directive == "error key" else "good")
    body = {"model": "ms/flux-2", "prompt": prompt, "response_format": "b64_json"}
    return prompt, bearer, generate(server, bearer, body)


def _order(server: Server, case: Case) -> Asked:
    prompt, bearer = new_prompt(), new_token("ms")
    with sdk_for(server, bearer) as sdk:
        return prompt, bearer, order(sdk, case, prompt)


def test_every_task_and_parameter_of_every_model_has_a_case() -> None:
    assert gaps("ms", CASES) == set()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_model_receives_exactly_the_requested_parameters(
    asked: Callable[[object], Asked], modelscope: Fake, http: httpx2.Client, case: Case
) -> None:
    prompt, bearer, answer = asked(str(case))
    (call,) = modelscope.calls(prompt)
    assert reached(call) == {"model": case.card.upstream, "prompt": prompt, **case.reached}
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('ms:')}"
    assert call.headers["x-modelscope-async-mode"] == "true"
    (image,) = answer.data
    assert came(image.url, http) == case.came
    assert modelscope.bought(prompt) == 1


@pytest.mark.parametrize("directive", FAILURES)
def test_a_provider_failure_has_the_right_status_and_code(
    asked: Callable[[object], Asked], modelscope: Fake, directive: str
) -> None:
    expected = FAILURES[directive]
    prompt, bearer, answer = asked(directive)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (expected.status, expected.code)
    assert answer.headers.get("x-should-retry") == (None if expected.retry else "false")
    assert bearer.removeprefix("ms:") not in answer.text
    bought, calls = modelscope.bought(prompt), len(modelscope.calls(prompt))
    assert (bought, calls) == (expected.bought, expected.calls)
    assert bool(modelscope.notes(prompt)) == expected.polls


@pytest.mark.parametrize("directive", SUCCESSES)
def test_a_task_is_polled_until_it_ends(
    asked: Callable[[object], Asked], modelscope: Fake, directive: str
) -> None:
    prompt, _, answer = asked(directive)
    (image,) = answer.json()["data"]
    assert picture(base64.b64decode(image["b64_json"])).size == (1024, 1024)
    assert modelscope.notes(prompt) == ["polled"] * SUCCESSES[directive]


@pytest.mark.parametrize("loras", [{"a": 0.5}, {"a": 0.5, "b": 0.6}, {"a": "1"}, {"a": True}])
def test_weights_of_loras_add_up_to_one(server: Server, loras: dict[str, object]) -> None:
    body = {"model": "ms/flux-1", "prompt": new_prompt(), "loras": loras}
    answer = generate(server, new_token("ms"), body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "loras"


def test_an_exhausted_quota_of_one_model_does_not_block_the_others(
    asked: Callable[[object], Asked],
) -> None:
    _, _, answer = asked("error quota")
    assert int(answer.headers["retry-after"]) <= 600
