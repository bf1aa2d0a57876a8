"""A prompt that a provider repeats in its error changes nothing for other callers or for the bill.

Many providers repeat the prompt in their errors, so every table of rules is tried with every word
that one of the rules matches.
"""

from collections.abc import Iterator, Sequence

import pytest

from easel.errors import (
    ContentRefusedError,
    EaselError,
    InvalidImageError,
    InvalidValueError,
)
from easel.providers import (
    failures,
    fal_request,
    gradio,
    hugging_face,
    modelscope,
    recraft,
    replicate_request,
    runway,
    stability,
)
from easel.providers.error_report import ErrorReport
from easel.providers.failures import Rule, error_from_report
from easel.providers.hosts import HOSTS
from easel.providers.workers_ai import error_from

TABLES: dict[str, Sequence[Rule]] = {
    "common": failures.COMMON,
    "fal": fal_request.RULES,
    "gradio": gradio.RULES,
    "hf": hugging_face.RULES,
    "hf task": hugging_face.FAILED_RULES,
    "modelscope": modelscope.RULES,
    "recraft": recraft.RULES,
    "replicate": replicate_request.FAILED_RULES,
    "runway": runway.RULES,
    "runway task": runway.FAILED_RULES,
    "stability": stability.RULES,
    **{name: host.rules for name, host in HOSTS.items()},
}
STATUSES = (302, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 521)

# Errors that concern only the request.
HARMLESS = (ContentRefusedError, InvalidImageError, InvalidValueError)

WORDS = (
    "insufficient_quota",
    "insufficient quota",
    "You exceeded your current quota",
    "credit_balance_exhausted billing_hard_limit_reached",
    "You do not have enough credits to run this task.",
    "not enough credits",
    "insufficient balance",
    "User is locked. Reason: Exhausted balance. Top up.",
    "invalid_api_key",
    "Incorrect API key provided",
    "invalid token unauthorized authentication expired",
    "model_not_found no such model",
    "Model x not supported by provider y",
    "Invalid model id: x",
    "rate_limit",
    "404 page not found",
    "the server is overloaded slow_down no capacity",
    "it was not started and not charged",
    "server is busy",
    "You have exceeded today's quota",
    "You have exceeded today's quota for model x",
    "You have exceeded your GPU quota",
    "No GPU was available, queue timeout",
    "gpu task aborted",
    "E003 E6716: high demand",
    "Service is currently unavailable due to high demand.",
    "downstream_service_unavailable startup_timeout runner_scheduling",
    "internal_error generation_timeout request_timeout",
    "余额不足",
    "content_policy_violation nsfw flagged moderation sensitive policy 敏感",
    "invalid input image_load_error cannot identify image",
    "3036 3040 3007 429 Too Many Requests",
)
ECHOES = ("Invalid prompt: '{}'", "Failed at {}", "'{}' is no value", "AiError: prompt: {}")


def meaning(error: EaselError) -> object:
    """The effects of an error on other callers and on the bill; harmless errors are all equal."""
    kind = "harmless" if isinstance(error, HARMLESS) else type(error).__name__
    return kind, error.is_bill_known and error.billed, getattr(error, "of_model", False)


def cases() -> Iterator[tuple[str, int, str]]:
    for name in TABLES:
        for status in STATUSES:
            for echo in ECHOES:
                yield name, status, echo


def test_a_prompt_repeated_in_an_error_changes_nothing_for_other_callers_or_the_bill(
    subtests: pytest.Subtests,
) -> None:
    for name, status, echo in cases():
        with subtests.test(table=name, status=status, echo=echo):
            check_words(TABLES[name], status, echo)


def check_words(table: Sequence[Rule], status: int, echo: str) -> None:
    def error_with(words: str) -> EaselError:
        return error_from_report(ErrorReport(status, echo.format(words)), "P", table)

    usual = error_with("a fox")
    for words in WORDS:
        error = error_with(words)
        if isinstance(error, HARMLESS) and not isinstance(usual, HARMLESS):
            # A refused prompt concerns its caller alone. It says nothing about the bill.
            assert not error.is_bill_known
        else:
            assert meaning(error) == meaning(usual), words


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_rules_that_match_words_anywhere_lead_only_to_errors_about_the_request_itself(
    table: Sequence[Rule],
) -> None:
    for rule in table:
        if rule.words:
            assert issubclass(rule.means, HARMLESS)
            assert rule.billed is None


@pytest.mark.parametrize("code", ["", "5006: ", "3030: ", "InferenceUpstreamError: "])
@pytest.mark.parametrize("echo", ECHOES)
def test_a_prompt_repeated_in_an_error_of_workers_ai_changes_at_most_the_kind_of_refusal(
    code: str, echo: str
) -> None:
    usual = error_from(code + echo.format("a fox"))
    for words in WORDS:
        error = error_from(code + echo.format(words))
        assert (type(error) is type(usual)) or isinstance(error, ContentRefusedError)
        assert (error.billed, error.retryable) == (usual.billed, usual.retryable)
