"""Failing credentials cool down, and failing models are not called for a while."""

from datetime import timedelta

import pytest

from easel.access.circuit_breaker import CircuitBreaker
from easel.errors import (
    ContentRefusedError,
    CredentialRefusedError,
    EaselError,
    EmptyResultError,
    InvalidValueError,
    ModelGoneError,
    ProviderError,
    ProviderTimeoutError,
    QuotaExhaustedError,
    RateLimitedError,
    UnavailableError,
)
from easel.limits import (
    MAX_FAULTS,
    OPEN_CIRCUIT_SECONDS,
    QUOTA_SECONDS,
    RATE_LIMIT_SECONDS,
    REFUSED_SECONDS,
)
from support.services import NOW


def fail(breaker: CircuitBreaker, error: EaselError, times: int = 1, token: str = "key") -> None:
    for _ in range(times):
        breaker.failed("p", "m", token, error, NOW)


def test_a_provider_without_failures_is_open() -> None:
    assert CircuitBreaker().open_circuit_error("p", "m", "key", NOW) is None


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RateLimitedError("slow down"), RATE_LIMIT_SECONDS),
        (RateLimitedError("slow down", retry_after=7), 7),
        (QuotaExhaustedError("no credit"), QUOTA_SECONDS),
        (QuotaExhaustedError("no credit", retry_after=7), 7),
    ],
)
def test_a_credential_cools_down_for_as_long_as_the_error_says(
    error: EaselError, seconds: float
) -> None:
    breaker = CircuitBreaker()
    fail(breaker, error)
    just_before = breaker.open_circuit_error("p", "m", "key", NOW + timedelta(seconds=seconds - 1))
    assert just_before is not None
    assert (type(just_before), just_before.retry_after) == (type(error), 1)
    assert breaker.open_circuit_error("p", "m", "key", NOW + timedelta(seconds=seconds)) is None


def test_a_refused_credential_is_tried_again_after_five_minutes() -> None:
    breaker = CircuitBreaker()
    fail(breaker, CredentialRefusedError("no"))
    before = NOW + timedelta(seconds=REFUSED_SECONDS - 1)
    assert isinstance(breaker.open_circuit_error("p", "m", "key", before), CredentialRefusedError)
    assert breaker.open_circuit_error("p", "m", "another key", NOW) is None
    assert (
        breaker.open_circuit_error("p", "m", "key", NOW + timedelta(seconds=REFUSED_SECONDS))
        is None
    )


@pytest.mark.parametrize("kind", [CredentialRefusedError, QuotaExhaustedError])
def test_a_credential_that_one_model_refuses_stays_usable_for_other_models(
    kind: type[ProviderError],
) -> None:
    breaker = CircuitBreaker()
    error = kind("no")
    error.is_model_specific = True
    fail(breaker, error)
    open_circuit_error = breaker.open_circuit_error("p", "m", "key", NOW)
    assert isinstance(open_circuit_error, kind)
    assert open_circuit_error.is_model_specific
    assert breaker.open_circuit_error("p", "another model", "key", NOW) is None


@pytest.mark.parametrize(
    "error",
    [
        CredentialRefusedError("P: 'a secret fox' is refused."),
        QuotaExhaustedError("P: 'a secret fox' is over quota."),
        RateLimitedError("P: 'a secret fox' is too fast."),
    ],
)
def test_the_error_of_a_cooling_credential_repeats_nothing_of_the_providers_message(
    error: EaselError,
) -> None:
    breaker = CircuitBreaker()
    fail(breaker, error)
    open_circuit_error = breaker.open_circuit_error("p", "m", "key", NOW)
    assert open_circuit_error is not None
    assert "fox" not in open_circuit_error.message
    assert "fox" not in repr(breaker)


@pytest.mark.parametrize(
    "error", [ProviderError("500"), UnavailableError("503"), ProviderTimeoutError("slow")]
)
def test_consecutive_faults_open_the_circuit_of_a_model_for_a_while(error: EaselError) -> None:
    breaker = CircuitBreaker()
    fail(breaker, error, MAX_FAULTS - 1)
    assert breaker.open_circuit_error("p", "m", "key", NOW) is None
    fail(breaker, error)
    open_circuit_error = breaker.open_circuit_error("p", "m", "key", NOW)
    assert isinstance(open_circuit_error, UnavailableError)
    assert open_circuit_error.retry_after == OPEN_CIRCUIT_SECONDS
    assert open_circuit_error.should_retry
    assert (
        breaker.open_circuit_error("p", "m", "key", NOW + timedelta(seconds=OPEN_CIRCUIT_SECONDS))
        is None
    )


def test_after_the_pause_one_fault_opens_the_circuit_again_and_a_success_closes_it() -> None:
    breaker = CircuitBreaker()
    fail(breaker, ProviderError("500"), MAX_FAULTS)
    later = NOW + timedelta(seconds=OPEN_CIRCUIT_SECONDS)
    assert breaker.open_circuit_error("p", "m", "key", later) is None
    breaker.failed("p", "m", "key", ProviderError("500"), later)
    assert breaker.open_circuit_error("p", "m", "key", later) is not None
    breaker.succeeded("p", "m", "key")
    fail(breaker, ProviderError("500"), MAX_FAULTS - 1)
    assert breaker.open_circuit_error("p", "m", "key", NOW) is None


@pytest.mark.parametrize(
    "error",
    [
        InvalidValueError("steps"),
        ContentRefusedError("nsfw"),
        ModelGoneError("gone"),
        EmptyResultError("nothing"),
    ],
)
def test_bad_requests_and_refused_content_never_count_as_faults(error: EaselError) -> None:
    breaker = CircuitBreaker()
    fail(breaker, error, 3 * MAX_FAULTS)
    assert breaker.open_circuit_error("p", "m", "key", NOW) is None


def test_faults_with_one_credential_do_not_affect_another_credential() -> None:
    breaker = CircuitBreaker()
    fail(breaker, ProviderError("500"), MAX_FAULTS, token="one")
    assert breaker.open_circuit_error("p", "m", "two", NOW) is None
    assert breaker.open_circuit_error("q", "m", "one", NOW) is None


def test_a_provider_without_credentials_has_no_credential_to_cool_down() -> None:
    breaker = CircuitBreaker()
    fail(breaker, RateLimitedError("busy"), token="")
    assert breaker.open_circuit_error("p", "m", "", NOW) is None


def test_the_circuit_breaker_keeps_hashes_of_a_limited_number_of_tokens() -> None:
    breaker = CircuitBreaker()
    for index in range(2000):
        fail(breaker, CredentialRefusedError("no"), token=f"secret-{index}")
    assert "secret-" not in repr(breaker)
    assert breaker.open_circuit_error("p", "m", "secret-0", NOW) is None
    assert breaker.open_circuit_error("p", "m", "secret-1999", NOW) is not None


def test_a_rate_limit_cools_a_credential_for_every_model_and_faults_count_for_one_model() -> None:
    breaker = CircuitBreaker()
    fail(breaker, ProviderError("500"), MAX_FAULTS)
    assert breaker.open_circuit_error("p", "another model", "key", NOW) is None
    fail(breaker, RateLimitedError("busy"))
    assert breaker.open_circuit_error("p", "another model", "key", NOW) is not None


def test_the_error_of_an_open_circuit_repeats_nothing_of_an_earlier_request() -> None:
    breaker = CircuitBreaker()
    fail(breaker, ProviderError("P: no such fox as yours."), MAX_FAULTS)
    open_circuit_error = breaker.open_circuit_error("p", "m", "key", NOW)
    assert open_circuit_error is not None
    assert "fox" not in open_circuit_error.message
