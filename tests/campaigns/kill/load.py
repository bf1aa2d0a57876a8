"""The mixed load: requests drawn at random, each with a prompt of its own."""

import base64
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from campaigns.stage import Key
from support.pictures import photo

GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"

_TOGETHER = "together/black-forest-labs/FLUX.1-schnell"
_REPLICATE = "replicate/black-forest-labs/flux-schnell"
_FAL = "fal/fal-ai/flux/schnell"
_OPENAI = "openai/gpt-image-1-mini"
_HOME = "custom/home/first-model"

# What an image costs, in nanodollars, of the providers whose price is known beforehand.
PRICES: Mapping[str, int] = {"together": 2_700_000, "replicate": 3_000_000, "fal": 3_000_000}

KEYS: Mapping[str, Key] = {
    key.name: key
    for key in (
        Key("alice"),
        Key("bob"),
        Key("carol", budget_images_per_day=1_000_000, budget_usd_per_day=1_000_000),
        Key("few-images", budget_images_per_day=25),
        Key("few-dollars", budget_usd_per_day=0.05),
    )
}
_KEY_WEIGHTS = (6, 6, 6, 2, 2)

# By what a request is known when it is sent again: not at all, by an Idempotency-Key, or by the
# retry count that the OpenAI SDKs send.
Repetition = Literal["none", "named", "counted"]


@dataclass(frozen=True)
class Kind:
    """A kind of request.

    Attributes:
        weight: how often it is drawn.
        models: one is drawn; several with commas are a chain.
        repetitions: one is drawn.
        most: the greatest `n`.
        body: fields beside model, prompt and `n`.
        chain_fault: what the first model of a chain answers.
    """

    weight: int
    models: tuple[str, ...]
    repetitions: tuple[Repetition, ...]
    most: int = 1
    body: Mapping[str, Any] = field(default_factory=dict)
    chain_fault: tuple[str, ...] = ()


_PICTURE = base64.b64encode(photo(64, 64)).decode()
_ANY = (_TOGETHER, _TOGETHER, _REPLICATE, _FAL)
_CHAIN = (f"{_HOME},{_TOGETHER}", f"{_HOME},{_REPLICATE}")

KINDS: Mapping[str, Kind] = {
    "foreground": Kind(6, _ANY, ("none", "named", "counted"), most=3),
    "base64": Kind(1, _ANY, ("named", "counted"), most=2, body={"response_format": "b64_json"}),
    "stream": Kind(
        2, (_OPENAI,), ("none", "named", "counted"), body={"stream": True, "partial_images": 1}
    ),
    "edit": Kind(2, (_OPENAI,), ("none", "named", "counted"), most=2),
    "fallback": Kind(
        3, _CHAIN, ("named", "counted"), most=2, chain_fault=("down", "content", "rate")
    ),
    "background": Kind(2, _ANY, ("none", "named"), most=2, body={"background": True}),
    "background edit": Kind(1, (_OPENAI,), ("named",), body={"background": True}),
}

# What else goes wrong at a provider, in per cent of the requests that are no fallbacks.
_FAULTS: Mapping[str, int] = {
    "[fake error down x1]": 8,
    "[fake error rate x1]": 2,
    "[fake error crash]": 2,
    "[fake die]": 2,
    "[fake lost]": 2,
    "[fake polls 2]": 10,
}
_LONGEST_DELAY = 1500
_SHORTEST_PATIENCE, _LONGEST_PATIENCE = 0.1, 1.5


@dataclass(frozen=True)
class LoadRequest:
    """One request as its client means it, however often it is sent.

    Attributes:
        number: its place in the load.
        kind: its name in `KINDS`.
        key: the name of its key.
        count: how many images it asks for.
        chain: how many models may be tried.
        route: its path.
        body: its JSON body.
        repetition: by what it is known again.
        patience: seconds after which the client hangs up the first time; None for never.
        is_cancelled: whether its job is cancelled soon.
        is_repeated: whether it is sent once more after it was answered.
        has_fault: whether a provider was told to fail it.
    """

    number: int
    kind: str
    key: str
    count: int
    chain: int
    route: str
    body: Mapping[str, Any]
    repetition: Repetition
    patience: float | None
    is_cancelled: bool
    is_repeated: bool
    has_fault: bool

    @property
    def prompt(self) -> str:
        """Its prompt, which no other request has."""
        return str(self.body["prompt"])

    @property
    def name(self) -> str:
        """Its idempotency key."""
        return f"request {self.number}"

    def __str__(self) -> str:
        return f"{self.kind} request {self.number} ({self.repetition}, {self.body['prompt']!r})"


def draw_load(seed: int, first_models_url: str) -> Iterator[LoadRequest]:
    """Draw requests without end; the same seed gives the same ones.

    Args:
        seed: of the random numbers.
        first_models_url: the origin of the fake behind the first model of every chain.
    """
    draw = random.Random(seed)
    number = 0
    while True:
        yield _draw(draw, number, first_models_url)
        number += 1


def _draw(draw: random.Random, number: int, first_models_url: str) -> LoadRequest:
    name = draw.choices([*KINDS], [kind.weight for kind in KINDS.values()])[0]
    kind = KINDS[name]
    model = draw.choice(kind.models)
    count = draw.randint(1, kind.most)
    words = [f"fox {number}", "[fake size 64x64]", "[fake format png]"]
    words.append(f"[fake delay {draw.randint(0, _LONGEST_DELAY)}]")
    faults: list[str] = []
    if kind.chain_fault:
        fault = draw.choice(kind.chain_fault)
        faults = [f"[fake error {fault}]", f"[fake only {first_models_url}]"]
    else:
        faults = [fault for fault, share in _FAULTS.items() if draw.randrange(100) < share]
    body = {"model": model, "prompt": " ".join([*words, *faults]), "n": count, **kind.body}
    is_edit = name.endswith("edit")
    if is_edit:
        body["image_b64"] = _PICTURE
    repetition = draw.choice(kind.repetitions)
    is_hasty = repetition != "none" and draw.random() < 0.15
    return LoadRequest(
        number=number,
        kind=name,
        key=draw.choices([*KEYS], _KEY_WEIGHTS)[0],
        count=count,
        chain=model.count(",") + 1,
        route=EDITS if is_edit else GENERATIONS,
        body=body,
        repetition=repetition,
        patience=draw.uniform(_SHORTEST_PATIENCE, _LONGEST_PATIENCE) if is_hasty else None,
        is_cancelled="background" in body and draw.random() < 0.15,
        is_repeated=repetition == "named" and draw.random() < 0.4,
        has_fault=bool(faults),
    )
