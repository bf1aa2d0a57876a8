"""The context of one request, which all of its attempts share."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from easel.access.authentication import Caller
from easel.access.credentials import Credential, credentials_for
from easel.errors import MissingCredentialError
from easel.ledger.records import OpenRequest
from easel.library.keys import image_id
from easel.limits import MAX_CONNECTIONS
from easel.providers.custom import providers_with
from easel.providers.protocol import Partial, Provider
from easel.services import Services
from easel.settings.settings import Settings


@dataclass
class Context:
    """The context of one request.

    Attributes:
        id: the request's id in the ledger.
        stem: a secret from which the ids of its images are derived.
        started: when the request began.
        deadline: when its images must be finished.
        providers: every provider by name, custom servers included.
        show: sends a partial image to the caller; None where the answer is not a stream.
        connections: limits the calls and downloads that run at the same time.
        attempts: the number of calls to providers so far.
        image_count: the number of images that have an id.
        answer_id: the request whose answer the client receives: this one, or an equal one.
        bytes_in_memory: the bytes of images that stay in memory until the answer is sent.
    """

    services: Services
    settings: Settings
    caller: Caller
    id: str
    stem: str
    started: datetime
    deadline: datetime
    providers: Mapping[str, Provider]
    show: Callable[[Partial], None] | None = None
    connections: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(MAX_CONNECTIONS)
    )
    attempts: int = 0
    image_count: int = 0
    answer_id: str | None = None
    bytes_in_memory: int = 0

    def now(self) -> float:
        """The current Unix time, in seconds."""
        return self.services.now().timestamp()

    def next_image_id(self) -> str:
        """The id of the next image."""
        self.image_count += 1
        return image_id(self.stem, self.image_count - 1)

    def seconds_left(self) -> float:
        """Seconds until the deadline; negative after it."""
        return (self.deadline - self.services.now()).total_seconds()

    def base_urls(self, name: str) -> dict[str, str]:
        """A provider's base URLs by setting: the owner's, else the provider's defaults."""
        defaults = self.providers[name].base_urls
        return {
            setting: self.settings.base_urls.get(setting, url) for setting, url in defaults.items()
        }

    def credentials(self, name: str) -> tuple[Credential, ...]:
        """The credentials for a provider, in the order in which they are tried.

        Raises:
            MissingCredentialError: there is none.
        """
        return credentials_for(name, self.providers[name], self.caller, self.settings)

    def owner_pays(self, name: str) -> bool:
        """Whether the owner, and not the caller, pays a provider."""
        try:
            return not self.credentials(name)[0].is_callers
        except MissingCredentialError:
            return False


def context_for(caller: Caller, services: Services, begun: OpenRequest | None = None) -> Context:
    """The context of a new request, or of one that the ledger has begun."""
    settings, now = services.settings(), services.now()
    return Context(
        services,
        settings,
        caller,
        id=f"job_{services.random_bytes(16).hex()}" if begun is None else begun.id,
        stem=services.random_bytes(20).hex() if begun is None else begun.stem,
        started=now if begun is None else datetime.fromtimestamp(begun.started, UTC),
        deadline=now + timedelta(seconds=settings.job_timeout_seconds),
        providers=providers_with(settings.channels),
    )
