"""A server without API keys refuses web pages of other origins."""

import json
from dataclasses import replace

import pytest

from easel.app import handle
from easel.platform.http import Response
from easel.settings.api_keys import read_keys
from easel.settings.settings import Settings
from support.services import FakeServices, request, text_of, wait_for

OPEN = Settings(allow_anonymous=True, anonymous_is_admin=True)
LOCAL = "http://localhost:8787"
KEY = "first-key-4c9f1e7a"

SPENDING_OR_PRIVATE = [
    ("POST", "/v1/images/generations"),
    ("POST", "/v1/images/edits"),
    ("POST", "/v1/images/variations"),
    ("POST", "/v1/images/abc/rerun"),
    ("GET", "/v1/images"),
    ("GET", "/v1/images/abc"),
    ("DELETE", "/v1/images/abc"),
    ("GET", "/v1/images/jobs/abc"),
    ("DELETE", "/v1/images/jobs/abc"),
    ("GET", "/v1/usage"),
    ("GET", "/health?deep=1"),
]


def send(
    headers: dict[str, str],
    server_origin: str = LOCAL,
    method: str = "GET",
    path: str = "/v1/usage",
    settings: Settings = OPEN,
) -> Response:
    http_request = replace(request(method, path, headers=headers), origin=server_origin)
    response: Response = wait_for(handle(http_request, FakeServices(settings=settings).services()))
    return response


@pytest.mark.parametrize(("method", "path"), SPENDING_OR_PRIVATE)
def test_a_web_page_of_another_origin_can_neither_spend_money_nor_read_images(
    method: str, path: str
) -> None:
    response = send({"origin": "https://foreign.example"}, LOCAL, method, path)
    error = json.loads(text_of(response))["error"]
    assert (response.status, error["code"]) == (403, "forbidden")
    assert "https://foreign.example" in error["message"]
    assert "EASEL_API_KEYS" in error["message"]
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("path", ["/health", "/v1/models"])
def test_every_web_page_may_read_the_public_routes(path: str) -> None:
    assert send({"origin": "https://foreign.example"}, path=path).status == 200


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://foreign.example:8787",
        "http://localhost.foreign.example:8787",
        "http://foreignlocalhost",
        "http://192.168.1.7",
        "http://10.0.0.1:8787",
        "http://localhost@foreign.example",
        "http://[::1",
        "localhost",
    ],
)
def test_an_origin_that_only_resembles_a_local_one_is_refused(origin: str) -> None:
    assert send({"origin": origin}).status == 403


@pytest.mark.parametrize(
    "origin",
    [
        LOCAL,
        "http://localhost:3000",
        "https://localhost",
        "http://app.localhost:5173",
        "http://127.0.0.1:8787",
        "http://127.0.0.2",
        "http://[::1]:8787",
    ],
)
def test_web_pages_on_the_local_machine_are_accepted(origin: str) -> None:
    assert send({"origin": origin}).status == 200


@pytest.mark.parametrize(
    "server_origin",
    ["http://foreign.example:8787", "http://localhost.foreign.example", "http://mybox:8787"],
)
def test_a_host_name_that_dns_rebinding_could_use_is_refused(server_origin: str) -> None:
    for headers in ({}, {"origin": server_origin}):
        response = send(headers, server_origin)
        assert response.status == 403
        assert "IP address" in text_of(response)


@pytest.mark.parametrize(
    "server_origin",
    [
        "http://localhost",
        "http://LOCALHOST:8787",
        "http://localhost.:8787",
        "http://easel.localhost:8787",
        "http://127.0.0.1:8787",
        "http://[::1]:8787",
        "http://192.168.1.5:8787",
        "http://[fe80::1]:8787",
    ],
)
def test_a_local_host_name_and_an_ip_address_are_accepted(server_origin: str) -> None:
    assert send({}, server_origin).status == 200
    assert send({"origin": server_origin}, server_origin).status == 200


def test_a_deployed_server_answers_web_pages_of_its_own_origin() -> None:
    server_origin = "https://easel.example.workers.dev"
    assert send({}, server_origin).status == 200
    assert send({"origin": server_origin}, server_origin).status == 200
    assert send({"origin": "https://foreign.workers.dev"}, server_origin).status == 403


def test_the_public_base_url_is_an_accepted_origin() -> None:
    settings = replace(OPEN, public_base_url="http://easel.lan/art")
    assert send({}, "http://easel.lan", settings=settings).status == 200
    assert send({"origin": "http://easel.lan"}, settings=settings).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, 200),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
        # From localhost to 127.0.0.1.
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:3000"}, 200),
    ],
)
def test_the_fetch_metadata_headers_identify_foreign_pages_without_an_origin_header(
    headers: dict[str, str], status: int
) -> None:
    assert send(headers).status == status


def test_with_api_keys_every_web_page_may_send_requests() -> None:
    settings = replace(OPEN, easel_api_keys=read_keys("EASEL_API_KEYS", KEY))
    headers = {"origin": "https://foreign.example", "authorization": f"Bearer {KEY}"}
    for server_origin in (LOCAL, "http://easel.example"):
        assert send(headers, server_origin, settings=settings).status == 200
