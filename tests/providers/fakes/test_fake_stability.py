"""The fake of Stability AI, called as its documentation shows: it has no SDK."""

import base64
from typing import Any

import httpx2
import pytest

from fakes.server import Fake
from support.pictures import mask, photo, picture
from support.server import new_prompt

LARGE = {"model": "sd3.5-large"}
# What the samples add to a form without files.
DUMMY = {"none": b""}


def post(
    http: httpx2.Client,
    fake: Fake,
    path: str,
    fields: dict[str, Any],
    files: dict[str, bytes] | None = None,
    **headers: str,
) -> httpx2.Response:
    return http.post(
        f"{fake.url}/v2beta/stable-image/{path}",
        data=fields,
        files=files or DUMMY,
        headers={"authorization": "Bearer sk-good", **headers},
    )


def test_an_image_is_returned_as_bytes_with_its_seed(http: httpx2.Client, stability: Fake) -> None:
    prompt = new_prompt()
    fields = {**LARGE, "prompt": prompt, "seed": 7, "aspect_ratio": "21:9", "output_format": "jpeg"}
    answer = post(http, stability, "generate/sd3", fields, accept="image/*")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert (answer.headers["seed"], answer.headers["finish-reason"]) == ("7", "SUCCESS")
    image = picture(answer.content)
    assert (image.format, image.size) == ("JPEG", (1536, 640))
    assert stability.bought(prompt) == 1


def test_an_image_is_returned_as_base64_in_json(http: httpx2.Client, stability: Fake) -> None:
    fields = {"prompt": new_prompt()}
    answer = post(http, stability, "generate/core", fields, accept="application/json")
    assert answer.headers["content-type"] == "application/json; type=image/png"
    assert "seed" not in answer.headers
    body = answer.json()
    assert (set(body), body["finish_reason"]) == ({"image", "finish_reason", "seed"}, "SUCCESS")
    assert picture(base64.b64decode(body["image"])).format == "PNG"


@pytest.mark.parametrize(
    ("path", "fields", "size"),
    [
        ("generate/ultra", {"prompt": "x", "strength": 0.5}, (1182, 887)),
        ("generate/sd3", {"prompt": "x", "strength": 0.5, "mode": "image-to-image"}, (1182, 887)),
        ("edit/inpaint", {"prompt": "x"}, (640, 480)),
        ("edit/erase", {}, (640, 480)),
        ("edit/outpaint", {"left": 100, "down": 20}, (740, 500)),
        ("edit/search-and-replace", {"prompt": "x", "search_prompt": "y"}, (640, 480)),
        ("edit/search-and-recolor", {"prompt": "x", "select_prompt": "y"}, (640, 480)),
        ("edit/remove-background", {"output_format": "webp"}, (640, 480)),
    ],
)
def test_an_image_is_edited(
    http: httpx2.Client,
    stability: Fake,
    path: str,
    fields: dict[str, Any],
    size: tuple[int, int],
) -> None:
    answer = post(http, stability, path, fields, {"image": photo(640, 480)})
    assert answer.status_code == 200, answer.text
    assert picture(answer.content).size == size


@pytest.mark.parametrize("path", ["edit/inpaint", "edit/erase"])
def test_a_mask_is_black_and_white(http: httpx2.Client, stability: Fake, path: str) -> None:
    fields = {"prompt": "x"} if path == "edit/inpaint" else {}
    opaque = {"image": photo(640, 480), "mask": mask(640, 480, "L")}
    assert post(http, stability, path, fields, opaque).status_code == 200
    clear = {"image": photo(640, 480), "mask": mask(640, 480)}
    assert post(http, stability, path, fields, clear).json()["errors"] == [
        "mask: must be black and white"
    ]


