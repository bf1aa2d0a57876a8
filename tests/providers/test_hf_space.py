"""Spaces of Hugging Face through easel."""

import base64
from typing import Any

import httpx2
import pytest

from fakes.server import Fake
from support.cases import Case, came, gaps, order
from support.gateway import generate, new_token, sdk_for
from support.pictures import picture
from support.server import Server, new_prompt


def made(model: str, asked: dict[str, Any], *data: object, size: tuple[int, int]) -> Case:
    """A generation; `data` are the function's inputs behind the prompt."""
    return Case(f"hf-space/{model}", "generate", asked, {"data": [*data]}, ("WEBP", size))


WIDE = {"size": "1152x640", "seed": 7}
CASES = [
    made("z-image-turbo", {**WIDE, "steps": 5}, 640, 1152, 5, 7, False, size=(1152, 640)),
    made("z-image-turbo", {"seed": 7}, 1024, 1024, 9, 7, False, size=(1024, 1024)),
    made(
        "qwen-image-fast",
        {**WIDE, "steps": 5, "guidance": 2.5},
        *(7, False, "16:9", 2.5, 5),
        size=(1152, 640),
    ),
    made(
        "qwen-image-fast",
        {"aspect_ratio": "2:3", "seed": 7},
        *(7, False, "2:3", 1, 8),
        size=(688, 1024),
    ),
    made(
        "ovis-image",
        {**WIDE, "steps": 5, "guidance": 2.5},
        *(640, 1152, 7, 5, 2.5),
        size=(1152, 640),
    ),
    made("flux-1-schnell", {**WIDE, "steps": 5}, 7, False, 1152, 640, 5, size=(1152, 640)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_space_receives_exactly_the_requested_parameters(
    case: Case, server: Server, hf_space: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("hf")) as sdk:
        answer = order(sdk, case, prompt)
    (call,) = hf_space.calls(prompt)
    assert call.json is not None
    assert call.json["data"] == [prompt, *case.reached["data"]]
    assert came(answer.data[0].url, http) == case.came


def test_every_model_and_parameter_has_a_case() -> None:
    assert gaps("hf-space", CASES) == set()


def test_a_bare_model_name_works_with_a_callers_own_token(server: Server, hf_space: Fake) -> None:
    prompt = new_prompt()
    answer = generate(server, new_token("hf"), {"model": "z-image-turbo", "prompt": prompt})
    assert answer.status_code == 200
    (call,) = hf_space.calls(prompt)
    # The fake raises where it is shown a credential; nor is there another trace of it.
    assert not any("hf" in value for name, value in call.headers.items() if name != "host")


def test_each_image_has_a_session_and_a_seed_of_its_own(server: Server, hf_space: Fake) -> None:
    prompt = new_prompt()
    body = {"model": "flux-1-schnell", "prompt": prompt, "n": 3}
    answer = generate(server, new_token("hf"), body)
    calls = [call.json or {} for call in hf_space.calls(prompt)]
    assert len({call["session_hash"] for call in calls}) == 3
    seeds = [call["data"][1] for call in calls]
    assert len(set(seeds)) == 3
    returned = answer.headers["x-easel-seed"].split(",")
    assert {int(seed) for seed in returned} == set(seeds)


@pytest.mark.parametrize("shape", ["path", "text", "data", "gallery"])
def test_an_image_is_found_in_every_response_format(
    server: Server, http: httpx2.Client, shape: str
) -> None:
    body = {"model": "ovis-image", "prompt": new_prompt(f"[fake shape {shape}]")}
    answer = generate(server, new_token("hf"), body)
    assert came(answer.json()["data"][0]["url"], http) == ("WEBP", (1024, 1024))


def test_an_image_can_be_returned_as_base64(server: Server) -> None:
    body = {"model": "flux-1-schnell", "prompt": new_prompt(), "response_format": "b64_json"}
    answer = generate(server, new_token("hf"), body)
    assert picture(base64.b64decode(answer.json()["data"][0]["b64_json"])).size == (1024, 1024)


def test_a_space_that_is_down_falls_back_to_the_next(server: Server, hf_space: Fake) -> None:
    prompt = new_prompt("[fake error down x1]")
    answer = generate(server, new_token("hf"), {"model": "z-image-turbo", "prompt": prompt})
    assert answer.status_code == 200
    assert [call.path.split("/")[1] for call in hf_space.calls(prompt)] == [
        "luca115-z-image-turbo",
        "mrfakename-z-image-turbo",
    ]


@pytest.mark.parametrize(
    ("kind", "status", "code", "wait"),
    [
        ("quota", 429, "insufficient_quota", "600"),
        ("rate", 429, "rate_limit_exceeded", "7"),
        ("content", 400, "content_policy_violation", None),
        ("parameter", 400, "invalid_value", None),
        ("model", 404, "model_not_found", None),
        ("down", 503, "upstream_unavailable", None),
        ("key", 502, "upstream_error", None),
        ("crash", 502, "upstream_error", None),
        ("busy", 502, "upstream_not_started", None),
        ("slow", 504, "upstream_timeout", None),
    ],
)
def test_each_kind_of_failure_has_its_code(
    server: Server, hf_space: Fake, kind: str, status: int, code: str, wait: str | None
) -> None:
    prompt = new_prompt(f"[fake error {kind}] [fake retry-after 7]")
    answer = generate(server, new_token("hf"), {"model": "flux-1-schnell", "prompt": prompt})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert answer.headers.get("retry-after") == wait
    assert "<" not in error["message"]
    assert hf_space.bought(prompt) == 0
