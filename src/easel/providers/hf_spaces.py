"""Hugging Face Spaces: public Gradio apps, called in the form that a model's card describes.

No credential is sent: the owner of a Space could read it.
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

# Each Space is a subdomain.
_DOMAIN = "https://hf.space"

# Hexadecimal digits of a drawn seed. Most Spaces limit seeds to 31 bits.
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
            return (yield from _call(space, attempt))
        except ProviderError as error:
            # Other Spaces replace it, and its queue may be empty at the next request.
            error.fault = False
            if error.billed or space == spaces[-1]:
                raise
    raise AssertionError


def _call(space: str, attempt: Attempt) -> Run:
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
    """The URL of a Space: its subdomain is its name in lower case, with dashes."""
    name = re.sub(r"[^a-z0-9]+", "-", space.lower()).strip("-")
    if base_url == _DOMAIN:
        return _DOMAIN.replace("//", f"//{name}.")
    return f"{base_url}/{name}"


def _values(attempt: Attempt, ratios: Mapping[str, str]) -> dict[str, Any]:
    """The possible inputs of a function, by name."""
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
    raise EmptyResultError(f"{app.title} reported success but sent no image.")


def _files(value: JsonValue, app: App) -> Iterator[str | LongText]:
    """The URLs in an output, which is a file or a gallery of files."""
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
    """The seed in an output: a number, or a number in a sentence."""
    if isinstance(value, str):
        match = re.search(r"\bseed\b\D{0,40}(\d+)", value, re.I)
        return seed_from(match[1]) if match else None
    return seed_from(value)


PROVIDER = Provider(
    TITLE, generate, {"HF_SPACE_BASE_URL": _DOMAIN}, is_public=True, options=SpaceOptions
)
