"""What is asked at a steady rate, and what each request must be answered with."""

import base64
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support.pictures import photo

_GENERATIONS = "/v1/images/generations"
_EDITS = "/v1/images/edits"

_TOGETHER = {"model": "together/black-forest-labs/FLUX.1-schnell"}
_OPENAI = {"model": "openai/gpt-image-1-mini"}
_BASE64 = {"response_format": "b64_json"}
_PICTURE = {"image_b64": base64.b64encode(photo(64, 64)).decode()}

_SIDES = (64, 256, 512, 1024)


@dataclass(frozen=True)
class Kind:
    """A kind of request.

    Attributes:
        weight: how often it is drawn.
        body: its fields beside the prompt.
        route: its path.
        directive: what the provider is told to do.
        status: what it must be answered with.
        code: of the error that it must be answered with.
    """

    weight: int
    body: Mapping[str, Any]
    route: str = _GENERATIONS
    directive: str = ""
    status: int = 200
    code: str | None = None

    @property
    def images(self) -> int:
        """How many images it must be answered with."""
        return int(self.body.get("n", 1)) if self.code is None else 0


KINDS: Mapping[str, Kind] = {
    "url": Kind(30, _TOGETHER),
    "two": Kind(10, {**_TOGETHER, "n": 2}),
    "base64": Kind(15, {**_TOGETHER, **_BASE64}),
    "stream": Kind(10, {**_OPENAI, "stream": True, "partial_images": 1}),
    "edit": Kind(10, {**_OPENAI, **_PICTURE}, _EDITS),
    "named": Kind(10, _TOGETHER),
    "refused content": Kind(
        3, _TOGETHER, directive="[fake error content]", status=400, code="content_policy_violation"
    ),
    "provider down once": Kind(3, _TOGETHER, directive="[fake error down x1]"),
    "invalid": Kind(3, {**_TOGETHER, "n": 0}, status=400, code="invalid_value"),
    "unknown model": Kind(3, {"model": "nobody/nothing"}, status=404, code="model_not_found"),
}


@dataclass(frozen=True)
class SoakRequest:
    """One request.

    Attributes:
        name: its idempotency key, where it has one.
    """

    kind: Kind
    body: Mapping[str, Any]
    name: str | None

    @property
    def prompt(self) -> str:
        """Its prompt, which no other request has."""
        return str(self.body["prompt"])


@dataclass
class Draw:
    """Draws requests; the same seed gives the same ones."""

    seed: int
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def request(self, number: int) -> SoakRequest:
        """Draw the request of a number."""
        name = self._random.choices([*KINDS], [kind.weight for kind in KINDS.values()])[0]
        kind = KINDS[name]
        side = self._random.choice(_SIDES)
        words = [f"fox {number}", f"[fake size {side}x{side}]", "[fake format png]", kind.directive]
        body = {**kind.body, "prompt": " ".join(filter(None, words))}
        return SoakRequest(kind, body, f"request {number}" if name == "named" else None)
