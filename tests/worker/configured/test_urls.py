"""Images that easel downloads: input images of callers, and results of providers."""

from collections.abc import Iterator

import httpx2
import pytest

from support.pictures import mask, photo, picture
from support.server import Server, new_prompt
from support.website import Page, Website, head, page, script, website

EDITS = "/v1/images/edits"
GENERATIONS = "/v1/images/generations"
IMAGEN = "workers-ai/google/imagen-4"
INPAINTING = "@cf/runwayml/stable-diffusion-v1-5-inpainting"

PHOTO = photo(320, 256)


@pytest.fixture
def site() -> Iterator[Website]:
    """A web server for one test."""
    with website() as running_site:
        yield running_site


def stored(http: httpx2.Client, response: httpx2.Response) -> bytes:
    assert response.status_code == 200, response.text
    url: str = response.json()["data"][0]["url"]
    content: bytes = http.get(url.removeprefix("https://img.example.com")).content
    return content


def test_an_image_and_its_mask_may_be_urls(
    owned_server: Server, http: httpx2.Client, site: Website
) -> None:
    prompt = new_prompt()
    body = {
        "model": INPAINTING,
        "prompt": prompt,
        "images": [{"image_url": site.add(page(PHOTO, content_type="image/png"))}],
        "mask": {"image_url": site.add(page(mask(320, 256), content_type="image/png"))},
    }
    assert picture(stored(http, http.post(EDITS, json=body))).size == (320, 256)
    (call,) = owned_server.calls(prompt, http)
    assert (call["image_b64"]["width"], call["mask"]["width"]) == (320, 320)


def test_a_request_for_a_callers_url_carries_no_credential(
    http: httpx2.Client, site: Website
) -> None:
    url = site.add(page(PHOTO, content_type="image/png"))
    assert http.post(EDITS, json={"prompt": "x", "image": url}).status_code == 200
    (visit,) = site.visits
    assert "first-key-4c9f1e7a" not in visit.request
    assert "authorization" not in visit.request


@pytest.mark.parametrize(
    "answer",
    [
        page(b"<html></html>", content_type="text/html"),
        page(b"not an image", content_type="image/png"),
        page(PHOTO[:100], content_type="image/png"),
        page(b"", status=404),
        script(head(content_length=10_000_000_000, content_type="image/png")),
    ],
    ids=["html", "junk", "truncated", "missing", "vast"],
)
def test_a_callers_url_without_an_image_is_a_400(
    owned_server: Server, http: httpx2.Client, site: Website, answer: Page
) -> None:
    prompt = new_prompt()
    url = site.add(answer)
    response = http.post(EDITS, json={"prompt": prompt, "image": url})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, "invalid_image", "image")
    assert owned_server.calls(prompt, http) == []


@pytest.mark.parametrize("shape", ["", " [stand-in unwrapped]"])
def test_an_image_url_of_a_proxied_model_is_downloaded_and_stored(
    http: httpx2.Client, site: Website, shape: str
) -> None:
    made = photo(1024, 1024, "jpeg")
    url = site.add(page(made, content_type="image/jpeg"))
    body = {"model": IMAGEN, "prompt": f"x [stand-in url {url}]{shape}"}
    assert stored(http, http.post(GENERATIONS, json=body)) == made


def test_a_downloaded_image_is_resized_to_the_requested_size(
    http: httpx2.Client, site: Website
) -> None:
    url = site.add(page(photo(1024, 1024), content_type="image/png"))
    body = {"model": IMAGEN, "prompt": f"x [stand-in url {url}]", "size": "300x200"}
    assert picture(stored(http, http.post(GENERATIONS, json=body))).size == (300, 200)


@pytest.mark.parametrize(
    "answer",
    [page(b"", status=500), page(b"<html>", content_type="text/html")],
    ids=["500", "html"],
)
def test_a_provider_url_without_an_image_may_have_been_billed(
    http: httpx2.Client, site: Website, answer: Page
) -> None:
    url = site.add(answer)
    body = {"model": IMAGEN, "prompt": f"x [stand-in url {url}]"}
    response = http.post(GENERATIONS, json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (502, "upstream_error")
    assert response.headers["x-should-retry"] == "false"
