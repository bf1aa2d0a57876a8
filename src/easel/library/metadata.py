"""The public description of a stored image."""

from datetime import timedelta

from pydantic_core import from_json

from easel.ledger.records import ImageRecord
from easel.library.urls import image_url
from easel.platform.money import usd_text
from easel.services import Services

# Copied from the record; a value that is not known is null.
_COPIED = (
    "model",
    "provider",
    "task",
    "prompt",
    "parameters",
    "seed",
    "size",
    "aspect_ratio",
    "output_format",
    "output_compression",
    "revised_prompt",
    "format",
    "width",
    "height",
    "bytes",
    "request_id",
)


async def describe_image(
    record: ImageRecord, base_url: str, services: Services
) -> dict[str, object]:
    """Describe an image as `/v1/images` shows it.

    Args:
        record: of the image.
        base_url: of the URLs of images, without a trailing slash.
        services: with the settings and the secret that signs URLs.
    """
    settings = services.settings()
    about = from_json(record.about)
    nanodollars, truncated = about.get("nanodollars"), about.get("truncated")
    content = {
        "id": record.id,
        "object": "image",
        "created_at": int(record.created),
        "url": await image_url(record.key, base_url, settings, services),
        **{name: about.get(name) for name in _COPIED},
        "cost_usd": None if nanodollars is None else float(usd_text(nanodollars)),
    }
    if truncated:
        content["truncated"] = truncated.split(",")
    if settings.image_ttl_hours is not None:
        retention = timedelta(hours=settings.image_ttl_hours)
        content["expires_at"] = int(record.created + retention.total_seconds())
    return content