@pytest.mark.parametrize(
    ("path", "fields", "param"),
    [
        ("generate/sd3", {}, "prompt"),
        ("generate/sd3", {"prompt": ""}, "prompt"),
        ("generate/sd3", {"prompt": "x", "n": 2}, "n"),
        ("generate/sd3", {"prompt": "x", "aspect_ratio": "4:3"}, "aspect_ratio"),
        ("generate/sd3", {"prompt": "x", "cfg_scale": 11}, "cfg_scale"),
        ("generate/sd3", {"prompt": "x", "cfg_scale": "high"}, "cfg_scale"),
        ("generate/sd3", {"prompt": "x", "seed": 4294967295}, "seed"),
        ("generate/sd3", {"prompt": "x", "output_format": "gif"}, "output_format"),
        ("generate/sd3", {"prompt": "x", "style_preset": "odd"}, "style_preset"),
        ("generate/sd3", {"prompt": "x", "model": "odd"}, "model"),
        ("generate/sd3", {"prompt": "x", "strength": 0.5}, "strength"),
        ("generate/sd3", {"prompt": "x", "mode": "image-to-image"}, "mode"),
        ("generate/core", {"prompt": "x", "cfg_scale": 5}, "cfg_scale"),
        ("generate/ultra", {"prompt": "x", "model": "sd3.5-large"}, "model"),
        ("edit/inpaint", {"prompt": "x"}, "image"),
    ],
)
def test_an_invalid_field_is_named(
    http: httpx2.Client, stability: Fake, path: str, fields: dict[str, Any], param: str
) -> None:
    answer = post(http, stability, path, fields)
    assert answer.status_code == 400
    assert set(answer.json()) == {"id", "name", "errors"}
    assert answer.json()["name"] == "bad_request"
    assert answer.json()["errors"][0].startswith(f"{param}: ")


@pytest.mark.parametrize(
    ("path", "fields", "files", "param"),
    [
        ("generate/sd3", {"mode": "image-to-image"}, {"image": photo(64, 64)}, "strength"),
        ("generate/sd3", {"strength": 0.5}, {"image": photo(64, 64)}, "mode"),
        (
            "generate/sd3",
            {"mode": "image-to-image", "strength": 0.5, "aspect_ratio": "1:1"},
            {"image": photo(64, 64)},
            "aspect_ratio",
        ),
        ("generate/core", {}, {"image": photo(64, 64)}, "image"),
        ("edit/inpaint", {}, {"image": photo(63, 80)}, "image"),
        ("edit/inpaint", {}, {"image": b"odd"}, "image"),
        ("edit/inpaint", {}, {"image": photo(64, 64, "gif")}, "image"),
        ("edit/outpaint", {}, {"image": photo(64, 64)}, "left"),
    ],
)
def test_an_image_that_does_not_fit_is_refused(
    http: httpx2.Client,
    stability: Fake,
    path: str,
    fields: dict[str, Any],
    files: dict[str, bytes],
    param: str,
) -> None:
    answer = post(http, stability, path, {"prompt": "x", **fields}, files)
    assert answer.status_code == 400
    assert answer.json()["errors"][0].startswith(f"{param}: ")


def test_a_service_may_have_a_smaller_pixel_limit(http: httpx2.Client, stability: Fake) -> None:
    large = {"image": photo(2049, 2048)}
    answer = post(http, stability, "edit/remove-background", {}, large)
    assert answer.json()["errors"] == ["image: has too few or too many pixels"]


def test_every_request_is_a_form(http: httpx2.Client, stability: Fake) -> None:
    answer = http.post(
        f"{stability.url}/v2beta/stable-image/generate/core",
        json={"prompt": "x"},
        headers={"authorization": "Bearer sk-good"},
    )
    assert (answer.status_code, answer.json()["name"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("kind", "status", "name"),
    [
        ("key", 401, "unauthorized"),
        ("quota", 402, "payment_required"),
        ("rate", 429, "rate_limit_exceeded"),
        ("content", 403, "content_moderation"),
        ("parameter", 400, "bad_request"),
        ("model", 404, "not_found"),
        ("crash", 500, "internal_error"),
    ],
)
def test_every_failure_has_its_name(
    http: httpx2.Client, stability: Fake, kind: str, status: int, name: str
) -> None:
    prompt = new_prompt(f"[fake error {kind}]")
    answer = post(http, stability, "generate/sd3", {"prompt": prompt})
    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert "retry-after" not in answer.headers
    assert stability.bought(prompt) == 0


def test_a_late_moderation_blurs_the_image_and_still_charges(
    http: httpx2.Client, stability: Fake
) -> None:
    prompt = new_prompt("[fake filtered]")
    answer = post(http, stability, "generate/sd3", {"prompt": prompt})
    assert (answer.status_code, answer.headers["finish-reason"]) == (200, "CONTENT_FILTERED")
    assert stability.bought(prompt) == 1


def test_another_path_is_a_404(http: httpx2.Client, stability: Fake) -> None:
    assert post(http, stability, "generate/sdxl", {"prompt": "x"}).status_code == 404


def test_a_request_without_a_key_is_a_401(http: httpx2.Client, stability: Fake) -> None:
    answer = http.post(f"{stability.url}/v2beta/stable-image/generate/core")
    assert (answer.status_code, answer.json()["name"]) == (401, "unauthorized")
