import pytest

from easel.access.keys import Payer, identify, prefixes
from easel.errors import NotAuthorizedError
from easel.settings import Settings

TWO_KEYS = Settings(easel_api_keys=("first-key", "schlüssel"))
PREFIXES = prefixes(["openai", "gitee", "custom/Home"])


def payer(headers: dict[str, str], settings: Settings) -> Payer:
    return identify(headers, settings, PREFIXES)


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer first-key"},
        {"authorization": "bearer  schlüssel "},
        {"x-api-key": "first-key"},
        {"authorization": "Bearer someone-elses", "x-api-key": "first-key"},
    ],
)
def test_a_key_of_ours_passes(headers: dict[str, str]) -> None:
    assert payer(headers, TWO_KEYS) == Payer(is_owner=True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer "},
        {"authorization": "Bearer wrong"},
        {"authorization": "Bearer first-ke"},
        {"authorization": "Basic first-key"},
        {"authorization": "first-key"},
        {"authorization": "Bearer first-key", "x-api-key": "wrong"},
        {"authorization": "Bearer openai:sk-1", "x-api-key": "wrong"},
    ],
)
def test_anything_else_is_401_and_says_how(headers: dict[str, str]) -> None:
    with pytest.raises(NotAuthorizedError, match="Authorization: Bearer KEY") as caught:
        payer(headers, TWO_KEYS)
    assert caught.value.headers["www-authenticate"].startswith("Bearer")


def test_without_keys_nobody_spends_and_the_owner_is_told_what_to_do() -> None:
    with pytest.raises(NotAuthorizedError, match="wrangler secret put EASEL_API_KEYS"):
        payer({"authorization": "Bearer x"}, Settings())


def test_anonymous_callers_pass_where_they_are_allowed() -> None:
    assert payer({}, Settings(allow_anonymous=True)) == Payer(is_owner=True)


def test_keys_are_enforced_even_where_anonymous_callers_are_allowed() -> None:
    with pytest.raises(NotAuthorizedError):
        payer({}, Settings(easel_api_keys=("key",), allow_anonymous=True))


def test_a_callers_own_tokens_need_a_key_of_ours_unless_they_are_allowed() -> None:
    brought = {"authorization": "Bearer gitee:one"}
    for closed in (Settings(), TWO_KEYS):
        with pytest.raises(NotAuthorizedError, match="ALLOW_CALLER_CREDENTIALS"):
            payer(brought, closed)
    assert payer({**brought, "x-api-key": "first-key"}, TWO_KEYS) == Payer(
        is_owner=True, tokens={"gitee": ("one",)}
    )


def test_where_they_are_allowed_they_do_not_open_the_owners_purse() -> None:
    open_to_tokens = Settings(easel_api_keys=("key",), allow_caller_credentials=True)
    assert payer({"authorization": "Bearer gitee:one"}, open_to_tokens) == Payer(
        is_owner=False, tokens={"gitee": ("one",)}
    )


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
    found = payer({"authorization": f"Bearer {bearer}"}, Settings(allow_anonymous=True))
    assert found.tokens == tokens


def test_a_key_of_ours_that_looks_like_a_token_is_a_key() -> None:
    settings = Settings(easel_api_keys=("openai:mine",))
    assert payer({"authorization": "Bearer openai:mine"}, settings) == Payer(is_owner=True)
