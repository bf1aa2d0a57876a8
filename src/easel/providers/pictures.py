"""Find the images in a provider's answer."""

from collections.abc import Iterable, Mapping

from easel.errors import EmptyResultError
from easel.platform.buffers import Buffer, LongText
from easel.platform.numbers import MAX_SAFE_INTEGER
from easel.providers.protocol import Picture, Result

# The first characters of the base64 of a PNG, a JPEG, a WebP and a GIF.
_MAGIC = ("iVBORw0KGgo", "/9j/", "UklGR", "R0lGOD")

_SEED_DIGITS = len(str(MAX_SAFE_INTEGER))


def result_of(
    pictures: Iterable[Picture],
    title: str,
    *,
    usage: Mapping[str, object] | None = None,
    usd: float | None = None,
) -> Result:
    """The result of an attempt that the provider reports as a success.

    Raises:
        EmptyResultError: there is no image.
    """
    found = [*pictures]
    if not found:
        raise EmptyResultError(f"{title} reported success but sent no image.")
    return Result(found, usage, usd)


def picture_from(
    text: str | LongText,
    title: str,
    *,
    seed: int | None = None,
    revised_prompt: str | None = None,
) -> Picture:
    """Read a URL, a data URL or base64.

    Args:
        text: the provider's text.
        title: the provider's name.
        seed: the seed of the image, where it is known.
        revised_prompt: the prompt that the provider used, where it says so.

    Raises:
        EmptyResultError: the text is none of these.
    """
    if is_url(text):
        return Picture(text, seed, revised_prompt)
    if isinstance(text, str) and text.startswith(_MAGIC):
        # The base64 of an image so small that its text is not a handle.
        return Picture(f"data:;base64,{text}", seed, revised_prompt)
    return Picture(decode(text, title), seed, revised_prompt)


def is_url(text: str | LongText) -> bool:
    """Whether a text is a URL rather than base64: absolute, from the root, or `data:`."""
    head = text[:9] if isinstance(text, str) else text.head(9)
    # The base64 of a JPEG begins with a slash, too.
    rooted = head.startswith("/") and not head.startswith("/9j/")
    return rooted or head.startswith(("https://", "http://", "data:"))


def decode(text: str | LongText, title: str) -> Buffer:
    """Decode base64.

    Raises:
        EmptyResultError: the text is not base64, or too short for an image.
    """
    if isinstance(text, str):
        raise EmptyResultError(f"{title} sent a text that is too short for an image.")
    try:
        return text.decode_base64()
    except ValueError as error:
        raise EmptyResultError(f"{title} sent an image in invalid base64.") from error


def seed_from(value: object) -> int | None:
    """A seed in a provider's answer, a number or its digits; None where it is not a seed.

    A seed above 2^53 - 1 is not one: JSON's readers would round it to another.
    """
    if isinstance(value, str) and value.isdecimal() and len(value) <= _SEED_DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    is_seed = 0 <= value <= MAX_SAFE_INTEGER and value == int(value)
    return int(value) if is_seed else None
