"""Errors reach a client that is still sending a large body."""

import json
import socket
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPResponse
from urllib.parse import urlsplit

import httpx2
import pytest

from support.guarded import KEYS, shown
from support.server import Server

# Just below the limit of an upload.
LARGE = b"x" * 16_000_000
JSON = {"content-type": "application/json"}
GENERATIONS = "/v1/images/generations"

REFUSED = [
    ("POST", GENERATIONS, {"authorization": "Bearer wrong", **JSON}, 401),
    ("POST", "/v1/images/edits", {"authorization": "Bearer wrong"}, 401),
    ("POST", "/nowhere", {}, 404),
    ("PUT", GENERATIONS, {}, 405),
    ("POST", GENERATIONS, {**shown(KEYS.plain), **JSON}, 413),
    ("POST", GENERATIONS, {**shown(KEYS.plain), "content-type": "image/png"}, 415),
    # A form that does not say where its parts end is none.
    ("POST", "/v1/images/edits", shown(KEYS.plain, **{"content-type": "multipart/form-data"}), 400),
    ("GET", "/v1/usage", shown(KEYS.other), 403),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), REFUSED)
@pytest.mark.parametrize("is_chunked", [False, True], ids=["sized", "chunked"])
def test_a_client_that_sends_a_large_body_receives_the_error(
    guarded: httpx2.Client,
    method: str,
    path: str,
    headers: Mapping[str, str],
    status: int,
    is_chunked: bool,
) -> None:
    content = iter([LARGE]) if is_chunked else LARGE
    response = guarded.request(method, path, headers=headers, content=content)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(("method", "path", "headers", "status"), REFUSED)
def test_a_client_that_sends_its_whole_body_first_receives_the_error(
    guarded_server: Server, method: str, path: str, headers: Mapping[str, str], status: int
) -> None:
    address = urlsplit(guarded_server.url)
    lines = [f"{method} {path} HTTP/1.1", f"host: {address.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"content-length: {len(LARGE)}", "connection: close", "", ""]
    with socket.create_connection((address.hostname or "", address.port or 80), 60) as connection:
        connection.sendall("\r\n".join(lines).encode() + LARGE)
        with closing(HTTPResponse(connection)) as response:
            response.begin()
            assert response.status == status
            assert "error" in json.loads(response.read())


def test_a_client_that_waits_before_it_sends_its_body_receives_the_error(
    guarded_server: Server,
) -> None:
    address = urlsplit(guarded_server.url)
    head = f"POST {GENERATIONS} HTTP/1.1\r\nhost: {address.netloc}\r\ncontent-length: 1000\r\n\r\n"
    with socket.create_connection((address.hostname or "", address.port or 80), 60) as connection:
        connection.sendall(head.encode())
        with closing(HTTPResponse(connection)) as response:
            response.begin()
            assert response.status == 401
