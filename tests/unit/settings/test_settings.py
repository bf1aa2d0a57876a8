"""Settings are parsed and validated."""

import base64

import pytest

from easel.errors import ConfigurationError
from easel.providers.registry import BASE_URL_SETTINGS, SECRET_SETTINGS
from easel.settings.api_keys import read_keys
from easel.settings.settings import Settings, read_settings

KEYS = "first-key-4c9f1e7a, second key: with spaces,"
WEBHOOK_SECRET = bytes(range(24))


def read(**variables: object) -> Settings:
    return read_settings(variables.get, BASE_URL_SETTINGS, SECRET_SETTINGS)


def whsec(count: int) -> str:
    return f"whsec_{base64.b64encode(bytes(count)).decode()}"


def test_without_settings_access_is_closed() -> None:
    assert read() == Settings()
    assert not read().allow_anonymous
    assert read(EASEL_API_KEYS=" , ").easel_api_keys == ()


def test_every_setting_is_parsed() -> None:
    assert read(
        DEFAULT_MODEL=" m ",
        PUBLIC_BASE_URL="https://img.example/a/",
        EASEL_API_KEYS=KEYS,
        ALLOW_ANONYMOUS="True",
        DEFAULT_EDIT_MODEL="e",
        DEFAULT_INPAINTING_MODEL="i",
        DEFAULT_VARIATION_MODEL="v",
        HEARTBEAT_SECONDS="2.5",
        ALLOW_PRIVATE_URLS="true",
        ALLOW_CALLER_CREDENTIALS="true",
        CALL_TIMEOUT_SECONDS="9",
        JOB_TIMEOUT_SECONDS="90",
        LEAVE_GRACE_SECONDS="0",
        OPENAI_BASE_URL="http://10.0.0.7:8080/v1/",
        TOGETHER_API_KEY="one, two",
        TOGETHER_BEARER_TOKEN="three",
        MODEL_ALIASES='{"Best": ["a", "b"], "quick": "c, d"}',
        BUDGET_USD_PER_DAY="0.50",
        BUDGET_IMAGES_PER_DAY="0",
        PRIVATE_IMAGES="true",
        SIGNED_URL_SECONDS="604800",
        CACHE_IMAGES="true",
        IMAGE_TTL_HOURS="0.5",
        LOG_PROMPTS="true",
        WEBHOOK_SECRET=f"whsec_{base64.b64encode(WEBHOOK_SECRET).decode()}",
    ) == Settings(
        default_model="m",
        default_edit_model="e",
        default_inpainting_model="i",
        default_variation_model="v",
        heartbeat_seconds=2.5,
        public_base_url="https://img.example/a",
        easel_api_keys=read_keys("EASEL_API_KEYS", KEYS),
        allow_anonymous=True,
        allow_private_urls=True,
        allow_caller_credentials=True,
        call_timeout_seconds=9,
        job_timeout_seconds=90,
        leave_grace_seconds=0,
        base_urls={"OPENAI_BASE_URL": "http://10.0.0.7:8080/v1"},
        secrets={"TOGETHER_API_KEY": ("one", "two"), "TOGETHER_BEARER_TOKEN": ("three",)},
        model_aliases={"best": ("a", "b"), "quick": ("c", "d")},
        budget_usd_per_day=0.5,
        budget_images_per_day=0,
        private_images=True,
        signed_url_seconds=604800,
        cache_images=True,
        image_ttl_hours=0.5,
        log_prompts=True,
        webhook_secret=WEBHOOK_SECRET,
    )


@pytest.mark.parametrize(
    ("value", "allowed", "is_admin"),
    [("false", False, False), ("true", True, False), ("admin", True, True), ("Admin", True, True)],
)
def test_anonymous_callers_may_be_admins(value: str, allowed: bool, is_admin: bool) -> None:
    settings = read(ALLOW_ANONYMOUS=value)
    assert (settings.allow_anonymous, settings.anonymous_is_admin) == (allowed, is_admin)


def test_a_budget_of_zero_differs_from_no_budget() -> None:
    assert read(BUDGET_USD_PER_DAY="0").budget_usd_per_day == 0
    assert read(BUDGET_USD_PER_DAY=" ").budget_usd_per_day is None


@pytest.mark.parametrize("count", [24, 64])
def test_a_webhook_secret_has_24_to_64_bytes(count: int) -> None:
    assert read(WEBHOOK_SECRET=whsec(count)).webhook_secret == bytes(count)


