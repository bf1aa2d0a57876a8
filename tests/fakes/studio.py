"""How a valid order is carried out: well, or as the prompt's directives say.

[fake delay MS]         wait, then answer well
[fake hang]             never answer; nothing is made
[fake reset]            break the connection; nothing is made
[fake die]              make the images, then break the connection
[fake error KIND]       fail (see `directives.ERROR_KINDS`); nothing is made
[fake error KIND xN]    only the first N calls with this prompt fail so
[fake retry-after S]    what a failure says in `retry-after`, where it says anything
[fake empty]            a success without images; nothing is made
[fake fewer]            one image fewer than ordered
[fake format F]         png, jpeg or webp, whatever was ordered
[fake size WxH]         the same for the size
[fake garbage]          results that are no images
[fake lost]             results whose URLs lead nowhere
[fake html]             a web page instead of JSON
[fake wrong-type]       the right JSON, said to be text
[fake wrong-json]       a web page, said to be JSON
[fake truncate]         half of the body, then the connection is closed
[fake huge]             200 MB of JSON in chunks
[fake huge-declared]    200 MB of JSON with a content-length
[fake only URL]         all this is said to the fake at this URL, and others do well
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
    """Make what was ordered, charge for it, and answer.

    Args:
        fake: keeps the accounts.
        call: its prompt may hold directives.
        order: what to make.
        failure: how the provider words an error of a kind.
        success: how the provider hands over images.
    """
    told = Directives(call.prompt)
    if told.get("only", fake.url) != fake.url:
        told = Directives("")
    delay = told.seconds("delay")
    if kind := told.error(fake.turn(call.prompt)):
        return replace(failure(kind, call), delay=delay)
    if "hang" in told:
        return Hang()
    if "reset" in told:
        return Reset(delay)
    pictures = _make(order, told)
    fake.buy(call.prompt, len(pictures))
    fake.remember(call.prompt, pictures)
    if "die" in told:
        return Reset(delay)
    return replace(_spoilt(success(pictures), told), delay=delay)


def _make(order: Order, told: Directives) -> list[Picture]:
    count = 0 if "empty" in told else order.count - ("fewer" in told)
    image_format = told.get("format", order.format)
    if "garbage" in told:
        return [Picture(f"no image {index}".encode(), image_format) for index in range(count)]
    size = told.size(order.size)
    return [paint(size, image_format, transparent=order.transparent) for _ in range(count)]


def _spoilt(answer: Answer, told: Directives) -> Answer:
    page = html_answer(200, "Welcome")
    json_type = {"content-type": "application/json"}
    if "html" in told:
        return page
    if "wrong-type" in told:
        return replace(answer, headers={**answer.headers, "content-type": "text/plain"})
    if "wrong-json" in told:
        return replace(page, headers=json_type)
    if "truncate" in told:
        return _half(answer)
    if "huge" in told:
        return Answer(200, json_type, _flood())
    if "huge-declared" in told:
        return Answer(200, json_type, _flood(), declared=_HUGE_BYTES)
    return answer


def _half(answer: Answer) -> Answer:
    """An answer that ends in its middle, or a stream that ends in its first event."""
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
