"""The providers of the owner's custom servers."""

from collections.abc import Mapping
from functools import lru_cache, partial

from easel.providers.openai_like import Host, generate
from easel.providers.protocol import Provider
from easel.providers.registry import PROVIDERS
from easel.settings.custom_servers import Channel


@lru_cache(maxsize=1)
def providers_with(channels: tuple[Channel, ...]) -> Mapping[str, Provider]:
    """Every provider by name, including those of these custom servers."""
    return {**PROVIDERS, **{channel.provider: provider_of(channel) for channel in channels}}


def provider_of(channel: Channel) -> Provider:
    """The provider of a custom server."""
    title = channel.name or f"The custom server {channel.id}"
    base_url = channel.base_url.rstrip("/")
    paths = {"generate": channel.endpoints.image, "edit": channel.endpoints.edit}
    # The owner has set endpoints at other origins, too, so they may receive the token.
    elsewhere = {name: path for name, path in paths.items() if path.startswith("http")}
    is_bearer = channel.auth.type == "bearer"
    scheme = "Bearer " if is_bearer else ""
    return Provider(
        title,
        partial(generate, Host(title, base_url, paths=paths)),
        {"base_url": base_url, **elsewhere},
        () if channel.auth.type == "none" else (f"the tokens of the custom server {channel.id}",),
        header=(
            channel.auth.header_name or ("authorization" if is_bearer else "x-api-key")
        ).lower(),
        scheme=scheme if channel.auth.prefix is None else channel.auth.prefix,
        optional=channel.auth.optional,
        headers={name.lower(): value for name, value in channel.headers},
    )
