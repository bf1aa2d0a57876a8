"""The fake of fal, driven by fal's own client."""

import base64
from collections.abc import Iterator
from typing import Any

import fal_client
import httpx2
import pytest

from fakes.fal import SEED
from fakes.server import Fake
from support.pictures import photo, picture
from support.server import new_prompt

SCHNELL = "fal-ai/flux/schnell"
DATA_URL = f"data:image/png;base64,{base64.b64encode(photo(640, 480)).decode()}"


@pytest.fixture
def client(fal: Fake, monkeypatch: pytest.MonkeyPatch) -> Iterator[fal_client.SyncClient]:
    """The client, whose hosts are constants, with short timeouts."""
    monkeypatch.setattr("fal_client.client.RUN_URL_FORMAT", f"{fal.url}/run/")
    monkeypatch.setattr("fal_client.client.QUEUE_URL_FORMAT", f"{fal.url}/queue/")
    monkeypatch.setattr("fal_client.client.MAX_ATTEMPTS", 1)
    client = fal_client.SyncClient(key="good-id:good-secret")
    yield client
    client._client.close()


def test_a_model_answers_at_once(
    client: fal_client.SyncClient, fal: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    size = {"width": 512, "height": 768}
    body = {"prompt": prompt, "image_size": size, "num_images": 2, "output_format": "png"}
    answer = client.run(SCHNELL, {**body, "num_inference_steps": 4, "seed": 7})
    assert (answer["seed"], answer["has_nsfw_concepts"]) == (7, [False, False])
    images = [picture(http.get(image["url"]).content) for image in answer["images"]]
    assert {(image.format, image.size) for image in images} == {("PNG", (512, 768))}
    assert fal.bought(prompt) == 2


def test_a_job_is_queued_then_in_progress_then_completed(
    client: fal_client.SyncClient, fal: Fake
) -> None:
    prompt = new_prompt("[fake polls 2]")
    job = client.submit("fal-ai/flux/dev", {"prompt": prompt})
    assert f"{fal.url}/queue/fal-ai/flux/requests/" in job.response_url
    states = list(job.iter_events(with_logs=True, interval=0))
    assert states == [
        fal_client.Queued(position=2),
        fal_client.InProgress(logs=None),
        fal_client.Completed(logs=None, metrics={}),
    ]
    assert job.get()["seed"] == SEED


def test_it_subscribes_to_a_job(client: fal_client.SyncClient, http: httpx2.Client) -> None:
    answer = client.subscribe(
        "fal-ai/nano-banana", {"prompt": new_prompt(), "aspect_ratio": "16:9"}, interval=0.01
    )
    image = picture(http.get(answer["images"][0]["url"]).content)
    assert (image.format, image.size) == ("PNG", (1344, 768))


def test_a_job_can_be_cancelled(client: fal_client.SyncClient, fal: Fake) -> None:
    prompt = new_prompt("[fake stuck]")
    job = client.submit("fal-ai/flux/dev", {"prompt": prompt})
    assert isinstance(job.status(), fal_client.Queued)
    assert isinstance(job.status(), fal_client.InProgress)
    job.cancel()
    assert "cancelled" in fal.notes(prompt)


def test_a_finished_job_cannot_be_cancelled(client: fal_client.SyncClient) -> None:
    job = client.submit("fal-ai/flux/dev", {"prompt": new_prompt()})
    job.get(interval=0)
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        job.cancel()
    assert caught.value.response.json() == {"status": "ALREADY_COMPLETED"}


def test_a_failed_job_reports_the_failure_in_its_status_and_its_result(
    client: fal_client.SyncClient,
) -> None:
    job = client.submit("fal-ai/flux/dev", {"prompt": new_prompt("[fake job content]")})
    *_, state = job.iter_events(interval=0)
    assert isinstance(state, fal_client.Completed)
    assert state.error_type == "runner_disconnected"
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        job.get()
    assert detail_of(caught.value)["type"] == "content_policy_violation"


def test_an_image_is_returned_as_a_data_url_on_request(client: fal_client.SyncClient) -> None:
    answer = client.run(SCHNELL, {"prompt": new_prompt(), "sync_mode": True})
    head, _, content = answer["images"][0]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert picture(base64.b64decode(content)).size == (1024, 768)


def test_flagged_images_are_marked(client: fal_client.SyncClient) -> None:
    answer = client.run(SCHNELL, {"prompt": new_prompt("[fake flagged 1]"), "num_images": 2})
    assert answer["has_nsfw_concepts"] == [True, False]


def test_an_edit_has_the_size_of_its_image(
    client: fal_client.SyncClient, http: httpx2.Client
) -> None:
    body = {"prompt": new_prompt(), "image_url": DATA_URL, "strength": 0.5}
    answer = client.run("fal-ai/flux/dev/image-to-image", body)
    assert picture(http.get(answer["images"][0]["url"]).content).size == (640, 480)


@pytest.mark.parametrize(
    ("endpoint", "body", "param"),
    [
        (SCHNELL, {"prompt": ""}, "prompt"),
        (SCHNELL, {"num_inference_steps": 13}, "num_inference_steps"),
        (SCHNELL, {"num_images": 5}, "num_images"),
        (SCHNELL, {"image_size": {"width": 20000, "height": 512}}, "image_size"),
        (SCHNELL, {"image_size": "huge"}, "image_size"),
        (SCHNELL, {"output_format": "webp"}, "output_format"),
        (SCHNELL, {"negative_prompt": "rain"}, "negative_prompt"),
        (SCHNELL, {"aspect_ratio": "1:1"}, "aspect_ratio"),
        ("fal-ai/flux-lora", {"loras": "x"}, "loras"),
        ("fal-ai/flux-2-pro", {"num_images": 2}, "num_images"),
        ("fal-ai/flux-2/edit", {}, "image_urls"),
        ("fal-ai/flux-2/edit", {"image_urls": ["x"] * 5}, "image_urls"),
        ("fal-ai/flux-pro/v1/fill", {"image_url": "x"}, "mask_url"),
        ("fal-ai/nano-banana", {"image_size": "square"}, "image_size"),
    ],
)
def test_an_invalid_input_is_named(
    client: fal_client.SyncClient, endpoint: str, body: dict[str, Any], param: str
) -> None:
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        client.run(endpoint, {"prompt": new_prompt(), **body})
    assert caught.value.status_code == 422
    assert detail_of(caught.value)["loc"] == ["body", param]


@pytest.mark.parametrize(
    ("kind", "status", "error_type"),
    [
        ("key", 401, None),
        ("quota", 403, None),
        ("rate", 429, "concurrent_requests_limit"),
        ("content", 422, None),
        ("parameter", 422, None),
        ("model", 404, None),
        ("down", 503, "runner_scheduling_failure"),
        ("crash", 500, "internal_error"),
        ("busy", 502, None),
        ("slow", 504, "request_timeout"),
    ],
)
def test_every_failure_has_its_status_and_type(
    client: fal_client.SyncClient, fal: Fake, kind: str, status: int, error_type: str | None
) -> None:
    prompt = new_prompt(f"[fake error {kind}]")
    with pytest.raises(fal_client.FalClientHTTPError) as caught:
        client.run(SCHNELL, {"prompt": prompt})
    assert (caught.value.status_code, caught.value.error_type) == (status, error_type)
    assert fal.bought(prompt) == 0


@pytest.mark.parametrize(("key", "status"), [("bad", 401), ("broke", 403), ("busy", 429)])
def test_the_name_of_a_key_selects_its_error(
    http: httpx2.Client, fal: Fake, key: str, status: int
) -> None:
    headers = {"authorization": f"Key {key}"}
    assert http.post(f"{fal.url}/run/{SCHNELL}", headers=headers).status_code == status


def test_a_request_without_a_key_is_a_401(fal: Fake, http: httpx2.Client) -> None:
    answer = http.post(f"{fal.url}/run/{SCHNELL}", headers={"authorization": "Bearer x"}, json={})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/run/nobody/nothing", 404),
        ("GET", "/queue/fal-ai/flux/requests/x/status", 404),
        ("POST", "/else/fal-ai/flux/dev", 404),
    ],
)
def test_an_unknown_name_is_a_404(
    fal: Fake, http: httpx2.Client, method: str, path: str, status: int
) -> None:
    answer = http.request(method, fal.url + path, headers={"authorization": "Key good"})
    assert answer.status_code == status


def test_a_job_route_refuses_other_methods(
    client: fal_client.SyncClient, http: httpx2.Client
) -> None:
    job = client.submit("fal-ai/flux/dev", {"prompt": new_prompt()})
    answer = http.post(job.cancel_url, headers={"authorization": "Key good"})
    assert answer.status_code == 405


def detail_of(failure: fal_client.FalClientHTTPError) -> dict[str, Any]:
    """The single error of a response."""
    (detail,) = failure.response.json()["detail"]
    found: dict[str, Any] = detail
    return found
