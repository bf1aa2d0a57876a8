"""Step five: make sure of the image, bring it to what was promised, store it."""

from dataclasses import dataclass

from easel.errors import EmptyResultError, StorageError, TransformError
from easel.handles import Buffer
from easel.images.cover import cover
from easel.images.plan import Job, Output
from easel.images.recipe import recipe
from easel.images.sniff import EXTENSIONS, MEDIA_TYPES, ImageFacts, NotAnImageError, sniff
from easel.images.vector import FORMAT, deliver_vector
from easel.world import World


@dataclass(frozen=True)
class Artifact:
    """A finished image.

    Attributes:
        key: its name in the bucket; None when the bucket failed.
        seed: what makes it again, where known.
        revised_prompt: what the provider made of the prompt, where it tells.
        job: what it was made for.
    """

    key: str | None
    content: Buffer
    facts: ImageFacts
    seed: int | None
    revised_prompt: str | None
    job: Job


async def keep(
    content: Buffer, seed: int | None, revised_prompt: str | None, job: Job, world: World
) -> Artifact:
    """Check what a provider gave and store it with its recipe.

    Raises:
        EmptyResultError: the bytes are no whole image.
        TransformError: it could not be brought to the promised size or format.
    """
    try:
        content, facts = await _finish(content, job.output, world)
    except NotAnImageError as error:
        raise EmptyResultError(f"The model gave no usable image: {error}.") from None
    now = world.now()
    name = f"{world.random_bytes(20).hex()}.{EXTENSIONS[facts.format]}"
    key: str | None = f"images/{now:%Y-%m-%d}/{name}"
    try:
        await world.bucket.put(
            f"images/{now:%Y-%m-%d}/{name}",
            content,
            MEDIA_TYPES[facts.format],
            recipe(job, seed, now),
        )
    except StorageError as error:
        # The image is paid for: it goes to the caller even if it cannot be kept.
        world.log(f"could not store an image of {job.card.id}: {error!r}")
        key = None
    return Artifact(key, content, facts, seed, revised_prompt, job)


async def _finish(content: Buffer, output: Output, world: World) -> tuple[Buffer, ImageFacts]:
    facts = sniff(content)
    if facts.format == FORMAT:
        return content, deliver_vector(facts, output.format, output.size)
    promised = ImageFacts(output.format or facts.format, output.size or facts.size)
    if facts == promised and (output.quality is None or output.is_compressed):
        return content, facts
    content = await cover(content, promised.format, promised.size, world, output.quality, paid=True)
    facts = sniff(content)
    if facts != promised:
        raise TransformError(
            f"The image became {facts.format} of {facts.size} pixels where {promised.format} of "
            f"{promised.size} was promised.",
            billed=True,
        )
    return content, facts
