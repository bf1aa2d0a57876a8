"""The owner's settings: variables and secrets of the Worker, read once and checked."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from easel.errors import ConfigurationError


@dataclass(frozen=True)
class Settings:
    """What the owner can set; the README's table says it in a user's words.

    Attributes:
        default_model: the model of a generation that names none.
        default_edit_model: the same for an edit.
        default_inpainting_model: the same for an edit with a mask.
        default_variation_model: the same for a variation.
        heartbeat_seconds: between signs of life in a streamed answer.
        public_base_url: where stored images are served, without a trailing slash; None for the
            Worker's own origin.
        api_keys: who may call; empty for nobody.
        allow_anonymous: whether callers without a key may spend the owner's money.
        allow_private_urls: whether images may be fetched from private addresses and names.
    """

    default_model: str = "@cf/black-forest-labs/flux-1-schnell"
    default_edit_model: str = "@cf/black-forest-labs/flux-2-klein-4b"
    default_inpainting_model: str = "@cf/runwayml/stable-diffusion-v1-5-inpainting"
    default_variation_model: str = "@cf/runwayml/stable-diffusion-v1-5-img2img"
    heartbeat_seconds: float = 10.0
    public_base_url: str | None = None
    api_keys: tuple[str, ...] = ()
    allow_anonymous: bool = False
    allow_private_urls: bool = False


def read_settings(variable: Callable[[str], str | None]) -> Settings:
    """Read every setting; `variable` looks one up by name.

    Raises:
        ConfigurationError: a setting has a value that makes no sense.
    """
    return Settings(
        default_model=_text(variable("DEFAULT_MODEL")) or Settings.default_model,
        default_edit_model=_text(variable("DEFAULT_EDIT_MODEL")) or Settings.default_edit_model,
        default_inpainting_model=(
            _text(variable("DEFAULT_INPAINTING_MODEL")) or Settings.default_inpainting_model
        ),
        default_variation_model=(
            _text(variable("DEFAULT_VARIATION_MODEL")) or Settings.default_variation_model
        ),
        heartbeat_seconds=_seconds(
            "HEARTBEAT_SECONDS", variable("HEARTBEAT_SECONDS"), Settings.heartbeat_seconds
        ),
        public_base_url=_base_url("PUBLIC_BASE_URL", variable("PUBLIC_BASE_URL")),
        api_keys=_list(variable("EASEL_API_KEYS")),
        allow_anonymous=_flag("ALLOW_ANONYMOUS", variable("ALLOW_ANONYMOUS")),
        allow_private_urls=_flag("ALLOW_PRIVATE_URLS", variable("ALLOW_PRIVATE_URLS")),
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


def _seconds(name: str, value: str | None, default: float) -> float:
    text = _text(value)
    if text is None:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise ConfigurationError(f"The setting {name} must be a number of seconds up to 3600.")
    return seconds


def _base_url(name: str, value: str | None) -> str | None:
    text = _text(value)
    if text is None:
        return None
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.netloc or url.query or url.fragment:
        raise ConfigurationError(f"The setting {name} must be an http(s) URL without a query.")
    return text.rstrip("/")
