"""Calls of easel with a token for a provider."""

import uuid
from collections.abc import Mapping

import httpx2
import openai

from support.server import Server


def new_token(prefix: str, kind: str = "good") -> str:
    """A bearer with a token that no other test uses; `bad`, `broke`... make the fakes refuse it."""
    # In decimal, because hexadecimal digits sometimes spell "bad".
    return f"{prefix}:{kind}-{uuid.uuid4().int}"


def sdk_for(server: Server, bearer: str) -> openai.OpenAI:
    """The OpenAI SDK with a short timeout and without retries."""
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key=bearer, max_retries=0, timeout=30)


def generate(server: Server, bearer: str, body: Mapping[str, object]) -> httpx2.Response:
    """Request a generation over plain HTTP: the SDK hides parts of the response."""
    headers = {"authorization": f"Bearer {bearer}"}
    with server.client() as client:
        return client.post("/v1/images/generations", json=dict(body), headers=headers)
