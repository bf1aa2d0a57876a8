"""Custom servers: their settings, and the calls that are made to them."""

import base64
import json
from typing import Any

import pytest

from easel.api.http.generations import generate_images
from easel.catalog.custom import cards_of, catalog_with
from easel.errors import ConfigurationError, MissingCredentialError
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers.custom import provider_of
from easel.settings.custom_servers import Auth, Channel, Endpoints, Model, read_channels
from easel.settings.settings import Settings
from support.services import FakeServices, Text, image_bytes, request, wait_for

URL = "http://192.168.0.7:8080/v1"
IMAGE = Text(base64.b64encode(image_bytes("png", 64, 64)).decode())
OK = HttpAnswer(200, {}, {"data": [{"b64_json": IMAGE}]})


def read(**variables: str) -> tuple[Channel, ...]:
    return read_channels(variables.get)


def read_json(**channel: Any) -> Channel:
    (found,) = read(CUSTOM_CHANNELS_JSON=json.dumps({"channels": [channel]}))
    return found


def numbered(**variables: str) -> tuple[Channel, ...]:
    return read(**{f"CUSTOM_CHANNEL_1_{name}": text for name, text in variables.items()})


def ask(channel: Channel, bearer: str = "", **fields: object) -> HttpCall:
    """The call that a request for a model of a channel becomes."""
    fake = FakeServices(
        settings=Settings(allow_anonymous=True, channels=(channel,)), http=lambda _call: OK
    )
    body = {"prompt": "a fox", "model": f"custom/{channel.id}/m", **fields}
    headers = {"content-type": "application/json"}
    if bearer:
        headers["authorization"] = f"Bearer {bearer}"
    http_request = request(body=json.dumps(body).encode(), headers=headers)
    wait_for(generate_images(http_request, fake.services()))
    (call,) = fake.http_calls
    return call


# --- Settings


def test_without_settings_there_are_no_channels() -> None:
    assert read() == read(CUSTOM_CHANNELS_JSON=" ") == ()


def test_a_channel_in_json_may_set_every_field() -> None:
    channel = read_json(
        id="comfy.home-1",
        name="Comfy",
        baseUrl=URL,
        auth={"type": "api-key", "optional": True, "headerName": "X-Token", "prefix": "Key "},
        endpoints={"image": "/make", "edit": "https://edits.example/v2"},
        headers={"X-Team": "art"},
        tokens=["one", "two"],
        imageModels=[{"id": "sdxl", "name": "SDXL"}],
        sizeAs="width_height",
    )
    assert channel == Channel(
        id="comfy.home-1",
        name="Comfy",
        base_url=URL,
        auth=Auth(type="api-key", optional=True, header_name="X-Token", prefix="Key "),
        endpoints=Endpoints(image="/make", edit="https://edits.example/v2"),
        headers=(("X-Team", "art"),),
        tokens=("one", "two"),
        image_models=(Model(id="sdxl", name="SDXL"),),
        size_as="width_height",
    )


def test_a_channel_needs_only_an_id_and_a_url() -> None:
    assert read_json(id="a", baseUrl=URL) == Channel(id="a", base_url=URL)


def test_a_channel_in_numbered_variables_may_set_every_field() -> None:
    assert numbered(
        ID=" comfy ",
        URL=URL,
        NAME="Comfy",
        AUTH_TYPE="api-key",
        AUTH_HEADER="X-Token",
        AUTH_PREFIX="Key ",
        IMAGE_ENDPOINT="/make",
        EDIT_ENDPOINT="/change",
        TOKENS="one, two,",
        IMAGE_MODELS="sdxl, flux",
        SIZE_AS="width_height",
    ) == (
        Channel(
            id="comfy",
            name="Comfy",
            base_url=URL,
            auth=Auth(type="api-key", header_name="X-Token", prefix="Key "),
            endpoints=Endpoints(image="/make", edit="/change"),
            tokens=("one", "two"),
            image_models=(Model(id="sdxl"), Model(id="flux")),
            size_as="width_height",
        ),
    )


def test_the_variable_key_sets_a_single_token() -> None:
    assert numbered(ID="a", URL=URL, KEY="one")[0].tokens == ("one",)


