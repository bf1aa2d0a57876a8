"""Step five: make sure of the image, bring it to what was promised, store it."""

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
class Origin:
    """Where an image comes from.

    Attributes:
        name: under which it is kept; its id as well.
        started: when its request began.
        plan: what it was made for.
        seed: what makes it again, where known.
        revised_prompt: what the provider made of the prompt, where it tells.
        fingerprint: of what it was made from, where the caller chose the seed.
        nanodollars: what it cost; None where nobody knows.
        place: of the image among those that were asked for, from 0.
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
class Artifact:
    """A finished image.

    Attributes:
        key: its name in the bucket; None when the bucket failed.
        created: when it was kept.
    """

    key: str | None
    content: Buffer
    facts: ImageFacts
    created: datetime
    origin: Origin


async def store_result(content: Buffer, origin: Origin, services: Services) -> Artifact:
    """Check what a provider gave and store it with its recipe.

    Raises:
        EmptyResultError: the bytes are no whole image.
        TransformError: it could not be brought to the promised size or format.
    """
    plan = origin.plan
    try:
        content, facts = await _finish(content, plan.output, services)
    except NotAnImageError as error:
        raise EmptyResultError(f"The model gave no usable image: {error}.") from None
    now = services.now()
    key = image_key(origin.started, origin.name, EXTENSIONS[facts.format])
    is_stored = True
    began = services.now()
    try:
        await services.bucket.put(
            key, content, MEDIA_TYPES[facts.format], recipe(plan, origin.seed, now)
        )
    except StorageError as error:
        # The image is paid for: it goes to the caller even if it cannot be kept.
        services.log(f"could not store an image of {plan.card.id}: {error!r}")
        is_stored = False
    services.request_log.bucket_seconds += (services.now() - began).total_seconds()
    return Artifact(key if is_stored else None, content, facts, now, origin)


async def _finish(content: Buffer, output: Output, services: Services) -> tuple[Buffer, ImageFacts]:
    facts = sniff(content)
    if facts.format == FORMAT:
        return content, deliver_vector(facts, output.format, output.size)
    promised = ImageFacts(output.format or facts.format, output.size or facts.size)
    if facts == promised and (output.quality is None or output.is_compressed):
        return content, facts
    content = await scale_and_crop(
        content, promised.format, promised.size, services, output.quality, paid=True
    )
    facts = sniff(content)
    if facts != promised:
        raise TransformError(
            f"The image became {facts.format} of {facts.size} pixels where {promised.format} of "
            f"{promised.size} was promised.",
            billed=True,
        )
    return content, facts
