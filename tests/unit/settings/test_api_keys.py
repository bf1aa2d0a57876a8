"""The setting EASEL_API_KEYS: its forms, names, limits and weak keys."""

import json
from hashlib import sha256
from typing import Any

import pytest

from easel.errors import ConfigurationError
from easel.settings.api_keys import Key, Limits, read_keys
from easel.settings.weak_keys import weakness_of_key

ONE, OTHER = "first-key-4c9f1e7a", "second key: with spaces"


def digest(key: str) -> bytes:
    return sha256(key.encode()).digest()


def read(value: Any) -> tuple[Key, ...]:
    return read_keys("EASEL_API_KEYS", value if isinstance(value, str) else json.dumps(value))


def error_report(value: Any) -> str:
    with pytest.raises(ConfigurationError, match="The setting EASEL_API_KEYS") as caught:
        read(value)
    return caught.value.message


# --- Forms


def test_a_list_with_commas_holds_unnamed_keys() -> None:
    assert read(f" {ONE} , {OTHER},") == (
        Key(f"key-{digest(ONE).hex()[:8]}", digest(ONE)),
        Key(f"key-{digest(OTHER).hex()[:8]}", digest(OTHER)),
    )


@pytest.mark.parametrize("form", [str.lower, str.upper])
def test_a_key_may_be_given_by_its_sha256(form: Any) -> None:
    (key,) = read(f"sha256:{form(digest(ONE).hex())}")
    assert key.digest == digest(ONE)


@pytest.mark.parametrize(
    "value",
    [
        [{"name": "alice", "key": ONE, "admin": None}, {"name": "bob", "key": OTHER}],
        [{"name": "alice", "sha256": digest(ONE).hex()}, {"name": "bob", "key": OTHER}],
        {"alice": ONE, "bob": OTHER},
        {"alice": f"sha256:{digest(ONE).hex()}", "bob": {"key": OTHER}},
    ],
)
def test_keys_in_json_have_names(value: Any) -> None:
    assert read(value) == (Key("alice", digest(ONE)), Key("bob", digest(OTHER)))


def test_keys_in_json_have_their_own_limits() -> None:
    entry = {
        "name": "alice",
        "key": ONE,
        "admin": True,
        "budget_usd_per_day": 0.5,
        "budget_images_per_day": 0,
        "requests_per_minute": 6,
    }
    key, other = read([entry, OTHER])
    assert key == Key("alice", digest(ONE), Limits(0.5, 0, 6), is_admin=True)
    assert other.limits == Limits()


def test_a_key_in_json_may_contain_commas() -> None:
    (key,) = read([f"{ONE},{OTHER}"])
    assert key.digest == digest(f"{ONE},{OTHER}")


@pytest.mark.parametrize("value", [" , ", [], {}])
def test_an_empty_setting_has_no_keys(value: Any) -> None:
    assert read(value) == ()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (7, "it must be a key, or an object"),
        ({"key": ONE, "limit": 2}, "an unknown field; the fields are 'name', 'key'"),
        ({"name": "alice"}, "either 'key' or 'sha256'"),
        ({"key": ONE, "sha256": digest(ONE).hex()}, "either 'key' or 'sha256'"),
        ({"key": 7}, "'key' must be text"),
        ({"sha256": "abc"}, "64 hexadecimal digits"),
        ("sha256:abc", "64 hexadecimal digits"),
        (f"sha256:{'g' * 64}", "64 hexadecimal digits"),
        ({"key": ONE, "admin": "yes"}, "'admin' must be true or false"),
        ({"key": ONE, "budget_usd_per_day": "2"}, "'budget_usd_per_day' must be a number of US"),
        ({"key": ONE, "budget_usd_per_day": True}, "'budget_usd_per_day' must be"),
        ({"key": ONE, "budget_usd_per_day": -1}, "0 or more"),
        ({"key": ONE, "budget_usd_per_day": float("inf")}, "'budget_usd_per_day' must be"),
        ({"key": ONE, "budget_usd_per_day": float("nan")}, "'budget_usd_per_day' must be"),
        ({"key": ONE, "budget_images_per_day": 1.5}, "'budget_images_per_day' must be a whole"),
        ({"key": ONE, "requests_per_minute": 0}, "a whole number, 1 or more"),
    ],
)
def test_an_invalid_entry_is_named_by_its_position(entry: Any, words: str) -> None:
    message = error_report([OTHER, entry])
    assert "entry 2: " in message
    assert words in message
    assert ONE not in message


@pytest.mark.parametrize("value", ["[", '{"alice": ', f'["{ONE}"', "[" * 100000])
def test_broken_json_is_an_error_rather_than_a_key(value: str) -> None:
    message = error_report(value)
    assert "JSON" in message
    assert ONE not in message


def test_a_key_in_the_place_of_a_name_is_not_repeated_in_the_error() -> None:
    for value in ({ONE: "alice"}, {ONE: 7}, [{ONE: "alice"}], [{"name": f"{ONE}!", "key": "x"}]):
        assert ONE not in error_report(value)


