"""Hugging Face Spaces: the calls that the provider makes and the events that it reads."""

from collections.abc import Generator, Mapping
from typing import Any

import pytest

from easel.errors import (
    ContentRefusedError,
    EaselError,
    EmptyResultError,
    InvalidValueError,
    ModelGoneError,
    ProviderError,
    ProviderTimeoutError,
    QuotaExhaustedError,
    UnavailableError,
)
from easel.platform.calls import Abandoned, CallFailure, Event, HttpAnswer, HttpCall
from easel.providers.hf_spaces import SpaceOptions, generate
from easel.providers.protocol import Attempt, NextEvent, Picture, Result
from support.events import FakeEvents

DEFAULT = "https://hf.space"
HERE = "https://fox-den-1.hf.space"
OPTIONS: Mapping[str, Any] = {
    "spaces": ["Fox/den.1"],
    "function": "infer",
    "data": ["$prompt", "$seed", False, "$steps", "$lacking"],
}
CONFIG: Any = {
    "api_prefix": "/gradio_api",
    "dependencies": [{"api_name": False}, {"id": 7, "api_name": "infer"}],
}


STREAM = FakeEvents()
OPENED = HttpAnswer(200, {}, CONFIG)
JOINED = HttpAnswer(200, {}, {"event_id": "e1"})
STREAMED = HttpAnswer(200, {}, STREAM)


def attempt(base_url: str = DEFAULT, **changed: Any) -> Attempt:
    options = SpaceOptions(**{**OPTIONS, **changed.pop("options", {})})
    known = {"parameters": {"steps": 4}, "nonce": "0123456789abcdef", **changed}
    return Attempt(
        "Fox/den.1", "a fox", options=options, base_urls={"HF_SPACE_BASE_URL": base_url}, **known
    )


def start(wanted: Attempt) -> Generator[Any, Any, Result]:
    return generate(wanted)


def streaming_run(wanted: Attempt | None = None) -> Generator[Any, Any, Result]:
    """A run that waits for the next event."""
    run = start(wanted or attempt())
    next(run)
    run.send(OPENED)
    run.send(JOINED)
    assert run.send(STREAMED) == NextEvent(STREAM)
    return run


def completed(*data: Any, **more: Any) -> Event:
    said: Any = {"msg": "process_completed", "event_id": "e1", "success": True}
    return Event("", {**said, "output": {"data": [*data]}, **more})


def failed(words: str | None, title: str = "Error") -> Event:
    return completed(success=False, output={"error": words}, title=title)


def result_of(*data: Any, wanted: Attempt | None = None) -> Result:
    run = streaming_run(wanted)
    with pytest.raises(StopIteration) as finished:
        run.send(completed(*data))
    result: Result = finished.value.value
    return result


def test_a_space_is_read_then_its_queue_is_joined_and_its_events_are_read() -> None:
    run = start(attempt())
    assert next(run) == HttpCall("GET", f"{HERE}/config", buys=False)
    body = {
        "data": ["a fox", 0x0123456, False, 4, None],
        "fn_index": 7,
        "session_hash": "0123456789abcdef",
    }
    assert run.send(OPENED) == HttpCall("POST", f"{HERE}/gradio_api/queue/join", body=body)
    assert run.send(JOINED) == HttpCall(
        "GET",
        f"{HERE}/gradio_api/queue/data?session_hash=0123456789abcdef",
        reads_events=True,
        buys=False,
    )


def test_spaces_at_another_base_url_are_paths() -> None:
    assert next(start(attempt("http://localhost:1"))) == HttpCall(
        "GET", "http://localhost:1/fox-den-1/config", buys=False
    )


def test_apps_of_older_gradio_versions_have_no_prefix_and_no_ids() -> None:
    run = start(attempt())
    next(run)
    listed: Any = [{"api_name": "other"}, {"api_name": "infer"}]
    call = run.send(HttpAnswer(200, {}, {"dependencies": listed}))
    assert call.url == f"{HERE}/queue/join"
    assert call.body["fn_index"] == 1


