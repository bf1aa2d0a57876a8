"""Edits and variations over HTTP, in every format that clients send."""

import base64
import json
import os
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from support.pictures import mask, photo, picture
from support.server import Server, key_of, new_prompt

EDITS = "/v1/images/edits"
FLUX_2 = "@cf/black-forest-labs/flux-2-klein-4b"
IMG2IMG = "@cf/runwayml/stable-diffusion-v1-5-img2img"
INPAINTING = "@cf/runwayml/stable-diffusion-v1-5-inpainting"

PHOTO = photo(320, 256)


def multipart(*parts: tuple[str, str | bytes]) -> tuple[bytes, dict[str, str]]:
    """A form with its parts in this order, and files as octet streams."""
    lines = b""
    for name, content in parts:
        if isinstance(content, str):
            head = f'Content-Disposition: form-data; name="{name}"'
        else:
            head = (
                f'Content-Disposition: form-data; name="{name}"; filename="upload"\r\n'
                "Content-Type: application/octet-stream"
            )
        body = content.encode() if isinstance(content, str) else content
        lines += b"--edge\r\n" + head.encode() + b"\r\n\r\n" + body + b"\r\n"
    return lines + b"--edge--\r\n", {"content-type": "multipart/form-data; boundary=edge"}


def send(http: httpx2.Client, *parts: tuple[str, str | bytes]) -> httpx2.Response:
    body, headers = multipart(*parts)
    return http.post(EDITS, content=body, headers=headers)


def images_of(call: dict[str, Any]) -> list[tuple[str, int, int]]:
    """The name and size of each image that reached a model, in order."""
    inputs = call.get("multipart", call)
    return [
        (name, value["width"], value["height"])
        for name, value in inputs.items()
        if isinstance(value, dict) and "format" in value
    ]


def test_the_sdk_sends_files_in_every_form_it_knows(
    server: Server, sdk: openai.OpenAI, http: httpx2.Client, tmp_path: Path
) -> None:
    path = tmp_path / "фото é.png"
    path.write_bytes(PHOTO)
    with path.open("rb") as file:
        forms: list[Any] = [PHOTO, path, file, ("x.png", PHOTO, "image/png"), [PHOTO, path]]
        for image in forms:
            prompt = new_prompt()
            answer = sdk.images.edit(model=FLUX_2, prompt=prompt, image=image)
            count = len(image) if isinstance(image, list) else 1
            expected = [(f"input_image_{index}", 320, 256) for index in range(count)]
            assert images_of(server.calls(prompt, http)[0]) == expected
            assert (answer.data or [])[0].url


@pytest.mark.parametrize("name", ["image", "image[]", "image[0]"])
def test_an_image_part_may_have_any_accepted_name_and_position(
    server: Server, http: httpx2.Client, name: str
) -> None:
    prompt = new_prompt()
    files = [(name, PHOTO), (name, photo(64, 64))]
    assert send(http, *files, ("model", FLUX_2), ("prompt", prompt)).status_code == 200
    assert images_of(server.calls(prompt, http)[0]) == [
        ("input_image_0", 320, 256),
        ("input_image_1", 64, 64),
    ]


def test_a_body_of_unknown_length_is_read(server: Server, http: httpx2.Client) -> None:
    prompt = new_prompt()
    body, headers = multipart(("image", PHOTO), ("prompt", prompt), ("model", FLUX_2))

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    response = http.post(EDITS, content=chunks(), headers=headers)
    assert response.status_code == 200
    assert len(server.calls(prompt, http)) == 1


def test_json_accepts_images_in_every_form_that_clients_send(
    server: Server, http: httpx2.Client
) -> None:
    encoded = base64.b64encode(PHOTO).decode()
    url = f"data:image/png;base64,{encoded}"
    for fields in (
        {"images": [{"image_url": url}]},
        {"image": url},
        {"image": encoded},
        {"image": [encoded]},
        {"image_b64": encoded},
    ):
        prompt = new_prompt()
        body = {"model": IMG2IMG, "prompt": prompt, "strength": 0.5, **fields}
        assert http.post(EDITS, json=body).status_code == 200, list(fields)
        (call,) = server.calls(prompt, http)
        assert images_of(call) == [("image_b64", 320, 256)]
        assert call["strength"] == 0.5


def test_a_long_prompt_in_json_is_accepted(server: Server, http: httpx2.Client) -> None:
    prompt = new_prompt("x" * 30_000)
    body = {"model": FLUX_2, "prompt": prompt, "image": base64.b64encode(PHOTO).decode()}
    assert http.post(EDITS, json=body).status_code == 200
    assert len(server.calls(prompt, http)) == 1


@pytest.mark.parametrize("field", ["prompt", "negative_prompt", "image"])
def test_half_a_surrogate_pair_is_an_error_of_its_field(http: httpx2.Client, field: str) -> None:
    body = json.dumps({"prompt": "x", "image": "aGk=", field: "a\ud800b"}).encode()
    response = http.post(EDITS, content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["error"]["param"]) == (400, field)


