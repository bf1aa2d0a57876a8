import pytest

from easel.access.keys import require_key
from easel.errors import NotAuthorizedError
from easel.settings import Settings

TWO_KEYS = Settings(api_keys=("first-key", "schlüssel"))


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
    require_key(headers, TWO_KEYS)


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
    ],
)
def test_anything_else_is_401_and_says_how(headers: dict[str, str]) -> None:
    with pytest.raises(NotAuthorizedError, match="Authorization: Bearer KEY") as caught:
        require_key(headers, TWO_KEYS)
    assert caught.value.headers["www-authenticate"].startswith("Bearer")


def test_without_keys_nobody_spends_and_the_owner_is_told_what_to_do() -> None:
    with pytest.raises(NotAuthorizedError, match="wrangler secret put EASEL_API_KEYS"):
        require_key({"authorization": "Bearer x"}, Settings())


def test_anonymous_callers_pass_where_they_are_allowed() -> None:
    require_key({}, Settings(allow_anonymous=True))


def test_keys_are_enforced_even_where_anonymous_callers_are_allowed() -> None:
    with pytest.raises(NotAuthorizedError):
        require_key({}, Settings(api_keys=("key",), allow_anonymous=True))
