"""The fake of ModelScope, driven by hand: there is no SDK for its images.

https://modelscope.cn/docs/model-service/API-Inference/intro
"""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import pytest

from fakes.server import Fake
from support.pictures import picture
from support.server import new_prompt

ASYNC = {"authorization": "Bearer good", "x-modelscope-async-mode": "true"}
ASK = {"authorization": "Bearer good", "x-modelscope-task-type": "image_generation"}


@pytest.fixture(scope="session")
def modelscope(fakes: Mapping[str, Fake]) -> Fake:
    """ModelScope."""
    return fakes["modelscope"]


@pytest.fixture
def api(modelscope: Fake) -> Iterator[httpx2.Client]:
    """A client of its API."""
    with httpx2.Client(base_url=f"{modelscope.url}/v1") as client:
        yield client


def begin(api: httpx2.Client, prompt: str, **rest: Any) -> httpx2.Response:
    body = {"model": "black-forest-labs/FLUX.2-dev", "prompt": prompt, **rest}
    return api.post("/images/generations", json=body, headers=ASYNC)


def test_a_task_goes_through_all_states_to_an_image(
    api: httpx2.Client, http: httpx2.Client
) -> None:
    task = begin(api, new_prompt("[fake polls 1]"), size="512x256").json()["task_id"]
    assert api.get(f"/tasks/{task}", headers=ASK).json()["task_status"] == "PROCESSING"
    done = api.get(f"/tasks/{task}", headers=ASK).json()
    assert done["task_status"] == "SUCCEED"
    (url,) = done["output_images"]
    assert picture(http.get(url).content).size == (512, 256)


def test_a_failed_task_has_an_error_message(api: httpx2.Client) -> None:
    task = begin(api, new_prompt("[fake task-error 422]")).json()["task_id"]
    state = api.get(f"/tasks/{task}", headers=ASK).json()
    assert (state["task_status"], state["errors"]["code"]) == ("FAILED", 422)


def test_a_synchronous_generation_is_refused(api: httpx2.Client) -> None:
    answer = api.post("/images/generations", json={}, headers={"authorization": "Bearer good"})
    assert answer.status_code == 400
    assert "synchronous" in answer.json()["errors"]["message"]


def test_a_task_is_found_only_under_its_own_kind(api: httpx2.Client) -> None:
    task = begin(api, new_prompt()).json()["task_id"]
    answer = api.get(f"/tasks/{task}", headers={"authorization": "Bearer good"})
    assert answer.status_code == 400
    assert api.get("/tasks/nobodys", headers=ASK).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"steps": 101},
        {"guidance": 1},
        {"seed": 2**31},
        {"size": "2048x2048"},
        {"size": "big"},
        {"negative_prompt": "x" * 2000},
        {"loras": {"a": 0.5}},
        {"loras": {str(index): 1 / 7 for index in range(7)}},
        {"image_url": "a.png"},
        {"image_url": ["https://example.com/a.png"] * 5},
        {"n": 2},
        {"model": "Qwen/Qwen-Image-Edit"},
        {"model": "nobodys"},
    ],
)
def test_an_invalid_parameter_is_refused(api: httpx2.Client, wrong: dict[str, Any]) -> None:
    assert begin(api, new_prompt(), **wrong).status_code == 400


@pytest.mark.parametrize(("key", "status"), [("bad", 401), ("broke", 429), ("busy", 429)])
def test_the_name_of_a_key_selects_its_error(api: httpx2.Client, key: str, status: int) -> None:
    headers = {**ASYNC, "authorization": f"Bearer {key}"}
    assert api.post("/images/generations", json={}, headers=headers).status_code == status
