"""Lies of the connection: framing, size, pace, redirects, endings."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import repeat
from random import Random

from campaigns.hostile.reply import Good, Lie, Lies, Wire, chunked, framed, head

_HUGE = 200_000_000
_MEGABYTE = 1_000_000
_DRIP_SECONDS = 0.5
_PAGE = b"<!doctype html><title>Bad Gateway</title>"


def _whole(good: Good) -> bytes:
    return b"".join(piece for piece in framed(good).pieces if isinstance(piece, bytes))


def _with(good: Good, *headers: tuple[str, str], body: bytes | None = None) -> Wire:
    """The answer with headers that frame it as they like."""
    content = good.body if body is None else body
    return Wire([head(good.status, (*good.headers, *headers)) + content])


def _flood(beginning: bytes, filling: bytes, size: int = _HUGE) -> Iterator[bytes]:
    yield beginning
    for _ in range(size // len(filling)):
        yield filling


def _huge_declared(good: Good, _: Random) -> Wire:
    start = head(good.status, (*good.headers, ("content-length", str(_HUGE))))
    return Wire(_flood(start + good.body[:40], b"A" * _MEGABYTE))


def _huge_chunked(good: Good, _: Random) -> Wire:
    start = head(good.status, (*good.headers, ("transfer-encoding", "chunked")))

    def pieces() -> Iterator[bytes]:
        yield start
        yield from chunked(_flood(good.body[:40], b"A" * _MEGABYTE))

    return Wire(pieces())


def _bomb(good: Good, _: Random) -> Wire:
    body = gzip.compress(good.body[:40] + bytes(_HUGE // 4), 9)
    length = ("content-length", str(len(body)))
    return _with(good, ("content-encoding", "gzip"), length, body=body)


def _just_below_the_limit(good: Good, _: Random) -> Wire:
    return framed(replace(good, body=good.body + b" " * 30_000_000))


def _drip(good: Good, _: Random) -> Wire:
    content = _whole(good)

    def pieces() -> Iterator[bytes | float]:
        yield content[:60]
        for at in range(60, len(content)):
            yield _DRIP_SECONDS
            yield content[at : at + 1]

    return Wire(pieces())


def _endless_head(good: Good, _: Random) -> Wire:
    del good

    def pieces() -> Iterator[bytes | float]:
        yield b"HTTP/1.1 200 OK\r\n"
        for number in range(100_000):
            yield b"x-%d: y\r\n" % number
            yield 0.01

    return Wire(pieces())


def _redirect(location: Callable[[Good], str]) -> Lie:
    def lie(good: Good, rng: Random) -> Wire:
        status = rng.choice((301, 302, 303, 307, 308))
        return Wire([head(status, (("location", location(good)), ("content-length", "0")))])

    return lie


_REDIRECTS: dict[str, Lie] = {
    name: _redirect(location)
    for name, location in {
        "to a private address": lambda good: f"http://127.0.0.1:{good.trap}/latest/meta-data",
        "to localhost": lambda good: f"http://localhost:{good.trap}/",
        "to a private address as a number": lambda good: f"http://2130706433:{good.trap}/",
        "to IPv6": lambda good: f"http://[::1]:{good.trap}/",
        "to mapped IPv6": lambda good: f"http://[::ffff:127.0.0.1]:{good.trap}/",
        "with a credential": lambda good: f"http://user:pw@127.0.0.1:{good.trap}/",
        "without a scheme": lambda good: f"//127.0.0.1:{good.trap}/",
        "to a file": lambda _: "file:///etc/passwd",
        "to a script": lambda _: "javascript:alert(1)",
        "to data": lambda _: "data:text/html,hello",
        "to itself": lambda good: good.url + good.path,
        "to nothing": lambda _: "",
        "to what is no URL": lambda _: "http://[::1",
        "with a line break": lambda _: "/a\tb",
    }.items()
}

QUICK: Lies = {
    "closed at once": lambda _, __: Wire([]),
    "reset at once": lambda _, __: Wire([], "reset"),
    "closed in the head": lambda good, _: Wire([_whole(good)[:20]]),
    "closed in the body": lambda good, _: Wire([_whole(good)[: -len(good.body) // 2 or None]]),
    "reset in the body": lambda good, _: Wire([_whole(good)[:-5], 0.05], "reset"),
    "length too great": lambda good, _: _with(good, ("content-length", str(len(good.body) + 50))),
    "length too small": lambda good, _: _with(good, ("content-length", str(len(good.body) // 2))),
    "length no number": lambda good, _: _with(good, ("content-length", "many")),
    "length negative": lambda good, _: _with(good, ("content-length", "-1")),
    "no length": lambda good, _: _with(good),
    "two lengths": lambda good, _: _with(
        good, ("content-length", "1"), ("content-length", str(len(good.body)))
    ),
    "chunks broken": lambda good, _: _with(good, ("transfer-encoding", "chunked")),
    "chunks without end": lambda good, _: Wire(
        [head(good.status, (*good.headers, ("transfer-encoding", "chunked"))), *[b"5\r\nhello\r\n"]]
    ),
    "no gzip": lambda good, _: framed(good.with_header("content-encoding", "gzip")),
    "no brotli": lambda good, _: framed(good.with_header("content-encoding", "br")),
    "encoded as nothing known": lambda good, _: framed(good.with_header("content-encoding", "x")),
    "gzip cut off": lambda good, _: _with(
        good, ("content-encoding", "gzip"), body=gzip.compress(good.body)[:-20]
    ),
    "no body": lambda good, _: replace(good, body=b""),
    "half a body": lambda good, _: replace(good, body=good.body[: len(good.body) // 2]),
    "a page": lambda good, _: replace(good, body=_PAGE),
    "another content type": lambda good, rng: good.with_header(
        "content-type",
        rng.choice(("", "text/html", "image/png", "application/json", "a" * 5000, "x/y; z=\xff")),
    ),
    "no HTTP": lambda _, __: Wire([b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]),
    "other HTTP": lambda good, _: Wire([b"HTTP/9.9 OK\r\n\r\n" + good.body]),
    "no version": lambda good, _: Wire([good.body]),
    "two answers": lambda good, _: Wire([_whole(good) * 2]),
    "continue without end": lambda good, _: Wire(
        [*repeat(b"HTTP/1.1 100 Continue\r\n\r\n", 500), _whole(good)]
    ),
    "a huge header": lambda good, _: framed(good.with_header("x-padding", "p" * 200_000)),
    "many headers": lambda good, _: framed(
        replace(good, headers=(*good.headers, *((f"x-{n}", "y") for n in range(3000))))
    ),
    "a NUL in a header": lambda good, _: framed(good.with_header("x-a", "b\x00c")),
    "a bare line break": lambda good, _: Wire([_whole(good).replace(b"\r\n", b"\n")]),
    "cookies": lambda good, _: framed(good.with_header("set-cookie", "a=b; Domain=localhost")),
    **{f"redirect {name}": lie for name, lie in _REDIRECTS.items()},
}

SIZES: Lies = {
    "200 MB declared": _huge_declared,
    "200 MB in chunks": _huge_chunked,
    "a gzip bomb": _bomb,
    "30 MB of blanks": _just_below_the_limit,
}

# They last until easel gives up.
SLOW: Lies = {
    "hang": lambda _, __: Wire([None]),
    "hang in the body": lambda good, _: Wire([_whole(good)[:-10], None]),
    "drip": _drip,
    "endless head": _endless_head,
}
