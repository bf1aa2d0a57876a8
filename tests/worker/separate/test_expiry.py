"""Images that expire, on a server on which they do so within a second or two."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from support.server import Server, key_of
from tools.server import running

SDXL = "@cf/stabilityai/stable-diffusion-xl-base-1.0"
TTL_SECONDS = 2
PATIENCE_SECONDS = 60

# Where wrangler lets one be the clock.
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


def until_gone(client: httpx2.Client, url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while client.get(url).status_code == 200:
        if time.monotonic() > deadline:
            raise TimeoutError("the image never expired")
        time.sleep(0.05)


def tell_the_time(expiring_server: Server, client: httpx2.Client) -> dict[str, Any]:
    """Have the clock strike; what the log says of it."""
    seen = len(expiring_server.lines)
    assert client.get(CLOCK).status_code == 200
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        for line in [*expiring_server.lines[seen:]]:
            if line.startswith('{"task": "tidy"'):
                told: dict[str, Any] = json.loads(line)
                return told
        if time.monotonic() > deadline:
            raise TimeoutError("the log has no line")
        time.sleep(0.05)


def test_an_image_expires_for_every_reader(expiring_server: Server, client: httpx2.Client) -> None:
    (url,) = make(client)
    response = client.get(url)
    if response.status_code == 200:
        kept = response.headers["cache-control"]
        assert kept in {f"public, max-age={left}" for left in range(TTL_SECONDS + 1)}
    client.get(f"{url}?w=10")
    until_gone(client, url)
    assert client.head(url).status_code == 404
    assert client.get(f"{url}?w=10").status_code == 404
    assert client.get(url, headers={"range": "bytes=0-1"}).status_code == 404
    assert client.get(url, headers={"range": "bytes=99999999-"}).status_code == 404
    # The object is still there.
    assert expiring_server.recipe(key_of(url))


def test_the_clock_deletes_hundreds_that_have_expired(
    expiring_server: Server, client: httpx2.Client
) -> None:
    urls = [url for _ in range(30) for url in make(client, 10)]
    until_gone(client, urls[-1])
    told = tell_the_time(expiring_server, client)
    assert told["images_deleted"] >= len(urls)
    assert told["records_deleted"] >= len(urls)
    assert "notes" not in told
    assert expiring_server.recipes() == []
    assert client.get("/v1/images").json()["data"] == []
    assert tell_the_time(expiring_server, client)["images_deleted"] == 0
