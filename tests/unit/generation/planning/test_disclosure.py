"""The texts of a request that may appear in the log."""

from typing import Any

import pytest

from easel.generation.planning.disclosure import log_or_hide
from easel.observability.request_log import RequestLog
from easel.settings.settings import Settings
from easel.wire.requests import parse_fields
from easel.wire.sources import Source, Sources
from support.services import Bytes, FakeServices, Text

URL = "https://x.example/a.png?token=abcdef"
FIELDS: dict[str, Any] = {
    "prompt": "a red fox",
    "negative_prompt": "no blue whale",
    "user": "somebody@x.example",
    "webhook": "https://x.example/hook?token=abcdef",
    "arguments": {"style": {"notes": ["in green ink", 7, None]}},
    "style_image_url": "https://x.example/style.png?token=abcdef",
    "model": "m",
    "response_format": "url",
}
SOURCES = Sources(
    [Source("image", URL), Source("image", Text(URL + "x" * 2000)), Source("image", Bytes(b""))],
    [Source("mask", "https://x.example/mask.png"), Source("mask", "iVBORw0KGgo")],
)


def log_of(*, log_prompts: bool) -> RequestLog:
    fake = FakeServices(settings=Settings(log_prompts=log_prompts))
    log_or_hide(parse_fields(FIELDS, text=False), SOURCES, fake.services())
    return fake.request_log


def test_all_texts_of_a_request_are_hidden_in_the_log() -> None:
    hidden = log_of(log_prompts=False).hidden
    for text in ("a red fox", "no blue whale", "somebody@x.example", "in green ink"):
        assert text in hidden


@pytest.mark.parametrize("log_prompts", [True, False])
def test_urls_are_hidden_even_if_prompts_are_logged(log_prompts: bool) -> None:
    hidden = log_of(log_prompts=log_prompts).hidden
    for url in (URL, FIELDS["webhook"], FIELDS["style_image_url"], "https://x.example/mask.png"):
        assert url in hidden
    assert any(text.startswith(URL + "x") for text in hidden)
    assert "iVBORw0KGgo" not in hidden


def test_no_other_text_is_hidden_if_prompts_are_logged() -> None:
    request_log = log_of(log_prompts=True)
    assert request_log.facts["prompt"] == "a red fox"
    assert not {"a red fox", "no blue whale"} & {*request_log.hidden}


def test_names_of_models_and_formats_are_not_hidden() -> None:
    assert not {"m", "url"} & {*log_of(log_prompts=False).hidden}