def test_a_numbered_copy_of_the_function_is_used_and_no_similar_name() -> None:
    run = start(attempt())
    next(run)
    names = ["infer_all", "infer_2", "inferior"]
    listed: Any = [{"api_name": name} for name in names]
    call = run.send(HttpAnswer(200, {}, {"dependencies": listed}))
    assert call.body["fn_index"] == 1


def test_a_space_without_the_function_is_a_missing_model() -> None:
    run = start(attempt())
    next(run)
    with pytest.raises(ModelGoneError, match="no function 'infer'"):
        run.send(HttpAnswer(200, {}, {"dependencies": []}))


def test_sizes_are_sent_with_the_names_that_the_space_uses() -> None:
    options = {"data": ["$aspect_ratio"], "ratios": {"1152x640": "16:9"}}
    run = start(attempt(options=options, parameters={"width": 1152, "height": 640}))
    next(run)
    assert run.send(OPENED).body["data"] == ["16:9"]


@pytest.mark.parametrize(
    ("shown", "url"),
    [
        ({"path": "/tmp/x.webp", "url": f"{HERE}/gradio_api/file=/tmp/x.webp"}, "/tmp/x.webp"),
        ({"path": "/tmp/x.webp", "url": None}, "/tmp/x.webp"),
        ({"path": "tmp/x.webp"}, "/tmp/x.webp"),
        ("/tmp/a b?.webp", "/tmp/a%20b%3F.webp"),
        ("/gradio_api/file=/tmp/x.webp", "/tmp/x.webp"),
        ([{"image": {"path": "/tmp/x.webp"}, "caption": "/not/this"}], "/tmp/x.webp"),
        ([[{"path": "/tmp/x.webp"}, "a caption"]], "/tmp/x.webp"),
    ],
)
def test_a_file_of_the_space_is_downloaded_from_the_space(shown: Any, url: str) -> None:
    assert result_of(shown).pictures[0].source == f"{HERE}/gradio_api/file={url}"


@pytest.mark.parametrize("url", ["https://cdn.example/x.png", "data:image/png;base64,AAAA"])
def test_any_other_url_is_kept(url: str) -> None:
    wanted = attempt(options={"data": ["$prompt"]})
    assert result_of(None, url, wanted=wanted) == Result([Picture(url)])


@pytest.mark.parametrize(
    ("reported", "seed"),
    [
        ([5], 5),
        ([5.0], 5),
        (["Seed used for generation: 5"], 5),
        ([True, None, "5 steps", 0.5], 0x0123456),
        ([], 0x0123456),
    ],
)
def test_the_seed_is_the_reported_one_or_else_the_one_that_was_sent(
    reported: list[Any], seed: int
) -> None:
    assert result_of("/tmp/x.webp", *reported).pictures[0].seed == seed


def test_events_of_other_requests_are_ignored() -> None:
    run = streaming_run()
    others = Event("", {"msg": "process_completed", "event_id": "e2", "output": {"data": ["/x"]}})
    others_events = [
        Event("heartbeat", None),
        Event("", "text"),
        Event("", {"msg": "estimation"}),
        others,
    ]
    for event in others_events:
        assert run.send(event) == NextEvent(STREAM)


@pytest.mark.parametrize("data", [[], [None], ["no image"], [[]], [{"path": ""}]])
def test_a_success_without_an_image_is_an_error(data: list[Any]) -> None:
    with pytest.raises(EmptyResultError):
        result_of(*data)


GPU = "You have exceeded your GPU quota (60s requested vs. 0s left)."


