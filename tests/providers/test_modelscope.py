"""ModelScope through easel: its requests, its responses and its failures.

Everything is asked for at once, because every image is waited for; each test looks at one.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

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
    # A model that is not in the catalogue is called by its own name, without default parameters.
    Case("ms/somebody/something", "generate", {}, {}, ("JPEG", (1024, 1024))),
    Case(
        "ms/somebody/something",
        "edit",
        COMMON,
        {**COMMON_SENT, "image_url": [PNG, JPEG]},
        ("JPEG", (1024, 1024)),
    ),
]


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
    """The prompt, the token and the response of each request of this module."""
    with ThreadPoolExecutor(8) as pool:
        works: dict[object, Future[Asked]] = {}
        for directive in SUCCESSES:
            works[directive] = pool.submit(_ask, server, directive)
        for case in CASES:
            works[str(case)] = pool.submit(_order, server, case)
        yield lambda name: works[name].result()


def _ask(server: Server, directive: str) -> Asked:
    prompt = new_prompt(f"[fake {directive}]" if directive else "")
    bearer = new_token("ms")
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
