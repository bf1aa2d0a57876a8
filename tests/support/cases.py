"""One task of one model, requested with the OpenAI SDK: the provider's request and the image.

A provider's tests are tables of these cases; `gaps` finds what they do not cover.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
from PIL import Image

from easel.catalog import CATALOG, ModelCard
from easel.generation.planning.models import resolve
from fakes.calls import Call
from support.pictures import mask, photo, picture

PNG, JPEG = "image/png 640x480", "image/jpeg 200x100"


@dataclass(frozen=True)
class Case:
    """A request for one task of one model.

    Attributes:
        model: the name that the caller sends.
        task: `generate` or `edit`; an edit sends a PNG and, if the model takes two images, a JPEG.
        asked: the caller's parameters beside the prompt.
        reached: the fields that must reach the provider beside the model and the prompt. An image,
            whether a file or a data URL, is represented by its media type and size.
        came: the format and size of the returned image.
    """

    model: str
    task: str
    asked: dict[str, Any]
    reached: dict[str, Any]
    came: tuple[str, tuple[int, int]]

    def __str__(self) -> str:
        return f"{self.model}-{self.task}"

    @property
    def card(self) -> ModelCard:
        """The card of the model."""
        return resolve(CATALOG, self.model)


def order(sdk: openai.OpenAI, case: Case, prompt: str) -> Any:
    """Request a case with the SDK's method for its task."""
    card = case.card
    # Parameters that the SDK's signature lacks are sent as its documentation says.
    common: dict[str, Any] = {"model": case.model, "prompt": prompt, "extra_body": case.asked}
    if case.task == "generate":
        return sdk.images.generate(**common)
    files = [("a.png", photo(640, 480)), ("b.jpg", photo(200, 100, "jpeg"))]
    common["image"] = files[: card.images.max] if card.images else []
    if card.mask is not None:
        common["mask"] = ("mask.png", mask(640, 480))
    return sdk.images.edit(**common)


def reached(call: Call) -> dict[str, Any]:
    """The fields of a call, in the form of `Case.reached`; a repeated field is a list."""
    if call.json is not None:
        return {name: _seen(value) for name, value in call.json.items()}
    fields: dict[str, list[Any]] = {}
    for name, text in call.texts:
        fields.setdefault(name, []).append(text)
    for file in call.files:
        fields.setdefault(file.field, []).append(_described(file.content, file.content_type))
    return {name: some if len(some) > 1 else some[0] for name, some in fields.items()}


def came(url: str, http: httpx2.Client) -> tuple[str | None, tuple[int, int]]:
    """The format and size of a stored image."""
    image = picture(http.get(url).raise_for_status().content)
    return image.format, image.size


def gaps(provider: str, cases: Sequence[Case]) -> set[str]:
    """The tasks and parameters of a provider's models that no case covers."""
    cards = {card.id: card for card in CATALOG.values() if card.provider == provider}
    wanted = {f"{card.id}: {one}" for card in cards.values() for one in card.tasks}
    wanted |= {f"{card.id}: {one}" for card in cards.values() for one in card.parameters}
    for case in cases:
        card = next(
            (card for card in cards.values() if card.id == case.card.id),
            cards.get(f"{provider}/*", case.card),
        )
        wanted -= {f"{card.id}: {one}" for one in (case.task, *case.asked)}
    return wanted


def _seen(value: Any) -> Any:
    if isinstance(value, list):
        return [_seen(item) for item in value]
    found = re.fullmatch(r"data:([\w/]+);base64,(.*)", value) if isinstance(value, str) else None
    return _described(base64.b64decode(found[2]), found[1]) if found else value


def _described(content: bytes, media_type: str) -> str:
    image = picture(content)
    actual = Image.MIME[image.format or ""]
    declared = media_type if media_type == actual else f"{actual} called {media_type}"
    return f"{declared} {image.width}x{image.height}"
