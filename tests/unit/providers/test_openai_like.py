"""Hosts with OpenAI's API: the calls that are made and the results that are read."""

import math
from typing import Any

import pytest

from easel.errors import (
    ContentRefusedError,
    EmptyResultError,
    InvalidValueError,
    ProviderError,
)
from easel.platform.buffers import Attachment, JsonValue
from easel.platform.calls import Event, HttpAnswer, HttpCall
from easel.providers.openai_like import Host, generate
from easel.providers.protocol import Attempt, NextEvent, Partial, Picture, Result, Run
from support.events import FakeEvents
from support.services import Bytes, Text

HOST = Host("P", "https://p.example/v1")
PNG = Attachment(Bytes(b"png"), "file", "image/png")
B64 = Text("aGk=")


def attempt(**fields: Any) -> Attempt:
    known = {"model": "m", "prompt": "a fox", "parameters": {}}
    return Attempt(**{**known, "base_urls": {"P_BASE_URL": "https://p.example/v1"}, **fields})


def call(host: Host = HOST, **fields: Any) -> HttpCall:
    step = next(generate(host, attempt(**fields)))
    assert isinstance(step, HttpCall)
    return step


def finish(run: Run, answer: Any) -> Result:
    with pytest.raises(StopIteration) as finished:
        run.send(answer)
    result: Result = finished.value.value
    return result


def started(host: Host = HOST, **fields: Any) -> Run:
    run = generate(host, attempt(**fields))
    next(run)
    return run


def result(body: JsonValue) -> Result:
    return finish(started(), HttpAnswer(200, {}, body))


def test_a_generation_is_sent_as_json_with_only_the_given_parameters() -> None:
    http_call = call(parameters={"size": "512x512", "seed": 0}, count=3)
    assert http_call == HttpCall(
        "POST",
        "https://p.example/v1/images/generations",
        body={"model": "m", "prompt": "a fox", "n": 3, "size": "512x512", "seed": 0},
    )


def test_a_host_that_makes_one_image_per_call_is_not_sent_n() -> None:
    assert "n" not in (call(Host("P", "", takes_n=False)).body or {})


def test_the_response_format_of_the_card_is_sent() -> None:
    assert (call(response_format="base64").body or {})["response_format"] == "base64"


def test_an_edit_is_a_form_with_image_or_several_image_fields() -> None:
    http_call = call(task="edit", parameters={"image[]": [PNG], "mask": PNG})
    assert http_call.url.endswith("/images/edits")
    assert http_call.encoding == "form"
    assert (http_call.body or {})["image"] == PNG
    several = call(task="edit", parameters={"image[]": [PNG, PNG]})
    assert (several.body or {})["image[]"] == [PNG, PNG]


def test_a_variation_has_no_prompt() -> None:
    http_call = call(task="vary", parameters={"image[]": [PNG]})
    assert http_call.url.endswith("/images/variations")
    assert "prompt" not in (http_call.body or {})


def test_a_host_may_have_its_own_path_or_url_for_each_task() -> None:
    paths = {"edit": "/images/generations", "generate": "https://other.example/make"}
    assert call(Host("P", "", paths=paths), task="edit").url.endswith("/v1/images/generations")
    assert call(Host("P", "", paths=paths)).url == "https://other.example/make"


@pytest.mark.parametrize(
    ("item", "source"),
    [
        ({"b64_json": B64}, Bytes(b"hi")),
        ({"url": "https://x.example/a.png"}, "https://x.example/a.png"),
        ({"url": "/files/a.png"}, "/files/a.png"),
        ({"url": Text("data:image/png;base64,AAAA")}, Text("data:image/png;base64,AAAA")),
        ({"image": B64}, Bytes(b"hi")),
        ("https://x.example/a.png", "https://x.example/a.png"),
        ({"b64_json": None, "url": "https://x.example/a.png"}, "https://x.example/a.png"),
    ],
)
@pytest.mark.parametrize("name", ["data", "images"])
def test_images_are_found_in_every_form_of_answer(
    name: str, item: JsonValue, source: object
) -> None:
    assert result({name: [item]}).pictures == [Picture(source)]  # type: ignore[arg-type]


def test_a_base64_jpeg_is_not_taken_for_a_path() -> None:
    assert result({"data": [{"b64_json": Text("/9j/4AAQ")}]}).pictures[0].source != "/9j/4AAQ"


def test_one_broken_image_does_not_lose_the_others() -> None:
    assert len(result({"data": [{"b64_json": "short"}, {"b64_json": B64}, {}]}).pictures) == 1


@pytest.mark.parametrize("body", [{}, {"data": []}, {"data": None}, {"data": [{}]}, {"data": 3}])
def test_a_success_without_an_image_is_an_error(body: JsonValue) -> None:
    with pytest.raises(EmptyResultError):
        result(body)


@pytest.mark.parametrize("body", [None, "<html>", ["a"], 3, Bytes(b"png")])
def test_a_success_that_is_not_a_json_object_is_an_error(body: Any) -> None:
    with pytest.raises(ProviderError):
        result(body)


