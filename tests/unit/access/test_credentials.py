"""The credentials that a provider is sent."""

import pytest

from easel.access.authentication import Caller
from easel.access.credentials import Credential, credentials_for
from easel.errors import MissingCredentialError
from easel.providers.protocol import Attempt, Provider, Run
from easel.settings.settings import Settings

SETTINGS = Settings(secrets={"P_KEY": ("owners",)})
NONE = (Credential("", is_callers=False),)


def generate(_: Attempt) -> Run:
    raise NotImplementedError


PUBLIC = Provider("Public", generate, is_public=True)
OWN = Provider("Own", generate)
SECRET = Provider("Secret", generate, secrets=("P_KEY",))
OPTIONAL = Provider("Optional", generate, secrets=("Q_KEY",), optional=True)
CALLER = Caller("caller", is_owner=False, tokens={"other": ("token",)})


def test_a_public_provider_accepts_a_caller_with_a_token_for_another_provider() -> None:
    assert credentials_for("p", PUBLIC, CALLER, SETTINGS) == NONE


def test_a_public_provider_is_sent_no_token() -> None:
    caller = Caller("alice", is_owner=True, tokens={"p": ("token",)})
    assert credentials_for("p", PUBLIC, caller, SETTINGS) == NONE


@pytest.mark.parametrize("provider", [OWN, SECRET, OPTIONAL])
def test_a_caller_with_a_token_for_another_provider_cannot_use_a_provider_that_is_not_public(
    provider: Provider,
) -> None:
    with pytest.raises(MissingCredentialError):
        credentials_for("p", provider, CALLER, SETTINGS)


def test_the_callers_tokens_are_used_instead_of_the_owners() -> None:
    caller = Caller("alice", is_owner=True, tokens={"p": ("one", "two")})
    found = credentials_for("p", SECRET, caller, SETTINGS)
    assert [(one.token, one.is_callers) for one in found] == [("one", True), ("two", True)]


def test_a_caller_with_an_api_key_uses_the_owners_credential() -> None:
    found = credentials_for("p", SECRET, Caller("alice", is_owner=True), SETTINGS)
    assert found == (Credential("owners", is_callers=False),)


@pytest.mark.parametrize("provider", [OWN, OPTIONAL])
def test_a_provider_without_required_credentials_is_sent_none(provider: Provider) -> None:
    assert credentials_for("p", provider, Caller("alice", is_owner=True), SETTINGS) == NONE
