"""The fake of Hugging Face's router and Hub, driven by Hugging Face's own client."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import huggingface_hub
import pytest
from huggingface_hub import InferenceClient, constants
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.inference._providers import PROVIDERS, _common, hf_inference
from PIL import Image

from fakes.server import Fake
from support.pictures import photo
from support.server import new_prompt

FLUX = "black-forest-labs/FLUX"


@pytest.fixture(autouse=True)
def _at_the_fake(hugging_face: Fake, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Point the client, whose hosts are constants, to the fake."""
    monkeypatch.setattr(constants, "ENDPOINT", hugging_face.url)
    monkeypatch.setattr(huggingface_hub.hf_api.api, "endpoint", hugging_face.url)
    template = f"{hugging_face.url}/{{provider}}"
    monkeypatch.setattr(constants, "INFERENCE_PROXY_TEMPLATE", template)
    for helper in PROVIDERS["hf-inference"].values():
        monkeypatch.setattr(helper, "base_url", f"{hugging_face.url}/hf-inference")
    for cached in (_common._fetch_inference_provider_mapping, hf_inference._check_supported_task):
        cached.cache_clear()
    yield
    for cached in (_common._fetch_inference_provider_mapping, hf_inference._check_supported_task):
        cached.cache_clear()


def client(provider: Any, token: str = "hf_good") -> InferenceClient:
    return InferenceClient(provider=provider, api_key=token)


TUNED: Mapping[str, Any] = {"width": 512, "height": 256, "seed": 7}


@pytest.mark.parametrize(
    ("provider", "more"),
    [
        ("hf-inference", {"num_inference_steps": 4, "guidance_scale": 3.5}),
        ("fal-ai", {"num_inference_steps": 4, "guidance_scale": 3.5}),
        ("together", {"num_inference_steps": 4, "guidance_scale": 3.5}),
        ("nscale", {"num_inference_steps": 4}),
        ("replicate", {"num_inference_steps": 4, "guidance_scale": 3.5}),
    ],
)
def test_every_provider_makes_an_image(
    provider: str, more: dict[str, Any], hugging_face: Fake
) -> None:
    prompt = new_prompt()
    image = client(provider).text_to_image(prompt, model=f"{FLUX}.1-schnell", **TUNED, **more)
    assert isinstance(image, Image.Image)
    assert image.size == (512, 256)
    assert hugging_face.bought(prompt) == 1


def test_the_latest_version_is_looked_up_at_replicate() -> None:
    model = "stabilityai/stable-diffusion-xl-base-1.0"
    image = client("replicate").text_to_image(new_prompt(), model=model)
    assert image.size == (1024, 1024)


@pytest.mark.parametrize("provider", ["replicate", "together"])
def test_each_provider_edits_an_image(provider: str, hugging_face: Fake) -> None:
    prompt = new_prompt()
    client(provider).image_to_image(photo(64, 64), prompt=prompt, model=f"{FLUX}.1-Kontext-dev")
    assert hugging_face.bought(prompt) == 1


def test_hugging_faces_own_models_edit_an_image() -> None:
    image = client("hf-inference").image_to_image(
        photo(64, 64),
        prompt=new_prompt(),
        model=f"{FLUX}.1-Kontext-dev",
        target_size={"width": 512, "height": 256},  # type: ignore[arg-type]
    )
    assert image.size == (512, 256)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("key", 401),
        ("quota", 402),
        ("rate", 429),
        ("content", 422),
        ("parameter", 400),
        ("model", 410),
        ("down", 503),
        ("crash", 500),
        ("busy", 502),
        ("slow", 504),
    ],
)
def test_each_failure_has_its_http_status(kind: str, status: int) -> None:
    prompt = new_prompt(f"[fake error {kind}]")
    with pytest.raises(HfHubHTTPError) as caught:
        client("together").text_to_image(prompt, model=f"{FLUX}.1-schnell")
    assert caught.value.response.status_code == status


def test_an_invalid_parameter_is_refused() -> None:
    with pytest.raises(HfHubHTTPError) as caught:
        client("hf-inference").text_to_image(
            new_prompt(), model=f"{FLUX}.1-schnell", extra_body={"fox": 1}
        )
    assert "`parameters.fox`" in str(caught.value)


@pytest.mark.parametrize(("token", "status"), [("hf_bad", 401), ("hf_broke", 402)])
def test_the_name_of_a_token_selects_its_error(
    token: str, status: int, http: httpx2.Client, hugging_face: Fake
) -> None:
    answer = http.get(
        f"{hugging_face.url}/api/models/{FLUX}.1-dev", headers={"authorization": f"Bearer {token}"}
    )
    assert answer.status_code == status


def test_a_staging_inference_provider_is_marked(hugging_face: Fake, http: httpx2.Client) -> None:
    answer = http.get(
        f"{hugging_face.url}/api/models/{FLUX}.1-dev?expand[]=inferenceProviderMapping",
        headers={"authorization": "Bearer hf_x"},
    )
    mapping = answer.json()["inferenceProviderMapping"]
    assert {name: one["status"] for name, one in mapping.items()} == {
        "nebius": "live",
        "replicate": "staging",
        "fal-ai": "live",
    }
