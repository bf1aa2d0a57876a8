"""Authenticate callers: by the Worker's API keys, or by the callers' own provider tokens."""

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from easel.errors import ForbiddenError, NotAuthorizedError
from easel.settings.api_keys import ANONYMOUS, CALLER_PREFIX, NO_LIMITS, Key, Limits
from easel.settings.custom_servers import split_list
from easel.settings.settings import Settings
from easel.settings.weak_keys import LONGEST

_HOW = "Send one of this server's API keys as 'Authorization: Bearer KEY'."
_UNSET = (
    "This server has no API keys yet, so it generates no images. Its owner sets them with "
    "'npx wrangler secret put EASEL_API_KEYS' (separated by commas)."
)
_NOT_ALLOWED = (
    "This server accepts provider tokens only together with one of its API keys in 'X-API-Key', "
    "unless its owner sets ALLOW_CALLER_CREDENTIALS to true."
)
_ADMINS_ONLY = (
    "Only an admin key may do this. The owner makes a key one with '\"admin\": true' in the JSON "
    "form of EASEL_API_KEYS; if all keys have the same name, they are admin keys by default."
)


@dataclass(frozen=True)
class Caller:
    """The authenticated caller of a request.

    Attributes:
        name: in the log, the usage and the library: the name of the key; "anonymous"; or "caller-"
            and 12 hexadecimal digits of the SHA-256 of the tokens, for callers with their own
            tokens and no key.
        is_owner: whether the owner's bindings and secrets may be used.
        is_admin: whether it may read the usage of all keys.
        tokens: the caller's own tokens, by provider.
        limits: limits of the key.
    """

    name: str
    is_owner: bool
    is_admin: bool = False
    tokens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Limits = NO_LIMITS


def identify(
    headers: Mapping[str, str], settings: Settings, providers: Mapping[str, str]
) -> Caller:
    """Identify the caller by the headers; `providers` maps prefixes of tokens to providers.

    Raises:
        NotAuthorizedError: the key or token is missing, wrong or not allowed.
    """
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    bearer = credential.strip() if scheme.lower() == "bearer" else ""
    sent = headers.get("x-api-key", bearer).strip()
    key = _key(sent, settings)
    # An API key may look like a prefixed token.
    tokens = {} if key and sent == bearer else _tokens(bearer, providers)
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
    if not sent:
        raise _refusal(f"The request has no API key. {_HOW}")
    raise _refusal(f"The API key is wrong. {_HOW}")


def require_admin(caller: Caller) -> None:
    """Require an admin key.

    Raises:
        ForbiddenError: the caller is not an admin.
    """
    if not caller.is_admin:
        raise ForbiddenError(_ADMINS_ONLY)


def _key(sent: str, settings: Settings) -> Key | None:
    if len(sent) > LONGEST:
        return None
    digest = sha256(sent.encode()).digest()
    # All keys are compared, so that the time reveals nothing about them.
    found = [key for key in settings.easel_api_keys if hmac.compare_digest(digest, key.digest)]
    return found[0] if found else None


def _callers_name(tokens: Mapping[str, tuple[str, ...]]) -> str:
    sent = ",".join(token for several in tokens.values() for token in several)
    return f"{CALLER_PREFIX}{sha256(sent.encode()).hexdigest()[:12]}"


def _tokens(bearer: str, providers: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Parse `PREFIX:TOKEN[,TOKEN...]`; empty for anything else."""
    prefix, colon, rest = bearer.partition(":")
    provider = providers.get(prefix.strip().lower()) if colon else None
    tokens = tuple(split_list(rest))
    return {provider: tokens} if provider and tokens else {}


def prefixes(names: Collection[str]) -> dict[str, str]:
    """Prefixes of callers' tokens: the name of a provider or the id of a custom channel."""
    own = {name.rpartition("/")[2].lower(): name for name in names}
    return {**own, **{name: name for name in names if "/" not in name}}


def _refusal(message: str) -> NotAuthorizedError:
    return NotAuthorizedError(message, headers={"www-authenticate": 'Bearer realm="easel"'})
