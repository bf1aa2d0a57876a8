"""Which seeds the images of a job are made from."""

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
    """A seed for each image of a job; None leaves it to the provider.

    Several images with a seed get that seed and the ones after it, so that they differ and each
    can be made again.

    Args:
        parameter: the model's, or None where it has no seed.
        given: the caller's, or None.
        count: how many images there are.
        random_bytes: so many bytes by chance.

    Raises:
        InvalidValueError: the last of them would lie outside what the model takes.
    """
    if isinstance(given, int):
        limit = MAX_SAFE_INTEGER if parameter is None or parameter.max is None else parameter.max
        if given + count - 1 > limit:
            raise InvalidValueError(
                f"Invalid value for 'seed': with n={count} it may be at most "
                f"{limit - count + 1:.0f}, since each image has the seed after the one before.",
                param="seed",
            )
        return [given + index for index in range(count)]
    if parameter is not None and parameter.default == "random":
        # 32 bits are enough for every generator, and short enough to read out.
        most = 2**32 - 1 if parameter.max is None else int(parameter.max)
        return [int.from_bytes(random_bytes(4), "big") % (most + 1) for _ in range(count)]
    return [None] * count
