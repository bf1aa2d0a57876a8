"""Step four, at its heart: run a provider's generator, giving it what it asks for."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import assert_never

from easel.access.credentials import Credential
from easel.errors import ClientLeftError, EaselError, ProviderError, ProviderTimeoutError
from easel.generation.execution.context import Context
from easel.generation.execution.open_answers import OpenAnswers
from easel.media.urls import UntrustedUrlError, check_url, origin_of
from easel.platform.calls import (
    Abandoned,
    CallFailure,
    HttpAnswer,
    HttpCall,
    ModelCall,
    UpstreamFailure,
)
from easel.providers.protocol import (
    Attempt,
    NextEvent,
    Partial,
    Pause,
    Provider,
    Result,
    Run,
    Sent,
    Step,
)

# Of base64, of which an isolate can hold the 30 MB that it decodes to.
_MAX_ANSWER_BYTES = 40 * 1000 * 1000

# Statuses from here on start no work.
_REDIRECTS = 300

# What a provider has left to cancel its work with when a job is given up.
_CANCEL_SECONDS = 5.0


@dataclass
class _Drive:
    """One run of a generator.

    Attributes:
        bought: whether work that is paid for may have begun.
        is_paid: whether it has begun beyond doubt.
        given_up: whether the generator was told so; it may still cancel.
        left_until: when work that was begun must be done, once the client has left.
        answers: what the provider was answered.
    """

    provider: Provider
    attempt: Attempt
    credential: Credential
    context: Context
    bought: bool = False
    is_paid: bool = False
    given_up: bool = False
    left_until: datetime | None = None
    answers: OpenAnswers = field(default_factory=OpenAnswers)


async def drive(
    provider: Provider, attempt: Attempt, credential: Credential, context: Context
) -> Result:
    """Run one attempt to its result.

    Raises:
        EaselError: what the provider's code, or the driver, made of a failure.
    """
    run = _Drive(provider, attempt, credential, context)
    try:
        return await _finish(provider.generate(attempt), run)
    except Abandoned as abandoned:
        if abandoned.reason == "left":
            raise ClientLeftError("The client has left.", billed=run.bought) from None
        raise ProviderTimeoutError(
            f"{provider.title} did not finish within the time that easel gives an image.",
            billed=run.bought,
        ) from None
    except UpstreamFailure as failure:
        raise _error(failure, run) from failure
    except EaselError as error:
        # A poll that is answered with 503 costs nothing; what it asks for does.
        if run.is_paid and not error.is_bill_known:
            error.billed = True
        raise


async def _finish(steps: Run, run: _Drive) -> Result:
    try:
        step = next(steps)
        while True:
            try:
                answer = await _take(step, run)
            except UpstreamFailure as failure:
                title = run.provider.title
                run.context.services.log(f"{title}, {run.attempt.model}: {failure!r}")
                step = steps.throw(_given_up(failure, run) or failure)
            else:
                step = steps.send(answer)
    except StopIteration as finished:
        result: Result = replace(finished.value, release=run.answers.hand_over())
        return result
    finally:
        steps.close()
        await run.answers.close()


def _given_up(failure: UpstreamFailure, run: _Drive) -> Abandoned | None:
    """What a failure comes to where it was the job's time that ended a call, not the call's own."""
    if run.given_up or not isinstance(failure, CallFailure):
        return None
    if failure.reason == "left":
        run.given_up = True
        return Abandoned("left")
    if failure.reason == "timeout" and run.context.seconds_left() <= 0:
        run.given_up = True
        return Abandoned("deadline")
    return None


async def _take(step: Step, run: _Drive) -> Sent:
    began = run.context.services.now()
    try:
        return await _carry_out(step, run)
    finally:
        if not isinstance(step, (Pause, Partial)):
            passed = run.context.services.now() - began
            run.context.services.request_log.upstream_seconds += passed.total_seconds()


async def _carry_out(step: Step, run: _Drive) -> Sent:
    left = _seconds_for(run)
    seconds = min(left, run.context.settings.call_timeout_seconds)
    match step:
        case HttpCall():
            return await _call(step, seconds, run)
        case ModelCall():
            run.bought = True
            return await _call_model(step, seconds, run)
        case NextEvent(stream):
            return await stream.next()
        case Pause(wanted):
            await run.context.services.sleep(min(wanted, left))
            return None
        case Partial():
            if run.context.show is not None:
                run.context.show(step)
            return None
        case _:
            assert_never(step)


def _seconds_for(run: _Drive) -> float:
    """How long the next step may take.

    Raises:
        Abandoned: nobody waits for it, or there is no time; it is thrown once.
    """
    if run.given_up:
        return _CANCEL_SECONDS
    grace = _grace(run)
    if grace <= 0:
        run.given_up = True
        raise Abandoned("left")
    left = run.context.seconds_left()
    if left <= 0:
        run.given_up = True
        raise Abandoned("deadline")
    return min(left, grace)


def _grace(run: _Drive) -> float:
    """Seconds until the client's leaving ends the work; only what may be paid for has any."""
    if not run.context.services.client_left():
        return inf
    now = run.context.services.now()
    grace = timedelta(seconds=run.context.settings.leave_grace_seconds)
    run.left_until = run.left_until or now + grace
    return (run.left_until - now).total_seconds() if run.bought else 0.0


async def _call(call: HttpCall, seconds: float, run: _Drive) -> HttpAnswer:
    headers = {**_shown_to(call.url, run), **call.headers}
    run.answers.release_last()
    async with run.context.connections:
        run.bought = run.bought or call.buys
        answer = await run.context.services.call_http(
            replace(call, headers=headers), seconds=seconds, limit=_MAX_ANSWER_BYTES
        )
    run.answers.add(answer)
    run.is_paid = run.is_paid or (call.buys and answer.status < _REDIRECTS)
    return answer


async def _call_model(call: ModelCall, seconds: float, run: _Drive) -> Sent:
    async with run.context.connections:
        try:
            return await asyncio.wait_for(run.context.services.run_model(call), seconds)
        except TimeoutError:
            raise CallFailure("timeout", f"no answer within {seconds:g} s") from None


def _shown_to(url: str, run: _Drive) -> Mapping[str, str]:
    """The headers that show the credential, for an origin of the provider's own and no other.

    Raises:
        CallFailure: the URL came with an answer and leads to where nothing may be asked.
    """
    provider = run.provider
    try:
        trusted = {origin_of(base_url) for base_url in run.attempt.base_urls.values()}
        if origin_of(url) in trusted:
            token = run.credential.token
            shown = {provider.header: f"{provider.scheme}{token}"} if token else {}
            return {**provider.headers, **shown}
        check_url(url, allow_private=run.context.settings.allow_private_urls)
    except UntrustedUrlError as error:
        raise CallFailure("lost", str(error)) from None
    return {}


def _error(failure: UpstreamFailure, run: _Drive) -> EaselError:
    title = run.provider.title
    match failure:
        case CallFailure(reason="timeout"):
            return ProviderTimeoutError(f"{title} did not answer in time.", billed=run.bought)
        case CallFailure(reason="left"):
            return ClientLeftError("The client has left.", billed=run.bought)
        case CallFailure(reason="too_large"):
            return ProviderError(f"{title} answered with more than an image can be.")
        case CallFailure(reason="unreadable"):
            return ProviderError(f"{title} gave an answer that cannot be read.")
        case _:
            return ProviderError(
                f"The connection to {title} could not be made, or broke off.", billed=run.bought
            )
