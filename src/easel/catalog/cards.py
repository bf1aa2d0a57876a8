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
    """A parameter of a model other than the prompt, the size and the images.

    Attributes:
        upstream: the provider's name of it, where it differs from easel's.
        min: the least value, or the least length: of a string in characters, of an array in items.
        max: the greatest value or length, likewise.
        choices: the allowed values; empty if they are not limited.
        default: the value if the request has none; `random` is drawn by easel and sent.
        sends_default: whether easel sends the default, because the provider's default differs.
        required: whether the model needs it.
        tasks: the tasks that have it; empty for all.
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
    """The input images of a model.

    Attributes:
        max: the greatest number of images.
        max_side: the greatest side in pixels; larger images are scaled down.
        fits_output: whether they must have the size of the output; they are scaled and cropped.
        upstream: the provider's name of the field. With `{index}`, counted from 0, each image is a
            field; otherwise several images are a list.
        sent_as: `base64`, `data_url`, `url_object` (an object whose `url` is a data URL), or `file`
            (a file of a form).
    """

    max: int
    max_side: int | None = None
    fits_output: bool = False
    upstream: str
    sent_as: Literal["base64", "data_url", "url_object", "file"]

    def sent_size(self, size: Size, native: Size) -> Size:
        """The size at which an image of some size is sent, for an output of the native size."""
        if self.fits_output:
            return native
        if self.max_side is not None and max(size) > self.max_side:
            scale = self.max_side / max(size)
            return Size(*(max(1, int(side * scale)) for side in size))
        return size


class Mask(Table):
    """The mask of a model, which marks the part of an image to repaint.

    Attributes:
        required: whether the model needs one.
        upstream: the provider's name of the field.
        kind: `white_repaints` is opaque, white where the image is repainted and black elsewhere;
            `alpha_repaints` is OpenAI's kind, transparent where the image is repainted.
        sent_as: `bytes` is a list of the file's byte values; the others are as for images.
    """

    required: bool = False
    upstream: str = "mask"
    kind: Literal["white_repaints", "alpha_repaints"]
    sent_as: Literal["bytes", "data_url", "url_object", "file"]


class Variation(Table):
    """How a model that edits by a prompt makes a variation of an image.

    Attributes:
        prompt: the prompt if the request has none.
        parameters: the parameters that the request does not have.
    """

    prompt: str
    parameters: dict[str, float] = Field(default_factory=dict)


class Charge(Table):
    """A part of a price: an amount for each `unit`, in USD or in Workers AI's neurons.

    Units: `image`, `input_image`; `tile` and `input_tile` (512x512 pixels, rounded up); `step`;
    `tile_step` and `input_tile_step` (each tile in each step); `first_megapixel`, `next_megapixel`,
    `input_megapixel` (1024x1024 pixels, rounded up); `input_text_token`, `input_image_token`,
    `output_text_token`, `output_image_token`. Tokens are counted only when the image is made, so a
    price in tokens has no other units.
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
    """A model card.

    Attributes:
        id: easel's name of the model. A card whose id ends in `/*` stands for every model of its
            provider that has no card of its own.
        upstream: the provider's name of the model, where it differs.
        provider: the provider that runs it.
        aliases: its other names.
        owner: its maker; `owned_by` on the wire.
        created: Unix time in seconds at which it appeared at the provider.
        source: the page that documents it.
        tasks: the tasks that it can do.
        needs_prompt: whether it needs a prompt.
        max_prompt: the greatest length of the prompt in characters.
        call: whether its inputs are sent as JSON or as a form.
        options: further data for the provider's code, in the type that this declares.
        per_call: the number of images that one call can make.
        streams: whether it can show partial images.
        compresses: whether it has the parameter `output_compression`.
        response_format: the value of OpenAI's parameter; None where the model does not take it.
        variation: how it makes variations, if it does so by a prompt.
        output: the format of its images, unless their bytes show another. Drawings (`svg`) are
            delivered unchanged, in no other format or size.
        formats: the formats that it can make, with the provider's names of them.
        price: the charges of which its price is the sum; empty where it is not known.
        price_source: the page that publishes the charges.
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
        """Whether the card stands for models without a card of their own."""
        return self.id.endswith("/*")
