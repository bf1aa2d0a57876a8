"""Find the images in what a provider answers."""

from collections.abc import Mapping

from easel.errors import EmptyResultError
from easel.platform.buffers import Buffer, LongText
from easel.platform.numbers import MAX_SAFE_INTEGER
from easel.providers.protocol import Picture

# How the base64 of a PNG, a JPEG, a WebP and a GIF begins.
_BEGINNINGS = ("iVBORw0KGgo", "/9j/", "UklGR", "R0lGOD")

_SEED_DIGITS = len(str(MAX_SAFE_INTEGER))


def picture_from(
    text: str | LongText,
    title: str,
    *,
    seed: int | None = None,
    revised_prompt: str | None = None,
) -> Picture:
    """Read a URL, a data URL or base64.

    Args:
        text: what the provider gave.
        title: the provider's name.
        seed: what makes it again, where that is known.
        revised_prompt: what the provider made of the prompt, where it tells.

    Raises:
        EmptyResultError: it is none of these.
    """
    if is_url(text):
        return Picture(text, seed, revised_prompt)
    if isinstance(text, str) and text.startswith(_BEGINNINGS):
        # So small an image that its text is no handle.
        return Picture(f"data:;base64,{text}", seed, revised_prompt)
    return Picture(decode(text, title), seed, revised_prompt)


def is_url(text: str | LongText) -> bool:
    """Whether a text is a URL rather than base64: absolute, from the root, or `data:`."""
    beginning = text[:9] if isinstance(text, str) else text.head(9)
    # "/9j/" is how the base64 of a JPEG begins.
    rooted = beginning.startswith("/") and not beginning.startswith("/9j/")
    return rooted or beginning.startswith(("https://", "http://", "data:"))


def decode(text: str | LongText, title: str) -> Buffer:
    """Decode base64.

    Raises:
        EmptyResultError: it is none, or too little for an image.
    """
    if isinstance(text, str):
        raise EmptyResultError(f"{title} gave less than an image.")
    try:
        return text.decode_base64()
    except ValueError as error:
        raise EmptyResultError(f"{title} answered with broken base64.") from error


def seed_from(value: object) -> int | None:
    """A seed as a provider tells it, as a number or its digits; None where it is no seed.

    A larger one than JSON's readers hold exactly would come back as another one.
    """
    if isinstance(value, str) and value.isdecimal() and len(value) <= _SEED_DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    is_seed = 0 <= value <= MAX_SAFE_INTEGER and value == int(value)
    return int(value) if is_seed else None


def text_of(item: object, *names: str) -> str | LongText | None:
    """The first of some fields that holds a text."""
    if not isinstance(item, Mapping):
        return None
    for name in names:
        value = item.get(name)
        if isinstance(value, LongText) or (isinstance(value, str) and value):
            return value
    return None
