"""OpenAI's image models and their parameters.

From https://developers.openai.com/api/docs/guides/image-generation and the reference's pages
https://developers.openai.com/api/reference/resources/images. DALL-E is retired, but servers that
are compatible with OpenAI use its requests and answers.
"""

from dataclasses import dataclass

_STANDARD_SIZES = ("1024x1024", "1536x1024", "1024x1536")
_QUALITIES = ("auto", "low", "medium", "high")
_MORE_QUALITIES = (*_QUALITIES, "xhigh", "max")


@dataclass(frozen=True)
class Gpt:
    """A model of the GPT image family.

    Attributes:
        qualities: the values of `quality`.
        fidelities: the values of `input_fidelity`; empty if it has none.
        any_size: whether it takes sizes beside the three of the family.
    """

    qualities: tuple[str, ...] = _QUALITIES
    fidelities: tuple[str, ...] = ()
    any_size: bool = False

    def takes(self, size: tuple[int, int]) -> bool:
        """Whether the model makes images of this size."""
        width, height = size
        if not self.any_size:
            return f"{width}x{height}" in _STANDARD_SIZES
        return (
            width % 16 == height % 16 == 0
            and 1 / 3 <= width / height <= 3
            and max(size) <= 3840
            and 655_360 <= width * height <= 3840 * 2160
        )


@dataclass(frozen=True)
class DallE:
    """A model of the DALL-E family.

    Attributes:
        longest_prompt: in characters.
        sizes: of images, smallest first.
        most: the greatest `n`.
        qualities: the values of `quality`.
        styles: the values of `style`; empty if it has none.
        edits: whether it makes edits and variations.
        revises: whether it returns a revised prompt.
    """

    longest_prompt: int
    sizes: tuple[str, ...]
    most: int
    qualities: tuple[str, ...]
    styles: tuple[str, ...] = ()
    edits: bool = False
    revises: bool = False


_GPT_2_5 = Gpt(_MORE_QUALITIES, any_size=True)

MODELS: dict[str, Gpt | DallE] = {
    "chatgpt-image-latest": Gpt(fidelities=("high", "low")),
    "dall-e-2": DallE(1000, ("256x256", "512x512", "1024x1024"), 10, ("standard",), edits=True),
    "dall-e-3": DallE(
        4000,
        ("1024x1024", "1792x1024", "1024x1792"),
        1,
        ("standard", "hd"),
        styles=("vivid", "natural"),
        revises=True,
    ),
    "gpt-image-1-mini": Gpt(fidelities=("low",)),
    "gpt-image-1.5": Gpt(fidelities=("high", "low")),
    "gpt-image-1.5-2025-12-16": Gpt(fidelities=("high", "low")),
    "gpt-image-2": Gpt(any_size=True),
    "gpt-image-2-2026-04-21": Gpt(any_size=True),
    "gpt-image-2.5-flare": _GPT_2_5,
    "gpt-image-2.5-flare-2026-09-08": _GPT_2_5,
    "gpt-image-2.5-sunburst": _GPT_2_5,
    "gpt-image-2.5-sunburst-2026-09-08": _GPT_2_5,
    "gpt-image-2.6-flare": _GPT_2_5,
    "gpt-image-2.6-sunburst": _GPT_2_5,
}
