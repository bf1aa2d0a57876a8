"""Errors of the providers."""

from easel.errors.base import EaselError


class ProviderError(EaselError):
    """The provider failed; whether it billed the request is unknown, so it counts as billed.

    Attributes:
        fault: whether the circuit breaker counts it as a failure of the provider.
        of_model: whether it concerns the credential with this model only, and not with the
            provider's other models.
    """

    fault = True
    is_model_specific = False

    status = 502
    type = "upstream_error"
    code = "upstream_error"
    billed = True
    allows_fallback = True
    # Some providers send a Unix time by mistake, in place of seconds.
    max_retry_after = 3600.0


class NotStartedError(ProviderError):
    """The provider failed before the work started; nothing was billed."""

    code = "upstream_not_started"
    retryable = True
    billed = False


class UnavailableError(ProviderError):
    """The provider is down or overloaded; nothing was billed."""

    status = 503
    code = "upstream_unavailable"
    retryable = True
    billed = False


class EmptyResultError(ProviderError):
    """The provider reported success without an image."""

    fault = False
    code = "empty_result"


class RateLimitedError(ProviderError):
    """The provider's rate limit is reached; nothing was billed."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"
    retryable = True
    billed = False


class QuotaExhaustedError(ProviderError):
    """The account's quota or credit is used up; a retry within seconds does not help."""

    fault = False
    status = 429
    type = "insufficient_quota"
    code = "insufficient_quota"
    billed = False
    # Quotas are renewed by the day.
    max_retry_after = 24 * 3600.0


class CredentialRefusedError(ProviderError):
    """The provider refused the owner's credential."""

    fault = False
    code = "provider_key_refused"
    billed = False


class CallersCredentialRefusedError(CredentialRefusedError):
    """The provider refused the caller's own credential."""

    status = 401
    type = "invalid_request_error"
    code = "invalid_api_key"


class ModelGoneError(ProviderError):
    """The provider does not have the model, or no longer has it."""

    fault = False
    status = 404
    type = "invalid_request_error"
    code = "model_not_found"
    billed = False


class ProviderTimeoutError(ProviderError):
    """The provider did not finish in time."""

    status = 504
    code = "upstream_timeout"
