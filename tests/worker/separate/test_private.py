"""Settings for privacy: private images, and prompts in the log."""

from collections.abc import Iterator

import httpx2
import pytest

from support.server import Server, new_prompt, wait_until
from tools.server import running

GENERATIONS = "/v1/images/generations"


@pytest.fixture(scope="module")
def private_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    state = tmp_path_factory.mktemp("private")
    variables = {"PRIVATE_IMAGES": "true", "LOG_PROMPTS": "true"}
    with running(state=state, variables=variables) as easel:
        yield Server(easel.url, state, easel.lines)


@pytest.fixture
def private(private_server: Server) -> Iterator[httpx2.Client]:
    with private_server.client() as client:
        yield client


def test_only_a_signed_url_shows_a_private_image(private: httpx2.Client) -> None:
    answer = private.post(GENERATIONS, json={"prompt": new_prompt()})
    url = answer.json()["data"][0]["url"]
    shown = private.get(url)
    assert shown.status_code == 200
    assert shown.headers["cache-control"].startswith("private, max-age=")
    assert private.get(f"{url}&w=64").status_code == 200
    assert private.get(url.partition("?")[0]).status_code == 403
    assert private.get(f"{url[:-4]}0000").status_code == 403


def test_the_history_has_fresh_urls(private: httpx2.Client) -> None:
    private.post(GENERATIONS, json={"prompt": new_prompt()})
    [image] = private.get("/v1/images?limit=1").json()["data"]
    assert private.get(image["url"]).status_code == 200


def test_prompts_are_logged_when_the_owner_configures_it(
    private_server: Server, private: httpx2.Client
) -> None:
    prompt = new_prompt()
    private.post(GENERATIONS, json={"prompt": prompt})
    wait_until(lambda: any(f'"prompt": "{prompt}"' in line for line in private_server.lines))
