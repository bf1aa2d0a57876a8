"""Lies of event streams: each event's fields, their order, their framing, their end."""

import json
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from campaigns.hostile.json_lies import dumps, lie_about
from campaigns.hostile.reply import INTERNAL, SECRET, Good, Lies, Wire, head

_MEGABYTE = 1_000_000
_PING_SECONDS = 0.2


def _events(good: Good) -> list[bytes]:
    return [event for event in good.body.split(b"\n\n") if event.strip()]


def _joined(good: Good, events: list[bytes]) -> Good:
    return replace(good, body=b"".join(event + b"\n\n" for event in events))


def _field(good: Good, rng: Random) -> Good:
    events = _events(good)
    index = rng.randrange(len(events))
    lines = events[index].split(b"\n")
    for at, line in enumerate(lines):
        if line.startswith(b"data: "):
            lied = lie_about(json.loads(line.removeprefix(b"data: ")), good, rng)
            lines[at] = b"data: " + dumps(lied)
    events[index] = b"\n".join(lines)
    return _joined(good, events)


def _order(good: Good, rng: Random) -> Good:
    events = _events(good)
    drawn = rng.choice(
        ([*reversed(events)], events[:-1], events[1:], events * 3, events[-1:] * 5, [], events[:1])
    )
    return _joined(good, drawn)


def _said(text: object) -> bytes:
    return b"data: " + json.dumps(text).encode()


def _failure(good: Good, rng: Random) -> Good:
    """Events of errors, as providers word them and as none does."""
    words = rng.choice((good.prompt, SECRET, INTERNAL, "quota exceeded", "x" * 100_000, ""))
    events = _events(good)
    wrong = (
        _said({"type": "error", "error": {"message": words, "code": "insufficient_quota"}}),
        _said({"type": "error", "error": {"message": [words], "code": {}}}),
        _said({"type": "error", "error": None}),
        _said({"error": words}),
        _said({"msg": "unexpected_error", "message": words}),
        _said({"msg": "process_completed", "output": {"error": words}, "success": False}),
        _said({"msg": "process_completed", "output": None, "success": True}),
        _said({"msg": "close_stream"}),
        _said([words]),
        _said(None),
        b"event: error\ndata: " + words.encode(),
        b"data: [DONE]",
        b"data:",
        b": " + words.encode(),
        b"retry: -1",
        b"id: \x00",
        b"data: {",
        b"\xff\xfe",
    )
    events.insert(rng.randrange(len(events) + 1), rng.choice(wrong))
    return _joined(good, events)


def _framing(good: Good, rng: Random) -> Good:
    body = good.body
    spelled = (
        body.replace(b"\n", b"\r\n"),
        body.replace(b"\n", b"\r"),
        body.replace(b"\n\n", b"\n"),
        body.replace(b"data: ", b"data:"),
        body.replace(b"data: ", b"DATA: "),
        b"\xef\xbb\xbf" + body,
        body.rstrip(b"\n"),
        body[: len(body) // 2],
        body.replace(b"data: ", b"data: \ndata: "),
    )
    return replace(good, body=rng.choice(spelled))


def _head_of(good: Good) -> bytes:
    return head(good.status, good.headers)


def _no_line_break(good: Good, _: Random) -> Wire:
    def pieces() -> Iterator[bytes]:
        yield _head_of(good) + b"data: "
        for _ in range(80):
            yield b"A" * _MEGABYTE

    return Wire(pieces())


def _many_events(good: Good, _: Random) -> Wire:
    ping = b'data: {"type": "ping", "msg": "heartbeat"}\n\n'

    def pieces() -> Iterator[bytes]:
        yield _head_of(good)
        for _ in range(40):
            yield ping * 1000

    return Wire([*pieces(), good.body])


def _without_end(good: Good, _: Random) -> Wire:
    def pieces() -> Iterator[bytes | float]:
        yield _head_of(good)
        while True:
            yield b": ping\n\n"
            yield _PING_SECONDS

    return Wire(pieces())


def _open_at_the_end(good: Good, _: Random) -> Wire:
    """The stream says all, and stays open."""
    return Wire([_head_of(good) + good.body, None])


EVENT_LIES: Lies = {
    "event's field": _field,
    "another event's field": _field,
    "order of events": _order,
    "event of an error": _failure,
    "framing of events": _framing,
    "80 MB without a line break": _no_line_break,
    "40,000 events": _many_events,
    "left open": _open_at_the_end,
}
SLOW_EVENT_LIES: Lies = {"events without end": _without_end}
