"""The providers that differ from OpenAI's API in data only: one row each."""

from collections.abc import Mapping

from easel.errors import (
    ContentRefusedError,
    CredentialRefusedError,
    InvalidValueError,
    QuotaExhaustedError,
    RateLimitedError,
)
from easel.providers.failures import Rule
from easel.providers.openai_like import Host

HOSTS: Mapping[str, Host] = {
    # https://www.a4f.co/docs
    "a4f": Host(
        title="A4F",
        base_url="https://api.a4f.co/v1",
        secrets=("A4F_API_KEY",),
        rules=(Rule((500,), QuotaExhaustedError, code=r"insufficient_quota|quota_exceeded"),),
    ),
    # https://ai.gitee.com/docs/openapi/v1
    "gitee": Host(
        title="Gitee AI",
        base_url="https://ai.gitee.com/v1",
        secrets=("GITEE_API_KEY",),
        takes_n=False,
        rules=(
            Rule((400,), CredentialRefusedError, code=r"unauthorized|expired"),
            Rule((400, 403), ContentRefusedError, words=r"sensitive|违规|敏感"),
        ),
    ),
    # https://platform.openai.com/docs/guides/error-codes
    "openai": Host(
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        secrets=("OPENAI_API_KEY",),
    ),
    # https://docs.together.ai/docs/error-codes
    "together": Host(
        title="Together.ai",
        base_url="https://api.together.ai/v1",
        secrets=("TOGETHER_API_KEY", "TOGETHER_BEARER_TOKEN"),
        # Edits have the same path as generations.
        paths={"generate": "/images/generations", "edit": "/images/generations"},
        rules=(
            Rule((400,), RateLimitedError, code=r"\brate_limit\b"),
            Rule((403,), CredentialRefusedError, code=r"forbidden|permission"),
            # The documentation has this status for an input that is too long.
            Rule((403,), InvalidValueError),
            # Every 429 there is about requests a minute; a lack of credit is a 402.
            Rule((429,), RateLimitedError),
        ),
    ),
}