@pytest.mark.parametrize(
    ("event", "means", "wait"),
    [
        (
            failed(f"{GPU} Try again in 1:02:03.", "ZeroGPU quota exceeded"),
            QuotaExhaustedError,
            3723,
        ),
        (failed(f"{GPU} Please retry in 1 day, 0:00:00"), QuotaExhaustedError, 86400),
        (failed(f"{GPU} Please retry in {'9' * 20} days, 0:00:00"), QuotaExhaustedError, 86400),
        (failed("You have exceeded your free ZeroGPU quota"), QuotaExhaustedError, None),
        (failed("You have exceeded your ZeroGPU runs limit."), QuotaExhaustedError, None),
        (failed("Space app has reached its GPU limit."), QuotaExhaustedError, None),
        # The title contradicts the message.
        (
            failed("No GPU was available after 60s", "ZeroGPU quota exceeded"),
            UnavailableError,
            None,
        ),
        (failed("GPU task aborted", "ZeroGPU worker error"), ProviderTimeoutError, None),
        (failed("Potential NSFW content"), ContentRefusedError, None),
        (failed("Value 9 is greater than maximum value 8."), InvalidValueError, None),
        (failed("Value: 9 is not in the list of choices: ['1:1']"), InvalidValueError, None),
        (failed(None), ProviderError, None),
        (Event("", {"msg": "unexpected_error", "message": "Server stopped"}), ProviderError, None),
        (Event("", {"msg": "close_stream"}), ProviderError, None),
        (completed(output={}), ProviderError, None),
        (None, EmptyResultError, None),
    ],
)
def test_a_failed_app_becomes_the_error_that_its_message_demands(
    event: Event | None, means: type[EaselError], wait: float | None
) -> None:
    with pytest.raises(EaselError) as caught:
        streaming_run().send(event)
    assert type(caught.value) is means
    assert caught.value.retry_after == wait


def test_markup_is_removed_from_the_message_of_an_app() -> None:
    with pytest.raises(ProviderError) as caught:
        streaming_run().send(failed('Oh no. <a style="x" href="https://hf.co/join">Join</a> us'))
    assert caught.value.message == "The Space Fox/den.1: Oh no. Join us."


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (HttpAnswer(200, {}, "<!DOCTYPE html>"), UnavailableError),
        (HttpAnswer(200, {}, {"detail": "starting"}), UnavailableError),
        (HttpAnswer(503, {}, "Sorry"), UnavailableError),
        (HttpAnswer(404, {}, "Sorry"), ModelGoneError),
        (HttpAnswer(401, {}, {"detail": "Not authenticated"}), ModelGoneError),
        (CallFailure("lost", "connection refused"), UnavailableError),
        (CallFailure("timeout", "slow"), UnavailableError),
    ],
)
def test_if_a_space_is_down_the_next_is_tried_and_the_last_one_gives_the_error(
    answer: Any, means: type[EaselError]
) -> None:
    run = start(attempt(options={"spaces": ["a/b", "c/d"]}))
    respond = run.throw if isinstance(answer, Exception) else run.send
    assert next(run).url == "https://a-b.hf.space/config"
    assert respond(answer).url == "https://c-d.hf.space/config"
    with pytest.raises(means, match="The Space c/d") as caught:
        respond(answer)
    assert not caught.value.billed
    # The error of one Space does not concern the others.
    assert isinstance(caught.value, ProviderError)
    assert not caught.value.fault


def test_refused_content_is_not_tried_at_the_next_space() -> None:
    run = start(attempt(options={"spaces": ["a/b", "c/d"]}))
    next(run)
    for answer in (OPENED, JOINED, STREAMED):
        run.send(answer)
    with pytest.raises(ContentRefusedError):
        run.send(failed("NSFW"))


@pytest.mark.parametrize("failure", [Abandoned("deadline"), CallFailure("timeout", "slow")])
def test_an_abandoned_request_is_cancelled(failure: Exception) -> None:
    run = streaming_run()
    body = {"session_hash": "0123456789abcdef", "fn_index": 7, "event_id": "e1"}
    assert run.throw(failure) == HttpCall(
        "POST", f"{HERE}/gradio_api/cancel", body=body, buys=False
    )
    with pytest.raises(type(failure)):
        run.send(HttpAnswer(200, {}, {"success": True}))


def test_a_client_that_disconnects_while_a_space_is_read_is_not_a_failure_of_the_space() -> None:
    run = start(attempt(options={"spaces": ["a/b", "c/d"]}))
    next(run)
    with pytest.raises(Abandoned):
        run.throw(Abandoned("left"))
