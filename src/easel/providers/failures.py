"""What a provider's failure means: tables of rules, by status, code and sentence.

A provider has a short table of its own for what is peculiar to it, which is asked before the
common one. The first rule that fits decides.

Providers repeat callers' words in their sentences (`Invalid prompt: '...'`), so a caller can have
any words said. What has consequences beyond the one request is therefore never told by words
anywhere in a sentence:

- A credential that is refused, used up or limited rests for every caller. That is told by the
  status (401, 402, 403, 429), by the provider's code, or by a sentence that the provider is known
  to say, matched as a whole. A 402 or 403 is about the credential and the model together.
- Whether something was billed, or whether work has begun, is told in the same way.
- Only refused content and unusable inputs are told by words, where the bill is the same whether
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
from easel.providers.error_report import ErrorReport, read_error

# Characters of a code and of a sentence: the patterns of rules may take the square of the time.
MOST_SEARCHED = 500


@dataclass(frozen=True)
class Rule:
    """A meaning of some answers. Patterns match in any case.

    Attributes:
        statuses: which; `range` objects and tuples alike.
        means: what they mean.
        code: a pattern that must occur in the provider's code or type.
        sentence: a pattern that the whole sentence must match.
        words: a pattern that must occur in the code or the sentence; see above for which meanings.
        wait: seconds to wait where the provider names no time.
        billed: whether it may have cost something, where the meaning alone does not tell.
        of_model: whether it is about one model and not all that the credential is for.
    """

    statuses: Sequence[int]
    means: type[EaselError]
    code: str = ""
    sentence: str = ""
    words: str = ""
    wait: float | None = None
    billed: bool | None = None
    of_model: bool = False

    def fits(self, error_report: ErrorReport) -> bool:
        """Whether an answer has this meaning."""
        code, sentence = error_report.code[:MOST_SEARCHED], error_report.sentence[:MOST_SEARCHED]
        return (
            error_report.status in self.statuses
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

# What Cloudflare answers in place of a server that it could not talk to at all: refused, address
# unknown or unreachable, no handshake. Nothing has reached that server.
# https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
_UNREACHED = (521, 523, 525, 526, 530)

# These are about the credential and the model together.
_OF_MODEL = (402, 403)

COMMON: tuple[Rule, ...] = (
    Rule((401,), CredentialRefusedError),
    Rule((402,), QuotaExhaustedError),
    Rule((403,), QuotaExhaustedError, code=_QUOTA),
    Rule((403,), ContentRefusedError, words=_CONTENT),
    # A page is a firewall's, which may have found fault with a prompt.
    Rule((403,), CredentialRefusedError, sentence=r".+"),
    Rule((404, 410), ModelGoneError),
    Rule((400, 422), QuotaExhaustedError, code=_QUOTA),
    Rule((400, 422), CredentialRefusedError, code=r"invalid_api_key"),
    Rule((400, 422), ModelGoneError, code=r"model_not_found|model_not_available|no_such_model"),
    # These say it of a 4xx alone: a 500 that mentions a policy is an outage.
    Rule((400, 422), ContentRefusedError, words=_CONTENT),
    Rule((400, 413, 415, 422), InvalidValueError),
    Rule((429,), QuotaExhaustedError, code=_QUOTA + "|quota"),
    Rule((429,), RateLimitedError),
    Rule((408, 409, 502), NotStartedError),
    Rule((503, *_UNREACHED), UnavailableError),
    Rule((504, 524), ProviderTimeoutError),
    Rule(range(500, 600), NotStartedError, code=_NOT_RUN),
    Rule(range(500, 600), ProviderError),
    # Neither a redirect nor a refusal of any other kind starts work.
    Rule(range(300, 500), ProviderError, billed=False),
)

# What is said where the provider says nothing.
_SILENT: dict[type[EaselError], str] = {
    CredentialRefusedError: "it does not accept the key",
    QuotaExhaustedError: "the account's credit or quota is used up",
    RateLimitedError: "it takes no more requests at the moment",
    ContentRefusedError: "its moderation refused the request",
    ModelGoneError: "it has no such model",
    UnavailableError: "it is down or overloaded",
    ProviderTimeoutError: "it did not finish in time",
}

# OpenAI's two codes for refused content, which clients tell apart.
_BLOCKED = "moderation_blocked"


def failure(answer: HttpAnswer, title: str, rules: Sequence[Rule] = ()) -> EaselError:
    """The error that an answer means.

    Args:
        answer: one whose status says that there is no result.
        title: the provider's name.
        rules: the provider's own.
    """
    return failure_of(read_error(answer), title, rules)


def failure_of(error_report: ErrorReport, title: str, rules: Sequence[Rule] = ()) -> EaselError:
    """The error that a complaint means."""
    for rule in (*rules, *COMMON):
        if rule.fits(error_report):
            return _error(rule, error_report, title)
    return ProviderError(f"{title} answered with status {error_report.status}.", billed=True)


def _error(rule: Rule, error_report: ErrorReport, title: str) -> EaselError:
    silent = _SILENT.get(rule.means, f"it answered with status {error_report.status}")
    message = f"{title}: {error_report.sentence or silent}"
    blocked = rule.means is ContentRefusedError and _BLOCKED in error_report.code
    wait = error_report.retry_after if error_report.retry_after is not None else rule.wait
    waits = rule.means in (RateLimitedError, QuotaExhaustedError, UnavailableError, NotStartedError)
    error = rule.means(
        message if message.endswith((".", "!", "?")) else f"{message}.",
        param=error_report.param or ("prompt" if rule.means is ContentRefusedError else None),
        billed=rule.billed,
        code=_BLOCKED if blocked else None,
        retry_after=wait if waits else None,
    )
    if isinstance(error, ProviderError):
        error.of_model = rule.of_model or error_report.status in _OF_MODEL
    return error
