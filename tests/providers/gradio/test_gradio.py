"""Spaces on a real Gradio: driven by Gradio's own client, and through easel."""

import time
from collections.abc import Iterator
from typing import Any

import gradio_client
import httpx2
import pytest
from gradio_client.exceptions import AppError

from support.cases import came
from support.gateway import generate, new_token
from support.server import Server, new_prompt
from support.spaces import serving_spaces
from tools.server import running

FLUX = "black-forest-labs-flux-1-schnell"
_PATIENCE_SECONDS = 10


@pytest.fixture(scope="module")
def spaces() -> Iterator[str]:
    """The origin of the Gradio app, whose paths are the Spaces."""
    with serving_spaces() as url:
        yield url


@pytest.fixture(scope="module")
def gradio_server(spaces: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Easel with the app's Spaces."""
    variables = {
        "HF_SPACE_BASE_URL": spaces,
        "ALLOW_CALLER_CREDENTIALS": "true",
        "CALL_TIMEOUT_SECONDS": "3",
        "JOB_TIMEOUT_SECONDS": "10",
    }
    state = tmp_path_factory.mktemp("state")
    with running(state=state, variables=variables) as easel:
        yield Server(easel.url, state, easel.lines)


@pytest.fixture
def asked(spaces: str, http: httpx2.Client) -> Any:
    """Return the inputs with which the functions were called for a prompt."""
    return lambda prompt: http.get(f"{spaces}/asked", params={"prompt": prompt}).json()


@pytest.fixture(scope="module")
def client(spaces: str) -> Iterator[gradio_client.Client]:
    """Gradio's own client of one Space."""
    client = gradio_client.Client(
        f"{spaces}/{FLUX}", verbose=False, download_files=False, analytics_enabled=False
    )
    yield client
    client.close()


def test_the_app_is_what_gradios_client_expects(client: gradio_client.Client, asked: Any) -> None:
    prompt = new_prompt()
    image, seed = client.predict(prompt, 7, False, 512, 256, 4, api_name="/infer")
    assert image["path"].endswith(".webp")
    assert seed == 7
    assert asked(prompt) == [[prompt, 7, False, 512, 256, 4]]


def test_gradios_client_raises_an_error_about_the_quota(client: gradio_client.Client) -> None:
    with pytest.raises(AppError, match="exceeded your ZeroGPU quota"):
        client.predict(new_prompt("[quota]"), 7, False, 512, 256, 4, api_name="/infer")


@pytest.mark.parametrize(
    ("model", "inputs", "size"),
    [
        ("z-image-turbo", [640, 1152, 9, 7, False], (1152, 640)),
        ("qwen-image-fast", [7, False, "16:9", 1, 8], (1152, 640)),
        ("ovis-image", [640, 1152, 7, 24, 4], (1152, 640)),
        ("flux-1-schnell", [7, False, 1152, 640, 4], (1152, 640)),
    ],
)
def test_a_space_generates_an_image(
    gradio_server: Server,
    http: httpx2.Client,
    asked: Any,
    model: str,
    inputs: list[object],
    size: tuple[int, int],
) -> None:
    prompt = new_prompt()
    body = {"model": model, "prompt": prompt, "size": "1152x640", "seed": 7}
    answer = generate(gradio_server, new_token("hf"), body)
    assert asked(prompt) == [[prompt, *inputs]]
    assert came(answer.json()["data"][0]["url"], http) == ("WEBP", size)
    assert answer.headers["x-easel-seed"] == "7"


@pytest.mark.parametrize(
    ("directive", "status", "code", "wait"),
    [
        ("[quota]", 429, "insufficient_quota", "3723"),
        ("[nsfw]", 400, "content_policy_violation", None),
        ("[crash]", 502, "upstream_error", None),
    ],
)
def test_an_error_of_a_space_has_the_right_status_and_code(
    gradio_server: Server, directive: str, status: int, code: str, wait: str | None
) -> None:
    body = {"model": "flux-1-schnell", "prompt": new_prompt(directive)}
    answer = generate(gradio_server, new_token("hf"), body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers.get("retry-after") == wait


def test_a_space_that_takes_too_long_is_cancelled(
    gradio_server: Server, spaces: str, http: httpx2.Client
) -> None:
    prompt = new_prompt("[slow]")
    answer = generate(gradio_server, new_token("hf"), {"model": "ovis-image", "prompt": prompt})
    assert answer.status_code == 504
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not http.get(f"{spaces}/stopped", params={"prompt": prompt}).json():
        assert time.monotonic() < deadline
        time.sleep(0.02)
