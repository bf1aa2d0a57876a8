"""Lies in JSON: each field in turn, and the document as a whole."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from campaigns.hostile.json_values import COSTS, NUMBERS, STATUS_WORDS, VALUES, Piece, urls_for
from campaigns.hostile.reply import Good, Lies

Path = tuple[str | int, ...]


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
            return rng.choice(urls_for(good))
        if "status" in name or name == "msg":
            return rng.choice(STATUS_WORDS)
        if len(old) > 1000:
            return rng.choice((old[:-7], old[:50], old + "!", old[1:], "A" * len(old), old * 2))
    if isinstance(old, int | float) and rng.random() < 0.7:
        return rng.choice(NUMBERS)
    if isinstance(old, list) and old and rng.random() < 0.6:
        return rng.choice((old * 50, [], old[0], [old], [None, *old], [*old, {}]))
    return rng.choice(VALUES)


def _cost(good: Good, rng: Random) -> Good:
    content = good.json
    if not isinstance(content, dict):
        return good.with_header("x-litellm-response-cost", str(rng.choice(COSTS)))
    amount = rng.choice(COSTS)
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
    text = str(rng.choice(COSTS)).replace("\r", "")
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
    more = dumps({name: rng.choice(VALUES)})
    return replace(good, body=good.body[:-1] + b"," + more[1:])


def _urls_only(good: Good, rng: Random) -> Good:
    """Lie about each URL."""
    content = good.json
    url = rng.choice(urls_for(good))
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
