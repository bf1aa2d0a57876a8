"""How long an image is kept: for ever, unless the owner says otherwise."""

from datetime import datetime, timedelta

from easel.services import Services


def expired_before(services: Services) -> datetime | None:
    """When an image must have been stored to be there still; None where nothing expires."""
    hours = services.settings().image_ttl_hours
    return None if hours is None else services.now() - timedelta(hours=hours)


def seconds_to_live(stored: datetime, services: Services) -> float | None:
    """For how long an image stored then will be there; 0 or less: it is gone. None: for ever."""
    limit = expired_before(services)
    return None if limit is None else (stored - limit).total_seconds()
