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
    ("headers", "who"),
    [
        ({"authorization": f"Bearer {FIRST}"}, ALICE),
        ({"authorization": f"bearer  {SECOND} "}, BOB),
        ({"x-api-key": FIRST}, ALICE),
        ({"authorization": "Bearer someone-elses", "x-api-key": FIRST}, ALICE),
        ({"authorization": f"Bearer {FIRST}", "x-api-key": SECOND}, BOB),
    ],
)
def test_a_key_of_ours_passes_with_its_name_and_limits(
    headers: dict[str, str], who: Caller
) -> None:
    assert caller(headers, TWO_KEYS) == who


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
def test_anything_else_is_401_and_says_how(headers: dict[str, str]) -> None:
    with pytest.raises(NotAuthorizedError, match="Authorization: Bearer KEY") as caught:
        caller(headers, TWO_KEYS)
    assert caught.value.headers["www-authenticate"].startswith("Bearer")


def test_without_keys_nobody_spends_and_the_owner_is_told_what_to_do() -> None:
    with pytest.raises(NotAuthorizedError, match="wrangler secret put EASEL_API_KEYS"):
        caller({"authorization": "Bearer x"}, Settings())


def test_anonymous_callers_pass_where_they_are_allowed() -> None:
    found = caller({}, Settings(allow_anonymous=True))
    assert found == Caller("anonymous", is_owner=True)


def test_anonymous_callers_are_admins_only_where_the_owner_says_so() -> None:
    found = caller({}, Settings(allow_anonymous=True, anonymous_is_admin=True))
    assert found == Caller("anonymous", is_owner=True, is_admin=True)


def test_keys_are_enforced_even_where_anonymous_callers_are_allowed() -> None:
    settings = Settings(easel_api_keys=TWO_KEYS.easel_api_keys, allow_anonymous=True)
    with pytest.raises(NotAuthorizedError):
        caller({}, settings)


def test_a_callers_own_tokens_need_a_key_of_ours_unless_they_are_allowed() -> None:
    brought = {"authorization": "Bearer gitee:one"}
    for closed in (Settings(), TWO_KEYS):
        with pytest.raises(NotAuthorizedError, match="ALLOW_CALLER_CREDENTIALS"):
            caller(brought, closed)
    assert caller({**brought, "x-api-key": SECOND}, TWO_KEYS) == Caller(
        "bob", is_owner=True, tokens={"gitee": ("one",)}
    )


OPEN_TO_TOKENS = Settings(easel_api_keys=TWO_KEYS.easel_api_keys, allow_caller_credentials=True)


def test_where_they_are_allowed_they_do_not_open_the_owners_purse() -> None:
    found = caller({"authorization": "Bearer gitee:one"}, OPEN_TO_TOKENS)
    assert (found.is_owner, found.is_admin, found.tokens) == (False, False, {"gitee": ("one",)})


def test_who_brings_tokens_is_told_apart_by_them_and_they_are_not_shown() -> None:
    names = [
        caller({"authorization": f"Bearer gitee:{tokens}"}, OPEN_TO_TOKENS).name
        for tokens in ("one", " one ", "two", "one,two")
    ]
    # The beginning of `printf one | sha256sum`.
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
def test_tokens_are_read_from_the_bearer(bearer: str, tokens: dict[str, tuple[str, ...]]) -> None:
    found = caller({"authorization": f"Bearer {bearer}"}, Settings(allow_anonymous=True))
    assert found.tokens == tokens


def test_a_key_of_ours_that_looks_like_a_token_is_a_key() -> None:
    found = caller({"authorization": f"Bearer openai:{FIRST}"}, with_keys(f"openai:{FIRST}"))
    assert (found.is_owner, found.tokens) == (True, {})


def test_admins_pass_and_others_are_told_how_the_owner_makes_them_one() -> None:
    require_admin(ALICE)
    with pytest.raises(ForbiddenError, match='"admin": true') as caught:
        require_admin(BOB)
    assert (caught.value.status, caught.value.code) == (403, "forbidden")


def test_ten_thousand_keys_open_nothing() -> None:
    for number in range(10_000):
        with pytest.raises(NotAuthorizedError) as caught:
            caller({"authorization": f"Bearer guess-{number}"}, TWO_KEYS)
        assert str(number) not in caught.value.message
