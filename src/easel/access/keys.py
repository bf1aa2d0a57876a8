"""Who calls, and who pays: the Worker's own keys, and credentials that callers bring along."""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from easel.channels import split_list
from easel.errors import NotAuthorizedError
from easel.settings import Settings

_HOW = "Send one of this server's keys as 'Authorization: Bearer KEY'."
_UNSET = (
    "This server has no keys yet, so it makes no images. Its owner sets them with "
    "'npx wrangler secret put EASEL_API_KEYS' (several are separated by commas)."
)
_NOT_ALLOWED = (
    "This server takes providers' tokens only together with one of its own keys in 'X-API-Key', "
    "unless its owner sets ALLOW_CALLER_CREDENTIALS to true."
)


@dataclass(frozen=True)
class Payer:
    """On whose account a request's calls go.

    Attributes:
        is_owner: whether the owner's bindings and secrets may be used.
        tokens: what the caller brought, by provider.
    """

    is_owner: bool
    tokens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def identify(headers: Mapping[str, str], settings: Settings, providers: Mapping[str, str]) -> Payer:
    """Find out who pays for a request that may spend money.

    Args:
        headers: the request's.
        settings: with the keys there are.
        providers: the provider that each prefix of a token stands for.

    Raises:
        NotAuthorizedError: nobody who may.
    """
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    bearer = credential.strip() if scheme.lower() == "bearer" else ""
    shown = headers.get("x-api-key", bearer).strip()
    has_key = _is_key(shown, settings)
    # An own key may look like a token.
    tokens = {} if has_key and shown == bearer else _tokens(bearer, providers)
    if has_key or (settings.allow_anonymous and not settings.easel_api_keys):
        return Payer(True, tokens)
    if tokens and "x-api-key" not in headers:
        if settings.allow_caller_credentials:
            return Payer(False, tokens)
        raise _refusal(_NOT_ALLOWED)
    if not settings.easel_api_keys:
        raise _refusal(_UNSET)
    if not shown:
        raise _refusal(f"No API key was sent. {_HOW}")
    raise _refusal(f"The API key is not one of this server's. {_HOW}")


def _is_key(shown: str, settings: Settings) -> bool:
    # Every key is compared, so that the time taken tells nothing.
    keys = settings.easel_api_keys
    matches = [hmac.compare_digest(shown.encode(), key.encode()) for key in keys]
    return any(matches)


def _tokens(bearer: str, providers: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Read `PREFIX:TOKEN[,TOKEN...]`; the tokens may hold anything else that is printable."""
    prefix, colon, rest = bearer.partition(":")
    provider = providers.get(prefix.strip().lower()) if colon else None
    tokens = tuple(split_list(rest))
    return {provider: tokens} if provider and tokens else {}


def prefixes(names: Collection[str]) -> dict[str, str]:
    """The prefixes of callers' tokens: a provider's name, or a custom channel's id."""
    own = {name.rpartition("/")[2].lower(): name for name in names}
    return {**own, **{name: name for name in names if "/" not in name}}


def _refusal(message: str) -> NotAuthorizedError:
    return NotAuthorizedError(message, headers={"www-authenticate": 'Bearer realm="easel"'})
