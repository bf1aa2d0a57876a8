"""The owner's settings: variables and secrets of the Worker, validated once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from easel.errors import ConfigurationError
from easel.settings.api_keys import Key, read_keys
from easel.settings.custom_servers import Channel, read_channels
from easel.settings.readers import (
    Reader,
    read_aliases,
    read_base_url,
    read_choice,
    read_count,
    read_flag,
    read_list,
    read_number,
    read_text,
    read_webhook_secret,
)

T = TypeVar("T")

_seconds = read_number("seconds", 0, 3600, is_open=True)


@dataclass(frozen=True)
class About:
    """How a setting is read and documented.

    Attributes:
        says: its description; empty if another setting of the same variable has it.
        read: parses its text; None if it is read from several variables.
        otherwise: the default in words; empty if the value itself is documented.
        variable: its variable; empty for the setting's own name in capitals.
        is_secret: whether it must be a secret and not a variable in `wrangler.toml`.
    """

    says: str
    read: Reader[Any] | None = None
    otherwise: str = ""
    variable: str = ""
    is_secret: bool = False


def _setting(
    default: T,
    read: Reader[T] | None,
    says: str,
    *,
    otherwise: str = "",
    variable: str = "",
    is_secret: bool = False,
) -> T:
    """Declare a setting, with the fields of `About`."""
    metadata = {"about": About(says, read, otherwise, variable, is_secret)}
    if isinstance(default, dict):
        empty: T = field(default_factory=lambda: default, metadata=metadata)
        return empty
    return field(default=default, metadata=metadata)


def _anonymous(word: str) -> Reader[bool]:
    choose = read_choice("false", "true", "admin")
    return lambda name, text: choose(name, text) in ("admin", word)


@dataclass(frozen=True)
class Settings:
    """All settings; the documentation's table of settings is generated from this class."""

    easel_api_keys: tuple[Key, ...] = _setting(
        (),
        read_keys,
        "the [API keys](keys-and-budgets.md#keys) of those who may generate images",
        is_secret=True,
    )
    allow_anonymous: bool = _setting(
        False,
        _anonymous("true"),
        "whether anyone may generate images while no keys are set; with `admin` anyone also sees "
        "the usage of all and the details of `/health`",
        otherwise="`false`, locally `admin`",
    )
    anonymous_is_admin: bool = _setting(False, _anonymous("admin"), "", variable="ALLOW_ANONYMOUS")
    allow_caller_credentials: bool = _setting(
        False,
        read_flag,
        "whether callers without a key may use their own provider tokens",
        otherwise="`false`, locally `true`",
    )
    allow_private_urls: bool = _setting(
        False,
        read_flag,
        "whether input images may be fetched from private addresses and names, and by redirects "
        "from `https` to `http`",
    )
    budget_usd_per_day: float | None = _setting(
        None,
        read_number("US dollars", 0),
        "budget of all callers together in US dollars, from midnight to midnight UTC, for models "
        "with a known price",
    )
    budget_images_per_day: int | None = _setting(
        None,
        read_count,
        "budget of all callers together in images, in the same time; the only budget that limits "
        "models without a known price",
    )
    default_model: str = _setting(
        "@cf/black-forest-labs/flux-1-schnell",
        read_text,
        "the model of a generation without `model`",
    )
    default_edit_model: str = _setting(
        "@cf/black-forest-labs/flux-2-klein-4b", read_text, "the model of an edit without `model`"
    )
    default_inpainting_model: str = _setting(
        "@cf/runwayml/stable-diffusion-v1-5-inpainting",
        read_text,
        "the model of an edit with a mask without `model`",
    )
    default_variation_model: str = _setting(
        "@cf/runwayml/stable-diffusion-v1-5-img2img",
        read_text,
        "the model of a variation without `model`",
    )
    model_aliases: Mapping[str, tuple[str, ...]] = _setting(
        {}, read_aliases, "JSON: names of your own, and the models that each one tries in turn"
    )
    secrets: Mapping[str, tuple[str, ...]] = _setting(
        {},
        None,
        "your credentials of [providers](providers.md)",
        variable="OPENAI_API_KEY, ...",
        is_secret=True,
    )
    base_urls: Mapping[str, str] = _setting(
        {},
        None,
        "another base URL for a provider; trusted, even if it is private",
        otherwise="the provider's own",
        variable="OPENAI_BASE_URL, ...",
    )
    channels: tuple[Channel, ...] = _setting(
        (),
        None,
        "your [custom servers](custom-servers.md)",
        variable="CUSTOM_CHANNELS_JSON, CUSTOM_CHANNEL_1_ID, ...",
    )
    call_timeout_seconds: float = _setting(150.0, _seconds, "time-out of one call of a provider")
    job_timeout_seconds: float = _setting(
        300.0, _seconds, "time-out of one image, with all retries and fallbacks"
    )
    # https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil
    leave_grace_seconds: float = _setting(
        25.0,
        read_number("seconds", 0, 3600),
        "how long running work may continue after the client has disconnected; Cloudflare ends it "
        "after 30",
    )
    heartbeat_seconds: float = _setting(10.0, _seconds, "interval between heartbeats of a stream")
    public_base_url: str | None = _setting(
        None,
        read_base_url,
        "base URL of the images' URLs, such as your bucket's own domain",
        otherwise="the Worker's own origin",
    )
    private_images: bool = _setting(
        False, read_flag, "whether stored images are served only by signed URLs, which expire"
    )
    signed_url_seconds: float = _setting(
        3600.0,
        read_number("seconds", 1, 604800),
        "how long a signed URL is valid, at most a week",
    )
    cache_images: bool = _setting(
        False,
        read_flag,
        "whether a repeated request with the same `seed` is answered with the stored image",
    )
    image_ttl_hours: float | None = _setting(
        None,
        read_number("hours", 0, 876000, is_open=True),
        "retention of stored images, in hours",
        otherwise="unlimited",
    )
    log_prompts: bool = _setting(False, read_flag, "whether prompts are logged")
    webhook_secret: bytes | None = _setting(
        None,
        read_webhook_secret,
        "the secret that signs webhooks, in the format of "
        "[Standard Webhooks](https://www.standardwebhooks.com): `whsec_` and 24 to 64 bytes in "
        "base64",
        is_secret=True,
    )


def read_settings(
    variable: Callable[[str], object], base_urls: Iterable[str], secrets: Iterable[str]
) -> Settings:
    """Read all settings.

    Args:
        variable: looks up a variable or secret by name.
        base_urls: names of the variables with base URLs of providers.
        secrets: names of the secrets with the owner's credentials of providers.

    Raises:
        ConfigurationError: a setting is invalid.
    """

    def text_of(name: str) -> str | None:
        return _as_text(name, variable(name))

    read: dict[str, Any] = {}
    for setting in fields(Settings):
        about: About = setting.metadata["about"]
        if about.read is not None:
            name = about.variable or setting.name.upper()
            text = (text_of(name) or "").strip()
            if text:
                read[setting.name] = about.read(name, text)
    urls = {name: text_of(name) for name in base_urls}
    held = {name: text_of(name) for name in secrets}
    return Settings(
        **read,
        base_urls={name: read_base_url(name, text.strip()) for name, text in urls.items() if text},
        secrets={name: read_list(name, text) for name, text in held.items() if text},
        channels=read_channels(text_of),
    )


def _as_text(name: str, value: object) -> str | None:
    """The text of a variable, which can be a boolean or a number in TOML."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    raise ConfigurationError(f"The setting {name} must be text: put it in quotes.")
