from datetime import timedelta

import pytest

from easel.access.circuit_breaker import (
    CLOSED_SECONDS,
    FAULTS,
    QUOTA_SECONDS,
    RATE_LIMIT_SECONDS,
    REFUSED_SECONDS,
    CircuitBreaker,
)
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
from support.services import NOW


def failing(health: CircuitBreaker, error: EaselError, times: int = 1, token: str = "key") -> None:
    for _ in range(times):
        health.failed("p", "m", token, error, NOW)


def test_nothing_speaks_against_what_is_unknown() -> None:
    assert CircuitBreaker().objection("p", "m", "key", NOW) is None


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RateLimitedError("slow down"), RATE_LIMIT_SECONDS),
        (RateLimitedError("slow down", retry_after=7), 7),
        (QuotaExhaustedError("no credit"), QUOTA_SECONDS),
        (QuotaExhaustedError("no credit", retry_after=7), 7),
    ],
)
def test_a_credential_cools_down_as_long_as_the_cause_asks(
    error: EaselError, seconds: float
) -> None:
    health = CircuitBreaker()
    failing(health, error)
    just_before = health.objection("p", "m", "key", NOW + timedelta(seconds=seconds - 1))
    assert just_before is not None
    assert (type(just_before), just_before.retry_after) == (type(error), 1)
    assert health.objection("p", "m", "key", NOW + timedelta(seconds=seconds)) is None


def test_a_refused_credential_is_tried_again_after_minutes() -> None:
    health = CircuitBreaker()
    failing(health, CredentialRefusedError("no"))
    before = NOW + timedelta(seconds=REFUSED_SECONDS - 1)
    assert isinstance(health.objection("p", "m", "key", before), CredentialRefusedError)
    assert health.objection("p", "m", "another key", NOW) is None
    assert health.objection("p", "m", "key", NOW + timedelta(seconds=REFUSED_SECONDS)) is None


@pytest.mark.parametrize("kind", [CredentialRefusedError, QuotaExhaustedError])
def test_an_error_about_a_credential_with_one_model_leaves_it_to_the_others(
    kind: type[ProviderError],
) -> None:
    health = CircuitBreaker()
    error = kind("no")
    error.of_model = True
    failing(health, error)
    objection = health.objection("p", "m", "key", NOW)
    assert isinstance(objection, kind)
    assert objection.of_model
    assert health.objection("p", "another model", "key", NOW) is None


@pytest.mark.parametrize(
    "error",
    [
        CredentialRefusedError("P: 'a secret fox' is refused."),
        QuotaExhaustedError("P: 'a secret fox' is over quota."),
        RateLimitedError("P: 'a secret fox' is too fast."),
    ],
)
def test_the_reason_of_a_rest_repeats_nothing_of_the_error(error: EaselError) -> None:
    health = CircuitBreaker()
    failing(health, error)
    objection = health.objection("p", "m", "key", NOW)
    assert objection is not None
    assert "fox" not in objection.message
    assert "fox" not in repr(health)


@pytest.mark.parametrize(
    "error", [ProviderError("500"), UnavailableError("503"), ProviderTimeoutError("slow")]
)
def test_faults_in_a_row_close_a_model_for_a_while(error: EaselError) -> None:
    health = CircuitBreaker()
    failing(health, error, FAULTS - 1)
    assert health.objection("p", "m", "key", NOW) is None
    failing(health, error)
    objection = health.objection("p", "m", "key", NOW)
    assert isinstance(objection, UnavailableError)
    assert objection.retry_after == CLOSED_SECONDS
    assert objection.worth_repeating
    assert health.objection("p", "m", "key", NOW + timedelta(seconds=CLOSED_SECONDS)) is None


def test_one_more_fault_closes_it_again_and_a_success_opens_it() -> None:
    health = CircuitBreaker()
    failing(health, ProviderError("500"), FAULTS)
    later = NOW + timedelta(seconds=CLOSED_SECONDS)
    assert health.objection("p", "m", "key", later) is None
    health.failed("p", "m", "key", ProviderError("500"), later)
    assert health.objection("p", "m", "key", later) is not None
    health.succeeded("p", "m", "key")
    failing(health, ProviderError("500"), FAULTS - 1)
    assert health.objection("p", "m", "key", NOW) is None


@pytest.mark.parametrize(
    "error",
    [
        InvalidValueError("steps"),
        ContentRefusedError("nsfw"),
        ModelGoneError("gone"),
        EmptyResultError("nothing"),
    ],
)
def test_callers_mistakes_and_the_like_never_count(error: EaselError) -> None:
    health = CircuitBreaker()
    failing(health, error, 3 * FAULTS)
    assert health.objection("p", "m", "key", NOW) is None


def test_one_callers_trouble_is_not_anothers() -> None:
    health = CircuitBreaker()
    failing(health, ProviderError("500"), FAULTS, token="one")
    assert health.objection("p", "m", "two", NOW) is None
    assert health.objection("q", "m", "one", NOW) is None


def test_without_a_credential_there_is_none_to_cool_down() -> None:
    health = CircuitBreaker()
    failing(health, RateLimitedError("busy"), token="")
    assert health.objection("p", "m", "", NOW) is None


def test_tokens_are_not_remembered_themselves_and_not_without_end() -> None:
    health = CircuitBreaker()
    for index in range(2000):
        failing(health, CredentialRefusedError("no"), token=f"secret-{index}")
    assert "secret-" not in repr(health)
    assert health.objection("p", "m", "secret-0", NOW) is None
    assert health.objection("p", "m", "secret-1999", NOW) is not None


def test_a_credential_cools_down_for_every_model_and_faults_are_of_one() -> None:
    health = CircuitBreaker()
    failing(health, ProviderError("500"), FAULTS)
    assert health.objection("p", "another model", "key", NOW) is None
    failing(health, RateLimitedError("busy"))
    assert health.objection("p", "another model", "key", NOW) is not None


def test_what_was_said_of_one_request_is_not_told_to_the_next() -> None:
    health = CircuitBreaker()
    failing(health, ProviderError("P: no such fox as yours."), FAULTS)
    objection = health.objection("p", "m", "key", NOW)
    assert objection is not None
    assert "fox" not in objection.message