@pytest.mark.parametrize("value", ['["\\ud800"]', '{"a": "\\udc00"}', "1e999", "9" * 5000])
def test_a_value_that_json_cannot_represent_is_refused(http: httpx2.Client, value: str) -> None:
    fields = {"model": IMG2IMG, "prompt": "x", "image": base64.b64encode(PHOTO).decode()}
    body = json.dumps({**fields, "guidance": "VALUE"}).replace('"VALUE"', value)
    response = http.post(EDITS, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"]["code"] in ("invalid_json", "invalid_value")


def test_a_mask_selects_the_repainted_area(server: Server, http: httpx2.Client) -> None:
    prompt = new_prompt()
    response = send(http, ("image", PHOTO), ("mask", mask(320, 256)), ("prompt", prompt))
    assert response.headers["x-easel-model"] == INPAINTING
    assert images_of(server.calls(prompt, http)[0]) == [
        ("image_b64", 320, 256),
        ("mask", 320, 256),
    ]


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_mask_without_transparency_is_refused(http: httpx2.Client, mode: str) -> None:
    response = send(http, ("image", PHOTO), ("mask", mask(320, 256, mode)), ("prompt", "x"))
    assert (response.status_code, response.json()["error"]["param"]) == (400, "mask")
    assert "transparent" in response.json()["error"]["message"]


def test_a_photo_taken_on_its_side_reaches_the_model_upright(
    server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    turned = photo(640, 480, "jpeg", orientation=6)
    response = send(http, ("image", turned), ("prompt", prompt), ("model", IMG2IMG))
    image = picture(http.get(response.json()["data"][0]["url"]).content)
    assert image.size == (480, 640)
    assert images_of(server.calls(prompt, http)[0]) == [("image_b64", 480, 640)]


LIES = {
    "text": b"just text",
    "html": b"<!doctype html><html><body>image</body></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "truncated": PHOTO[: len(PHOTO) // 2],
    "empty": b"",
    "gif": photo(20, 20, "gif"),
    "vast": PHOTO[:16] + (30_000).to_bytes(4, "big") * 2 + PHOTO[24:],
}


def test_corrupt_uploads_are_refused_and_reach_no_model(
    server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    for name, lie in LIES.items():
        response = send(http, ("image", lie), ("prompt", prompt))
        error = response.json()["error"]
        assert (response.status_code, error["code"], error["param"]) == (
            400,
            "invalid_image",
            "image",
        ), name
    assert server.calls(prompt, http) == []


@pytest.mark.parametrize("model", [IMG2IMG, FLUX_2])
def test_a_corrupt_input_image_is_a_400(http: httpx2.Client, model: str) -> None:
    start = PHOTO.index(b"IDAT") + 8
    broken = PHOTO[:start] + bytes(40) + PHOTO[-12:]
    response = send(http, ("image", broken), ("prompt", "x"), ("model", model), ("size", "512x512"))
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, "invalid_image", "image")


@pytest.mark.parametrize("megabytes", [17, 101])
def test_an_upload_that_is_too_large_is_a_413(http: httpx2.Client, megabytes: int) -> None:
    upload = PHOTO + bytes(megabytes * 1024 * 1024)
    response = send(http, ("image", upload), ("prompt", "x"))
    assert (response.status_code, response.json()["error"]["code"]) == (413, "request_too_large")
    assert http.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("body", "declared", "status"),
    [
        (b"--edge\r\nbroken", "multipart/form-data; boundary=edge", 400),
        (b"", "multipart/form-data; boundary=edge", 400),
        (b"x", "multipart/form-data", 400),
        (b"{", "application/json", 400),
        (b'{"image": "\xff"}', "application/json", 400),
        (b"[" * 20_000, "application/json", 400),
        (b'{"a":' * 20_000, "application/json", 400),
        (b"null", "application/json", 400),
        (b"x", "image/png", 415),
    ],
)
def test_invalid_bodies_are_refused(
    http: httpx2.Client, body: bytes, declared: str, status: int
) -> None:
    response = http.post(EDITS, content=body, headers={"content-type": declared})
    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}
    assert http.get("/health").status_code == 200


@pytest.mark.parametrize("field", ["n", "size", "strength", "steps"])
def test_invalid_form_fields_are_named(http: httpx2.Client, field: str) -> None:
    response = send(
        http, ("image", PHOTO), ("prompt", "x"), ("model", IMG2IMG), (field, "nonsense")
    )
    assert (response.status_code, response.json()["error"]["param"]) == (400, field)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/a.png",
        "http://127.0.0.1:1/a.png",
        "http://0x7f000001/a.png",
        "http://[::ffff:127.0.0.1]/a.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/",
        "file:///etc/passwd",
    ],
)
def test_urls_into_private_networks_are_refused(http: httpx2.Client, url: str) -> None:
    response = http.post(EDITS, json={"prompt": "x", "images": [{"image_url": url}]})
    error = response.json()["error"]
    assert response.status_code == 400
    assert error["param"] == "images[0].image_url"


def test_uploads_at_the_same_time_all_arrive(http: httpx2.Client, server: Server) -> None:
    noise = photo(64, 64)[:-12] + _chunk(os.urandom(4_000_000)) + photo(64, 64)[-12:]

    def upload(_: int) -> int:
        with server.client() as client:
            return send(client, ("image", noise), ("prompt", "x"), ("model", FLUX_2)).status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(upload, range(4))) == [200] * 4
    assert http.get("/health").status_code == 200


def _chunk(content: bytes) -> bytes:
    """A PNG chunk that decoders skip."""
    body = b"nois" + content
    return len(content).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def test_a_variation_needs_no_prompt(sdk: openai.OpenAI, server: Server) -> None:
    with pytest.warns(DeprecationWarning, match="deprecated"):
        answer = sdk.images.create_variation(image=PHOTO, n=2, size="256x256")
    recipes = [server.recipe(key_of(image.url)) for image in answer.data or []]
    assert [recipe["task"] for recipe in recipes] == ["vary", "vary"]
    assert len({recipe["seed"] for recipe in recipes}) == 2
    assert json.loads(recipes[0]["parameters"]) == {"strength": 0.5}


def test_a_variation_may_be_json(http: httpx2.Client) -> None:
    body = {"image": base64.b64encode(PHOTO).decode(), "response_format": "b64_json"}
    answer = http.post("/v1/images/variations", json=body).json()
    assert picture(base64.b64decode(answer["data"][0]["b64_json"])).size == (320, 256)
