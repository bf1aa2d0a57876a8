"""A server without keys serves this machine, but no web page of another origin."""

import socket
from contextlib import closing
from http.client import HTTPResponse
from urllib.parse import urlsplit

import httpx2
import pytest

from support.server import Server, new_prompt

GENERATIONS = "/v1/images/generations"
FOREIGN = {"origin": "https://foreign.example"}


def test_a_page_of_another_origin_cannot_generate_images(
    server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    response = http.post(GENERATIONS, json={"prompt": prompt}, headers=FOREIGN)
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "forbidden"
    assert response.headers["access-control-allow-origin"] == "*"
    assert server.calls(prompt, http) == []


@pytest.mark.parametrize("path", ["/v1/images", "/v1/usage", "/v1/images/jobs/x"])
def test_a_page_of_another_origin_cannot_read_private_routes(
    http: httpx2.Client, path: str
) -> None:
    assert http.get(path, headers=FOREIGN).status_code == 403


def test_a_page_of_another_origin_may_embed_an_image(http: httpx2.Client) -> None:
    made = http.post(GENERATIONS, json={"prompt": "a fox"}).json()["data"][0]["url"]
    assert http.get(made, headers=FOREIGN).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:{}", 200),
        ("127.0.0.1:{}", 200),
        ("[::1]:{}", 200),
        ("192.168.1.5:{}", 200),
        ("foreign.example:{}", 403),
        ("foreign.example", 403),
        ("localhost.foreign.example:{}", 403),
    ],
)
@pytest.mark.parametrize("with_origin", [False, True])
def test_the_host_header_must_be_a_local_address(
    server: Server, host: str, status: int, with_origin: bool
) -> None:
    address = urlsplit(server.url)
    host = host.format(address.port)
    origin = f"origin: http://{host}\r\n" if with_origin else ""
    head = f"GET /v1/images HTTP/1.1\r\nhost: {host}\r\n{origin}connection: close\r\n\r\n"
    with socket.create_connection((address.hostname or "", address.port or 80), 60) as connection:
        connection.sendall(head.encode())
        with closing(HTTPResponse(connection)) as response:
            response.begin()
            assert response.status == status


@pytest.mark.parametrize("declared", ["application/json", None])
def test_a_rerun_reads_a_body_of_unknown_length(
    server: Server, http: httpx2.Client, declared: str | None
) -> None:
    made = http.post(GENERATIONS, json={"prompt": "a fox"}).json()["data"][0]["url"]
    name = made.rpartition("/")[2].partition(".")[0]
    prompt = new_prompt()
    body = iter([b'{"prompt": "%s"}' % prompt.encode()])
    headers = {"content-type": declared} if declared else {}
    response = http.post(f"/v1/images/{name}/rerun", content=body, headers=headers)
    assert response.status_code == (200 if declared else 415)
    assert len(server.calls(prompt, http)) == (1 if declared else 0)


@pytest.mark.parametrize("path", [GENERATIONS, "/v1/images/edits"])
def test_a_byte_order_mark_before_json_is_ignored(http: httpx2.Client, path: str) -> None:
    headers = {"content-type": "application/json"}
    response = http.post(path, content=b'\xef\xbb\xbf{"prompt": "x", "n": 99}', headers=headers)
    assert response.json()["error"]["param"] == "n"


def test_a_history_page_can_continue_after_a_deleted_image(http: httpx2.Client) -> None:
    for _ in range(3):
        assert http.post(GENERATIONS, json={"prompt": "a fox"}).status_code == 200
    page = http.get("/v1/images?limit=2").json()
    following = http.get(f"/v1/images?limit=1&after={page['last_id']}").json()
    assert http.delete(f"/v1/images/{page['last_id']}").status_code == 200
    assert http.get(f"/v1/images?limit=1&after={page['last_id']}").json() == following
