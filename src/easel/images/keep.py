"""Step five: make sure of the image, bring it to the promised size, store it."""

from dataclasses import dataclass

from easel.errors import EmptyResultError, ResizeError, StorageError
from easel.images.plan import Job, PlannedImage
from easel.images.recipe import recipe
from easel.images.sniff import EXTENSIONS, MEDIA_TYPES, ImageFacts, NotAnImageError, sniff
from easel.world import Buffer, World


@dataclass(frozen=True)
class Artifact:
    """A finished image.

    Attributes:
        key: its name in the bucket; None when the bucket failed.
        seed: what makes it again, where known.
    """

    key: str | None
    content: Buffer
    facts: ImageFacts
    seed: int | None


async def keep(content: Buffer, image: PlannedImage, job: Job, world: World) -> Artifact:
    """Check what a provider gave and store it with its recipe.

    Raises:
        EmptyResultError: the bytes are no whole image.
        ResizeError: it could not be brought to the promised size.
    """
    facts = _facts(content)
    if image.promised is not None and facts.size != image.promised:
        content = await world.resize(content, facts.format, *image.promised)
        facts = _facts(content)
        if facts.size != image.promised:
            raise ResizeError(f"Resizing gave {facts.size} where {image.promised} was promised.")
    now = world.now()
    name = f"{world.random_bytes(20).hex()}.{EXTENSIONS[facts.format]}"
    key: str | None = f"images/{now:%Y-%m-%d}/{name}"
    try:
        await world.bucket.put(
            f"images/{now:%Y-%m-%d}/{name}",
            content,
            MEDIA_TYPES[facts.format],
            recipe(job, image, now),
        )
    except StorageError as error:
        # The image is paid for: it goes to the caller even if it cannot be kept.
        world.log(f"could not store an image of {job.card.id}: {error!r}")
        key = None
    return Artifact(key, content, facts, image.seed)


def _facts(content: Buffer) -> ImageFacts:
    try:
        return sniff(content)
    except NotAnImageError as error:
        raise EmptyResultError(f"The model gave no usable image: {error}.") from None
