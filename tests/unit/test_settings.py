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
    ],
)
def test_a_value_without_sense_is_named_but_not_repeated(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name) as caught:
        read(**{name: value})
    assert value not in caught.value.message.replace(name, "")
