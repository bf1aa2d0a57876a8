"""Step four, around one attempt: credentials in turn, and again where failing cost nothing."""

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
from easel.generation.execution.driver import drive
from easel.providers.protocol import Attempt, Result

_MOST_TRIES = 3

# The first wait is about this long, each further one about twice as long, in seconds.
_FIRST_WAIT = 0.5

# What takes longer than this the client can wait for by itself: it is told how long.
_LONGEST_WAIT = 4.0

# A shorter one is a word, and would be cut out of sentences.
_SHORTEST_SECRET = 4

# After these another credential may do; the rest is the same for all.
_USED_UP = (QuotaExhaustedError, RateLimitedError)
_OF_A_CREDENTIAL = (CredentialRefusedError, *_USED_UP)


async def make(name: str, attempt: Attempt, context: Context) -> Result:
    """Have a provider make a batch of images, by whatever credential works.

    Args:
        name: the provider's.
        attempt: what it is asked for.
        context: what the request has.

    Raises:
        EaselError: why it did not.
    """
    credentials = context.credentials(name)
    circuit_breaker, now = context.services.circuit_breaker, context.services.now
    errors: list[EaselError] = []
    for index, credential in enumerate(credentials):
        context.services.request_log.hidden.append(credential.token)
        error = circuit_breaker.objection(name, attempt.model, credential.token, now())
        if error is None:
            is_last = index == len(credentials) - 1
            try:
                result = await _try(name, attempt, credential, context, may_wait=is_last)
            except EaselError as failure:
                circuit_breaker.failed(name, attempt.model, credential.token, failure, now())
                error = failure
                if error.retry_after is None and isinstance(error, _USED_UP) and not error.billed:
                    # Until then it will not be tried, so the caller may know as well.
                    resting = circuit_breaker.objection(
                        name, attempt.model, credential.token, now()
                    )
                    error.set_wait(resting.retry_after if resting is not None else None)
            else:
                circuit_breaker.succeeded(name, attempt.model, credential.token)
                return result
        errors.append(_told(error, credential, name, context))
        if not isinstance(error, _OF_A_CREDENTIAL):
            break
    raise _sum_up(errors, context.providers[name].title)


async def _try(
    name: str, attempt: Attempt, credential: Credential, context: Context, *, may_wait: bool
) -> Result:
    """Make an attempt, and again where that can cost nothing twice and is worth it."""
    provider = context.providers[name]
    for tries in range(1, _MOST_TRIES + 1):
        context.attempts += 1
        try:
            return await drive(provider, attempt, credential, context)
        except EaselError as error:
            wait = error.retry_after
            if wait is None:
                wait = _FIRST_WAIT * 2 ** (tries - 1) * _jitter(context)
            limited = isinstance(error, RateLimitedError) and not may_wait
            too_long = wait > min(_LONGEST_WAIT, context.seconds_left())
            if not error.worth_repeating or limited or too_long or tries == _MOST_TRIES:
                raise
            context.services.log(f"{provider.title}: {error.code}, again in {wait:.1f} s")
        await context.services.sleep(wait)
    raise AssertionError


def _jitter(context: Context) -> float:
    """From 0.5 to 1.5, so that those who failed together do not come back together."""
    return 0.5 + context.services.random_bytes(1)[0] / 255


def _told(error: EaselError, credential: Credential, name: str, context: Context) -> EaselError:
    """An error as the caller may hear of it: without the credential, and with the right blame."""
    if len(credential.token) >= _SHORTEST_SECRET:
        error.message = error.message.replace(credential.token, "[...]")
    if not isinstance(error, CredentialRefusedError):
        return error
    if credential.is_callers:
        return CallersCredentialRefusedError(error.message)
    # The provider's words are about the owner's account.
    provider = context.providers[name]
    secret = provider.secrets[0] if provider.secrets else name
    use = " with this model" if error.of_model else ""
    return CredentialRefusedError(
        f"{provider.title} does not accept the key that this server has for it ({secret}){use}."
    )


def _sum_up(errors: Sequence[EaselError], title: str) -> EaselError:
    """The one error of several credentials: when the first of them can be used again."""
    last = errors[-1]
    if len(errors) == 1 or not isinstance(last, _OF_A_CREDENTIAL):
        return last
    waiting = [error for error in errors if isinstance(error, _USED_UP)]
    if not waiting:
        return last
    soonest = min(waiting, key=lambda error: error.retry_after or float("inf"))
    return type(soonest)(
        f"All {len(errors)} credentials for {title} are refused or used up for now.",
        retry_after=soonest.retry_after,
    )
