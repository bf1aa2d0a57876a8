"""Retry: repeat an attempt that failed at no cost, and try the credentials in turn."""

from collections.abc import Sequence

from easel.access.credentials import Credential
from easel.errors import (
    CallersCredentialRefusedError,
    CredentialRefusedError,
    EaselError,
    QuotaExhaustedError,
    RateLimitedError,
)
from easel.generation.execution.context import Context
from easel.generation.execution.driver import run_attempt
from easel.limits import FIRST_RETRY_SECONDS, MAX_RETRY_SECONDS, MAX_TRIES
from easel.providers.protocol import Attempt, Result

# A shorter credential may be an ordinary word, which must not be cut out of a message.
_MIN_SECRET_LENGTH = 4

# After these errors another credential may work; all others are the same for every credential.
_EXHAUSTED = (QuotaExhaustedError, RateLimitedError)
_CREDENTIAL_ERRORS = (CredentialRefusedError, *_EXHAUSTED)


async def generate_with_retries(name: str, attempt: Attempt, context: Context) -> Result:
    """Generate a batch of images with the first credential that works.

    Args:
        name: the provider's name.
        attempt: the call.
        context: the request's context.

    Raises:
        EaselError: the batch failed with every credential.
    """
    credentials = context.credentials(name)
    circuit_breaker, now = context.services.circuit_breaker, context.services.now
    errors: list[EaselError] = []
    for index, credential in enumerate(credentials):
        context.services.request_log.hidden.append(credential.token)
        error = circuit_breaker.open_circuit_error(name, attempt.model, credential.token, now())
        if error is None:
            is_last = index == len(credentials) - 1
            try:
                result = await _try(name, attempt, credential, context, may_wait=is_last)
            except EaselError as failure:
                circuit_breaker.failed(name, attempt.model, credential.token, failure, now())
                error = failure
                if error.retry_after is None and isinstance(error, _EXHAUSTED) and not error.billed:
                    # The credential is not used until then, so the caller may wait as long.
                    open_circuit_error = circuit_breaker.open_circuit_error(
                        name, attempt.model, credential.token, now()
                    )
                    error.set_retry_after(
                        None if open_circuit_error is None else open_circuit_error.retry_after
                    )
            else:
                circuit_breaker.succeeded(name, attempt.model, credential.token)
                return result
        errors.append(_for_caller(error, credential, name, context))
        if not isinstance(error, _CREDENTIAL_ERRORS):
            break
    raise _combine(errors, context.providers[name].title)


async def _try(
    name: str, attempt: Attempt, credential: Credential, context: Context, *, may_wait: bool
) -> Result:
    """Make an attempt, and repeat it while a failure costs nothing and may be temporary."""
    provider = context.providers[name]
    for tries in range(1, MAX_TRIES + 1):
        context.attempts += 1
        try:
            return await run_attempt(provider, attempt, credential, context)
        except EaselError as error:
            wait = error.retry_after
            if wait is None:
                wait = FIRST_RETRY_SECONDS * 2 ** (tries - 1) * _jitter(context)
            use_next = isinstance(error, RateLimitedError) and not may_wait
            too_long = wait > min(MAX_RETRY_SECONDS, context.seconds_left())
            if not error.should_retry or use_next or too_long or tries == MAX_TRIES:
                raise
            context.services.log(f"{provider.title}: {error.code}, retried in {wait:.1f} s")
        await context.services.sleep(wait)
    raise AssertionError


def _jitter(context: Context) -> float:
    """A factor from 0.5 to 1.5, so that requests that failed together are not retried together."""
    return 0.5 + context.services.random_bytes(1)[0] / 255


def _for_caller(
    error: EaselError, credential: Credential, name: str, context: Context
) -> EaselError:
    """The error for the caller: without the credential, and blaming the one who provided it."""
    if len(credential.token) >= _MIN_SECRET_LENGTH:
        error.message = error.message.replace(credential.token, "[...]")
    if not isinstance(error, CredentialRefusedError):
        return error
    if credential.is_callers:
        return CallersCredentialRefusedError(error.message)
    # The provider's message is about the owner's account.
    provider = context.providers[name]
    secret = provider.secrets[0] if provider.secrets else name
    use = " for this model" if error.is_model_specific else ""
    return CredentialRefusedError(
        f"{provider.title} refused this server's credential ({secret}){use}."
    )


def _combine(errors: Sequence[EaselError], title: str) -> EaselError:
    """One error for several credentials: the wait until the first of them can be used again."""
    last = errors[-1]
    if len(errors) == 1 or not isinstance(last, _CREDENTIAL_ERRORS):
        return last
    waiting = [error for error in errors if isinstance(error, _EXHAUSTED)]
    if not waiting:
        return last
    soonest = min(waiting, key=lambda error: error.retry_after or float("inf"))
    return type(soonest)(
        f"All {len(errors)} credentials for {title} are refused, rate limited or out of quota.",
        retry_after=soonest.retry_after,
    )