def test_an_empty_prefix_differs_from_no_prefix() -> None:
    assert numbered(ID="a", URL=URL, AUTH_PREFIX="")[0].auth.prefix == ""
    assert numbered(ID="a", URL=URL)[0].auth.prefix is None


def test_the_numbers_of_channels_may_have_gaps_up_to_twenty() -> None:
    variables = {}
    for number in (2, 20, 21):
        variables[f"CUSTOM_CHANNEL_{number}_ID"] = f"c{number}"
        variables[f"CUSTOM_CHANNEL_{number}_URL"] = URL
    assert [channel.id for channel in read(**variables)] == ["c2", "c20"]


def test_channels_in_json_and_in_variables_are_combined() -> None:
    content = json.dumps({"channels": [{"id": "a", "baseUrl": URL}]})
    channels = read(CUSTOM_CHANNELS_JSON=content, CUSTOM_CHANNEL_3_ID="b", CUSTOM_CHANNEL_3_URL=URL)
    assert [channel.id for channel in channels] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("no json", ""),
        ("[]", ""),
        ('{"channels": {}}', "channels"),
        ('{"channels": [{"id": "a"}]}', "channels.0.baseUrl"),
        ('{"channels": [{"id": "a b", "baseUrl": "http://x"}]}', "channels.0.id"),
        ('{"channels": [{"id": "", "baseUrl": "http://x"}]}', "channels.0.id"),
        ('{"channels": [{"id": "a/b", "baseUrl": "http://x"}]}', "channels.0.id"),
        (
            '{"channels": [{"id": "a", "baseUrl": "http://x", "auth": {"type": "basic"}}]}',
            "channels.0.auth.type",
        ),
        (
            '{"channels": [{"id": "a", "baseUrl": "http://x", "imageModels": [{"id": ""}]}]}',
            "channels.0.imageModels.0.id",
        ),
        (
            '{"channels": [{"id": "a", "baseUrl": "http://x", "sizeAs": "ratio"}]}',
            "channels.0.sizeAs",
        ),
    ],
)
def test_an_invalid_value_in_json_is_named_by_its_path(text: str, place: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(CUSTOM_CHANNELS_JSON=text)
    assert "CUSTOM_CHANNELS_JSON" in caught.value.message
    assert f"'{place}'" in caught.value.message


@pytest.mark.parametrize(
    ("variables", "setting"),
    [
        ({"ID": "a"}, "CUSTOM_CHANNEL_1_URL"),
        ({"URL": URL}, "CUSTOM_CHANNEL_1_ID"),
        ({"ID": "a b", "URL": URL}, "CUSTOM_CHANNEL_1_ID"),
        ({"ID": "a", "URL": URL, "AUTH_TYPE": "basic"}, "CUSTOM_CHANNEL_1_AUTH_TYPE"),
        ({"ID": "a", "URL": URL, "SIZE_AS": "ratio"}, "CUSTOM_CHANNEL_1_SIZE_AS"),
    ],
)
def test_an_invalid_variable_is_named(variables: dict[str, str], setting: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        numbered(**variables)
    assert setting in caught.value.message


@pytest.mark.parametrize("url", ["192.168.0.7:8080", "ftp://x/v1", "http://", "http://x/v1?a=b"])
def test_an_invalid_base_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="channel a must be an http"):
        read_json(id="a", baseUrl=url)


def test_two_channels_cannot_have_the_same_id() -> None:
    with pytest.raises(ConfigurationError, match="same id"):
        read(
            CUSTOM_CHANNEL_1_ID="Home",
            CUSTOM_CHANNEL_1_URL=URL,
            CUSTOM_CHANNEL_2_ID="home",
            CUSTOM_CHANNEL_2_URL=URL,
        )


def test_an_error_never_contains_a_token() -> None:
    with pytest.raises(ConfigurationError) as caught:
        numbered(ID="a b", URL=URL, TOKENS="hush-hush")
    assert "hush" not in caught.value.message


# --- Models


def test_a_channel_has_a_card_for_each_model_and_one_for_any_other() -> None:
    channel = Channel(id="a", base_url=URL, image_models=(Model(id="sdxl"),))
    cards = [*cards_of(channel)]
    assert [card.id for card in cards] == ["custom/a/sdxl", "custom/a/*"]
    assert {card.provider for card in cards} == {"custom/a"}
    assert catalog_with((channel,))["custom/a/sdxl"] == cards[0]
    assert "openai/gpt-image-2" in catalog_with((channel,))


# --- Calls


def test_a_channel_uses_openais_protocol_by_default() -> None:
    call = ask(Channel(id="a", base_url=f"{URL}/", tokens=("one",)), size="512x512")
    assert (call.url, call.headers) == (
        f"{URL}/images/generations",
        {"authorization": "Bearer one"},
    )
    assert call.body == {
        "model": "m",
        "prompt": "a fox",
        "n": 1,
        "response_format": "b64_json",
        "size": "512x512",
    }


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        (Auth(), {"authorization": "Bearer one"}),
        (Auth(prefix="Token "), {"authorization": "Token one"}),
        (Auth(prefix=""), {"authorization": "one"}),
        (Auth(header_name="X-Auth"), {"x-auth": "Bearer one"}),
        (Auth(type="api-key"), {"x-api-key": "one"}),
        (Auth(type="api-key", header_name="Api-Key"), {"api-key": "one"}),
        (Auth(type="api-key", prefix="Key "), {"x-api-key": "Key one"}),
        (Auth(type="none"), {}),
    ],
    ids=str,
)
def test_the_token_is_sent_in_the_configured_header(auth: Auth, headers: dict[str, str]) -> None:
    assert ask(Channel(id="a", base_url=URL, auth=auth, tokens=("one",))).headers == headers


