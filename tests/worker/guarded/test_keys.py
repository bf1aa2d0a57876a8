"""Requests without a valid key generate nothing, in whatever form they come."""

import asyncio
import secrets
import socket
from urllib.parse import urlsplit

import httpx2
import pytest

from support.guarded import KEYS, shown
from support.server import Server, new_prompt

GENERATIONS = "/v1/images/generations"
SPENDING = [GENERATIONS, "/v1/images/edits", "/v1/images/variations"]

PLAIN = KEYS.plain


def assert_no_call(server: Server, prompt: str, http: httpx2.Client) -> None:
    assert server.calls(prompt, http, shown(PLAIN)) == []


@pytest.mark.parametrize("path", SPENDING)
def test_a_billed_route_without_a_key_explains_how_to_send_one(
    guarded: httpx2.Client, path: str
) -> None:
    answer = guarded.post(path, json={"prompt": "x"})
    assert answer.status_code == 401
    assert "Authorization: Bearer KEY" in answer.json()["error"]["message"]
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": f"Bearer {PLAIN[:-1]}"},
        {"authorization": f"Bearer {PLAIN}x"},
        {"authorization": f"Bearer {PLAIN.upper()}"},
        {"authorization": f"Basic {PLAIN}"},
        {"authorization": PLAIN},
        {"authorization": f"Bearer Bearer {PLAIN}"},
        {"authorization": f"Bearer wrong, Bearer {PLAIN}"},
        {"authorization": f"Bearer openai:{PLAIN}"},
        {"x-api-key": ""},
        {"x-api-key": "wrong"},
        {"x-api-key": "wrong", "authorization": f"Bearer {PLAIN}"},
        {"cookie": f"api_key={PLAIN}"},
        {"api-key": PLAIN},
        {"x-forwarded-authorization": f"Bearer {PLAIN}"},
    ],
)
def test_a_wrong_key_is_refused_in_every_form(
    guarded_server: Server, guarded: httpx2.Client, headers: dict[str, str]
) -> None:
    prompt = new_prompt()
    answer = guarded.post(GENERATIONS, json={"prompt": prompt}, headers=headers)
    assert answer.status_code == 401
    assert PLAIN not in answer.text
    assert_no_call(guarded_server, prompt, guarded)


@pytest.mark.parametrize(
    "query",
    [f"key={PLAIN}", f"api_key={PLAIN}", f"api-key={PLAIN}", f"authorization=Bearer+{PLAIN}"],
)
def test_a_key_in_the_query_string_is_ignored(
    guarded_server: Server, guarded: httpx2.Client, query: str
) -> None:
    prompt = new_prompt()
    assert guarded.post(f"{GENERATIONS}?{query}", json={"prompt": prompt}).status_code == 401
    assert_no_call(guarded_server, prompt, guarded)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_may_be_written_in_any_case(guarded: httpx2.Client, scheme: str) -> None:
    headers = {"authorization": f"{scheme} {PLAIN}"}
    assert guarded.post(GENERATIONS, json={"prompt": "x"}, headers=headers).status_code == 200


def raw(server: Server, *lines: str) -> bytes:
    """The response to a request that no client library would send."""
    address = urlsplit(server.url)
    text = "\r\n".join([*lines, "", ""])
    with socket.create_connection((address.hostname or "", address.port or 0), 30) as connection:
        connection.sendall(text.encode("latin-1"))
        connection.settimeout(30)
        try:
            return connection.recv(65536)
        except (TimeoutError, ConnectionResetError):
            return b""


@pytest.mark.parametrize(
    "smuggled",
    [
        [f"Authorization: Bearer {PLAIN}", "Authorization: Bearer wrong"],
        ["Authorization: Bearer wrong", f"Authorization: Bearer {PLAIN}"],
        ["X-Api-Key: wrong", f"X-Api-Key: {PLAIN}"],
        [f"X-Nothing: a\rAuthorization: Bearer {PLAIN}"],
        [f"X-Nothing: a\n Authorization: Bearer {PLAIN}"],
        [f"Authorization : Bearer {PLAIN}"],
        [f"Authorization: Bearer\t{PLAIN}"],
        ["Transfer-Encoding: chunked", "X-Api-Key: wrong"],
    ],
    ids=repr,
)
def test_no_malformed_header_is_accepted_as_a_key(
    guarded_server: Server, guarded: httpx2.Client, smuggled: list[str]
) -> None:
    prompt = new_prompt()
    body = f'{{"prompt": "{prompt}"}}'
    host = urlsplit(guarded_server.url).netloc
    has_length = not any(line.startswith("Transfer-Encoding") for line in smuggled)
    length = [f"Content-Length: {len(body)}"] if has_length else []
    head = [f"POST {GENERATIONS} HTTP/1.1", f"Host: {host}", "Connection: close"]
    sent = body if has_length else f"{len(body):x}\r\n{body}\r\n0\r\n"
    answer = raw(
        guarded_server, *head, "Content-Type: application/json", *length, *smuggled, "", sent
    )
    assert not answer.startswith(b"HTTP/1.1 200")
    assert_no_call(guarded_server, prompt, guarded)


def test_hundreds_of_wrong_keys_are_refused_and_not_logged(
    guarded_server: Server, guarded: httpx2.Client
) -> None:
    prompt = new_prompt()
    marker = secrets.token_hex(8)

    async def try_all() -> set[int]:
        limits = httpx2.Limits(max_connections=16)
        async with httpx2.AsyncClient(
            base_url=guarded_server.url, timeout=60, limits=limits
        ) as client:
            statuses: set[int] = set()

            async def knock(first: int) -> None:
                for number in range(first, 320, 16):
                    headers = shown(f"{marker}-{number}")
                    body = {"prompt": prompt}
                    answer = await client.post(GENERATIONS, json=body, headers=headers)
                    statuses.add(answer.status_code)

            await asyncio.gather(*(knock(first) for first in range(16)))
            return statuses

    assert asyncio.run(try_all()) == {401}
    assert_no_call(guarded_server, prompt, guarded)
    assert not any(marker in line for line in guarded_server.lines)


def test_no_key_is_ever_logged(guarded_server: Server, guarded: httpx2.Client) -> None:
    for key in (PLAIN, KEYS.admin):
        guarded.post(GENERATIONS, json={"prompt": new_prompt()}, headers=shown(key))
    assert not any(key in line for line in guarded_server.lines for key in vars(KEYS).values())
