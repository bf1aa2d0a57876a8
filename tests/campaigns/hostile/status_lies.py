"""Lies of the status, of the words of an error, and of when to come back."""

import json
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from time import time

from campaigns.hostile.reply import INTERNAL, SECRET, Good, Lies, Wire, head

STATUSES: tuple[int, ...] = (
    *(201, 202, 203, 204, 205, 206, 207, 299, 300, 304, 305, 400, 401, 402, 403, 404, 405, 406),
    *(408, 409, 410, 411, 413, 415, 418, 421, 422, 423, 424, 425, 426, 429, 431, 451, 460, 498),
    *(
        499,
        500,
        501,
        502,
        503,
        504,
        505,
        507,
        508,
        511,
        520,
        521,
        522,
        523,
        525,
        529,
        530,
        598,
        599,
    ),
)
_NO_STATUSES = ("0", "99", "-200", "1000", "2e2", "abc", "", "200.5", "600", "999")

_CODES = (
    "insufficient_quota",
    "invalid_api_key",
    "content_policy_violation",
    "rate_limit_exceeded",
)


def _error(content: object) -> bytes:
    return json.dumps(content).encode()


def _sentences(good: Good) -> Mapping[str, str]:
    """What an upstream may say, with what it must not make easel say."""
    escaped = json.dumps(good.prompt)
    return {
        "the prompt": f"Invalid prompt: {good.prompt}",
        "the prompt cut": f"Invalid prompt: '{good.prompt[:60]}...' insufficient_quota",
        "the prompt escaped": f"Invalid prompt: {escaped}",
        "the prompt in upper case": f"INVALID: {good.prompt.upper()}",
        "a secret": f"Invalid key {SECRET} for Bearer {SECRET}",
        "an internal address": f"connect to {INTERNAL} failed",
        "a long sentence": "word " * 50_000,
        "control characters": "a\x00b\x1b[31m\r\nx: y\u2028",
        "a stack trace": '  File "/srv/app.py", line 1, in predict\n' * 50,
        "nothing": "",
    }


def _bodies(good: Good, rng: Random) -> tuple[str, bytes]:
    """A content type and a body of an error."""
    words = rng.choice([*_sentences(good).values()])
    code = rng.choice(_CODES)
    shapes: tuple[object, ...] = (
        {"error": {"message": words, "type": code, "param": None, "code": code}},
        {"error": {"message": words, "type": "x", "param": "prompt", "code": None}},
        {"error": words},
        {"detail": words},
        {"detail": [{"loc": ["body", "prompt"], "msg": words, "type": code}]},
        {"errors": {"message": words}},
        {"name": code, "errors": [words], "message": words},
        {"title": words, "detail": words, "status": 9},
        {"error": {"message": {"a": words}, "type": [], "param": {}, "code": {"b": 1}}},
        {"error": [words, [words], {"message": words}]},
        {"detail": [{"loc": {"a": 1}, "msg": None}, 5, None]},
        {"detail": [[], {}, {"loc": [None, 5, {}]}]},
        {"error": 5, "code": 1e308, "message": True},
        [words],
        words,
        5,
        None,
    )
    if rng.random() < 0.25:
        return rng.choice(
            (
                ("text/html", f"<html><body>{words}</body></html>".encode()),
                ("text/plain", words.encode()),
                ("application/json", b"{" + words.encode()),
                ("application/octet-stream", rng.randbytes(2000)),
                ("application/json", b'{"error":{"message":"\\ud83d \xff"}}'),
                ("", b""),
            )
        )
    return "application/json", _error(rng.choice(shapes))


def _spoken(good: Good, rng: Random, status: int) -> Good:
    content_type, body = _bodies(good, rng)
    return replace(good, status=status, body=body).with_header("content-type", content_type)


def _waits() -> tuple[str, ...]:
    now = int(time())
    times = (str(now + 10), str((now + 10) * 1000))
    return (
        *(times * 3),
        *("0", "1", "-1", "1.5", "nan", "inf", "-inf", "1e308", "1e999", "9" * 400, "", " "),
        *("soon", str(2**63), "0x10", "1,2", "86401", "3601", "\u0661"),
        *("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 99 Foo 2026"),
        *("Fri, 31 Dec 2100 23:59:59 GMT", "2100-01-01T00:00:00Z", "Mon, 01 Jan 0000 00:00:00 GMT"),
    )


_WAIT_HEADERS = (*["retry-after"] * 4, "retry-after-ms", "x-ratelimit-reset", "ratelimit")
_DATES = ("Thu, 26 Nov 2026 00:00:00 GMT", "never", "Fri, 31 Dec 9999 23:59:59 +9999", "")


def _wait(good: Good, rng: Random) -> Good:
    status = rng.choice((429, 429, 429, 503, 503, 500, 402, 403, 408, 409, 502, 200))
    name, value = rng.choice(_WAIT_HEADERS), rng.choice(_waits())
    if name == "ratelimit":
        value = f'"a";r=0;t={value}'
    spoken = _spoken(good, rng, status) if status != 200 else good
    return spoken.with_header(name, value).with_header("date", rng.choice(_DATES))


def _status_alone(good: Good, rng: Random) -> Good:
    return replace(good, status=rng.choice(STATUSES))


def _no_status(good: Good, rng: Random) -> Wire:
    start = head(rng.choice(_NO_STATUSES), (*good.headers, ("content-length", str(len(good.body)))))
    return Wire([start + good.body])


def _body_alone(good: Good, rng: Random) -> Good:
    """An error that calls itself a success."""
    return _spoken(good, rng, 200)


STATUS_LIES: Lies = {
    "status": _status_alone,
    "no status": _no_status,
    "error": lambda good, rng: _spoken(good, rng, rng.choice(STATUSES)),
    "usual error": lambda good, rng: _spoken(
        good, rng, rng.choice((400, 401, 402, 403, 404, 422, 429, 500, 502, 503))
    ),
    "refusal": lambda good, rng: _spoken(good, rng, rng.choice((400, 402, 403, 422))),
    "wait": _wait,
    "another wait": _wait,
}
SUCCESS_LIES: Lies = {"error as a success": _body_alone}