def test_a_server_that_refuses_response_format_is_called_again_without_it() -> None:
    run = started(response_format="b64_json")
    error_report = {"error": {"message": "Unknown parameter", "param": "response_format"}}
    again = run.send(HttpAnswer(400, {}, error_report))  # type: ignore[arg-type]
    assert isinstance(again, HttpCall)
    assert "response_format" not in (again.body or {})
    assert len(finish(run, HttpAnswer(200, {}, {"data": [{"b64_json": B64}]})).pictures) == 1


def test_any_other_bad_request_is_the_callers_error() -> None:
    with pytest.raises(InvalidValueError):
        started(response_format="b64_json").send(HttpAnswer(400, {}, {"error": "bad size"}))


@pytest.mark.parametrize(
    ("cost", "header", "charged"),
    [
        (0.04, None, 0.04),
        (0, "0.02", 0),
        (None, "0.02", 0.02),
        ("0.04", "2.1e-05", 0.000021),
        (None, "None", None),
        (None, "nan", None),
        (None, "-1", None),
        (math.inf, None, None),
        (math.nan, None, None),
        (10**400, None, None),
        (-0.04, None, None),
        (True, None, None),
        ({"total": 1}, None, None),
    ],
)
def test_the_cost_is_read_from_the_usage_or_from_a_header(
    cost: Any, header: str | None, charged: float | None
) -> None:
    headers = {} if header is None else {"x-litellm-response-cost": header}
    body: JsonValue = {"data": [{"url": "https://x/a.png"}], "usage": {"cost": cost}}
    assert finish(started(), HttpAnswer(200, headers, body)).usd == charged


def test_the_cost_is_read_from_the_header_if_there_is_no_usage() -> None:
    headers = {"x-litellm-response-cost": "0.02"}
    answer = HttpAnswer(200, headers, {"data": [{"url": "https://x/a.png"}]})
    assert finish(started(), answer).usd == 0.02


# --- Streams


STREAM = FakeEvents()


def event(kind: str, **data: Any) -> Event:
    return Event(kind, {"type": kind, **data})


def streaming_run() -> Run:
    run = started(partial_images=2)
    assert run.send(HttpAnswer(200, {}, STREAM)) == NextEvent(STREAM)
    return run


def test_a_stream_is_requested_with_its_number_of_partial_images() -> None:
    http_call = call(partial_images=0)
    assert http_call.reads_events
    assert http_call.body == {
        "model": "m",
        "prompt": "a fox",
        "n": 1,
        "stream": True,
        "partial_images": 0,
    }


@pytest.mark.parametrize("index", [None, -1, 4, 10**400, 1e308, True, 1.5, "1"])
def test_an_invalid_index_of_a_partial_image_counts_as_zero(index: Any) -> None:
    run = streaming_run()
    partial = event("image_generation.partial_image", b64_json=B64, partial_image_index=index)
    shown = run.send(partial)
    assert isinstance(shown, Partial)
    assert (shown.index, type(shown.index)) == (0, int)


def test_partial_images_are_yielded_until_the_finished_image_arrives() -> None:
    run = streaming_run()
    partial = event("image_generation.partial_image", b64_json=B64, partial_image_index=1)
    assert run.send(partial) == Partial(Bytes(b"hi"), 1)
    assert run.send(None) == NextEvent(STREAM)
    done = event("image_generation.completed", b64_json=B64, usage={"total_tokens": 3})
    assert finish(run, done) == Result([Picture(Bytes(b"hi"))], {"total_tokens": 3})


def test_the_cost_of_a_stream_is_read_from_its_last_event_and_not_from_its_header() -> None:
    run = started(partial_images=0)
    run.send(HttpAnswer(200, {"x-litellm-response-cost": "0.01"}, STREAM))
    done = event("image_generation.completed", b64_json=B64, usage={"cost": 0.04})
    assert finish(run, done).usd == 0.04
    run = started(partial_images=0)
    run.send(HttpAnswer(200, {"x-litellm-response-cost": "0.01"}, STREAM))
    assert finish(run, event("image_generation.completed", b64_json=B64)).usd is None


def test_unknown_events_are_ignored() -> None:
    run = streaming_run()
    for unknown in (Event("", "[DONE]"), Event("ping", None), event("x.unknown")):
        assert run.send(unknown) == NextEvent(STREAM)


def test_a_stream_that_ends_too_early_is_an_empty_result() -> None:
    with pytest.raises(EmptyResultError):
        streaming_run().send(None)


def test_an_error_in_a_stream_may_be_billed() -> None:
    error_event = Event("error", {"type": "error", "error": {"message": "crashed", "code": "x"}})
    with pytest.raises(ProviderError) as caught:
        streaming_run().send(error_event)
    assert caught.value.billed


def test_refused_content_in_a_stream_is_recognised() -> None:
    blocked = {"message": "safety system", "code": "moderation_blocked"}
    with pytest.raises(ContentRefusedError):
        streaming_run().send(Event("error", {"type": "error", "error": blocked}))  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "words", ["insufficient_quota", "invalid_api_key", "model_not_found", "overloaded"]
)
def test_an_error_in_a_stream_is_not_classified_by_words_that_may_be_the_prompts(
    words: str,
) -> None:
    error_event: Any = {"type": "error", "error": {"message": f"Invalid prompt: '{words}'"}}
    with pytest.raises(ProviderError) as caught:
        streaming_run().send(Event("error", error_event))
    assert type(caught.value) is ProviderError
    assert caught.value.billed
