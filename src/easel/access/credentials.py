"""Select the credentials for a provider."""

from dataclasses import dataclass

from easel.access.authentication import Caller
from easel.errors import MissingCredentialError
from easel.providers.protocol import Provider
from easel.settings.settings import Settings


@dataclass(frozen=True)
class Credential:
    """A credential; `token` is empty for a provider that needs none."""

    token: str
    is_callers: bool


def credentials_for(
    name: str, provider: Provider, caller: Caller, settings: Settings
) -> tuple[Credential, ...]:
    """Credentials for a provider, in the order to try them; at least one.

    Raises:
        MissingCredentialError: there is none.
    """
    if provider.is_public:
        return (Credential("", is_callers=False),)
    brought = caller.tokens.get(name)
    if brought and provider.secrets:
        return tuple(Credential(token, is_callers=True) for token in brought)
    if caller.is_owner:
        held = [token for secret in provider.secrets for token in _held(secret, name, settings)]
        if held:
            return tuple(Credential(token, is_callers=False) for token in dict.fromkeys(held))
        if provider.optional or not provider.secrets:
            return (Credential("", is_callers=False),)
    raise MissingCredentialError(_advice(name, provider, caller))


def _held(secret: str, name: str, settings: Settings) -> tuple[str, ...]:
    channel = next((one for one in settings.channels if one.provider == name), None)
    return channel.tokens if channel is not None else settings.secrets.get(secret, ())


def _advice(name: str, provider: Provider, caller: Caller) -> str:
    prefix = name.rpartition("/")[2]
    bring = f"send your own token as 'Authorization: Bearer {prefix}:TOKEN'"
    if not provider.secrets:
        return f"{provider.title} runs on the owner's account: send one of this server's API keys."
    if not caller.is_owner:
        return f"No credential for {provider.title}: {bring}."
    secret = provider.secrets[0]
    if name.startswith("custom/"):
        return f"No credential for {provider.title}: the server's owner sets {secret}, or {bring}."
    return (
        f"No credential for {provider.title}: the server's owner sets the secret {secret} "
        f"('npx wrangler secret put {secret}'), or {bring}."
    )
