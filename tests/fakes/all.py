"""Every fake, and which of easel's settings lead to it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from fakes.a4f import fake_a4f
from fakes.custom import fake_custom
from fakes.gitee import fake_gitee
from fakes.openai import fake_openai
from fakes.server import Fake
from fakes.together import fake_together

FAKES: Mapping[str, Callable[[], AbstractContextManager[Fake]]] = {
    "a4f": fake_a4f,
    "custom": fake_custom,
    "gitee": fake_gitee,
    "openai": fake_openai,
    "together": fake_together,
}

# The setting, the fake, and the path of its API there.
BASE_URLS: Mapping[str, tuple[str, str]] = {
    "A4F_BASE_URL": ("a4f", "/v1"),
    "GITEE_BASE_URL": ("gitee", "/v1"),
    "OPENAI_BASE_URL": ("openai", "/v1"),
    "TOGETHER_BASE_URL": ("together", "/v1"),
}
