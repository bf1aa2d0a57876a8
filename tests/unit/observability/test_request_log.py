"""The log line of a request."""

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote

import pytest

from easel.app import handle
from easel.observability.request_log import RequestLog, describe_bug
from easel.platform.calls import CallFailure, UpstreamFailure
from easel.platform.web import UrlAnswer
from easel.settings.settings import Settings
from support.services import Bytes, FakeServices, image_bytes, request, wait_for

SECRETIVE = Settings(allow_anonymous=True)


def ask(fake: FakeServices, prompt: str, **fields: object) -> dict[str, object]:
    body = json.dumps({"prompt": prompt, **fields}).encode()
    wait_for(handle(request(body=body), fake.services()))
    [line] = fake.lines
    log_line: dict[str, object] = json.loads(line)
    return log_line


def test_a_prompt_that_a_provider_repeats_is_not_logged() -> None:
    fake = FakeServices(
        answer=UpstreamFailure("5006: no fox on the moon, please"), settings=SECRETIVE
    )
    log_line = ask(fake, "fox on the moon")
    assert "fox on the moon" not in json.dumps(log_line)
    assert "no [...], please" in json.dumps(log_line["notes"])


def services_that_repeat(encode: Callable[[str], str], field: str = "prompt") -> FakeServices:
    """Services whose provider repeats a field of the inputs in its error."""
    return FakeServices(
        answer=lambda inputs: UpstreamFailure(f"5006: it says {encode(inputs[field])}, refused"),
        settings=SECRETIVE,
    )


PROMPT = 'A "Zebrafish"\nin\tÜbermut & <glee> at 100% in C:\\new'


@pytest.mark.parametrize(
    "encode",
    [
        str,
        json.dumps,
        repr,
        html.escape,
        quote,
        str.lower,
        lambda text: text[:13],
        lambda text: text[4:],
        lambda text: json.dumps(text)[:13],
        lambda text: " ".join(text.split()),
        lambda text: json.dumps({"error": json.dumps(text)}),
    ],
)
def test_a_prompt_that_a_provider_repeats_in_another_form_is_not_logged(
    encode: Callable[[str], str],
) -> None:
    line = json.dumps(ask(services_that_repeat(encode), PROMPT)).lower()
    assert "ebraf" not in line
    assert "bermut" not in line
    assert "refused" in line


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("@cf/bytedance/stable-diffusion-xl-lightning", "negative_prompt"),
        ("@cf/lykon/dreamshaper-8-lcm", "negative_prompt"),
    ],
)
def test_other_texts_of_the_caller_that_a_provider_repeats_are_not_logged(
    model: str, field: str
) -> None:
    fake = services_that_repeat(json.dumps, field)
    log_line = ask(fake, "a cat", model=model, **{field: 'no "zebrafish"'})
    assert "zebrafish" not in json.dumps(log_line)
    assert "refused" in json.dumps(log_line["notes"])


def test_the_query_of_an_input_url_is_not_logged() -> None:
    fake = FakeServices(
        answer=UpstreamFailure("5006: no image at https://x.example/a.png?token=zebrafish"),
        settings=replace(SECRETIVE, log_prompts=True),
        web={
            "https://x.example/a.png?token=zebrafish": UrlAnswer(
                200, None, "image/png", Bytes(image_bytes("png"))
            )
        },
    )
    body = {"prompt": "a cat", "image": "https://x.example/a.png?token=zebrafish"}
    http_request = request(path="/v1/images/edits", body=json.dumps(body).encode())
    assert wait_for(handle(http_request, fake.services())).status == 502
    [line] = fake.lines
    assert "no image at" in line
    assert "zebrafish" not in line


def test_a_credential_that_a_provider_repeats_is_not_logged() -> None:
    fake = FakeServices(
        settings=Settings(allow_anonymous=True, secrets={"OPENAI_API_KEY": ("zebrafish-123",)}),
        http=lambda _call: CallFailure("lost", "invalid header: Bearer zebrafish-123"),
    )
    line = json.dumps(ask(fake, "a cat", model="openai/gpt-image-2"))
    assert "invalid header" in line
    assert "zebrafish" not in line


def note_of_bug(fake: FakeServices, prompt: str) -> str:
    """The log's note about an exception whose message repeats the prompt."""

    def crash(inputs: Mapping[str, object]) -> object:
        raise ValueError(f"'{inputs['prompt']}' is no number")

    fake.answer = crash
    return json.dumps(ask(fake, prompt)["notes"])


def test_a_bug_is_logged_with_its_place_and_its_message_without_the_prompt() -> None:
    note = note_of_bug(FakeServices(settings=SECRETIVE), "a zebrafish")
    assert "driver.py:" in note
    assert "ValueError: '[...]' is no number" in note
    assert "zebrafish" not in note


def test_a_bug_before_the_request_is_read_is_logged_without_its_message() -> None:
    causes = [KeyError("a zebrafish"), ValueError("a zebrafish")]
    causes[1].__cause__ = causes[0]
    note = describe_bug(causes[1], RequestLog())
    assert note.startswith("ValueError at ")
    assert "caused by KeyError at " in note
    assert "zebrafish" not in note


def test_a_prompt_is_logged_if_the_setting_says_so() -> None:
    fake = FakeServices(settings=Settings(allow_anonymous=True, log_prompts=True))
    assert ask(fake, "a fox")["prompt"] == "a fox"


def test_base64_is_not_logged() -> None:
    request_log = RequestLog()
    request_log.note(f"it answered {'aGVsbG8' * 40}== and more")
    assert json.loads(request_log.line())["notes"] == ["it answered [...] and more"]


def test_long_notes_are_truncated() -> None:
    request_log = RequestLog()
    request_log.note("a b " * 9999)
    assert len(request_log.line()) < 5000


def test_tokens_of_callers_are_not_logged() -> None:
    request_log = RequestLog(hidden=["sk-token"])
    request_log.note("the key sk-token is refused")
    assert "sk-token" not in request_log.line()


def test_unknown_facts_are_left_out_of_the_line() -> None:
    request_log = RequestLog()
    request_log.tell({"cost_usd": None, "images": 0})
    assert json.loads(request_log.line()) == {"images": 0}


def test_each_request_writes_a_data_point() -> None:
    fake = FakeServices(settings=SECRETIVE)
    ask(fake, "a fox")
    [(index, texts, numbers)] = fake.data_points
    assert index == "anonymous"
    assert texts[:2] == ("anonymous", "/v1/images/generations")
    assert numbers[0] == 200
    assert numbers[-2:] == (0.0006336, 1.0)


def test_an_unknown_cost_is_marked_in_the_data_point() -> None:
    fake = FakeServices(answer=UpstreamFailure("5006: wrong"), settings=SECRETIVE)
    ask(fake, "a fox")
    [(_, _, numbers)] = fake.data_points
    assert numbers[-2:] == (0.0, 0.0)
