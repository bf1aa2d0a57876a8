"""The meanings of providers' failures: tables of rules by status, code and sentence.

A provider has a short table of its own for its peculiarities, which comes before the common one.
The first rule that fits decides.

Providers repeat callers' words in their sentences (`Invalid prompt: '...'`), so a caller can put
any words into a sentence. Meanings with consequences beyond the one request are therefore never
read from words anywhere in a sentence:

- A credential that is refused, used up or limited rests for every caller. This meaning is read from
  the status (401, 402, 403, 429), from the provider's code, or from a sentence that the provider is
  known to send, matched as a whole. A 402 or 403 is about the credential and the model together.
- Whether something was billed, or whether work has begun, is read in the same way.
- Only refused content and unusable inputs are read from words, where the bill is the same whether
  they are recognized or not: they concern the caller's own request alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from easel.errors import (
    ContentRefusedError,
    CredentialRefusedError,
    EaselError,
    InvalidValueError,
    ModelGoneError,
    NotStartedError,
    ProviderError,
    ProviderTimeoutError,
    QuotaExhaustedError,
    RateLimitedError,
    UnavailableError,
)
from easel.platform.calls import HttpAnswer
from easel.providers.error_report import ErrorReport, clean_up, read_error

# Characters of a code and of a sentence that are searched: a pattern may take quadratic time.
MOST_SEARCHED = 500


@dataclass(frozen=True)
class Rule:
    """The meaning of some answers. Patterns ignore case.

    Attributes:
        statuses: the statuses that it applies to.
        means: the error that they mean.
        code: a pattern that must occur in the provider's code or type.
        sentence: a pattern that the whole sentence must match.
        words: a pattern that must occur in the code or the sentence; see above for which meanings.
        wait: seconds until the next attempt, where the provider names no time.
        billed: whether it may have cost something, where that differs from the error's usual value.
        of_model: whether it concerns one model only, rather than the credential.
    """

    statuses: Sequence[int]
    means: type[EaselError]
    code: str = ""
    sentence: str = ""
    words: str = ""
    wait: float | None = None
    billed: bool | None = None
    is_model_specific: bool = False

    def fits(self, report: ErrorReport) -> bool:
        """Whether the rule applies to an answer."""
        code, sentence = report.code[:MOST_SEARCHED], report.sentence[:MOST_SEARCHED]
        return (
            report.status in self.statuses
            and (not self.code or re.search(self.code, code, re.I) is not None)
            and (not self.sentence or re.fullmatch(self.sentence, sentence, re.I) is not None)
            and (not self.words or re.search(self.words, f"{code} {sentence}", re.I) is not None)
        )


_QUOTA = (
    r"insufficient_\w*(?:quota|credit|balance|funds)|quota_exceeded|exceeded_\w*quota"
    r"|credit_balance_exhausted|not_enough_credits|billing_hard_limit"
)
_CONTENT = (
    r"moderation_blocked|content_policy|content_moderation|safety system|nsfw|flagged"
    r"|content filter|\bmoderation\b"
)
_NOT_RUN = r"overloaded|no_capacity|slow_down"

# Cloudflare's statuses for a server that it could not connect to: refused, address unknown or
# unreachable, no handshake. Nothing has reached that server.
# https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
_UNREACHED = (521, 523, 525, 526, 530)

# Statuses about the credential and the model together.
_OF_MODEL = (402, 403)

COMMON: tuple[Rule, ...] = (
    Rule((401,), CredentialRefusedError),
    Rule((402,), QuotaExhaustedError),
    Rule((403,), QuotaExhaustedError, code=_QUOTA),
    Rule((403,), ContentRefusedError, words=_CONTENT),
    # Without a sentence the body is a page of a firewall, which may object to the prompt.
    Rule((403,), CredentialRefusedError, sentence=r".+"),
    Rule((404, 410), ModelGoneError),
    Rule((400, 422), QuotaExhaustedError, code=_QUOTA),
    Rule((400, 422), CredentialRefusedError, code=r"invalid_api_key"),
    Rule((400, 422), ModelGoneError, code=r"model_not_found|model_not_available|no_such_model"),
    # Only in a 4xx: a 500 that mentions a policy is an outage.
    Rule((400, 422), ContentRefusedError, words=_CONTENT),
    Rule((400, 413, 415, 422), InvalidValueError),
    Rule((429,), QuotaExhaustedError, code=_QUOTA + "|quota"),
    Rule((429,), RateLimitedError),
    Rule((408, 409, 502), NotStartedError),
    Rule((503, *_UNREACHED), UnavailableError),
    Rule((504, 524), ProviderTimeoutError),
    Rule(range(500, 600), NotStartedError, code=_NOT_RUN),
    Rule(range(500, 600), ProviderError),
    # Redirects and other refusals start no work.
    Rule(range(300, 500), ProviderError, billed=False),
)

# The sentences where the provider sends none.
_DEFAULT_SENTENCES: dict[type[EaselError], str] = {
    CredentialRefusedError: "it does not accept the key",
    QuotaExhaustedError: "the account's credit or quota is used up",
    RateLimitedError: "it accepts no more requests at the moment",
    ContentRefusedError: "its moderation refused the request",
    ModelGoneError: "it has no such model",
    UnavailableError: "it is down or overloaded",
    ProviderTimeoutError: "it did not finish in time",
}

# OpenAI has two codes for refused content. Clients distinguish this one from the usual one.
_BLOCKED = "moderation_blocked"

# A failed task has no status of its own. Rules for failed tasks have this one.
FAILED_TASK = 500


def error_from_answer(answer: HttpAnswer, title: str, rules: Sequence[Rule] = ()) -> EaselError:
    """The error that an answer without a result means.

    Args:
        answer: the answer.
        title: the provider's name.
        rules: the provider's own rules.
    """
    return error_from_report(read_error(answer), title, rules)


def error_from_task(
    sentence: str,
    title: str,
    rules: Sequence[Rule] = (),
    *,
    code: str = "",
    billed: bool | None = None,
) -> EaselError:
    """The error that a failed task means.

    Args:
        sentence: the provider's sentence, which may be long or empty.
        title: the provider's name.
        rules: the provider's own rules for failed tasks, with the status `FAILED_TASK`.
        code: the provider's code.
        billed: whether the task has cost something, where the provider says so.
    """
    report = ErrorReport(FAILED_TASK, clean_up(sentence) or "the task failed", code)
    error = error_from_report(report, title, rules)
    if billed is not None:
        error.billed, error.is_bill_known = billed, True
    return error


def error_from_report(report: ErrorReport, title: str, rules: Sequence[Rule] = ()) -> EaselError:
    """The error that a provider's report means."""
    for rule in (*rules, *COMMON):
        if rule.fits(report):
            return _error(rule, report, title)
    return ProviderError(f"{title} answered with status {report.status}.", billed=True)


def _error(rule: Rule, report: ErrorReport, title: str) -> EaselError:
    default = _DEFAULT_SENTENCES.get(rule.means, f"it answered with status {report.status}")
    message = f"{title}: {report.sentence or default}"
    blocked = rule.means is ContentRefusedError and _BLOCKED in report.code
    wait = report.retry_after if report.retry_after is not None else rule.wait
    waits = rule.means in (RateLimitedError, QuotaExhaustedError, UnavailableError, NotStartedError)
    error = rule.means(
        message if message.endswith((".", "!", "?")) else f"{message}.",
        param=report.param or ("prompt" if rule.means is ContentRefusedError else None),
        billed=rule.billed,
        code=_BLOCKED if blocked else None,
        retry_after=wait if waits else None,
    )
    if isinstance(error, ProviderError):
        error.is_model_specific = rule.is_model_specific or report.status in _OF_MODEL
    return error
