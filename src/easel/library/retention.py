"""Retention: how long an image is kept. Without the setting IMAGE_TTL_HOURS, for ever."""

from datetime import datetime, timedelta

from easel.errors import NotFoundError
from easel.platform.storage import StoredObject
from easel.services import Services


def expired_before(services: Services) -> datetime | None:
    """Return the time before which stored images have expired; None if images never expire."""
    hours = services.settings().image_ttl_hours
    return None if hours is None else services.now() - timedelta(hours=hours)


def seconds_to_live(stored: datetime, services: Services) -> float | None:
    """Return the seconds until an image expires.

    Args:
        stored: when the image was stored.
        services: with the settings and the clock.

    Returns:
        0 or less if the image has expired; None if images never expire.
    """
    limit = expired_before(services)
    return None if limit is None else (stored - limit).total_seconds()


def require_unexpired(stored: StoredObject | None, services: Services) -> StoredObject:
    """Return an object that exists and has not expired; the body of an expired one is cancelled.

    Raises:
        NotFoundError: the object is None or has expired.
    """
    if stored is not None:
        left = seconds_to_live(stored.uploaded, services)
        if left is None or left > 0:
            return stored
        if stored.body is not None:
            stored.body.cancel()
    raise NotFoundError("There is no image at this URL.")
