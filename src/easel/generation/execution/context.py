"""What everything that is tried for one request shares."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from easel.access.authentication import Caller
from easel.access.credentials import Credential, credentials_for
from easel.errors import NoCredentialError
from easel.ledger.records import Open
from easel.library.keys import image_id
from easel.providers.custom import providers_with
from easel.providers.protocol import Partial, Provider
from easel.services import Services
from easel.settings.settings import Settings

# A Worker has so many connections that wait for an answer; more would queue unseen, and time out.
# https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections
MOST_CONNECTIONS = 6


@dataclass
class Context:
    """One request's means.

    Attributes:
        id: the request's, in the ledger.
        stem: a secret that the names of its images are derived from.
        started: when it began.
        deadline: when the images must be there.
        providers: every provider by name, the owner's own among them.
        show: shows the caller a partial image; None where nobody watches.
        connections: one for each call or download that is under way.
        attempts: how many calls were made to have images made.
        named: how many images have a name.
        answered: the request of the ledger whose answer this one's client is given.
        kept_bytes: of images that stay in memory until the answer is sent.
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
        default_factory=lambda: asyncio.Semaphore(MOST_CONNECTIONS)
    )
    attempts: int = 0
    named: int = 0
    answered: str | None = None
    kept_bytes: int = 0

    def now(self) -> float:
        """The time, as a Unix time."""
        return self.services.now().timestamp()

    def next_name(self) -> str:
        """A name for another image."""
        self.named += 1
        return image_id(self.stem, self.named - 1)

    def seconds_left(self) -> float:
        """Until the deadline; negative after it."""
        return (self.deadline - self.services.now()).total_seconds()

    def base_urls(self, name: str) -> dict[str, str]:
        """Where a provider is: where the owner says, or where it usually is."""
        usual = self.providers[name].base_urls
        return {
            setting: self.settings.base_urls.get(setting, url) for setting, url in usual.items()
        }

    def credentials(self, name: str) -> tuple[Credential, ...]:
        """What a provider may be shown.

        Raises:
            NoCredentialError: there is nothing.
        """
        return credentials_for(name, self.providers[name], self.caller, self.settings)

    def is_owners(self, name: str) -> bool:
        """Whether the owner pays what a provider charges."""
        try:
            return not self.credentials(name)[0].is_callers
        except NoCredentialError:
            return False


def context_for(caller: Caller, services: Services, begun: Open | None = None) -> Context:
    """What a request has: a new one, or one that the ledger knows already."""
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
