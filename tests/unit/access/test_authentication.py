"""Callers are identified by API keys and by the provider tokens that they bring."""

import pytest

from easel.access.authentication import Caller, identify, prefixes, require_admin
from easel.errors import ForbiddenError, NotAuthorizedError
from easel.settings.api_keys import Limits, read_keys
from easel.settings.settings import Settings

FIRST = "first-key-4c9f1e7a"
SECOND = "zweiter schlüssel: 7"
ALICE = Caller("alice", is_owner=True, is_admin=True, limits=Limits(usd_per_day=2))
BOB = Caller("bob", is_owner=True)
PREFIXES = prefixes(["openai", "gitee", "custom/Home"])


def with_keys(text: str) -> Settings:
    return Settings(easel_api_keys=read_keys("EASEL_API_KEYS", text))


TWO_KEYS = with_keys(
    f'{{"alice": {{"key": "{FIRST}", "budget_usd_per_day": 2, "admin": true}}, "bob": "{SECOND}"}}'
)


def caller(headers: dict[str, str], settings: Settings) -> Caller:
    return identify(headers, settings, PREFIXES)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"authorization": f"Bearer {FIRST}"}, ALICE),
        ({"authorization": f"bearer  {SECOND} "}, BOB),
        ({"x-api-key": FIRST}, ALICE),
        ({"authorization": "Bearer someone-elses", "x-api-key": FIRST}, ALICE),
        ({"authorization": f"Bearer {FIRST}", "x-api-key": SECOND}, BOB),
    ],
)
def test_an_api_key_identifies_the_caller_with_its_name_and_limits(
    headers: dict[str, str], expected: Caller
) -> None:
    assert caller(headers, TWO_KEYS) == expected


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer "},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Bearer {FIRST[:-1]}"},
        {"authorization": f"Bearer {FIRST.upper()}"},
        {"authorization": f"Basic {FIRST}"},
        {"authorization": FIRST},
        {"authorization": f"Bearer {FIRST}", "x-api-key": "wrong"},
        {"authorization": "Bearer openai:sk-1", "x-api-key": "wrong"},
        {"authorization": f"Bearer {TWO_KEYS.easel_api_keys[0].digest.hex()}"},
        {"authorization": f"Bearer sha256:{TWO_KEYS.easel_api_keys[0].digest.hex()}"},
        {"authorization": f"Bearer {'x' * 5000}"},
    ],
)
def test_any_other_credential_is_answered_with_401_and_the_header_to_send(
    headers: dict[str, str],
) -> None:
    with pytest.raises(NotAuthorizedError, match="Authorization: Bearer KEY") as caught:
        caller(headers, TWO_KEYS)
    assert caught.value.headers["www-authenticate"].startswith("Bearer")


def test_without_api_keys_every_request_is_refused_and_the_error_names_the_setup_command() -> None:
    with pytest.raises(NotAuthorizedError, match="wrangler secret put EASEL_API_KEYS"):
        caller({"authorization": "Bearer x"}, Settings())


def test_anonymous_callers_are_accepted_if_the_setting_allows_them() -> None:
    identified = caller({}, Settings(allow_anonymous=True))
    assert identified == Caller("anonymous", is_owner=True)


def test_anonymous_callers_are_admins_only_if_the_setting_says_so() -> None:
    identified = caller({}, Settings(allow_anonymous=True, anonymous_is_admin=True))
    assert identified == Caller("anonymous", is_owner=True, is_admin=True)


def test_api_keys_are_required_even_if_anonymous_callers_are_allowed() -> None:
    settings = Settings(easel_api_keys=TWO_KEYS.easel_api_keys, allow_anonymous=True)
    with pytest.raises(NotAuthorizedError):
        caller({}, settings)


def test_provider_tokens_of_a_caller_need_an_api_key_unless_the_setting_allows_them() -> None:
    brought = {"authorization": "Bearer gitee:one"}
    for closed in (Settings(), TWO_KEYS):
        with pytest.raises(NotAuthorizedError, match="ALLOW_CALLER_CREDENTIALS"):
            caller(brought, closed)
    assert caller({**brought, "x-api-key": SECOND}, TWO_KEYS) == Caller(
        "bob", is_owner=True, tokens={"gitee": ("one",)}
    )


OPEN_TO_TOKENS = Settings(easel_api_keys=TWO_KEYS.easel_api_keys, allow_caller_credentials=True)


def test_a_caller_with_only_provider_tokens_may_not_use_the_owners_credentials() -> None:
    identified = caller({"authorization": "Bearer gitee:one"}, OPEN_TO_TOKENS)
    assert (identified.is_owner, identified.is_admin, identified.tokens) == (
        False,
        False,
        {"gitee": ("one",)},
    )


def test_callers_with_provider_tokens_are_named_by_a_hash_of_the_tokens() -> None:
    names = [
        caller({"authorization": f"Bearer gitee:{tokens}"}, OPEN_TO_TOKENS).name
        for tokens in ("one", " one ", "two", "one,two")
    ]
    # The first digits of `printf one | sha256sum`.
    assert names[:2] == ["caller-7692c3ad3540"] * 2
    assert len(set(names)) == 3


@pytest.mark.parametrize(
    ("bearer", "tokens"),
    [
        ("openai:sk-1", {"openai": ("sk-1",)}),
        ("OpenAI:sk-1", {"openai": ("sk-1",)}),
        ("gitee:a, b ,c", {"gitee": ("a", "b", "c")}),
        ("openai:a:b=/+~!#$%^&*()[]{}|;'<>?é", {"openai": ("a:b=/+~!#$%^&*()[]{}|;'<>?é",)}),
        ("home:t", {"custom/Home": ("t",)}),
        ("unknown:t", {}),
        ("gitee:", {}),
        ("gitee: , ", {}),
    ],
)
def test_provider_tokens_are_read_from_the_bearer_header(
    bearer: str, tokens: dict[str, tuple[str, ...]]
) -> None:
    identified = caller({"authorization": f"Bearer {bearer}"}, Settings(allow_anonymous=True))
    assert identified.tokens == tokens


def test_an_api_key_that_looks_like_a_provider_token_is_an_api_key() -> None:
    identified = caller({"authorization": f"Bearer openai:{FIRST}"}, with_keys(f"openai:{FIRST}"))
    assert (identified.is_owner, identified.tokens) == (True, {})


def test_an_admin_route_refuses_other_keys_and_names_the_setting_for_admins() -> None:
    require_admin(ALICE)
    with pytest.raises(ForbiddenError, match='"admin": true') as caught:
        require_admin(BOB)
    assert (caught.value.status, caught.value.code) == (403, "forbidden")


def test_ten_thousand_guessed_keys_are_all_refused() -> None:
    for number in range(10_000):
        with pytest.raises(NotAuthorizedError) as caught:
            caller({"authorization": f"Bearer guess-{number}"}, TWO_KEYS)
        assert str(number) not in caught.value.message
