import pytest

from easel.errors import ConfigurationError
from easel.settings import Settings, read_settings


def read(**variables: str) -> Settings:
    return read_settings(variables.get)


def test_nothing_set_is_closed() -> None:
    assert read() == Settings()
    assert not read().allow_anonymous
    assert read(EASEL_API_KEYS=" , ").easel_api_keys == ()


def test_settings_are_read() -> None:
    assert read(
        DEFAULT_MODEL=" m ",
        PUBLIC_BASE_URL="https://img.example/a/",
        EASEL_API_KEYS="one, two,",
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
    ) == Settings(
        default_model="m",
        default_edit_model="e",
        default_inpainting_model="i",
        default_variation_model="v",
        heartbeat_seconds=2.5,
        public_base_url="https://img.example/a",
        easel_api_keys=("one", "two"),
        allow_anonymous=True,
        allow_private_urls=True,
        allow_caller_credentials=True,
        call_timeout_seconds=9,
        job_timeout_seconds=90,
        leave_grace_seconds=0,
        base_urls={"OPENAI_BASE_URL": "http://10.0.0.7:8080/v1"},
        secrets={"TOGETHER_API_KEY": ("one", "two"), "TOGETHER_BEARER_TOKEN": ("three",)},
        model_aliases={"best": ("a", "b"), "quick": ("c", "d")},
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOW_ANONYMOUS", "yes"),
        ("ALLOW_PRIVATE_URLS", "10.0.0.0/8"),
        ("HEARTBEAT_SECONDS", "soon"),
        ("HEARTBEAT_SECONDS", "-1"),
        ("HEARTBEAT_SECONDS", "nan"),
        ("PUBLIC_BASE_URL", "img.example"),
        ("PUBLIC_BASE_URL", "ftp://img.example"),
        ("PUBLIC_BASE_URL", "https://img.example/?a=b"),
        ("PUBLIC_BASE_URL", "https://"),
        ("OPENAI_BASE_URL", "api.openai.com"),
        ("LEAVE_GRACE_SECONDS", "-1"),
        ("CALL_TIMEOUT_SECONDS", "-5"),
        ("MODEL_ALIASES", "best=a"),
        ("MODEL_ALIASES", '["a"]'),
        ("MODEL_ALIASES", '{"best": []}'),
        ("MODEL_ALIASES", '{"best": [1]}'),
        ("MODEL_ALIASES", '{"best": {"a": 1}}'),
    ],
)
def test_a_value_without_sense_is_named_but_not_repeated(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name) as caught:
        read(**{name: value})
    assert value not in caught.value.message.replace(name, "")
