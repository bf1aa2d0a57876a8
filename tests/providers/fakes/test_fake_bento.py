"""The BentoML service, driven by BentoML's own client: a real service behind a recording proxy.

The client cannot submit tasks in this version, so those are driven by hand.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bentoml
import httpx2
import pytest

from fakes.server import Fake
from support.pictures import photo, picture
from support.server import new_prompt

# Of libraries that BentoML's client imports.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="session")
def bento(fakes: Mapping[str, Fake]) -> Fake:
    """The service, which has started."""
    fake = fakes["bento"]
    httpx2.get(f"{fake.url}/readyz", timeout=90).raise_for_status()
    return fake


@pytest.fixture
def client(bento: Fake) -> Iterator[Any]:
    """BentoML's client, which makes its methods from the service's description."""
    with bentoml.SyncHTTPClient(bento.url, token="good") as client:
        yield client
    # It leaves that to the garbage collector, which then complains.
    client._temp_dir.cleanup()


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image in a file."""
    file = tmp_path / "a.png"
    file.write_bytes(photo(64, 48))
    return file


def test_arguments_are_json_and_the_answer_is_an_image(client: Any, bento: Fake) -> None:
    prompt = new_prompt()
    made = client.generate(prompt=prompt, width=64, height=32)
    assert made.size == (64, 32)
    (call,) = bento.calls(prompt)
    assert call.json == {"prompt": prompt, "width": 64, "height": 32}
    assert call.headers["authorization"] == "Bearer good"


def test_images_are_files_of_a_form(client: Any, bento: Fake, image: Path) -> None:
    prompt = new_prompt()
    made = client.edit(prompt=prompt, init_image=image)
    assert made.size == (64, 48)
    # The client, too, sends texts as JSON.
    (call,) = bento.calls(json.dumps(prompt))
    assert [file.field for file in call.files] == ["init_image"]


def test_a_wrong_argument_is_named(bento: Fake, http: httpx2.Client) -> None:
    body = {"prompt": new_prompt(), "num_inference_steps": 60}
    answer = http.post(f"{bento.url}/generate", json=body)
    assert answer.status_code == 400
    assert answer.json()["detail"][0]["loc"] == ["num_inference_steps"]


def test_a_route_describes_its_arguments_and_whether_it_is_a_task(
    bento: Fake, http: httpx2.Client
) -> None:
    routes = {one["name"]: one for one in http.get(f"{bento.url}/schema.json").json()["routes"]}
    assert {name for name, route in routes.items() if route["is_task"]} == {"paint", "repaint"}
    assert routes["edit"]["input"]["properties"]["init_image"]["type"] == "file"
    assert routes["grouped"]["route"] == "/v2/txt2img"
    assert set(routes["grouped"]["input"]["properties"]) == {"params"}


def test_a_task_is_submitted_and_polled(bento: Fake, http: httpx2.Client) -> None:
    url = f"{bento.url}/paint"
    prompt = new_prompt("[studio takes 1]")
    task = http.post(f"{url}/submit", json={"prompt": prompt}).json()
    assert task["status"] == "in_progress"
    assert http.get(f"{url}/get", params={"task_id": task["task_id"]}).status_code == 400
    statuses = {task["status"]}
    while statuses.isdisjoint({"completed", "failed"}):
        statuses.add(
            http.get(f"{url}/status", params={"task_id": task["task_id"]}).json()["status"]
        )
    made = http.get(f"{url}/get", params={"task_id": task["task_id"]})
    assert picture(made.content).size == (256, 256)


def test_a_failed_task_has_the_same_error_as_a_failed_call(
    bento: Fake, http: httpx2.Client
) -> None:
    url = f"{bento.url}/paint"
    body = {"prompt": new_prompt("[studio refuses]")}
    task = http.post(f"{url}/submit", json=body).json()["task_id"]
    status = ""
    while status != "failed":
        status = http.get(f"{url}/status", params={"task_id": task}).json()["status"]
    answer = http.get(f"{url}/get", params={"task_id": task})
    assert (answer.status_code, answer.json()) == (400, [{"error": "this prompt is not for me"}])
