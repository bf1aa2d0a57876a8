"""Expiry of images, on a server that keeps them for two seconds."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from support.seeding import copy_image
from support.server import Server, key_of, wait_until
from tools.server import running

SDXL = "@cf/stabilityai/stable-diffusion-xl-base-1.0"
TTL_SECONDS = 2

# Where wrangler triggers the hourly clean-up.
# https://developers.cloudflare.com/workers/configuration/cron-triggers/#test-cron-triggers-locally
CLOCK = "/cdn-cgi/local/scheduled"


@pytest.fixture(scope="module")
def expiring_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Easel with images that are kept for two seconds."""
    state = tmp_path_factory.mktemp("expiring")
    variables = {"IMAGE_TTL_HOURS": str(TTL_SECONDS / 3600)}
    with running(state=state, variables=variables) as easel:
        yield Server(easel.url, state, easel.lines)


@pytest.fixture
def client(expiring_server: Server) -> Iterator[httpx2.Client]:
    with expiring_server.client() as client:
        yield client


def make(client: httpx2.Client, count: int = 1) -> list[str]:
    """The URLs of new images."""
    body = {"prompt": "a fox", "model": SDXL, "size": "256x256", "n": count}
    answer = client.post("/v1/images/generations", json=body)
    assert answer.status_code == 200, answer.text
    return [image["url"] for image in answer.json()["data"]]


def run_clean_up(server: Server, client: httpx2.Client) -> dict[str, Any]:
    """Run the hourly clean-up once; returns its line of the log."""
    seen = len(server.lines)
    assert client.get(CLOCK).status_code == 200

    def lines() -> list[str]:
        return [line for line in [*server.lines[seen:]] if line.startswith('{"event": "clean_up"')]

    wait_until(lambda: bool(lines()))
    content: dict[str, Any] = json.loads(lines()[0])
    return content


def test_an_image_expires_for_every_reader(expiring_server: Server, client: httpx2.Client) -> None:
    (url,) = make(client)
    response = client.get(url)
    if response.status_code == 200:
        kept = response.headers["cache-control"]
        assert kept in {f"public, max-age={left}" for left in range(TTL_SECONDS + 1)}
    client.get(f"{url}?w=10")
    wait_until(lambda: client.get(url).status_code == 404)
    assert client.head(url).status_code == 404
    assert client.get(f"{url}?w=10").status_code == 404
    assert client.get(url, headers={"range": "bytes=0-1"}).status_code == 404
    assert client.get(url, headers={"range": "bytes=99999999-"}).status_code == 404
    # The object is still there.
    assert expiring_server.recipe(key_of(url))


def test_the_hourly_clean_up_deletes_hundreds_of_expired_images(
    expiring_server: Server, client: httpx2.Client
) -> None:
    urls = make(client, 10)
    count = len(urls) + len(copy_image(expiring_server, key_of(urls[0]), 300))
    wait_until(lambda: client.get(urls[-1]).status_code == 404)
    line = run_clean_up(expiring_server, client)
    assert line["images_deleted"] >= count
    assert line["records_deleted"] >= count
    assert "notes" not in line
    assert expiring_server.recipes() == []
    assert client.get("/v1/images").json()["data"] == []
    assert run_clean_up(expiring_server, client)["images_deleted"] == 0
