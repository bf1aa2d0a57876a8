"""The behaviour that all fakes share, tested with OpenAI's."""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from fakes.answers import Reply, json_answer
from fakes.calls import Call
from fakes.server import Fake, serving
from support.pictures import picture
from support.server import new_prompt

GPT = "gpt-image-1.5"
HUGE = 200_000_000


@pytest.fixture
def api(openai_fake: Fake) -> Iterator[httpx2.Client]:
    headers = {"authorization": "Bearer x"}
    with httpx2.Client(base_url=f"{openai_fake.url}/v1", headers=headers, timeout=30) as client:
        yield client


def ask(api: httpx2.Client, prompt: str, **parameters: Any) -> httpx2.Response:
    body = {"prompt": prompt, "model": GPT, **parameters}
    return api.post("/images/generations", json=body)


def images(answer: httpx2.Response) -> list[bytes]:
    return [base64.b64decode(image["b64_json"]) for image in answer.json()["data"]]


def test_calls_made_at_the_same_time_are_counted(api: httpx2.Client, openai_fake: Fake) -> None:
    openai_fake.reset_most_at_once()
    prompt = new_prompt("[fake delay 500]")
    with ThreadPoolExecutor(3) as pool:
        answers = [*pool.map(lambda _: ask(api, prompt), range(3))]
    assert {answer.status_code for answer in answers} == {200}
    assert openai_fake.most_at_once == 3
    openai_fake.reset_most_at_once()
    assert ask(api, new_prompt()).is_success
    assert openai_fake.most_at_once == 1


def test_a_slow_image_is_billed_from_the_start(api: httpx2.Client, openai_fake: Fake) -> None:
    prompt = new_prompt("[fake delay 60000]")
    with pytest.raises(httpx2.ReadTimeout):
        api.post("/images/generations", json={"prompt": prompt, "model": GPT}, timeout=0.5)
    assert openai_fake.left(prompt).wait(10)
    assert openai_fake.bought(prompt) == 1


def test_a_hanging_fake_notices_that_its_client_disconnects(
    api: httpx2.Client, openai_fake: Fake
) -> None:
    prompt = new_prompt("[fake hang]")
    with pytest.raises(httpx2.ReadTimeout):
        api.post("/images/generations", json={"prompt": prompt, "model": GPT}, timeout=0.5)
    assert openai_fake.left(prompt).wait(10)
    assert openai_fake.bought(prompt) == 0


@pytest.mark.parametrize(("directive", "bought"), [("reset", 0), ("die", 1)])
def test_a_connection_breaks_before_or_after_the_image_is_made(
    api: httpx2.Client, openai_fake: Fake, directive: str, bought: int
) -> None:
    prompt = new_prompt(f"[fake {directive}]")
    with pytest.raises(httpx2.ReadError):
        ask(api, prompt)
    assert openai_fake.bought(prompt) == bought
    assert not openai_fake.left(prompt).is_set()


def test_a_body_can_be_truncated(api: httpx2.Client) -> None:
    with pytest.raises(httpx2.RemoteProtocolError, match="peer closed connection"):
        ask(api, new_prompt("[fake truncate]"))


def test_a_stream_can_be_cut_off(api: httpx2.Client) -> None:
    with pytest.raises(httpx2.RemoteProtocolError, match="peer closed connection"):
        ask(api, new_prompt("[fake truncate]"), stream=True)


