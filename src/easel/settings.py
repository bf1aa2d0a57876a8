"""The owner's settings: variables and secrets of the Worker, read once and checked."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from easel.errors import ConfigurationError


@dataclass(frozen=True)
class Settings:
    """What the owner can set; the README's table says it in a user's words.

    Attributes:
        default_model: the model of a request that names none.
        public_base_url: where stored images are served, without a trailing slash; None for the
            Worker's own origin.
        api_keys: who may call; empty for nobody.
        allow_anonymous: whether callers without a key may spend the owner's money.
    """

    default_model: str = "@cf/black-forest-labs/flux-1-schnell"
    public_base_url: str | None = None
    api_keys: tuple[str, ...] = ()
    allow_anonymous: bool = False


def read_settings(variable: Callable[[str], str | None]) -> Settings:
    """Read every setting; `variable` looks one up by name.

    Raises:
        ConfigurationError: a setting has a value that makes no sense.
    """
    return Settings(
        default_model=_text(variable("DEFAULT_MODEL")) or Settings.default_model,
        public_base_url=_base_url("PUBLIC_BASE_URL", variable("PUBLIC_BASE_URL")),
        api_keys=_list(variable("EASEL_API_KEYS")),
        allow_anonymous=_flag("ALLOW_ANONYMOUS", variable("ALLOW_ANONYMOUS")),
    )


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None


def _list(value: str | None) -> tuple[str, ...]:
    return tuple(part for part in map(str.strip, (value or "").split(",")) if part)


def _flag(name: str, value: str | None) -> bool:
    text = (_text(value) or "false").lower()
    if text not in ("true", "false"):
        raise ConfigurationError(f'The setting {name} must be "true" or "false".')
    return text == "true"


def _base_url(name: str, value: str | None) -> str | None:
    text = _text(value)
    if text is None:
        return None
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.netloc or url.query or url.fragment:
        raise ConfigurationError(f"The setting {name} must be an http(s) URL without a query.")
    return text.rstrip("/")
