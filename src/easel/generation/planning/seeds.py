"""Choose the seeds of a request's images."""

from collections.abc import Callable

from easel.catalog import Parameter
from easel.errors import InvalidValueError
from easel.platform.numbers import MAX_SAFE_INTEGER


def choose_seeds(
    parameter: Parameter | None,
    given: object,
    count: int,
    random_bytes: Callable[[int], bytes],
) -> list[int | None]:
    """A seed for each image; None leaves it to the provider.

    Several images use the caller's seed and the ones after it, so that they differ and each can be
    reproduced.

    Args:
        parameter: the card's seed; None where the model has none.
        given: the caller's seed, or None.
        count: the number of images.
        random_bytes: returns this number of random bytes.

    Raises:
        InvalidValueError: the last seed would be larger than the model accepts.
    """
    if isinstance(given, int):
        limit = MAX_SAFE_INTEGER if parameter is None or parameter.max is None else parameter.max
        if given + count - 1 > limit:
            raise InvalidValueError(
                f"Invalid value for 'seed': with n={count} it may be at most "
                f"{limit - count + 1:.0f}, because the images use consecutive seeds.",
                param="seed",
            )
        return [given + index for index in range(count)]
    if parameter is not None and parameter.default == "random":
        # Every generator accepts 32 bits, and the number stays short.
        most = 2**32 - 1 if parameter.max is None else int(parameter.max)
        return [int.from_bytes(random_bytes(4), "big") % (most + 1) for _ in range(count)]
    return [None] * count