def test_a_callers_own_token_uses_the_id_of_the_channel_as_prefix() -> None:
    channel = Channel(id="a", base_url=URL, tokens=("one",))
    assert ask(channel, "a:mine").headers == {"authorization": "Bearer mine"}
    assert ask(channel, "openai:other").headers == {"authorization": "Bearer one"}


def test_an_optional_token_may_be_missing() -> None:
    channel = Channel(id="a", base_url=URL, auth=Auth(optional=True))
    assert ask(channel).headers == {}
    assert ask(channel, "a:mine").headers == {"authorization": "Bearer mine"}


def test_a_missing_required_token_is_reported_with_the_channel() -> None:
    with pytest.raises(MissingCredentialError) as caught:
        ask(Channel(id="a", base_url=URL))
    assert "custom server a" in caught.value.message
    assert "a:TOKEN" in caught.value.message


def test_the_headers_of_the_channel_are_sent() -> None:
    channel = Channel(id="a", base_url=URL, headers=(("X-Team", "art"),), tokens=("one",))
    assert ask(channel).headers == {"x-team": "art", "authorization": "Bearer one"}


def test_sizes_are_sent_in_the_configured_form() -> None:
    channel = Channel(id="a", base_url=URL, tokens=("one",), size_as="width_height")
    body = ask(channel, size="512x256").body or {}
    assert (body["width"], body["height"], "size" in body) == (512, 256, False)


def test_endpoints_may_be_paths_or_urls() -> None:
    at_a_path = Channel(id="a", base_url=URL, tokens=("one",), endpoints=Endpoints(image="/make"))
    assert ask(at_a_path).url == f"{URL}/make"
    at_a_url = Endpoints(image="https://other.example/v2/images")
    call = ask(Channel(id="a", base_url=URL, tokens=("one",), endpoints=at_a_url))
    assert call.url == "https://other.example/v2/images"


def test_an_endpoint_at_another_origin_is_sent_the_token() -> None:
    endpoints = Endpoints(image="https://elsewhere.example/make")
    call = ask(
        Channel(id="home", base_url="https://x.example/v1", endpoints=endpoints, tokens=("t",))
    )
    assert call.url == "https://elsewhere.example/make"
    assert call.headers["authorization"] == "Bearer t"


def test_a_custom_server_without_a_name_is_shown_with_its_id() -> None:
    assert provider_of(Channel(id="a", base_url=URL)).title == "The custom server a"
