"""Settings of the owner."""

from collections.abc import Mapping

import openai
import pytest

from support.server import Server


def sdk_with(server: Server, key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0)


def test_keys_are_enforced_when_they_are_configured(owned_server: Server) -> None:
    with (
        sdk_with(owned_server, "wrong") as sdk,
        pytest.raises(openai.AuthenticationError) as caught,
    ):
        sdk.images.generate(prompt="never made")
    assert caught.value.code == "invalid_api_key"
    assert caught.value.response.headers["www-authenticate"].startswith("Bearer")
    assert caught.value.response.headers["access-control-allow-origin"] == "*"
    with owned_server.client() as http:
        headers = {"authorization": "Bearer first-key-4c9f1e7a"}
        http.headers.update(headers)
        assert owned_server.calls("never made", http) == []


def test_the_owner_configures_the_default_model_and_the_public_url(
    owned_server: Server, settings: Mapping[str, str]
) -> None:
    with sdk_with(owned_server, "second key: with spaces") as sdk:
        raw = sdk.images.with_raw_response.generate(prompt="an owned fox", size="256x256")
    assert raw.headers["x-easel-model"] == settings["DEFAULT_MODEL"]
    url = (raw.parse().data or [])[0].url or ""
    assert url.startswith("https://img.example.com/images/")
    with owned_server.client() as http:
        assert http.get(url.removeprefix("https://img.example.com")).status_code == 200
