"""Mutations of everything but the body: method, path, query, headers, framing."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from urllib.parse import quote

from campaigns.fuzz.envelope_values import (
    HEADER_VALUES,
    HEADERS,
    METHODS,
    OWN_VALUES,
    QUERY_NAMES,
    QUERY_VALUES,
    SEGMENTS,
    VERSIONS,
    WRONG_LINES,
    WRONG_METHODS,
    WRONG_TARGETS,
)
from campaigns.fuzz.message import FRAMINGS, WRONG_FRAMINGS, Message, Mutator
from campaigns.fuzz.values import FIELDS, TEXTS, WORDS


def _method(message: Message, rng: Random) -> Message:
    return replace(message, method=rng.choice(METHODS))


def _wrong_line(message: Message, rng: Random) -> Message:
    broken = rng.choice(
        (
            replace(message, method=rng.choice(WRONG_METHODS)),
            replace(message, version=rng.choice(VERSIONS)),
            replace(message, target=rng.choice(WRONG_TARGETS)),
            replace(message, headers=(*message.headers, rng.choice(WRONG_LINES))),
            replace(message, headers=message.headers[1:]),
            replace(message, headers=(*message.headers, message.headers[0])),
        )
    )
    return replace(broken, is_malformed=True)


def _segment(message: Message, rng: Random) -> Message:
    path, mark, query = message.target.partition(b"?")
    segments = path.split(b"/")
    at = rng.randrange(1, len(segments) + 1)
    segments[at : at + rng.choice((0, 1))] = [rng.choice(SEGMENTS)]
    target = b"/".join(segments)
    return replace(message, target=target + mark + query)


def _respell(message: Message, rng: Random) -> Message:
    path, mark, query = message.target.partition(b"?")
    spelled = rng.choice(
        (
            path.upper(),
            path + b"/",
            b"/" + path,
            path.replace(b"/", b"//"),
            b"/" + path[1:].replace(b"/", b"%2F"),
            quote(path, safe="/").replace("a", "%61").encode(),
            path[: rng.randint(min(1, len(path)), len(path))],
            path + b"#fragment",
            b"http://other.example" + path,
        )
    )
    return replace(message, target=spelled + mark + query)


def _query(message: Message, rng: Random) -> Message:
    path, _, query = message.target.partition(b"?")
    pieces = [piece for piece in query.split(b"&") if piece and rng.random() < 0.7]
    for _ in range(rng.choice((1, 1, 2, 300))):
        if rng.random() < 0.8:
            name, value = rng.choice(QUERY_NAMES).encode(), rng.choice(QUERY_VALUES)
        else:
            texts = (*FIELDS, *TEXTS[:20], *WORDS)
            name, value = (quote(rng.choice(texts)).encode() for _ in range(2))
        pieces.append(rng.choice((name + b"=" + value, name, b"=" + value, name + b"==" + value)))
    return replace(message, target=path + b"?" + b"&".join(pieces))


def _header(message: Message, rng: Random) -> Message:
    name = rng.choice(HEADERS)
    own = OWN_VALUES.get(name, ())
    value = rng.choice(own if own and rng.random() < 0.6 else HEADER_VALUES)
    if name == b"host" and value not in own:
        return replace(message.with_header(name, value), is_malformed=True)
    if name != b"host" and rng.random() < 0.15:
        return replace(message, headers=(*message.headers, (name, value)))
    return message.with_header(name, value)


def _many_headers(message: Message, rng: Random) -> Message:
    more = [(b"x-%d" % number, b"y" * 50) for number in range(rng.choice((50, 90)))]
    return replace(message, headers=(*message.headers, *more))


def _without_header(message: Message, rng: Random) -> Message:
    names = sorted({name for name, _ in message.headers if name != b"host"})
    if not names:
        return message
    dropped = rng.choice(names)
    return replace(message, headers=tuple(pair for pair in message.headers if pair[0] != dropped))


def _strange_framing(message: Message, rng: Random) -> Message:
    return replace(message, framing=rng.choice([*FRAMINGS]))


def _wrong_framing(message: Message, rng: Random) -> Message:
    body = b"{}" if message.payload is None else message.body
    return replace(message, body=body, framing=rng.choice([*WRONG_FRAMINGS]), is_malformed=True)


def _body_where_none_is(message: Message, rng: Random) -> Message:
    return replace(message, body=rng.choice((b"{}", b"", b"x" * 3000, b"\x00")))


def _large_upload(message: Message, rng: Random) -> Message:
    """An upload of megabytes by somebody who may not, or may."""
    size = rng.choice((5_000_000, 12_000_000, 20_000_000))
    message = replace(message, method=b"POST")
    if rng.random() < 0.7:
        message = message.with_header(b"authorization", b"Bearer wrong")
    return replace(message, body=(message.payload or b"").ljust(size, b" "))


ENVELOPE_MUTATORS: Mapping[str, Mutator] = {
    "method": _method,
    "path segment": _segment,
    "path spelling": _respell,
    "query": _query,
    "another query": _query,
    "header": _header,
    "another header": _header,
    "yet another header": _header,
    "many headers": _many_headers,
    "drop a header": _without_header,
    "framing": _strange_framing,
    "body where none is": _body_where_none_is,
}
WRONG_MUTATORS: Mapping[str, Mutator] = {
    "malformed head": _wrong_line,
    "malformed framing": _wrong_framing,
}
RARE_MUTATORS: Mapping[str, Mutator] = {"large upload": _large_upload}
