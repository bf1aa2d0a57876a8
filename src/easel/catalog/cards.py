"""The model card: everything easel knows about a model, and the only place it is known."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from easel.size import Size, parse_size

# The largest integer that JavaScript and JSON carry exactly, on the way to every provider.
MAX_SAFE_INTEGER = 2**53 - 1


def _size_from_text(value: object) -> object:
    return parse_size(value) if isinstance(value, str) else value


SizeText = Annotated[Size, BeforeValidator(_size_from_text)]


class _Table(BaseModel):
    """A table of the catalogue: a misspelt key fails when the Worker starts, not in a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(_Table):
    """A parameter that a model takes beside the prompt and the size.

    Attributes:
        upstream: the provider's name for it, where it differs from ours.
        min: least value, or least length of a string in characters.
        max: greatest value, or greatest length of a string in characters.
        default: what applies when the caller gives none; `random` is drawn by easel and sent.
    """

    type: Literal["integer", "number", "string"]
    upstream: str | None = None
    min: float | None = None
    max: float | None = None
    default: int | float | str | None = None


class Sizes(_Table):
    """The sizes that a model makes natively: a list, or any from `min` to `max` pixels a side.

    Attributes:
        default: what it makes when nothing is asked for.
        sent_as: how the size is told upstream: as `width` and `height`, or not at all.
    """

    default: SizeText
    list: tuple[SizeText, ...] = ()
    min: int | None = None
    max: int | None = None
    sent_as: Literal["width_height", "nothing"]

    @model_validator(mode="after")
    def _one_kind(self) -> "Sizes":
        if bool(self.list) == (self.min is not None) or (self.min is None) != (self.max is None):
            raise ValueError("sizes are either a list or a range from min to max")
        return self


class ModelCard(_Table):
    """A model.

    Attributes:
        id: its name here.
        provider: which provider's code runs it.
        owner: who made it; `owned_by` on the wire.
        created: Unix time in seconds at which it appeared at the provider.
        source: the page that the card was written from.
        max_prompt: greatest length of the prompt in characters.
    """

    id: str
    provider: str
    aliases: tuple[str, ...] = ()
    owner: str
    created: int
    source: str
    tasks: tuple[Literal["generate"], ...]
    max_prompt: int | None = None
    sizes: Sizes
    parameters: dict[str, Parameter] = Field(default_factory=dict)