# --- Names


@pytest.mark.parametrize("name", ["a", "Alice B.", "ci_2-x", "a" * 64, "anonymous2"])
def test_valid_names_are_accepted(name: str) -> None:
    (key,) = read({name: ONE})
    assert key.name == name


@pytest.mark.parametrize("name", ["", " ", " a", "a ", "..", "a" * 65, "a/b", "a\nb", "Ä", "a\n"])
def test_invalid_names_are_refused(name: str) -> None:
    assert "'name' must be 1 to 64" in error_report([{"name": name, "key": ONE}])


@pytest.mark.parametrize("name", ["anonymous", "Anonymous", "caller-7", "key-alice", "KEY-1"])
def test_names_that_easel_uses_are_reserved(name: str) -> None:
    assert "reserved for easel" in error_report({name: ONE})


def test_a_named_entry_takes_no_second_name() -> None:
    assert "'name' is not allowed" in error_report({"alice": {"name": "bob", "key": ONE}})


def test_several_keys_may_share_one_name() -> None:
    first, second = read([{"name": "alice", "key": ONE}, {"name": "alice", "key": OTHER}])
    assert first.name == second.name == "alice"
    assert first.is_admin
    assert second.is_admin


@pytest.mark.parametrize("difference", [{"admin": True}, {"budget_images_per_day": 1}])
def test_keys_that_share_a_name_must_have_the_same_limits(difference: dict[str, Any]) -> None:
    alice = {"name": "alice", "key": ONE}
    message = error_report(["third-key-0b6d2c5e", alice, {**alice, "key": OTHER, **difference}])
    assert "entries 2 and 3" in message
    assert "the same limits" in message


def test_one_key_cannot_have_two_names() -> None:
    assert "entries 1 and 2" in error_report({"alice": ONE, "bob": ONE})
    assert "entries 1 and 2" in error_report([ONE, {"name": "bob", "key": ONE}])


def test_a_repeated_key_counts_once() -> None:
    assert len(read(f"{ONE},{ONE}")) == 1


# --- Admins


def test_the_only_key_is_an_admin() -> None:
    assert [key.is_admin for key in read(ONE)] == [True]
    assert [key.is_admin for key in read(f"{ONE},{OTHER}")] == [False, False]


def test_the_only_key_is_no_admin_if_its_entry_says_so() -> None:
    assert [key.is_admin for key in read([{"key": ONE, "admin": False}])] == [False]


# --- Weak keys


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "shorter than 16"),
        ("short-but-odd7", "shorter than 16"),
        ("x" * 5000, "longer than 4096"),
        ("a1b2c" * 10, "fewer than 6 different"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "fewer than 6 different"),
        ("sk-xxxxxxxxxxxxxxxxxxxx", "fewer than 6 different"),
        ("sk-proj-xxxxxxxxxxxxxxxx", "placeholder"),
        ("changeme12345678", "placeholder"),
        ("changemechangeme", "placeholder"),
        ("Change-Me_Change-Me", "placeholder"),
        ("your-api-key-here", "placeholder"),
        ("<your_secret_token>", "placeholder"),
        ("password-password-2026", "placeholder"),
        ("P@ssw0rd1234567890", "placeholder"),
        ("test1234567890123456", "placeholder"),
        ("example-example-1", "placeholder"),
        ("correct horse battery staple", "placeholder"),
        ("foxtailfoxtailfo", "repeats"),
        ("fox7!bfox7!bfox7!b", "repeats"),
        ("1234567890123456", "plain run"),
        ("9876543210987654", "plain run"),
        ("abcdefghijklmnop", "plain run"),
        ("ABCDEFGH12345678", "plain run"),
        ("qwertyuiopasdfghjkl", "plain run"),
        ("0123456789abcdef", "plain run"),
        ("good-start\nbad-end-42", "line break"),
        ("good-start\x00bad-end-42", "cannot be printed"),
        ("good-start\u2028bad-end-42", "line break"),
    ],
)
def test_a_weak_key_is_refused_with_a_reason(key: str, reason: str) -> None:
    message = error_report([key])
    assert reason in message
    assert not key or key not in message


@pytest.mark.parametrize(
    "key",
    [
        ONE,
        OTHER,
        "zweiter schlüssel: 7",
        "8f14e45fceea167a5a36dedd4bea2543",
        "q3V9-zKp_0Lw2/Xh=",
        "sk-proj-9fK2mQ7xLw3Z",
        "93847561029384756102738",
        "test-58203941762058394172",
        "my-secret-fox-in-the-snow",
    ],
)
def test_a_strong_key_is_accepted(key: str) -> None:
    assert weakness_of_key(key) is None


@pytest.mark.parametrize("key", ["", "\n", "changeme", "change-me", "KEY", "password\n"])
def test_the_sha256_of_nothing_or_of_a_placeholder_is_refused(key: str) -> None:
    assert "placeholder" in error_report(f"sha256:{digest(key).hex()}")
