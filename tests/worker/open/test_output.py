"""Formats, compression and sizes of generated images."""

import httpx2
import pytest

from support.pictures import picture

ROUTE = "/v1/images/generations"
SCHNELL = "@cf/black-forest-labs/flux-1-schnell"
SDXL = "@cf/stabilityai/stable-diffusion-xl-base-1.0"


@pytest.mark.parametrize("model", [SCHNELL, SDXL])
@pytest.mark.parametrize(
    ("asked", "made", "extension"),
    [("png", "PNG", "png"), ("jpeg", "JPEG", "jpg"), ("webp", "WEBP", "webp")],
)
def test_any_model_gives_any_format(
    http: httpx2.Client, model: str, asked: str, made: str, extension: str
) -> None:
    body = {"prompt": "x", "model": model, "output_format": asked, "size": "256x256"}
    url = http.post(ROUTE, json=body).json()["data"][0]["url"]
    file = http.get(url)
    assert url.endswith(f".{extension}")
    assert file.headers["content-type"] == f"image/{asked}"
    assert (picture(file.content).format, picture(file.content).size) == (made, (256, 256))


@pytest.mark.parametrize("compression", [0, 50, 100])
def test_output_compression_is_accepted(http: httpx2.Client, compression: int) -> None:
    body = {"prompt": "x", "output_format": "jpeg", "output_compression": compression}
    assert http.post(ROUTE, json=body).status_code == 200


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"width": 640, "height": 360}, (640, 360)),
        ({"aspect_ratio": "16:9"}, (1024, 576)),
        ({"aspect_ratio": "auto"}, (1024, 1024)),
        ({"model": SDXL, "aspect_ratio": "2:1"}, (1448, 720)),
    ],
)
def test_a_size_can_be_given_in_other_fields(
    http: httpx2.Client, fields: dict[str, object], size: tuple[int, int]
) -> None:
    url = http.post(ROUTE, json={"prompt": "x", **fields}).json()["data"][0]["url"]
    assert picture(http.get(url).content).size == size


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"size": "512x512", "aspect_ratio": "2:1"}, "size"),
        ({"width": 512}, "height"),
        ({"background": "transparent"}, "background"),
        ({"output_format": "gif"}, "output_format"),
        ({"output_format": "png", "output_compression": 5}, "output_compression"),
    ],
)
def test_impossible_parameters_are_named(
    http: httpx2.Client, fields: dict[str, object], param: str
) -> None:
    response = http.post(ROUTE, json={"prompt": "x", **fields})
    assert (response.status_code, response.json()["error"]["param"]) == (400, param)


def test_an_image_url_of_a_proxied_model_must_be_a_public_address(
    http: httpx2.Client,
) -> None:
    prompt = "x [stand-in url http://127.0.0.1:9/x.png]"
    body = {"prompt": prompt, "model": "workers-ai/google/imagen-4"}
    response = http.post(ROUTE, json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (502, "upstream_error")
    assert response.headers["x-should-retry"] == "false"
