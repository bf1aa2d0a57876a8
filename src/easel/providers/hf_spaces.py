"""Hugging Face Spaces: Gradio apps that people serve to everybody, on GPUs that cost them nothing.

No credential is ever shown: who serves a Space would see it in plain text.
https://huggingface.co/docs/hub/spaces-overview
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import Field

from easel.errors import EmptyResultError, ProviderError
from easel.platform.buffers import JsonValue, LongText
from easel.providers.gradio import App, open_app, run
from easel.providers.pictures import is_url, picture_from, seed_from
from easel.providers.protocol import Attempt, Options, Provider, Result, Run

TITLE = "Hugging Face Spaces"

# Every Space is a host of its own below this one.
_DOMAIN = "https://hf.space"

# Seeds are Gradio's numbers, which most Spaces limit to 31 bits.
_SEED_DIGITS = 7


class SpaceOptions(Options):
    """How the Spaces of a model are called.

    Attributes:
        spaces: the Spaces, OWNER/NAME, in the order in which they are tried.
        function: the function's name in the Space's API.
        data: the function's inputs in their order. `$NAME` stands for the prompt, a parameter, or
            `$seed`, which is drawn where the caller gives none.
        ratios: the function's name of each size, where it takes `$aspect_ratio`.
    """

    spaces: list[str] = Field(min_length=1)
    function: str
    data: list[str | int | float | bool | None]
    ratios: dict[str, str] = Field(default_factory=dict)


def generate(attempt: Attempt) -> Run:
    """Make an image at the first Space of the model that is up."""
    spaces = attempt.options_as(SpaceOptions).spaces
    for space in spaces:
        try:
            return (yield from _ask(space, attempt))
        except ProviderError as error:
            # Other Spaces stand in for it, and whoever asks next may find its queue empty.
            error.fault = False
            if error.billed or space == spaces[-1]:
                raise
    raise AssertionError


def _ask(space: str, attempt: Attempt) -> Run:
    app = yield from open_app(_url_of(space, attempt.base_url), f"The Space {space}")
    options = attempt.options_as(SpaceOptions)
    values = _values(attempt, options.ratios)
    data = [
        values.get(item[1:]) if isinstance(item, str) and item.startswith("$") else item
        for item in options.data
    ]
    output = yield from run(app, options.function, data, attempt.nonce)
    return _result(app, output, values["seed"] if "$seed" in options.data else None)


def _url_of(space: str, base_url: str) -> str:
    """Where a Space is: its host's name is its own, in what a host's name can hold."""
    name = re.sub(r"[^a-z0-9]+", "-", space.lower()).strip("-")
    if base_url == _DOMAIN:
        return _DOMAIN.replace("//", f"//{name}.")
    return f"{base_url}/{name}"


def _values(attempt: Attempt, ratios: Mapping[str, str]) -> dict[str, Any]:
    """Everything that a function can be given, by name."""
    values = {
        "seed": int(attempt.nonce[:_SEED_DIGITS] or "0", 16),
        **attempt.parameters,
        "prompt": attempt.prompt,
    }
    if ratios:
        values["aspect_ratio"] = ratios[f"{values['width']}x{values['height']}"]
    return values


def _result(app: App, output: Sequence[JsonValue], seed: int | None) -> Result:
    for index, item in enumerate(output):
        files = [*_files(item, app)]
        if files:
            rest = (*output[:index], *output[index + 1 :])
            seed = next((found for found in map(_seed, rest) if found is not None), seed)
            return Result([picture_from(file, app.title, seed=seed) for file in files])
    raise EmptyResultError(f"{app.title} reported success but gave no image.")


def _files(value: JsonValue, app: App) -> Iterator[str | LongText]:
    """The URLs in what an output shows: a file, or a gallery of them."""
    match value:
        case str() | LongText() if is_url(value):
            yield _absolute(value, app)
        case {"url": str() | LongText() as url} if is_url(url):
            yield _absolute(url, app)
        case {"path": str(path)} if path:
            yield _absolute(path if is_url(path) else f"/{path}", app)
        case {"image": image}:
            yield from _files(image, app)
        case list():
            for item in value:
                yield from _files(item, app)


def _absolute(url: str | LongText, app: App) -> str | LongText:
    if isinstance(url, LongText) or not url.startswith("/"):
        return url
    place = url.partition("/file=")[2] or url
    return f"{app.api}/file={quote(place, safe='/%')}"


def _seed(value: JsonValue) -> int | None:
    """The seed that an output tells: a number, or a sentence with one."""
    if isinstance(value, str):
        match = re.search(r"\bseed\b\D{0,40}(\d+)", value, re.I)
        return seed_from(match[1]) if match else None
    return seed_from(value)


PROVIDER = Provider(
    TITLE, generate, {"HF_SPACE_BASE_URL": _DOMAIN}, is_public=True, options=SpaceOptions
)
