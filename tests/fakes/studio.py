"""The execution of a valid order, correctly or as the prompt's directives say.

[fake delay MS]         wait before the answer
[fake hang]             never answer; nothing is made
[fake reset]            break the connection; nothing is made
[fake die]              make the images, then break the connection
[fake error KIND]       fail (see `directives.ERROR_KINDS`); nothing is made
[fake error KIND xN]    only the first N calls with this prompt fail
[fake retry-after S]    the header `retry-after` of failures that have it
[fake empty]            a success without images; nothing is made
[fake fewer]            one image fewer than requested
[fake format F]         png, jpeg or webp instead of the requested format
[fake size WxH]         this size instead of the requested one
[fake garbage]          results that are not images
[fake lost]             results whose URLs are answered with 404
[fake html]             a web page instead of JSON
[fake wrong-type]       the correct JSON, declared as text
[fake wrong-json]       a web page, declared as JSON
[fake truncate]         half of the body, then the connection is closed
[fake huge]             200 MB of JSON in chunks
[fake huge-declared]    200 MB of JSON with a content-length
[fake only URL]         only the fake at this URL obeys the directives
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from fakes.answers import Answer, Hang, Reply, Reset, html_answer
from fakes.calls import Call
from fakes.directives import Directives
from fakes.pictures import Picture, paint
from fakes.server import Fake

_HUGE_BYTES = 200_000_000
_CHUNK_BYTES = 1_000_000
_HUGE_START = b'{"data":[{"b64_json":"'
_HUGE_END = b'"}]}'


@dataclass(frozen=True)
class Order:
    """The images that a valid request asks for."""

    size: tuple[int, int]
    format: str
    count: int = 1
    transparent: bool = False


Failure = Callable[[str, Call], Answer]
Success = Callable[[list[Picture]], Answer]


def carry_out(fake: Fake, call: Call, order: Order, failure: Failure, success: Success) -> Reply:
    """Make the images of an order, charge for them, and answer.

    Args:
        fake: records the images and the charges.
        call: its prompt may hold directives.
        order: the requested images.
        failure: builds the provider's response for a kind of error.
        success: builds the provider's response with images.
    """
    directives = Directives(call.prompt)
    if directives.get("only", fake.url) != fake.url:
        directives = Directives("")
    delay = directives.seconds("delay")
    if kind := directives.error(fake.turn(call.prompt)):
        return replace(failure(kind, call), delay=delay)
    if "hang" in directives:
        return Hang()
    if "reset" in directives:
        return Reset(delay)
    pictures = _make(order, directives)
    fake.buy(call.prompt, len(pictures))
    fake.remember(call.prompt, pictures)
    if "die" in directives:
        return Reset(delay)
    return replace(_spoilt(success(pictures), directives), delay=delay)


def _make(order: Order, directives: Directives) -> list[Picture]:
    count = 0 if "empty" in directives else order.count - ("fewer" in directives)
    image_format = directives.get("format", order.format)
    if "garbage" in directives:
        return [Picture(f"no image {index}".encode(), image_format) for index in range(count)]
    size = directives.size(order.size)
    return [paint(size, image_format, transparent=order.transparent) for _ in range(count)]


def _spoilt(answer: Answer, directives: Directives) -> Answer:
    page = html_answer(200, "Welcome")
    json_type = {"content-type": "application/json"}
    if "html" in directives:
        return page
    if "wrong-type" in directives:
        return replace(answer, headers={**answer.headers, "content-type": "text/plain"})
    if "wrong-json" in directives:
        return replace(page, headers=json_type)
    if "truncate" in directives:
        return _half(answer)
    if "huge" in directives:
        return Answer(200, json_type, _flood())
    if "huge-declared" in directives:
        return Answer(200, json_type, _flood(), declared=_HUGE_BYTES)
    return answer


def _half(answer: Answer) -> Answer:
    """An answer cut off in its middle, or a stream cut off in its first event."""
    if isinstance(answer.body, bytes):
        body = answer.body
    else:
        body = next(chunk for chunk in answer.body if isinstance(chunk, bytes))
    return replace(answer, body=body[: len(body) // 2], declared=len(body))


def _flood() -> Iterator[bytes]:
    yield _HUGE_START
    left = _HUGE_BYTES - len(_HUGE_START) - len(_HUGE_END)
    filling = b"A" * _CHUNK_BYTES
    while left > 0:
        yield filling[:left]
        left -= len(filling)
    yield _HUGE_END
