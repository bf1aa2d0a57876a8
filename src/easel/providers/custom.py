"""The providers that the owner's own channels are."""

from collections.abc import Mapping
from functools import lru_cache, partial

from easel.providers.openai_like import Host, generate
from easel.providers.protocol import Provider
from easel.providers.registry import PROVIDERS
from easel.settings.custom_servers import Channel


@lru_cache(maxsize=1)
def providers_with(channels: tuple[Channel, ...]) -> Mapping[str, Provider]:
    """Every provider by name, with these channels."""
    return {**PROVIDERS, **{channel.provider: provider_of(channel) for channel in channels}}


def provider_of(channel: Channel) -> Provider:
    """The provider that a channel is."""
    title = channel.name or f"The channel {channel.id}"
    base_url = channel.base_url.rstrip("/")
    paths = {"generate": channel.endpoints.image, "edit": channel.endpoints.edit}
    # An endpoint elsewhere is the owner's word, too: it is shown the token.
    elsewhere = {name: path for name, path in paths.items() if path.startswith("http")}
    bearer = channel.auth.type == "bearer"
    usual = "Bearer " if bearer else ""
    return Provider(
        title,
        partial(generate, Host(title, base_url, paths=paths)),
        {"base_url": base_url, **elsewhere},
        () if channel.auth.type == "none" else (f"the tokens of the custom channel {channel.id}",),
        header=(channel.auth.header_name or ("authorization" if bearer else "x-api-key")).lower(),
        scheme=usual if channel.auth.prefix is None else channel.auth.prefix,
        optional=channel.auth.optional,
        headers={name.lower(): value for name, value in channel.headers},
    )
