"""The providers whose API is OpenAI's in all but data: a row each."""

from collections.abc import Mapping

from easel.errors import (
    ContentRefusedError,
    CredentialRefusedError,
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
        rules=(Rule((400, 500), QuotaExhaustedError, r"insufficient|quota exceeded"),),
    ),
    # https://ai.gitee.com/docs/openapi/v1
    "gitee": Host(
        title="Gitee AI",
        base_url="https://ai.gitee.com/v1",
        secrets=("GITEE_API_KEY",),
        takes_n=False,
        rules=(
            Rule((400, 403), CredentialRefusedError, r"invalid api key|unauthorized|expired"),
            Rule((400, 403), ContentRefusedError, r"sensitive|违规|敏感"),
            Rule((400,), QuotaExhaustedError, r"insufficient|余额不足"),
        ),
    ),
    # https://platform.openai.com/docs/guides/error-codes
    "openai": Host(
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        secrets=("OPENAI_API_KEY",),
        # An organisation that is not verified may not use some models.
        rules=(Rule((403,), CredentialRefusedError),),
    ),
    # https://docs.together.ai/docs/error-codes
    "together": Host(
        title="Together.ai",
        base_url="https://api.together.ai/v1",
        secrets=("TOGETHER_API_KEY", "TOGETHER_BEARER_TOKEN"),
        # It edits an image where it makes one.
        paths={"generate": "/images/generations", "edit": "/images/generations"},
        rules=(
            Rule((400,), RateLimitedError, r"\brate_limit\b"),
            # Whatever a 429 says there, it is about requests a minute; credit is a 402.
            Rule((429,), RateLimitedError),
        ),
    ),
}
