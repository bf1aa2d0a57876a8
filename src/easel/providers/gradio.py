"""Gradio's queue: run a function of an app that somebody serves, and wait for what comes of it.

It is what Gradio's own clients speak. The short form that its guide shows (`/call/NAME`) loses what
an app says of an error in Gradio 5.
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
from easel.providers.failures import Rule, failure_of
from easel.providers.polling import cancel
from easel.providers.protocol import NextEvent, Sent, Step

# A failure inside the stream has no status: what it means, its words must say.
_STREAMED = 500

# ZeroGPU's own sentences and, as codes, the titles above them; neither is an app's or a caller's.
# https://huggingface.co/docs/hub/spaces-zerogpu
RULES = (
    # An app behind a login is none that anybody could use.
    Rule((401, 403), ModelGoneError),
    Rule(
        (_STREAMED,),
        UnavailableError,
        sentence=r"No GPU (?:was|is currently) available\b.*",
        billed=False,
    ),
    Rule((_STREAMED,), UnavailableError, code=r"queue timeout", billed=False),
    Rule(
        (_STREAMED,),
        QuotaExhaustedError,
        sentence=r"You have (?:exceeded|reached) your .*(?:gpu quota|runs limit)\b.*"
        r"|Space app has reached its gpu limit\b.*",
        billed=False,
    ),
    Rule((_STREAMED,), QuotaExhaustedError, code=r"quota|runs limit|credits", billed=False),
    Rule((_STREAMED,), ProviderTimeoutError, sentence=r"gpu task aborted\b.*"),
    # What Gradio itself says of sliders and drop-downs.
    Rule(
        (_STREAMED,),
        InvalidValueError,
        sentence=r"Value:? .* is (?:(?:greater|less) than (?:max|min)imum value"
        r"|not in the list of choices)\b.*",
        billed=False,
    ),
    Rule(
        (_STREAMED,),
        ContentRefusedError,
        words=r"nsfw|safety|flagged|inappropriate|moderation",
    ),
)

# How long an app that sleeps takes to wake at least.
_WAKING_SECONDS = 30

_TAG = re.compile(r"<[^<>]*>")
_WAIT = re.compile(r"\b(?:again|retry) in (?:(\d+) days?, )?(\d+):(\d\d):(\d\d)", re.I)


@dataclass(frozen=True)
class App:
    """A Gradio app that is up.

    Attributes:
        api: where its API is.
        functions: the index of each function, by its name in the API.
        title: what it is called in sentences.
    """

    api: str
    functions: Mapping[str, int]
    title: str


def open_app(url: str, title: str) -> Generator[Step, Sent, App]:
    """Look at what an app offers.

    Raises:
        EaselError: it is not there, or not now. Nothing has been done for it.
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
        # What is shown instead of an app that is asleep is a page.
        raise UnavailableError(f"{title} is asleep or starting.", retry_after=_WAKING_SECONDS)
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
    """Run a function and return all that it puts out.

    Args:
        app: the app.
        name: the function's; a copy of it, which Gradio numbers, will do.
        data: its inputs, in their order.
        session: a name that no other caller of the app has.

    Raises:
        EaselError: why it came to nothing.
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
            raise ProviderError(f"{app.title} does not tell how the work goes.")
        return (yield from _follow(answer.body, event_id, app.title))
    except UpstreamFailure:
        known = {"session_hash": session, "fn_index": index, "event_id": event_id}
        yield from cancel(HttpCall("POST", f"{app.api}/cancel", body=known, buys=False))
        raise


def _index(app: App, name: str) -> int:
    copies = [known for known in app.functions if re.fullmatch(rf"{re.escape(name)}(_\d+)?", known)]
    if not copies:
        raise ModelGoneError(f"{app.title} has no function '{name}' (any longer).")
    return app.functions[min(copies, key=len)]


def _follow(
    stream: EventStream, event_id: JsonValue, title: str
) -> Generator[Step, Sent, list[JsonValue]]:
    while True:
        event = yield NextEvent(stream)
        if event is None:
            raise EmptyResultError(f"{title} ended its stream before the image was finished.")
        said = event.data if isinstance(event, Event) else None
        if not isinstance(said, dict) or said.get("event_id") not in (None, event_id):
            continue
        match said.get("msg"):
            case "process_completed":
                output = said.get("output")
                found = output.get("data") if isinstance(output, dict) else None
                if said.get("success") is False or not isinstance(found, list):
                    raise _failure(said, title)
                return found
            case "unexpected_error" | "server_stopped" | "close_stream":
                raise _failure(said, title)


def _failure(said: Mapping[str, JsonValue], title: str) -> EaselError:
    """What an app's last word means; apps may be told to keep their reasons to themselves."""
    output = said.get("output")
    words = output.get("error") if isinstance(output, dict) else said.get("message")
    sentence = clean_up(_TAG.sub(" ", words)) if isinstance(words, str) else ""
    wait = _WAIT.search(sentence)
    seconds = None
    if wait:
        days, hours, minutes, rest = (int(part or 0) for part in wait.groups())
        seconds = float(((days * 24 + hours) * 60 + minutes) * 60 + rest)
    code = said.get("title")
    return failure_of(
        ErrorReport(
            _STREAMED,
            sentence or "its app failed without saying why",
            code=code if isinstance(code, str) else "",
            retry_after=seconds,
        ),
        title,
        RULES,
    )
