"""The owner's settings: variables and secrets of the Worker, read once and checked."""

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
    """What there is to say of a setting beside its type and its default.

    Attributes:
        says: what it is for; empty where another setting's words speak for it.
        read: makes its value of its text; None where it is read from several variables.
        otherwise: its default in words, where its value does not say it.
        variable: what it is read from; empty for the variable of the same name in capitals.
        is_secret: whether it must not stand in `wrangler.toml`.
    """

    says: str
    read: Reader[Any] | None = None
    otherwise: str = ""
    variable: str = ""
    is_secret: bool = False


def _is(
    default: T,
    read: Reader[T] | None,
    says: str,
    *,
    otherwise: str = "",
    variable: str = "",
    is_secret: bool = False,
) -> T:
    """Declare a setting; `About` has the words."""
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
    """What the owner can set; the table in `docs/settings.md` is made of this one."""

    easel_api_keys: tuple[Key, ...] = _is(
        (),
        read_keys,
        "the [keys](keys-and-budgets.md#keys) of those who may make images",
        is_secret=True,
    )
    allow_anonymous: bool = _is(
        False,
        _anonymous("true"),
        "whether anyone may make images while no keys are set; `admin`: and see the usage of all "
        "and the details of `/health`, too",
        otherwise="`false`, locally `admin`",
    )
    anonymous_is_admin: bool = _is(False, _anonymous("admin"), "", variable="ALLOW_ANONYMOUS")
    allow_caller_credentials: bool = _is(
        False,
        read_flag,
        "whether callers without a key may use their own tokens of providers",
        otherwise="`false`, locally `true`",
    )
    allow_private_urls: bool = _is(
        False,
        read_flag,
        "whether images may be fetched by URL from private addresses and names, and over `http` "
        "after `https`",
    )
    budget_usd_per_day: float | None = _is(
        None,
        read_number("US dollars", 0),
        "what all together may spend from midnight to midnight UTC, in US dollars, as far as "
        "prices are known",
    )
    budget_images_per_day: int | None = _is(
        None,
        read_count,
        "how many images all together may make in that time; the only bound for models whose "
        "price is not known",
    )
    default_model: str = _is(
        "@cf/black-forest-labs/flux-1-schnell",
        read_text,
        "the model of a generation that names none",
    )
    default_edit_model: str = _is(
        "@cf/black-forest-labs/flux-2-klein-4b", read_text, "the same for an edit"
    )
    default_inpainting_model: str = _is(
        "@cf/runwayml/stable-diffusion-v1-5-inpainting",
        read_text,
        "the same for an edit with a mask",
    )
    default_variation_model: str = _is(
        "@cf/runwayml/stable-diffusion-v1-5-img2img", read_text, "the same for a variation"
    )
    model_aliases: Mapping[str, tuple[str, ...]] = _is(
        {}, read_aliases, "JSON: a name of your own, and the models it tries in turn"
    )
    secrets: Mapping[str, tuple[str, ...]] = _is(
        {},
        None,
        "your keys of [providers](providers.md)",
        variable="OPENAI_API_KEY, ...",
        is_secret=True,
    )
    base_urls: Mapping[str, str] = _is(
        {},
        None,
        "another place for a provider; trusted, even if private",
        otherwise="the provider's own",
        variable="OPENAI_BASE_URL, ...",
    )
    channels: tuple[Channel, ...] = _is(
        (),
        None,
        "[servers of your own](custom-servers.md)",
        variable="CUSTOM_CHANNELS_JSON, CUSTOM_CHANNEL_1_ID, ...",
    )
    call_timeout_seconds: float = _is(150.0, _seconds, "how long a provider may take for one call")
    job_timeout_seconds: float = _is(
        300.0, _seconds, "how long an image may take, whatever is tried for it"
    )
    # https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil
    leave_grace_seconds: float = _is(
        25.0,
        read_number("seconds", 0, 3600),
        "how long what is under way may go on when the client has left; Cloudflare ends it "
        "after 30",
    )
    heartbeat_seconds: float = _is(10.0, _seconds, "how often a stream gives a sign of life")
    public_base_url: str | None = _is(
        None,
        read_base_url,
        "where images are served, such as your bucket's own domain",
        otherwise="the Worker's own origin",
    )
    private_images: bool = _is(
        False, read_flag, "whether a stored image is served only by a signed URL, which expires"
    )
    signed_url_seconds: float = _is(
        3600.0,
        read_number("seconds", 1, 604800),
        "how long a signed URL works; at most a week",
    )
    cache_images: bool = _is(
        False,
        read_flag,
        "whether a request that is repeated with its `seed` is answered with the image that is "
        "stored",
    )
    image_ttl_hours: float | None = _is(
        None,
        read_number("hours", 0, 876000, is_open=True),
        "how long images are kept, in hours",
        otherwise="for ever",
    )
    log_prompts: bool = _is(False, read_flag, "whether prompts stand in the log")
    webhook_secret: bytes | None = _is(
        None,
        read_webhook_secret,
        "what webhooks are signed with, as [Standard Webhooks](https://www.standardwebhooks.com) "
        "has it: `whsec_` and 24 to 64 bytes in base64",
        is_secret=True,
    )


def read_settings(
    variable: Callable[[str], object], base_urls: Iterable[str], secrets: Iterable[str]
) -> Settings:
    """Read every setting.

    Args:
        variable: looks a variable or secret up by its name.
        base_urls: the names of those that move a provider to another base URL.
        secrets: the names of those that hold the owner's credentials of providers.

    Raises:
        ConfigurationError: a setting has a value that makes no sense.
    """

    def text_of(name: str) -> str | None:
        return _as_text(name, variable(name))

    read: dict[str, Any] = {}
    for one in fields(Settings):
        about: About = one.metadata["about"]
        if about.read is not None:
            name = about.variable or one.name.upper()
            text = (text_of(name) or "").strip()
            if text:
                read[one.name] = about.read(name, text)
    urls = {name: text_of(name) for name in base_urls}
    held = {name: text_of(name) for name in secrets}
    return Settings(
        **read,
        base_urls={name: read_base_url(name, text.strip()) for name, text in urls.items() if text},
        secrets={name: read_list(name, text) for name, text in held.items() if text},
        channels=read_channels(text_of),
    )


def _as_text(name: str, value: object) -> str | None:
    """What a variable would be in quotes; in TOML it may stand without."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    raise ConfigurationError(f"The setting {name} must be text: put it into quotes.")
