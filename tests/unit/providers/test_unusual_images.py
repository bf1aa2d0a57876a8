"""Unusual images that were paid for: very small ones, and broken ones among whole ones."""

import base64

import pytest

from easel.platform.calls import Event
from easel.providers.events import follow
from easel.providers.pictures import picture_from
from easel.providers.protocol import Partial, Result
from support.events import FakeEvents
from support.services import Bytes, Text, image_bytes

CONTENT = image_bytes("png", 64, 64)
IMAGE = Text(base64.b64encode(CONTENT).decode())
# Base64 that is short enough to stay a plain string.
SMALL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQ=="


def streamed(*events: tuple[str, str | Text]) -> tuple[list[Partial], Result]:
    """The partial images and the result of a stream of events, each a kind and `b64_json`."""
    run, partials = follow(FakeEvents(), "Example"), []
    remaining = [Event("", {"type": kind, "b64_json": text}) for kind, text in events]
    step = next(run)
    try:
        while True:
            if isinstance(step, Partial):
                partials.append(step)
                step = run.send(None)
            else:
                step = run.send(remaining.pop(0))
    except StopIteration as finished:
        return partials, finished.value


def test_an_image_may_be_so_small_that_its_base64_is_a_plain_string() -> None:
    assert picture_from(SMALL, "Example").source == f"data:;base64,{SMALL}"


def test_the_finished_image_of_a_stream_may_be_so_small_too() -> None:
    _, result = streamed(("image_generation.completed", SMALL))
    assert result.pictures[0].source == f"data:;base64,{SMALL}"


@pytest.mark.parametrize("broken", ["nonsense", Text("%" * 2000)], ids=["short", "long"])
def test_a_broken_partial_image_does_not_lose_the_finished_image(broken: str | Text) -> None:
    partials, result = streamed(
        ("image_generation.partial_image", broken), ("image_generation.completed", IMAGE)
    )
    assert (partials, result.pictures[0].source) == ([], Bytes(CONTENT))
