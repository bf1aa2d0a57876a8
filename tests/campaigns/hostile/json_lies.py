"""Lies in JSON: each field in turn, and the document as a whole."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from campaigns.hostile.reply import INTERNAL, SECRET, Good, Lies
from support.urls import MALFORMED, PRIVATE

Path = tuple[str | int, ...]


class Piece(str):
    """Text to stand in JSON as it is, right or wrong."""


_NUMBERS: tuple[object, ...] = (
    *(0, -1, 1, 1.5, -0.0, 1e308, -1e308, 5e-324, 10_001, 2**31, 2**53 + 1, 2**63, 2**64, 10**300),
    *(Piece("NaN"), Piece("Infinity"), Piece("-Infinity"), Piece("1e999"), Piece("9" * 5000)),
    *("0", "1", "-1", "1e308", "nan", "", True, False, None, [], {}, [1], {"a": 1}),
)
_VALUES: tuple[object, ...] = (
    *_NUMBERS,
    "x" * 3_000_000,
    "\u0000easel:0",
    "\u0000easel:99",
    "\x00",
    "a\r\nb",
    "\u202e",
    SECRET,
    INTERNAL,
    Piece('"\\ud83d"'),
    Piece('"\\udc00\\ud83d"'),
    Piece('"' + "\\u0000" * 2000 + '"'),
    Piece("[" * 5000 + "]" * 5000),
    Piece('{"a":' * 5000 + "1" + "}" * 5000),
    ["a"] * 10_000,
    {f"k{number}": {} for number in range(3000)},
)
_STATUS_WORDS: tuple[object, ...] = (
    *("SUCCEEDED", "succeeded", "COMPLETED", "completed", "success", "done", "PENDING", "unknown"),
    *("", "IN_PROGRESS", "FAILED", "failed", "canceled", "error", 1, None, [], {}),
)


def _urls(good: Good) -> tuple[str, ...]:
    """Where easel must not go; what it can reach of them here is the trap."""
    port = good.trap
    return (
        *(url for url in (*PRIVATE, *MALFORMED) if url.isprintable()),
        *(f"http://{host}:{port}/a.png" for host in ("127.0.0.1", "localhost", "[::1]", "0.0.0.0")),
        *(
            f"http://{host}:{port}/a.png"
            for host in ("2130706433", "0x7f.1", "127.1", "0177.0.0.1")
        ),
        *(
            f"http://{host}:{port}/a.png"
            for host in ("a@127.0.0.1", "[::ffff:127.0.0.1]", "127.0.0.1.")
        ),
        f"//127.0.0.1:{port}/a.png",
        f"/\\127.0.0.1:{port}/a.png",
        f"{good.url}@127.0.0.1:{port}/a.png",
        f"{good.url}.127.0.0.1:{port}/a.png",
        f"{good.url}/%0d%0ahost:a",
        f"{good.url}/missing.png",
        f"{good.url}/" + "a" * 10_000,
        *(
            "data:",
            "data:,",
            "data:image/png;base64,",
            "data:image/png;base64,####",
            "data:;base64,AAA",
        ),
        *("data:text/html;base64,PGI+", "data:image/png,abc", "data:image/svg+xml;utf8,<svg/>"),
        *(
            "javascript:alert(1)",
            "file:///etc/passwd",
            "blob:null",
            "about:blank",
            "../../etc/passwd",
        ),
    )


def paths_of(value: Any, start: Path = ()) -> Iterator[Path]:
    """The path of every value within JSON, its own included."""
    yield start
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from paths_of(one, (*start, name))
    elif isinstance(value, list):
        for index, one in enumerate(value[:20]):
            yield from paths_of(one, (*start, index))


def at(value: Any, path: Path) -> Any:
    """The value at a path."""
    for name in path:
        value = value[name]
    return value


def put(value: Any, path: Path, new: object) -> Any:
    """A copy with something else at a path."""
    if not path:
        return new
    changed = copy.deepcopy(value)
    at(changed, path[:-1])[path[-1]] = new
    return changed


def dumps(value: object) -> bytes:
    """JSON with every `Piece` as it is."""
    pieces: list[str] = []

    def mark(one: Any) -> Any:
        if isinstance(one, Piece):
            pieces.append(one)
            return f"@@piece {len(pieces) - 1}@@"
        if isinstance(one, Mapping):
            return {name: mark(inner) for name, inner in one.items()}
        return [mark(inner) for inner in one] if isinstance(one, list) else one

    text = json.dumps(mark(value), ensure_ascii=False)
    for index, piece in enumerate(pieces):
        text = text.replace(f'"@@piece {index}@@"', piece)
    return text.encode("utf-8", "surrogatepass")


def lie_about(value: Any, good: Good, rng: Random) -> Any:
    """Put something wrong in place of one value."""
    path = rng.choice([*paths_of(value)])
    old = at(value, path)
    name = str(path[-1]) if path else ""
    return put(value, path, _wrong(name, old, good, rng))


def _wrong(name: str, old: object, good: Good, rng: Random) -> object:
    if isinstance(old, str) and rng.random() < 0.7:
        if old.startswith(("http", "/", "data:")):
            return rng.choice(_urls(good))
        if "status" in name or name == "msg":
            return rng.choice(_STATUS_WORDS)
        if len(old) > 1000:
            return rng.choice((old[:-7], old[:50], old + "!", old[1:], "A" * len(old), old * 2))
    if isinstance(old, int | float) and rng.random() < 0.7:
        return rng.choice(_NUMBERS)
    if isinstance(old, list) and old and rng.random() < 0.6:
        return rng.choice((old * 50, [], old[0], [old], [None, *old], [*old, {}]))
    return rng.choice(_VALUES)


_COSTS: tuple[object, ...] = (*_NUMBERS, "0.05", "$1", "1,5", [5], {"usd": 5}, 1e5, 9_999, 0.01)


def _cost(good: Good, rng: Random) -> Good:
    content = good.json
    if not isinstance(content, dict):
        return good.with_header("x-litellm-response-cost", str(rng.choice(_COSTS)))
    amount = rng.choice(_COSTS)
    more: Mapping[str, object] = rng.choice(
        (
            {"usage": {"cost": amount}},
            {"usage": {"credits": amount, "cost": amount}},
            {"credits": amount, "creditCost": amount, "cost": amount},
            {"usage": {"total_tokens": amount, "input_tokens": amount, "output_tokens": amount}},
            {"usage": {"output_tokens": 10**15, "input_tokens": -(10**15), "total_tokens": amount}},
            {
                "usage": {
                    "input_tokens_details": amount,
                    "output_tokens_details": {"image_tokens": amount},
                }
            },
            {"usage": amount},
            {"seed": amount, "created": amount},
        )
    )
    return replace(good, body=dumps({**content, **more}))


def _header_cost(good: Good, rng: Random) -> Good:
    text = str(rng.choice(_COSTS)).replace("\r", "")
    names = ("x-litellm-response-cost", "x-fal-billable-units", "x-compute-cost", "seed")
    return good.with_header(rng.choice(names), text)


def _field(good: Good, rng: Random) -> Good:
    return replace(good, body=dumps(lie_about(good.json, good, rng)))


def _drop(good: Good, rng: Random) -> Good:
    content = copy.deepcopy(good.json)
    path = rng.choice([path for path in paths_of(content) if path] or [()])
    if path:
        del at(content, path[:-1])[path[-1]]
    return good.with_json(content)


def _repeat(good: Good, rng: Random) -> Good:
    """Say a name twice; the second value is another one."""
    content = good.json
    if not isinstance(content, dict) or not content:
        return good
    name = rng.choice([*content])
    more = dumps({name: rng.choice(_VALUES)})
    return replace(good, body=good.body[:-1] + b"," + more[1:])


def _urls_only(good: Good, rng: Random) -> Good:
    """Lie about each URL."""
    content = good.json
    url = rng.choice(_urls(good))
    for path in [*paths_of(content)]:
        if isinstance(at(content, path), str) and at(content, path).startswith(("http", "/")):
            content = put(content, path, url)
    return replace(good, body=dumps(content))


def _whole(good: Good, rng: Random) -> Good:
    body = good.body
    documents = (
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"text"',
        b"5",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xef\xbb\xbf" + body,
        body.decode().encode("utf-16"),
        body + b"\x00",
        body + body,
        b"for(;;);" + body,
        b"[" + body + b"]",
        b'{"data":' + body + b"}",
        body[: rng.randrange(len(body) + 1)],
        b" " * 5_000_000 + body,
        body.replace(b'"', b"'"),
        body.replace(b"a", b"\xff", 1),
    )
    return replace(good, body=rng.choice(documents))


JSON_LIES: Lies = {
    "field": _field,
    "another field": _field,
    "yet another field": _field,
    "field dropped": _drop,
    "field twice": _repeat,
    "cost": _cost,
    "cost in a header": _header_cost,
    "URL": _urls_only,
    "another URL": _urls_only,
    "whole document": _whole,
}
