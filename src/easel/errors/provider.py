"""What goes wrong at whoever makes the images."""

from easel.errors.base import EaselError


class ProviderError(EaselError):
    """The provider failed in a way that says nothing about the bill, so it counts as billed.

    Attributes:
        fault: whether it speaks against the provider's health.
        of_model: whether it is about the credential and the model together, so that it says
            nothing about the credential with other models.
    """

    fault = True
    of_model = False

    status = 502
    type = "upstream_error"
    code = "upstream_error"
    billed = True
    falls_over = True
    # Providers err: some send the Unix time at which to come back in place of seconds.
    longest_wait = 3600.0


class NotStartedError(ProviderError):
    """The provider failed before it began to work: nothing was made or billed."""

    code = "upstream_not_started"
    retryable = True
    billed = False


class UnavailableError(ProviderError):
    """The provider is down or overloaded; nothing was made or billed."""

    status = 503
    code = "upstream_unavailable"
    retryable = True
    billed = False


class EmptyResultError(ProviderError):
    """The provider reported success and gave no image."""

    fault = False
    code = "empty_result"


class RateLimitedError(ProviderError):
    """The provider has no capacity now; nothing was made or billed."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"
    retryable = True
    billed = False


class QuotaExhaustedError(ProviderError):
    """The account's quota or credit is used up; waiting seconds does not help."""

    fault = False
    status = 429
    type = "insufficient_quota"
    code = "insufficient_quota"
    billed = False
    # Quotas are renewed by the day.
    longest_wait = 24 * 3600.0


class CredentialRefusedError(ProviderError):
    """The provider does not take the credential that it was shown."""

    fault = False
    code = "provider_key_refused"
    billed = False


class CallersCredentialRefusedError(CredentialRefusedError):
    """The same of a credential that the caller brought: the caller can mend it."""

    status = 401
    type = "invalid_request_error"
    code = "invalid_api_key"


class ModelGoneError(ProviderError):
    """The provider does not have the model, or no longer."""

    fault = False
    status = 404
    type = "invalid_request_error"
    code = "model_not_found"
    billed = False


class ProviderTimeoutError(ProviderError):
    """The provider did not finish in time."""

    status = 504
    code = "upstream_timeout"
