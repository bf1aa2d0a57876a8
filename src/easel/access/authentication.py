"""Who calls, and who pays: the Worker's own keys, and credentials that callers bring along."""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from easel.errors import ForbiddenError, NotAuthorizedError
from easel.settings.api_keys import ANONYMOUS, CALLER_PREFIX, NO_LIMITS, Key, Limits
from easel.settings.custom_servers import split_list
from easel.settings.settings import Settings
from easel.settings.weak_keys import LONGEST

_HOW = "Send one of this server's keys as 'Authorization: Bearer KEY'."
_UNSET = (
    "This server has no keys yet, so it makes no images. Its owner sets them with "
    "'npx wrangler secret put EASEL_API_KEYS' (several are separated by commas)."
)
_NOT_ALLOWED = (
    "This server takes providers' tokens only together with one of its own keys in 'X-API-Key', "
    "unless its owner sets ALLOW_CALLER_CREDENTIALS to true."
)


_ADMINS_ONLY = (
    "Only an admin's key may do this. The owner makes a key one with '\"admin\": true' in the JSON "
    "form of EASEL_API_KEYS; keys of one name alone are admins' already."
)


@dataclass(frozen=True)
class Caller:
    """On whose account a request's calls go.

    Attributes:
        name: who it is, in the log, the usage and the history: the key's name; "anonymous"; or
            "caller-" and 12 hexadecimal digits of the SHA-256 of the tokens, for callers who bring
            their own and no key.
        is_owner: whether the owner's bindings and secrets may be used.
        is_admin: whether the usage of all may be read.
        tokens: what the caller brought, by provider.
        limits: the key's.
    """

    name: str
    is_owner: bool
    is_admin: bool = False
    tokens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Limits = NO_LIMITS


def identify(
    headers: Mapping[str, str], settings: Settings, providers: Mapping[str, str]
) -> Caller:
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
    key = _key(shown, settings)
    # An own key may look like a token.
    tokens = {} if key and shown == bearer else _tokens(bearer, providers)
    if key:
        return Caller(key.name, True, key.is_admin, tokens, key.limits)
    if settings.allow_anonymous and not settings.easel_api_keys:
        return Caller(ANONYMOUS, True, settings.anonymous_is_admin, tokens)
    if tokens and "x-api-key" not in headers:
        if settings.allow_caller_credentials:
            return Caller(_callers_name(tokens), False, tokens=tokens)
        raise _refusal(_NOT_ALLOWED)
    if not settings.easel_api_keys:
        raise _refusal(_UNSET)
    if not shown:
        raise _refusal(f"No API key was sent. {_HOW}")
    raise _refusal(f"The API key is not one of this server's. {_HOW}")


def require_admin(caller: Caller) -> None:
    """Let admins pass.

    Raises:
        ForbiddenError: it is none.
    """
    if not caller.is_admin:
        raise ForbiddenError(_ADMINS_ONLY)


def _key(shown: str, settings: Settings) -> Key | None:
    if len(shown) > LONGEST:
        return None
    digest = sha256(shown.encode()).digest()
    # Every key is compared, so that the time taken tells nothing.
    found = [key for key in settings.easel_api_keys if hmac.compare_digest(digest, key.digest)]
    return found[0] if found else None


def _callers_name(tokens: Mapping[str, tuple[str, ...]]) -> str:
    shown = ",".join(token for several in tokens.values() for token in several)
    return f"{CALLER_PREFIX}{sha256(shown.encode()).hexdigest()[:12]}"


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
