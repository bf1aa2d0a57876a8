"""The Worker's own keys: whoever shows one may spend its owner's money."""

import hmac
from collections.abc import Mapping

from easel.errors import NotAuthorizedError
from easel.settings import Settings

_HOW = "Send one of this server's keys as 'Authorization: Bearer KEY'."
_UNSET = (
    "This server has no keys yet, so it makes no images. Its owner sets them with "
    "'npx wrangler secret put EASEL_API_KEYS' (several are separated by commas)."
)


def require_key(headers: Mapping[str, str], settings: Settings) -> None:
    """Let a request pass that may spend money.

    Raises:
        NotAuthorizedError: it shows no key of ours, and anonymous callers are not allowed.
    """
    if not settings.api_keys:
        if settings.allow_anonymous:
            return
        raise _refusal(_UNSET)
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    shown = credential.strip() if scheme.lower() == "bearer" else ""
    shown = headers.get("x-api-key", shown).strip()
    if not shown:
        raise _refusal(f"No API key was sent. {_HOW}")
    # Every key is compared, so that the time taken tells nothing.
    matches = [hmac.compare_digest(shown.encode(), key.encode()) for key in settings.api_keys]
    if not any(matches):
        raise _refusal(f"The API key is not one of this server's. {_HOW}")


def _refusal(message: str) -> NotAuthorizedError:
    return NotAuthorizedError(message, headers={"www-authenticate": 'Bearer realm="easel"'})
