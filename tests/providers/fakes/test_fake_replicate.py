"""The fake of Replicate, driven by Replicate's own client."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from replicate.client import Client
from replicate.exceptions import ModelError, ReplicateError

from fakes.replicate_models import COMMUNITY_VERSION
from fakes.server import Fake
from support.pictures import picture
from support.server import new_prompt

SCHNELL = "black-forest-labs/flux-schnell"
SDXL = "stability-ai/sdxl:7762fd07cf82c948538e41f63f77d685e02b063e37e496e96eefd46c929f9bdc"


@contextmanager
def client_of(fake: Fake, token: str = "good") -> Iterator[Client]:
    client = Client(api_token=token, base_url=fake.url)
    client.poll_interval = 0
    yield client
    client._client.close()


@pytest.fixture
def client(replicate_fake: Fake) -> Iterator[Client]:
    with client_of(replicate_fake) as client:
        yield client


def look(http: httpx2.Client, url: object) -> tuple[str | None, tuple[int, int]]:
    assert isinstance(url, str)
    image = picture(http.get(url).content)
    return image.format, image.size


def test_an_official_model_is_called_with_prefer_wait(
    client: Client, replicate_fake: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    values = {"prompt": prompt, "aspect_ratio": "16:9", "num_outputs": 2, "output_format": "png"}
    output = client.run(SCHNELL, {**values, "seed": 7, "num_inference_steps": 4})
    assert isinstance(output, list)
    assert {look(http, url) for url in output} == {("PNG", (1344, 768))}
    assert replicate_fake.bought(prompt) == 2
    (call,) = replicate_fake.calls(prompt)
    assert call.headers["prefer"] == "wait"


def test_a_community_model_runs_by_version(client: Client, http: httpx2.Client) -> None:
    values = {"prompt": new_prompt(), "width": 512, "height": 768}
    version = SDXL.partition(":")[2]
    prediction = client.predictions.create(version=version, input=values)
    assert (prediction.status, prediction.output) == ("starting", None)
    prediction.wait()
    assert look(http, prediction.output[0] if prediction.output else None) == ("PNG", (512, 768))
    assert prediction.logs == "Using seed: 4242\n"


def test_a_version_is_found_by_its_model(client: Client) -> None:
    model = client.models.get("somebody/something")
    assert (model.latest_version or model).id == COMMUNITY_VERSION


def test_a_prediction_starts_is_processed_and_succeeds(client: Client) -> None:
    values = {"prompt": new_prompt("[fake polls 2]")}
    prediction = client.models.predictions.create(SCHNELL, values)
    seen = [prediction.status]
    while prediction.status != "succeeded":
        prediction.reload()
        seen.append(prediction.status)
    assert seen == ["starting", "starting", "processing", "succeeded"]


def test_an_output_may_be_there_before_the_last_status(client: Client) -> None:
    values = {"prompt": new_prompt("[fake early]")}
    prediction = client.models.predictions.create(SCHNELL, values, wait=True)
    assert prediction.status == "processing"
    assert prediction.output


def test_a_prediction_can_be_cancelled(client: Client, replicate_fake: Fake) -> None:
    prompt = new_prompt("[fake stuck]")
    prediction = client.models.predictions.create(SCHNELL, {"prompt": prompt})
    prediction.cancel()
    assert prediction.status == "canceled"
    prediction.reload()
    assert prediction.status == "canceled"
    assert "cancelled" in replicate_fake.notes(prompt)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (SCHNELL, list),
        ("black-forest-labs/flux-1.1-pro", str),
    ],
)
def test_an_output_is_a_list_or_a_file(client: Client, model: str, kind: type) -> None:
    assert isinstance(client.run(model, {"prompt": new_prompt()}), kind)


def test_a_failed_prediction_has_an_error_message(client: Client) -> None:
    with pytest.raises(ModelError, match="NSFW"):
        client.run(SCHNELL, {"prompt": new_prompt("[fake job content]")})


@pytest.mark.parametrize(
    ("model", "values", "param"),
    [
        (SCHNELL, {"prompt": ""}, "prompt"),
        (SCHNELL, {"num_inference_steps": 5}, "num_inference_steps"),
        (SCHNELL, {"num_outputs": 5}, "num_outputs"),
        (SCHNELL, {"aspect_ratio": "7:1"}, "aspect_ratio"),
        (SCHNELL, {"output_format": "jpeg"}, "output_format"),
        (SCHNELL, {"width": 512}, "width"),
        ("black-forest-labs/flux-2-pro", {"input_images": ["x"] * 9}, "input_images"),
        ("bytedance/seedream-4", {"width": 512}, "width"),
    ],
)
def test_an_invalid_input_is_named(
    client: Client, model: str, values: dict[str, Any], param: str
) -> None:
    with pytest.raises(ReplicateError) as caught:
        client.run(model, {"prompt": new_prompt(), **values})
    assert caught.value.status == 422
    assert (caught.value.detail or "").startswith(f"- input.{param}: ")


@pytest.mark.parametrize(
    ("kind", "status", "title"),
    [
        ("key", 401, "Authentication required"),
        ("quota", 402, "Insufficient credit"),
        ("rate", 429, "Too Many Requests"),
        ("content", 422, "Unprocessable"),
        ("parameter", 422, "Input validation failed"),
        ("model", 404, "Not found"),
        ("down", 503, "Service Unavailable"),
        ("crash", 500, "Internal Server Error"),
        ("busy", 502, None),
        ("slow", 504, None),
    ],
)
def test_every_failure_has_its_status_and_title(
    client: Client, replicate_fake: Fake, kind: str, status: int, title: str | None
) -> None:
    prompt = new_prompt(f"[fake error {kind}]")
    with pytest.raises(ReplicateError) as caught:
        client.run(SCHNELL, {"prompt": prompt})
    assert (caught.value.status, caught.value.title) == (status, title)
    assert replicate_fake.bought(prompt) == 0


@pytest.mark.parametrize(("token", "status"), [("bad", 401), ("broke", 402), ("busy", 429)])
def test_the_name_of_a_token_selects_its_error(
    replicate_fake: Fake, token: str, status: int
) -> None:
    with client_of(replicate_fake, token) as client, pytest.raises(ReplicateError) as caught:
        client.run(SCHNELL, {"prompt": new_prompt()})
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/models/stability-ai/sdxl/predictions", {"input": {"prompt": "x"}}, 404),
        ("POST", "/v1/predictions", {"version": "x", "input": {"prompt": "x"}}, 422),
        ("POST", "/v1/models/black-forest-labs/flux-dev/predictions", {}, 404),
        ("GET", "/v1/predictions/x", None, 404),
        ("GET", "/v1/models/nobody/nothing", None, 404),
    ],
)
def test_an_unknown_name_is_a_404(
    replicate_fake: Fake,
    http: httpx2.Client,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    status: int,
) -> None:
    headers = {"authorization": "Bearer good"}
    answer = http.request(method, replicate_fake.url + path, headers=headers, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_request_without_a_token_is_a_401(replicate_fake: Fake, http: httpx2.Client) -> None:
    answer = http.post(f"{replicate_fake.url}/v1/predictions", json={})
    assert answer.status_code == 401