@pytest.mark.parametrize(
    ("directive", "content_type", "start"),
    [
        ("html", "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ("wrong-type", "text/plain", '{"created"'),
        ("wrong-json", "application/json", "<!DOCTYPE html>"),
    ],
)
def test_a_success_can_be_malformed(
    api: httpx2.Client, directive: str, content_type: str, start: str
) -> None:
    answer = ask(api, new_prompt(f"[fake {directive}]"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == content_type
    assert answer.text.startswith(start)


@pytest.mark.parametrize(("directive", "declared"), [("huge", None), ("huge-declared", str(HUGE))])
def test_a_body_can_be_too_large_to_read(
    api: httpx2.Client, openai_fake: Fake, directive: str, declared: str | None
) -> None:
    prompt = new_prompt(f"[fake {directive}]")
    body = {"prompt": prompt, "model": GPT}
    with api.stream("POST", "/images/generations", json=body) as answer:
        assert answer.headers.get("content-length") == declared
        assert next(answer.iter_bytes()).startswith(b'{"data":[{"b64_json":"')
    assert openai_fake.left(prompt).wait(10)


def test_a_huge_body_has_its_declared_length(api: httpx2.Client) -> None:
    body = {"prompt": new_prompt("[fake huge-declared]"), "model": GPT}
    with api.stream("POST", "/images/generations", json=body) as answer:
        assert sum(map(len, answer.iter_bytes())) == HUGE


@pytest.mark.parametrize(("directive", "count"), [("empty", 0), ("fewer", 2)])
def test_a_success_can_lack_images(
    api: httpx2.Client, openai_fake: Fake, directive: str, count: int
) -> None:
    prompt = new_prompt(f"[fake {directive}]")
    assert len(images(ask(api, prompt, n=3))) == count
    assert openai_fake.bought(prompt) == count


def test_a_result_can_be_no_image(api: httpx2.Client, openai_fake: Fake) -> None:
    prompt = new_prompt("[fake garbage]")
    assert images(ask(api, prompt)) == [b"no image 0"]
    assert openai_fake.bought(prompt) == 1


def test_a_result_can_have_another_format_and_size_than_requested(api: httpx2.Client) -> None:
    (content,) = images(ask(api, new_prompt("[fake format jpeg] [fake size 300x200]")))
    assert (picture(content).format, picture(content).size) == ("JPEG", (300, 200))


def test_a_result_can_be_missing(api: httpx2.Client, http: httpx2.Client) -> None:
    answer = ask(api, new_prompt("[fake lost]"), model="dall-e-3")
    assert http.get(answer.json()["data"][0]["url"]).status_code == 404


def test_only_the_first_calls_fail(api: httpx2.Client, openai_fake: Fake) -> None:
    prompt = new_prompt("[fake error rate x1] [fake error down x2]")
    assert [ask(api, prompt).status_code for _ in range(4)] == [429, 503, 503, 200]
    assert openai_fake.bought(prompt) == 1
    assert len(openai_fake.calls(prompt)) == 4


def test_an_invalid_request_fails_before_directives_apply(api: httpx2.Client) -> None:
    assert ask(api, new_prompt("[fake hang]"), n=0).status_code == 400


def test_a_request_may_be_chunked(api: httpx2.Client, openai_fake: Fake) -> None:
    prompt = new_prompt()
    body = json.dumps({"prompt": prompt, "model": GPT}).encode()
    answer = api.post(
        "/images/generations",
        content=iter([body[:9], body[9:]]),
        headers={"content-type": "application/json"},
    )
    assert answer.is_success
    assert openai_fake.calls(prompt)[0].headers["transfer-encoding"] == "chunked"


def test_a_multipart_form_is_parsed() -> None:
    seen: list[Call] = []

    def answer(_: Fake, call: Call) -> Reply:
        seen.append(call)
        return json_answer({})

    content = bytes(range(256)) + b"\r\n--not-the-boundary\r\n\n"
    with serving(answer) as fake, httpx2.Client() as http:
        http.post(
            f"{fake.url}/a%2Fb?x=1&y=",
            data={"prompt": "ein Füchslein", "n": "2"},
            files=[("image[]", ("_t é.png", content, "image/png")), ("image[]", b"second")],
        )
    (call,) = seen
    assert (call.path, call.query) == ("/a/b", {"x": "1", "y": ""})
    assert call.texts == [("prompt", "ein Füchslein"), ("n", "2")]
    assert call.prompt == "ein Füchslein"
    assert [file.content for file in call.files] == [content, b"second"]
    assert [file.field for file in call.files] == ["image[]", "image[]"]
    assert call.json is None


def test_an_exception_in_a_fake_is_raised_when_it_stops() -> None:
    def answer(_: Fake, call: Call) -> Reply:
        raise LookupError(call.path)

    with pytest.raises(LookupError, match="/x"), serving(answer) as fake, httpx2.Client() as http:
        assert http.get(f"{fake.url}/x").status_code == 500


def test_an_unknown_directive_is_an_error_of_the_fake() -> None:
    def answer(fake: Fake, call: Call) -> Reply:
        return json_answer({"url": fake.redirect(call.query["prompt"], "/", "x")})

    with (
        pytest.raises(ValueError, match="unknown directives"),
        serving(answer) as fake,
        httpx2.Client() as http,
    ):
        http.get(f"{fake.url}/", params={"prompt": "[fake mistake]"})
