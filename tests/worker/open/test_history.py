"""The history of a key, over HTTP."""

import uuid
from io import BytesIO
from typing import Any

import httpx2
import pytest
from PIL import Image

from support.seeding import copy_image
from support.server import Server, key_of

SDXL = "@cf/stabilityai/stable-diffusion-xl-base-1.0"
IMG2IMG = "@cf/runwayml/stable-diffusion-v1-5-img2img"


def make(client: httpx2.Client, **fields: Any) -> dict[str, Any]:
    """Generate an image; returns its entry in the history."""
    body = {"prompt": f"a fox {uuid.uuid4()}", "model": SDXL, "size": "128x128", **fields}
    response = client.post("/v1/images/generations", json=body)
    assert response.status_code == 200, response.text
    image: dict[str, Any] = client.get("/v1/images?limit=1").json()["data"][0]
    assert key_of(image["url"]) == key_of(response.json()["data"][0]["url"])
    assert image["request_id"] == response.headers["x-request-id"]
    return image


def test_the_history_shows_the_parameters_of_an_image(http: httpx2.Client) -> None:
    image = make(http, seed=7, steps=5, output_format="webp")
    content = http.get(image["url"]).content
    assert Image.open(BytesIO(content)).size == (image["width"], image["height"]) == (128, 128)
    assert (image["bytes"], image["format"], image["size"]) == (len(content), "webp", "128x128")
    assert (image["seed"], image["parameters"], image["model"]) == (7, {"steps": 5}, SDXL)
    assert http.get(f"/v1/images/{image['id']}").json() == image
    assert "expires_at" not in image


def test_hundreds_of_images_are_listed_page_by_page(server: Server, http: httpx2.Client) -> None:
    prompt = f"one of many foxes {uuid.uuid4()}"

    def generate(count: int, seed: int) -> list[str]:
        body = {"prompt": prompt, "model": SDXL, "size": "256x256", "n": count, "seed": seed}
        answer = http.post("/v1/images/generations", json=body)
        assert answer.status_code == 200
        return [image["url"] for image in answer.json()["data"]]

    [url] = generate(1, seed=0)
    copies = copy_image(server, key_of(url), 180)
    generate(10, seed=10)
    generate(10, seed=20)
    seen: list[dict[str, Any]] = []
    after = ""
    while len(seen) < 201:
        page = http.get(f"/v1/images?limit=70{after}").json()
        assert page["data"][0]["id"] == page["first_id"]
        assert page["data"][-1]["id"] == page["last_id"]
        seen += page["data"]
        if not page["has_more"]:
            break
        after = f"&after={page['last_id']}"
    many = [image for image in seen if image["prompt"] == prompt]
    # The newest requests come first; the images of one of them are listed in the order in which
    # they were finished.
    assert {image["seed"] for image in many[:10]} == set(range(20, 30))
    assert {image["seed"] for image in many[10:20]} == set(range(10, 20))
    assert [image["id"] for image in many[20:200]] == copies[::-1]
    assert many[200]["url"] == url


def test_a_deleted_image_is_gone_with_its_variants(server: Server, http: httpx2.Client) -> None:
    image = make(http)
    urls = [image["url"], f"{image['url']}?w=10"]
    assert [http.get(url).status_code for url in urls] == [200, 200]
    path = f"/v1/images/{image['id']}"
    assert http.delete(path).json() == {
        "id": image["id"],
        "object": "image.deleted",
        "deleted": True,
    }
    for url in (*urls, path):
        assert http.get(url).status_code == 404
    assert http.delete(path).status_code == 404
    assert all(one["id"] != image["id"] for one in http.get("/v1/images").json()["data"])
    with pytest.raises(KeyError):
        server.recipe(key_of(image["url"]))


@pytest.mark.parametrize("body", [{}, {"json": {}}, {"json": {"response_format": "url"}}])
def test_a_rerun_repeats_the_request_of_an_image(
    server: Server, http: httpx2.Client, body: dict[str, Any]
) -> None:
    image = make(http, seed=7, steps=5, negative_prompt="fog")
    response = http.post(f"/v1/images/{image['id']}/rerun", **body)
    assert response.status_code == 200, response.text
    first, second = server.calls(image["prompt"], http)
    assert first == second
    assert second["seed"] == 7
    url = response.json()["data"][0]["url"]
    assert url != image["url"]
    assert http.get(url).content == http.get(image["url"]).content


def test_a_rerun_accepts_an_empty_body_that_is_declared_as_json(
    http: httpx2.Client,
) -> None:
    image = make(http, seed=7)
    headers = {"content-type": "application/json", "content-length": "0"}
    response = http.post(f"/v1/images/{image['id']}/rerun", headers=headers)
    assert response.status_code == 200, response.text


def test_a_rerun_may_change_parameters(server: Server, http: httpx2.Client) -> None:
    image = make(http, seed=7, steps=5)
    prompt = f"a cat {uuid.uuid4()}"
    body = {"prompt": prompt, "n": 2, "seed": 20}
    response = http.post(f"/v1/images/{image['id']}/rerun", json=body)
    assert response.headers["x-easel-seed"] == "20,21"
    assert [call["num_steps"] for call in server.calls(prompt, http)] == [5, 5]


def test_a_rerun_of_an_edit_needs_the_image_again(server: Server, http: httpx2.Client) -> None:
    file = BytesIO()
    Image.new("RGB", (512, 512), "teal").save(file, "png")
    prompt = f"a fox {uuid.uuid4()}"
    form: dict[str, Any] = {
        "data": {"prompt": prompt, "model": IMG2IMG, "steps": "5", "seed": "7"},
        "files": {"image": ("a.png", file.getvalue())},
    }
    assert http.post("/v1/images/edits", **form).status_code == 200
    name = http.get("/v1/images?limit=1").json()["first_id"]
    for without in ({}, {"json": {"n": 1}}, {"data": {"n": "1"}, "files": {}}):
        response = http.post(f"/v1/images/{name}/rerun", **without)
        assert response.status_code in (400, 415), response.text
    response = http.post(f"/v1/images/{name}/rerun", files=form["files"])
    assert response.status_code == 200, response.text
    first, second = server.calls(prompt, http)
    assert first == second


def test_an_admin_reads_the_usage_of_each_model(http: httpx2.Client) -> None:
    make(http)
    content = http.get("/v1/usage?group_by=model").json()
    used = {group["name"]: group for group in content["data"]}
    assert used[SDXL]["images"] >= 1
    assert content["total"]["requests"] >= 1
