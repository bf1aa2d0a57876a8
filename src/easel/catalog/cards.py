"""The model card: everything easel knows about a model, and the only place it is known."""

from typing import Literal

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from easel.catalog.sizes import Sizes
from easel.catalog.table import Table
from easel.platform.size import Size
from easel.providers.protocol import Options
from easel.providers.registry import PROVIDERS

Task = Literal["generate", "edit", "vary"]
OutputFormat = Literal["png", "jpeg", "webp"]


class Parameter(Table):
    """A parameter that a model takes beside the prompt, the size and the images.

    Attributes:
        upstream: the provider's name for it, where it differs from ours.
        min: least value, or least length: of a string in characters, of an array in items.
        max: greatest value or length, likewise.
        choices: the only values there are.
        default: what applies when the caller gives none; `random` is drawn by easel and sent.
        sends_default: whether easel sends the default, because the provider's own is another.
        required: whether the model does nothing without it.
        tasks: those that it is for; empty for all.
    """

    type: Literal["integer", "number", "string", "boolean", "object", "array"]
    upstream: str | None = None
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()
    default: int | float | str | None = None
    sends_default: bool = False
    required: bool = False
    tasks: tuple[Task, ...] = ()


class InputImages(Table):
    """The images that a model takes in.

    Attributes:
        max: how many at most.
        max_side: greatest side in pixels; larger ones are scaled down for it.
        fits_output: whether they must have the size of the output; they are scaled and cropped.
        upstream: the provider's name for the field; `{index}` counts from 0, and without it
            several images are a list.
        sent_as: `base64`, `data_url`, an object with a `url` that is a data URL, or a `file` of a
            form.
    """

    max: int
    max_side: int | None = None
    fits_output: bool = False
    upstream: str
    sent_as: Literal["base64", "data_url", "url_object", "file"]

    def sent_size(self, size: Size, native: Size) -> Size:
        """The size at which an image is sent to the model.

        Args:
            size: the image's own.
            native: the size that the model is asked for.
        """
        if self.fits_output:
            return native
        if self.max_side is not None and max(size) > self.max_side:
            scale = self.max_side / max(size)
            return Size(*(max(1, int(side * scale)) for side in size))
        return size


class Mask(Table):
    """The mask that a model takes to know which part of an image to repaint.

    Attributes:
        required: whether it does nothing without one.
        kind: `white_repaints` is an opaque mask, black where the image stays; `alpha_repaints` is
            OpenAI's own kind, transparent where the image is repainted.
        sent_as: `bytes` is a list of the file's byte values; the others as for images.
    """

    required: bool = False
    upstream: str = "mask"
    kind: Literal["white_repaints", "alpha_repaints"]
    sent_as: Literal["bytes", "data_url", "url_object", "file"]


class Variation(Table):
    """What makes a variation of an image out of a model that needs a prompt.

    Attributes:
        prompt: what is asked for where the caller gives none: nothing in particular.
        parameters: what applies where the caller gives nothing else.
    """

    prompt: str
    parameters: dict[str, float] = Field(default_factory=dict)


class Charge(Table):
    """One part of a price: an amount for each `unit`, in USD or in Workers AI's neurons.

    Units: `image`, `input_image`; `tile` and `input_tile` (512x512 pixels, begun ones count);
    `step`; `tile_step` and `input_tile_step` (each tile in each step); `first_megapixel`,
    `next_megapixel`, `input_megapixel` (1024x1024 pixels, begun ones count); `input_text_token`,
    `input_image_token`, `output_text_token`, `output_image_token`, which are counted only when the
    image is made, and stand with no other unit in one price.
    """

    unit: Literal[
        "image",
        "input_image",
        "tile",
        "input_tile",
        "step",
        "tile_step",
        "input_tile_step",
        "first_megapixel",
        "next_megapixel",
        "input_megapixel",
        "input_text_token",
        "input_image_token",
        "output_text_token",
        "output_image_token",
    ]
    usd: float | None = None
    neurons: float | None = None

    @model_validator(mode="after")
    def _one_currency(self) -> "Charge":
        if (self.usd is None) == (self.neurons is None):
            raise ValueError("a charge is either in usd or in neurons")
        return self


class ModelCard(Table):
    """A model.

    Attributes:
        id: its name here. One that ends in `/*` is the card of every model of a provider that has
            none of its own.
        upstream: the provider's name for it, where it differs.
        provider: which provider's code runs it.
        owner: who made it; `owned_by` on the wire.
        created: Unix time in seconds at which it appeared at the provider.
        source: the page that the card was written from.
        needs_prompt: whether it does nothing without a prompt.
        max_prompt: greatest length of the prompt in characters.
        call: whether its inputs are sent as JSON or as a form.
        options: what the provider's code needs to know besides, in the type that it declares.
        per_call: how many images one call can make.
        streams: whether it can show partial images while it works.
        compresses: whether it takes `output_compression` itself.
        response_format: in which form it is asked for images; None where it cannot be.
        variation: how it makes variations, where it does.
        output: the format of its images, unless their bytes say otherwise; what is made as `svg`
            is delivered as it is, in no other format and at no other size.
        formats: formats that it can be asked for, with the provider's names for them.
        price: the charges that make up its price; empty where it is not known.
        price_source: where the charges are published.
    """

    id: str
    upstream: str | None = None
    provider: str
    aliases: tuple[str, ...] = ()
    owner: str
    created: int
    source: str
    tasks: tuple[Task, ...]
    needs_prompt: bool = True
    max_prompt: int | None = None
    call: Literal["json", "form"] = "json"
    options: SerializeAsAny[Options] = Field(default={}, validate_default=True)
    per_call: int = 1
    streams: bool = False
    compresses: bool = False
    response_format: str | None = None
    variation: Variation | None = None
    sizes: Sizes
    images: InputImages | None = None
    mask: Mask | None = None
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    output: OutputFormat | Literal["svg"]
    formats: dict[OutputFormat, str] = Field(default_factory=dict)
    price: tuple[Charge, ...] = ()
    price_source: str | None = None

    @field_validator("options", mode="before")
    @classmethod
    def _options_of_the_provider(cls, options: object, info: ValidationInfo) -> Options:
        provider = PROVIDERS.get(info.data.get("provider", ""))
        # A custom server has no options.
        return (provider.options if provider else Options).model_validate(options)

    @property
    def is_general(self) -> bool:
        """Whether it stands for models that have no card of their own."""
        return self.id.endswith("/*")
