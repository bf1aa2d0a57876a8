"""Run a provider's generator: execute its steps within the time limits, and send it the answers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import assert_never

from easel.access.credentials import Credential
from easel.errors import ClientDisconnectedError, EaselError, ProviderError, ProviderTimeoutError
from easel.generation.execution.context import Context
from easel.generation.execution.open_answers import OpenAnswers
from easel.limits import CANCEL_SECONDS, MAX_ANSWER_BYTES
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

# Statuses from here on start no work.
_REDIRECTS = 300


@dataclass
class _RunState:
    """The state of one run of a generator.

    Attributes:
        may_be_billed: whether work that costs money may have begun.
        is_billed: whether the provider has accepted such work.
        is_abandoned: whether `Abandoned` was raised; the generator may still cancel its work.
        grace_end: once the client has left, when billed work must be finished.
        answers: the answers that the provider gave.
    """

    provider: Provider
    attempt: Attempt
    credential: Credential
    context: Context
    may_be_billed: bool = False
    is_billed: bool = False
    is_abandoned: bool = False
    grace_end: datetime | None = None
    answers: OpenAnswers = field(default_factory=OpenAnswers)


async def run_attempt(
    provider: Provider, attempt: Attempt, credential: Credential, context: Context
) -> Result:
    """Run one attempt to its result.

    Raises:
        EaselError: the attempt failed.
    """
    run = _RunState(provider, attempt, credential, context)
    try:
        return await _run_steps(provider.generate(attempt), run)
    except Abandoned as abandoned:
        if abandoned.reason == "left":
            raise ClientDisconnectedError(
                "The client has disconnected.", billed=run.may_be_billed
            ) from None
        raise ProviderTimeoutError(
            f"{provider.title} did not finish the image within easel's time limit.",
            billed=run.may_be_billed,
        ) from None
    except UpstreamFailure as failure:
        raise _error_from(failure, run) from failure
    except EaselError as error:
        # A failed poll costs nothing, but the work that it asks about does.
        if run.is_billed and not error.is_bill_known:
            error.billed = True
        raise


async def _run_steps(steps: Run, run: _RunState) -> Result:
    try:
        step = next(steps)
        while True:
            try:
                answer = await _execute_timed(step, run)
            except UpstreamFailure as failure:
                title = run.provider.title
                run.context.services.log(f"{title}, {run.attempt.model}: {failure!r}")
                step = steps.throw(_abandonment(failure, run) or failure)
            else:
                step = steps.send(answer)
    except StopIteration as finished:
        result: Result = replace(finished.value, release=run.answers.transfer_release())
        return result
    finally:
        steps.close()
        await run.answers.close()


def _abandonment(failure: UpstreamFailure, run: _RunState) -> Abandoned | None:
    """The end of the job's time or grace, if that caused the failure, once per run."""
    if run.is_abandoned or not isinstance(failure, CallFailure):
        return None
    if failure.reason == "left":
        run.is_abandoned = True
        return Abandoned("left")
    if failure.reason == "timeout" and run.context.seconds_left() <= 0:
        run.is_abandoned = True
        return Abandoned("deadline")
    return None


async def _execute_timed(step: Step, run: _RunState) -> Sent:
    began = run.context.services.now()
    try:
        return await _execute(step, run)
    finally:
        if not isinstance(step, (Pause, Partial)):
            passed = run.context.services.now() - began
            run.context.services.request_log.upstream_seconds += passed.total_seconds()


async def _execute(step: Step, run: _RunState) -> Sent:
    left = _seconds_for(run)
    seconds = min(left, run.context.settings.call_timeout_seconds)
    match step:
        case HttpCall():
            return await _call(step, seconds, run)
        case ModelCall():
            run.may_be_billed = True
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


def _seconds_for(run: _RunState) -> float:
    """The seconds that the next step may take.

    Raises:
        Abandoned: the client has left, or the deadline has passed; raised once per run.
    """
    if run.is_abandoned:
        return CANCEL_SECONDS
    grace = _grace(run)
    if grace <= 0:
        run.is_abandoned = True
        raise Abandoned("left")
    left = run.context.seconds_left()
    if left <= 0:
        run.is_abandoned = True
        raise Abandoned("deadline")
    return min(left, grace)


def _grace(run: _RunState) -> float:
    """Seconds until the work ends because the client has left; none if it has cost nothing yet."""
    if not run.context.services.client_left():
        return inf
    now = run.context.services.now()
    grace = timedelta(seconds=run.context.settings.leave_grace_seconds)
    run.grace_end = run.grace_end or now + grace
    return (run.grace_end - now).total_seconds() if run.may_be_billed else 0.0


async def _call(call: HttpCall, seconds: float, run: _RunState) -> HttpAnswer:
    headers = {**_credential_headers(call.url, run), **call.headers}
    run.answers.release_last()
    async with run.context.connections:
        run.may_be_billed = run.may_be_billed or call.buys
        answer = await run.context.services.call_http(
            replace(call, headers=headers), seconds=seconds, limit=MAX_ANSWER_BYTES
        )
    run.answers.add(answer)
    run.is_billed = run.is_billed or (call.buys and answer.status < _REDIRECTS)
    return answer


async def _call_model(call: ModelCall, seconds: float, run: _RunState) -> Sent:
    async with run.context.connections:
        try:
            return await asyncio.wait_for(run.context.services.run_model(call), seconds)
        except TimeoutError:
            raise CallFailure("timeout", f"no answer within {seconds:g} s") from None


def _credential_headers(url: str, run: _RunState) -> Mapping[str, str]:
    """The provider's headers with the credential, for its own origins only; else none.

    Raises:
        CallFailure: the URL is from an answer, and is not a public address.
    """
    provider = run.provider
    try:
        trusted = {origin_of(base_url) for base_url in run.attempt.base_urls.values()}
        if origin_of(url) in trusted:
            token = run.credential.token
            credential = {provider.header: f"{provider.scheme}{token}"} if token else {}
            return {**provider.headers, **credential}
        check_url(url, allow_private=run.context.settings.allow_private_urls)
    except UntrustedUrlError as error:
        raise CallFailure("lost", str(error)) from None
    return {}


def _error_from(failure: UpstreamFailure, run: _RunState) -> EaselError:
    title = run.provider.title
    match failure:
        case CallFailure(reason="timeout"):
            return ProviderTimeoutError(
                f"{title} did not answer in time.", billed=run.may_be_billed
            )
        case CallFailure(reason="left"):
            return ClientDisconnectedError("The client has disconnected.", billed=run.may_be_billed)
        case CallFailure(reason="too_large"):
            return ProviderError(
                f"{title} sent more than the {MAX_ANSWER_BYTES:,} bytes that easel accepts."
            )
        case CallFailure(reason="unreadable"):
            return ProviderError(f"{title} sent an answer that easel cannot parse.")
        case _:
            return ProviderError(f"The connection to {title} failed.", billed=run.may_be_billed)
