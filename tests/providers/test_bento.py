"""A BentoML service through easel: a real service behind a recording proxy.

Everything is asked for at once; each test looks at one.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import httpx2
import pytest

from fakes.server import Fake
from support.cases import JPEG, PNG, Case, came, order, reached
from support.gateway import generate, new_token, sdk_for
from support.pictures import mask, photo, picture
from support.server import Server, new_prompt

# What reaches the service beside the prompt; an image stands there as its media type and size.
CASES = {
    "/generate": Case(
        "bento/generate",
        "generate",
        {
            "size": "320x192",
            "steps": 8,
            "guidance": 2.5,
            "seed": 7,
            "negative_prompt": "rain",
            "arguments": {"colour": "gold"},
        },
        {
            "width": 320,
            "height": 192,
            "num_inference_steps": 8,
            "guidance_scale": 2.5,
            "seed": 7,
            "negative_prompt": "rain",
            "colour": "gold",
        },
        ("PNG", (320, 192)),
    ),
    "/edit": Case(
        "bento/edit",
        "edit",
        {"strength": 0},
        {"init_image": PNG, "strength": "0"},
        ("PNG", (640, 480)),
    ),
    "/blend": Case("bento/blend", "edit", {}, {"images": [PNG, JPEG]}, ("PNG", (840, 480))),
    "/paint/submit": Case(
        "bento/paint",
        "generate",
        {"size": "128x64"},
        {"width": 128, "height": 64},
        ("PNG", (128, 64)),
    ),
    "/repaint/submit": Case("bento/repaint", "edit", {}, {"image": PNG}, ("PNG", (640, 480))),
}
# Files that these routes are given; others take them all.
FILES = {"/edit": 1, "/repaint/submit": 1, "/blend": 2}


class Expected(NamedTuple):
    """What must come of what goes wrong, and how often the route was called."""

    status: int
    code: str
    retry: bool = False
    calls: int = 1


FAILURES = {
    ("generate", "[studio fails]"): Expected(502, "upstream_error"),
    ("generate", "[studio refuses]"): Expected(400, "invalid_value"),
    # The service gives up after two seconds, and easel after three.
    ("generate", "[studio takes 2.5]"): Expected(504, "upstream_timeout"),
    ("generate", "[fake delay 3500]"): Expected(504, "upstream_timeout"),
    ("generate", "[fake hang]"): Expected(504, "upstream_timeout"),
    ("generate", "[fake reset]"): Expected(502, "upstream_error"),
    ("generate", "[fake error rate]"): Expected(429, "rate_limit_exceeded", True, 3),
    ("generate", "[fake error down]"): Expected(503, "upstream_unavailable", True, 3),
    ("generate", "[fake error busy]"): Expected(502, "upstream_not_started", True, 3),
    ("generate", "[fake html]"): Expected(502, "empty_result"),
    ("generate", "[fake wrong-json]"): Expected(502, "upstream_error"),
    ("generate", "[fake truncate]"): Expected(502, "upstream_error"),
    ("generate", "[fake empty]"): Expected(502, "empty_result"),
    ("generate", "[fake garbage]"): Expected(502, "empty_result"),
    ("describe", ""): Expected(502, "empty_result"),
    ("paint", "[studio fails]"): Expected(502, "upstream_error"),
    ("paint", "[studio refuses]"): Expected(400, "invalid_value"),
    ("paint", "[studio takes 30]"): Expected(504, "upstream_timeout"),
    ("nowhere", ""): Expected(404, "model_not_found", calls=0),
}

Asked = tuple[str, str, Any]


@pytest.fixture(scope="session")
def bento(fakes: Mapping[str, Fake], http_for_long: httpx2.Client) -> Fake:
    """The service, which has started."""
    fake = fakes["bento"]
    http_for_long.get(f"{fake.url}/readyz").raise_for_status()
    return fake


@pytest.fixture(scope="session")
def http_for_long() -> Iterator[httpx2.Client]:
    """A client that waits until the service has started."""
    with httpx2.Client(timeout=90) as client:
        yield client


@pytest.fixture(scope="module")
def asked(server: Server, bento: Fake) -> Iterator[Callable[[object], Asked]]:
    """The prompt, the token and the response of each request of this module."""
    assert bento.url
    with ThreadPoolExecutor(6) as pool:
        works: dict[object, Future[Asked]] = {
            failure: pool.submit(_ask, server, *failure) for failure in FAILURES
        }
        for path, case in CASES.items():
            works[path] = pool.submit(_order, server, case, FILES.get(path, 0))
        yield lambda name: works[name].result()


def _ask(server: Server, route: str, directive: str) -> Asked:
    prompt, bearer = new_prompt(directive), new_token("bento")
    return prompt, bearer, generate(server, bearer, {"model": f"bento/{route}", "prompt": prompt})


def _order(server: Server, case: Case, files: int) -> Asked:
    prompt, bearer = new_prompt(), new_token("bento")
    images = [("a.png", photo(640, 480)), ("b.jpg", photo(200, 100, "jpeg"))]
    with sdk_for(server, bearer) as sdk:
        if not files:
            return prompt, bearer, order(sdk, case, prompt)
        return (
            prompt,
            bearer,
            sdk.images.edit(
                model=case.model, prompt=prompt, image=images[:files], extra_body=case.asked
            ),
        )


@pytest.mark.parametrize("path", CASES)
def test_a_route_receives_exactly_the_requested_parameters(
    asked: Callable[[object], Asked], bento: Fake, http: httpx2.Client, path: str
) -> None:
    case = CASES[path]
    prompt, bearer, answer = asked(path)
    # In a form the service reads as JSON whatever is JSON, so a text is that, too.
    said = json.dumps(prompt) if case.task == "edit" else prompt
    (call,) = bento.calls(said)
    assert (call.method, call.path) == ("POST", path)
    assert reached(call) == {"prompt": said, **case.reached}
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('bento:')}"
    (image,) = answer.data
    assert came(image.url, http) == case.came


@pytest.mark.parametrize("failure", FAILURES, ids=" ".join)
def test_a_provider_failure_has_the_right_status_and_code(
    asked: Callable[[object], Asked], bento: Fake, failure: tuple[str, str]
) -> None:
    expected = FAILURES[failure]
    prompt, bearer, answer = asked(failure)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (expected.status, expected.code)
    assert answer.headers.get("x-should-retry") == (None if expected.retry else "false")
    assert bearer.removeprefix("bento:") not in answer.text
    assert len(bento.calls(prompt)) == expected.calls


def test_a_task_is_cancelled_when_its_client_leaves(
    asked: Callable[[object], Asked], bento: Fake
) -> None:
    asked(("paint", "[studio takes 30]"))
    assert [call.method for call in bento.calls("") if call.path == "/paint/cancel"] == ["PUT"]


def test_a_route_is_identified_by_its_path_and_arguments(server: Server, bento: Fake) -> None:
    prompt = new_prompt()
    body = {"model": "bento/v2/txt2img", "prompt": prompt, "size": "64x64", "num_steps": 4}
    answer = generate(server, new_token("bento"), {**body, "response_format": "b64_json"})
    assert answer.status_code == 200, answer.text
    sent = [call.json for call in bento.calls("") if call.path == "/v2/txt2img"]
    assert {"params": {"prompt": prompt, "width": 64, "height": 64, "steps": 4}} in sent


def test_a_prompt_that_looks_like_json_stays_text(server: Server, bento: Fake) -> None:
    assert bento.url
    with sdk_for(server, new_token("bento")) as sdk:
        answer = sdk.images.edit(model="bento/edit", prompt="12", image=photo(64, 64))
    assert answer.data


def test_the_white_area_of_a_mask_is_repainted(
    server: Server, bento: Fake, http: httpx2.Client
) -> None:
    assert bento.url
    with sdk_for(server, new_token("bento")) as sdk:
        answer = sdk.images.edit(
            model="bento/inpaint", prompt=new_prompt(), image=photo(128, 96), mask=mask(128, 96)
        )
    (image,) = answer.data or []
    painted = picture(http.get(image.url or "").content).convert("RGB")
    # The mask is transparent on the left.
    assert painted.getpixel((10, 90)) == (0, 255, 0)
    assert painted.getpixel((120, 90)) == (0, 0, 128)


@pytest.mark.parametrize(
    ("asked_for", "param"),
    [
        ({"model": "bento/paint", "seed": 1}, "seed"),
        ({"model": "bento/paint", "steps": 1}, "steps"),
        ({"model": "bento/describe", "size": "64x64"}, "size"),
        ({"model": "bento/generate", "arguments": {"mood": "dark"}}, "mood"),
    ],
)
def test_a_parameter_that_a_route_lacks_is_refused(
    server: Server, bento: Fake, asked_for: dict[str, object], param: str
) -> None:
    prompt = new_prompt()
    answer = generate(server, new_token("bento"), {"prompt": prompt, **asked_for})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "unsupported_parameter")
    assert error["param"] == param
    assert bento.calls(prompt) == []


def test_an_error_of_the_service_names_the_callers_parameter(server: Server, bento: Fake) -> None:
    assert bento.url
    body = {"model": "bento/generate", "prompt": new_prompt(), "steps": 60}
    answer = generate(server, new_token("bento"), body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "invalid_value")
    assert error["param"] == "steps"
    assert "less than or equal to 50" in error["message"]


def test_a_refused_caller_token_is_a_401(server: Server, bento: Fake) -> None:
    assert bento.url
    body = {"model": "bento/generate", "prompt": new_prompt()}
    answer = generate(server, new_token("bento", "bad"), body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
