"""What a provider's failure means: tables of rules, status first, words second.

A provider has a short table of its own for what is peculiar to it, which is asked before the
common one. The first rule that fits decides.
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
from easel.providers.complaint import Complaint, read_complaint
from easel.upstream import HttpAnswer


@dataclass(frozen=True)
class Rule:
    """A meaning of some answers.

    Attributes:
        statuses: which; `range` objects and tuples alike.
        means: what they mean.
        words: a pattern that must occur in what the provider says, in any case.
        wait: seconds to wait where the provider names no time.
        billed: whether it may have cost something, where the meaning alone does not tell.
    """

    statuses: Sequence[int]
    means: type[EaselError]
    words: str = ""
    wait: float | None = None
    billed: bool | None = None


_QUOTA = (
    r"insufficient[_ ](?:quota|credit|balance|funds)|credit_balance_exhausted|billing_hard_limit"
    r"|exceeded your (?:current|monthly)[\w ]*(?:quota|credits)|enough credits|top up|out of credit"
)
_CONTENT = (
    r"moderation_blocked|content_policy|content_moderation|safety system|nsfw|flagged"
    r"|content filter|\bmoderation\b"
)
_NOT_RUN = r"overloaded|no capacity|slow_down|not (?:been )?(?:run|started|charged|billed)"

# What Cloudflare answers in place of a server that it could not talk to at all: refused, address
# unknown or unreachable, no handshake. Nothing has reached that server.
# https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
_UNREACHED = (521, 523, 525, 526, 530)

COMMON: tuple[Rule, ...] = (
    Rule((401,), CredentialRefusedError),
    Rule((402,), QuotaExhaustedError),
    Rule((403,), ContentRefusedError, _CONTENT),
    Rule((403,), QuotaExhaustedError, _QUOTA + "|balance|credit|billing"),
    Rule((403,), CredentialRefusedError),
    Rule((404, 410), ModelGoneError),
    # These say it of a 4xx alone: a 500 that mentions a policy is an outage.
    Rule((400, 422), ContentRefusedError, _CONTENT),
    Rule((400, 422), QuotaExhaustedError, _QUOTA),
    Rule((400, 422), CredentialRefusedError, r"invalid_api_key|incorrect api key"),
    Rule((400, 422), ModelGoneError, r"model_not_found|model_not_available|no such model"),
    Rule((400, 413, 415, 422), InvalidValueError),
    Rule((429,), QuotaExhaustedError, _QUOTA + "|quota"),
    Rule((429,), RateLimitedError),
    Rule((408, 409, 502), NotStartedError),
    Rule((503, *_UNREACHED), UnavailableError),
    Rule((504, 524), ProviderTimeoutError),
    Rule(range(500, 600), NotStartedError, _NOT_RUN),
    Rule(range(500, 600), ProviderError),
    # Neither a redirect nor a refusal of any other kind starts work.
    Rule(range(300, 500), ProviderError, billed=False),
)

# What is said where the provider says nothing.
_SILENT: dict[type[EaselError], str] = {
    CredentialRefusedError: "it does not take the key",
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
    return failure_of(read_complaint(answer), title, rules)


def failure_of(complaint: Complaint, title: str, rules: Sequence[Rule] = ()) -> EaselError:
    """The error that a complaint means."""
    for rule in (*rules, *COMMON):
        if complaint.status in rule.statuses and re.search(rule.words, complaint.words, re.I):
            return _error(rule, complaint, title)
    return ProviderError(f"{title} answered with status {complaint.status}.", billed=True)


def _error(rule: Rule, complaint: Complaint, title: str) -> EaselError:
    silent = _SILENT.get(rule.means, f"it answered with status {complaint.status}")
    message = f"{title}: {complaint.sentence or silent}"
    blocked = rule.means is ContentRefusedError and _BLOCKED in complaint.code
    wait = complaint.retry_after if complaint.retry_after is not None else rule.wait
    waits = rule.means in (RateLimitedError, QuotaExhaustedError, UnavailableError, NotStartedError)
    return rule.means(
        message if message.endswith((".", "!", "?")) else f"{message}.",
        param=complaint.param or ("prompt" if rule.means is ContentRefusedError else None),
        billed=rule.billed,
        code=_BLOCKED if blocked else None,
        retry_after=wait if waits else None,
    )
