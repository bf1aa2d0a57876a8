"""A request for images as a route has read it, before it is planned."""

from dataclasses import dataclass

from easel.access.authentication import Caller
from easel.catalog.cards import Task
from easel.platform.http import Request
from easel.settings.settings import Settings
from easel.wire.prefer import runs_in_background
from easel.wire.requests import ImageRequest
from easel.wire.sources import Sources


@dataclass(frozen=True)
class Incoming:
    """An authenticated request with its body.

    Attributes:
        http: its headers and origin; its body has been read.
        sources: the images of an edit or a variation, not yet fetched or decoded.
    """

    http: Request
    body: ImageRequest
    task: Task
    sources: Sources | None
    caller: Caller

    @property
    def sends_images(self) -> bool:
        """Whether the answer holds the images themselves, and not only their URLs."""
        return bool(self.body.stream) or self.body.response_format in ("b64_json", "base64")

    @property
    def is_background(self) -> bool:
        """Whether the caller asks for a job instead of waiting.

        Raises:
            InvalidValueError: there is a webhook, but nothing says that it is a job.
        """
        return runs_in_background(self.http, self.body)

    def base_url(self, settings: Settings) -> str:
        """Where the images of the answer are served."""
        return settings.public_base_url or self.http.origin

    def may_use_stored(self, settings: Settings) -> bool:
        """Whether stored images may be used: as the body, a header or else the owner says."""
        if self.body.cache is not None:
            return self.body.cache
        header = self.http.headers.get("x-easel-cache", "").strip().lower()
        return header == "true" or (header != "false" and settings.cache_images)
