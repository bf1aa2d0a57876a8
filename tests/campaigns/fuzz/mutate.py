"""From a seed and a number to a request."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from campaigns.fuzz.bodies import BYTE_MUTATORS, FORM_MUTATORS, JSON_MUTATORS
from campaigns.fuzz.envelope import ENVELOPE_MUTATORS, RARE_MUTATORS, WRONG_MUTATORS
from campaigns.fuzz.message import Message, Mutator
from campaigns.fuzz.templates import weighted

# Of a thousand mutations, so many have a malformed head or framing, or are a large upload.
_WRONG, _RARE = 60, 4

# Longer ones are refused by the proxy in `wrangler dev`.
_LONGEST_TARGET = 60_000

# Most requests are wrong in one way: what is wrong in several is refused for the first.
_MUTATIONS = (1, 1, 1, 1, 2, 2, 3)


def make_case(seed: int, number: int, templates: Sequence[Message]) -> Message:
    """The request of a case, the same each time."""
    rng = Random(f"{seed}:{number}")
    message = weighted(templates, rng)
    for _ in range(rng.choice(_MUTATIONS)):
        name, mutate = _choose(message, rng)
        message = mutate(message, rng)
        message = replace(message, mutations=(*message.mutations, name))
    is_long = len(message.target) > _LONGEST_TARGET
    # Doubling the slashes of an absolute target leaves a URI without a host: the proxy refuses it.
    lacks_host = message.target.startswith(b"http:///")
    return replace(message, is_malformed=message.is_malformed or is_long or lacks_host)


def _choose(message: Message, rng: Random) -> tuple[str, Mutator]:
    drawn = rng.randrange(1000)
    table: Mapping[str, Mutator] = ENVELOPE_MUTATORS
    if drawn < _WRONG:
        table = WRONG_MUTATORS
    elif drawn < _WRONG + _RARE:
        table = RARE_MUTATORS
    elif message.payload is not None and rng.random() < 0.65:
        table = BYTE_MUTATORS
        if message.body is None and rng.random() < 0.75:
            table = FORM_MUTATORS if message.parts else JSON_MUTATORS
            if message.parts == ():
                table = BYTE_MUTATORS
    return rng.choice([*table.items()])
