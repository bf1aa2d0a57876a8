"""Gradio's queue: run a function of an app, and wait for its output.

This is the protocol of Gradio's own clients. The short form in its guide (`/call/NAME`) loses the
messages of errors in Gradio 5.
https://www.gradio.app/guides/view-api-page
https://github.com/gradio-app/gradio/tree/main/client/js
"""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
from easel.platform.buffers import JsonValue
from easel.platform.calls import (
    Abandoned,
    CallFailure,
    Event,
    EventStream,
    HttpCall,
    UpstreamFailure,
)
from easel.providers.calls import fetch, fetch_json
from easel.providers.error_report import ErrorReport, clean_up
from easel.providers.failures import FAILED_TASK, Rule, error_from_report
from easel.providers.json_values import text_at, value_at
from easel.providers.polling import cancel_task
from easel.providers.protocol import NextEvent, Sent, Step

# ZeroGPU's own sentences and, as codes, their titles; neither comes from an app or a caller.
# https://huggingface.co/docs/hub/spaces-zerogpu
RULES = (
    # An app behind a login is not public.
    Rule((401, 403), ModelGoneError),
    Rule(
        (FAILED_TASK,),
        UnavailableError,
        sentence=r"No GPU (?:was|is currently) available\b.*",
        billed=False,
    ),
    Rule((FAILED_TASK,), UnavailableError, code=r"queue timeout", billed=False),
    Rule(
        (FAILED_TASK,),
        QuotaExhaustedError,
        sentence=r"You have (?:exceeded|reached) your .*(?:gpu quota|runs limit)\b.*"
        r"|Space app has reached its gpu limit\b.*",
        billed=False,
    ),
    Rule((FAILED_TASK,), QuotaExhaustedError, code=r"quota|runs limit|credits", billed=False),
    Rule((FAILED_TASK,), ProviderTimeoutError, sentence=r"gpu task aborted\b.*"),
    # Gradio's own sentences about sliders and drop-downs.
    Rule(
        (FAILED_TASK,),
        InvalidValueError,
        sentence=r"Value:? .* is (?:(?:greater|less) than (?:max|min)imum value"
        r"|not in the list of choices)\b.*",
        billed=False,
    ),
    Rule(
        (FAILED_TASK,),
        ContentRefusedError,
        words=r"nsfw|safety|flagged|inappropriate|moderation",
    ),
)

# The least time in which a sleeping app starts.
_STARTING_SECONDS = 30

_TAG = re.compile(r"<[^<>]*>")
_WAIT = re.compile(r"\b(?:again|retry) in (?:(\d+) days?, )?(\d+):(\d\d):(\d\d)", re.I)


@dataclass(frozen=True)
class App:
    """A running Gradio app.

    Attributes:
        api: the URL of its API.
        functions: the index of each function, by its name in the API.
        title: its name in sentences.
    """

    api: str
    functions: Mapping[str, int]
    title: str


def open_app(url: str, title: str) -> Generator[Step, Sent, App]:
    """Read the functions of an app.

    Raises:
        EaselError: the app is gone or not running. Nothing was billed.
    """
    try:
        answer = yield from fetch(HttpCall("GET", f"{url}/config", buys=False), title, RULES)
    except (CallFailure, Abandoned) as failure:
        if isinstance(failure, Abandoned) or failure.reason == "left":
            raise
        raise UnavailableError(f"{title} cannot be reached.") from failure
    config = answer.body
    listed = config.get("dependencies") if isinstance(config, dict) else None
    if not isinstance(config, dict) or not isinstance(listed, list):
        # A sleeping app is replaced by a page.
        raise UnavailableError(f"{title} is asleep or starting.", retry_after=_STARTING_SECONDS)
    prefix = config.get("api_prefix")
    api = url + (prefix if isinstance(prefix, str) else "")
    return App(api, dict(_functions(listed)), title)


def _functions(listed: Sequence[JsonValue]) -> Iterator[tuple[str, int]]:
    for index, one in enumerate(listed):
        match one:
            case {"api_name": str(name), "id": int(known)}:
                yield name, known
            case {"api_name": str(name)}:
                yield name, index


def run(
    app: App, name: str, data: Sequence[object], session: str
) -> Generator[Step, Sent, list[JsonValue]]:
    """Run a function and return its outputs.

    Args:
        app: the app.
        name: the function's name; a copy of the function, which Gradio numbers, serves as well.
        data: its inputs, in their order.
        session: a name that no other caller of the app has.

    Raises:
        EaselError: the function failed.
    """
    index = _index(app, name)
    body = {"data": [*data], "fn_index": index, "session_hash": session}
    joined = yield from fetch_json(
        HttpCall("POST", f"{app.api}/queue/join", body=body), app.title, RULES
    )
    event_id = joined.get("event_id")
    stream = HttpCall(
        "GET", f"{app.api}/queue/data?session_hash={session}", reads_events=True, buys=False
    )
    try:
        answer = yield from fetch(stream, app.title, RULES)
        if not isinstance(answer.body, EventStream):
            raise ProviderError(f"{app.title} sent no event stream.")
        return (yield from _follow(answer.body, event_id, app.title))
    except UpstreamFailure:
        known = {"session_hash": session, "fn_index": index, "event_id": event_id}
        yield from cancel_task(HttpCall("POST", f"{app.api}/cancel", body=known, buys=False))
        raise


def _index(app: App, name: str) -> int:
    copies = [known for known in app.functions if re.fullmatch(rf"{re.escape(name)}(_\d+)?", known)]
    if not copies:
        raise ModelGoneError(f"{app.title} has no function '{name}', or no longer has it.")
    return app.functions[min(copies, key=len)]


def _follow(
    stream: EventStream, event_id: JsonValue, title: str
) -> Generator[Step, Sent, list[JsonValue]]:
    while True:
        event = yield NextEvent(stream)
        if event is None:
            raise EmptyResultError(f"{title} ended its stream before the image was finished.")
        message = event.data if isinstance(event, Event) else None
        if value_at(message, "event_id") not in (None, event_id):
            continue
        match value_at(message, "msg"):
            case "process_completed":
                outputs = value_at(message, "output", "data")
                if value_at(message, "success") is False or not isinstance(outputs, list):
                    raise _failure(message, title)
                return outputs
            case "unexpected_error" | "server_stopped" | "close_stream":
                raise _failure(message, title)


def _failure(message: JsonValue, title: str) -> EaselError:
    """The meaning of an app's last message. An app can be configured to hide its errors."""
    output = value_at(message, "output")
    markup = text_at(message, "message") if output is None else text_at(output, "error")
    sentence = clean_up(_TAG.sub(" ", markup))
    report = ErrorReport(
        FAILED_TASK,
        sentence or "its app failed without a message",
        code=text_at(message, "title"),
        retry_after=_seconds(_WAIT.search(sentence)),
    )
    return error_from_report(report, title, RULES)


def _seconds(wait: re.Match[str] | None) -> float | None:
    if wait is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in wait.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
