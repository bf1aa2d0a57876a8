"""Check a result, convert it to the promised size and format, and store it with its recipe."""

from dataclasses import dataclass
from datetime import datetime

from easel.errors import EmptyResultError, StorageError, TransformError
from easel.generation.execution.recipe import recipe
from easel.generation.planning.plan import Output, Plan
from easel.generation.planning.vector import FORMAT, deliver_vector
from easel.library.keys import image_key
from easel.media.sniff import EXTENSIONS, MEDIA_TYPES, ImageFacts, NotAnImageError, sniff
from easel.media.transform import scale_and_crop
from easel.platform.buffers import Buffer
from easel.services import Services


@dataclass(frozen=True)
class Provenance:
    """The request, the cost and the recipe that an image comes from.

    Attributes:
        name: the image's id.
        started: when its request began.
        plan: the request as planned for one model.
        seed: the seed that reproduces the image, if known.
        revised_prompt: the prompt as the provider rewrote it, if it reports that.
        fingerprint: of all inputs of the image, if the caller chose the seed.
        nanodollars: the cost; None if unknown.
        place: index of the image among the requested ones, from 0.
    """

    name: str
    started: datetime
    plan: Plan
    seed: int | None = None
    revised_prompt: str | None = None
    fingerprint: str | None = None
    nanodollars: int | None = None
    place: int = 0


@dataclass(frozen=True)
class FinishedImage:
    """A finished image.

    Attributes:
        key: its key in the bucket; None if it could not be stored.
        created: when it was stored.
    """

    key: str | None
    content: Buffer
    facts: ImageFacts
    created: datetime
    provenance: Provenance


async def store_result(content: Buffer, origin: Provenance, services: Services) -> FinishedImage:
    """Check a provider's result, convert it if necessary, and store it with its recipe.

    Raises:
        EmptyResultError: the bytes are not a complete image.
        TransformError: it could not be converted to the promised size or format.
    """
    plan = origin.plan
    try:
        content, facts = await _convert(content, plan.output, services)
    except NotAnImageError as error:
        raise EmptyResultError(f"The model's result is not a usable image: {error}.") from None
    now = services.now()
    key = image_key(origin.started, origin.name, EXTENSIONS[facts.format])
    is_stored = True
    began = services.now()
    try:
        await services.bucket.put(
            key, content, MEDIA_TYPES[facts.format], recipe(plan, origin.seed, now)
        )
    except StorageError as error:
        # The image is paid for: the caller gets it even if it cannot be stored.
        services.log(f"could not store an image of {plan.card.id}: {error!r}")
        is_stored = False
    services.request_log.bucket_seconds += (services.now() - began).total_seconds()
    return FinishedImage(key if is_stored else None, content, facts, now, origin)


async def _convert(
    content: Buffer, output: Output, services: Services
) -> tuple[Buffer, ImageFacts]:
    facts = sniff(content)
    if facts.format == FORMAT:
        return content, deliver_vector(facts, output.format, output.size)
    promised = ImageFacts(output.format or facts.format, output.size or facts.size)
    if facts == promised and (output.quality is None or output.model_compresses):
        return content, facts
    content = await scale_and_crop(
        content, promised.format, promised.size, services, output.quality, paid=True
    )
    facts = sniff(content)
    if facts != promised:
        raise TransformError(
            f"The converted image is {facts.format} of {facts.size} pixels instead of "
            f"{promised.format} of {promised.size}.",
            billed=True,
        )
    return content, facts