def test_toml_booleans_and_numbers_are_accepted() -> None:
    settings = read(LOG_PROMPTS=True, CALL_TIMEOUT_SECONDS=20, BUDGET_USD_PER_DAY=1.5)
    assert settings.log_prompts
    assert (settings.call_timeout_seconds, settings.budget_usd_per_day) == (20, 1.5)


def test_a_table_instead_of_text_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="MODEL_ALIASES must be text"):
        read(MODEL_ALIASES={"best": "a"})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ALLOW_ANONYMOUS", "yes", '"false" or "true" or "admin"'),
        ("ALLOW_PRIVATE_URLS", "10.0.0.0/8", '"false" or "true"'),
        ("ALLOW_PRIVATE_URLS", "admin", '"false" or "true"'),
        ("HEARTBEAT_SECONDS", "soon", "seconds above 0, up to 3600"),
        ("HEARTBEAT_SECONDS", "-1", "seconds above 0, up to 3600"),
        ("HEARTBEAT_SECONDS", "0.0", "seconds above 0, up to 3600"),
        ("HEARTBEAT_SECONDS", "nan", "seconds above 0, up to 3600"),
        ("PUBLIC_BASE_URL", "img.example", "an http(s) URL"),
        ("PUBLIC_BASE_URL", "ftp://img.example", "an http(s) URL"),
        ("PUBLIC_BASE_URL", "https://img.example/?a=b", "an http(s) URL"),
        ("PUBLIC_BASE_URL", "https://", "an http(s) URL"),
        ("PUBLIC_BASE_URL", "https://[", "an http(s) URL"),
        ("OPENAI_BASE_URL", "api.openai.com", "an http(s) URL"),
        ("LEAVE_GRACE_SECONDS", "-1", "seconds of 0 or more, up to 3600"),
        ("CALL_TIMEOUT_SECONDS", "-5", "seconds above 0"),
        ("MODEL_ALIASES", "best=a", "JSON such as"),
        ("MODEL_ALIASES", '["a"]', "JSON such as"),
        ("MODEL_ALIASES", '{"best": []}', "JSON such as"),
        ("MODEL_ALIASES", '{"best": [1]}', "JSON such as"),
        ("MODEL_ALIASES", '{"best": {"a": 1}}', "JSON such as"),
        ("BUDGET_USD_PER_DAY", "-0.01", "US dollars of 0 or more"),
        ("BUDGET_USD_PER_DAY", "inf", "US dollars of 0 or more"),
        ("BUDGET_USD_PER_DAY", "nan", "US dollars of 0 or more"),
        ("BUDGET_USD_PER_DAY", "$5", "US dollars of 0 or more"),
        ("BUDGET_IMAGES_PER_DAY", "1.5", "a whole number, 0 or more"),
        ("BUDGET_IMAGES_PER_DAY", "-1", "a whole number, 0 or more"),
        ("BUDGET_IMAGES_PER_DAY", "9" * 5000, "a whole number, 0 or more"),
        ("SIGNED_URL_SECONDS", "0.5", "seconds of 1 or more, up to 604800"),
        ("SIGNED_URL_SECONDS", "604801", "seconds of 1 or more, up to 604800"),
        ("IMAGE_TTL_HOURS", "-0.0", "hours above 0"),
        ("IMAGE_TTL_HOURS", "1e300", "hours above 0"),
        ("WEBHOOK_SECRET", "a-secret-of-ours", "24 to 64 bytes in base64"),
        ("WEBHOOK_SECRET", whsec(24).removeprefix("whsec_"), "24 to 64 bytes in base64"),
        ("WEBHOOK_SECRET", whsec(23), "24 to 64 bytes in base64"),
        ("WEBHOOK_SECRET", whsec(65), "24 to 64 bytes in base64"),
        ("WEBHOOK_SECRET", f"{whsec(24)}!", "24 to 64 bytes in base64"),
        ("EASEL_API_KEYS", "short-but-odd7", "16 characters"),
    ],
)
def test_the_error_for_an_invalid_value_names_the_setting_and_does_not_repeat_the_value(
    name: str, value: str, expected: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(**{name: value})
    message = caught.value.message
    assert message.startswith(f"The setting {name}")
    assert expected in message
    assert value not in message.replace(name, "").replace(expected, "")
