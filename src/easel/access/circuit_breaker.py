"""The circuit breaker: skip credentials and models that failed recently, in one isolate.

A credential that was refused, exhausted or rate-limited is not used for a while, nor is a model
after several failures in a row. Invalid requests of callers do not count.

Other callers see these errors. The circuit breaker therefore stores only hashes of credentials and
only types of errors, because messages may contain a prompt.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from easel.errors import (
    CredentialRefusedError,
    EaselError,
    ProviderError,
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

# Callers send any number of credentials of their own.
_MOST_REMEMBERED = 1000


Key = tuple[str, ...]


# Error messages while the circuit of a credential, or of a model with it, is open.
_REASONS: Mapping[type[ProviderError], str] = {
    CredentialRefusedError: "The provider recently refused the credential",
    QuotaExhaustedError: "The quota or credit of the credential is used up",
    RateLimitedError: "The rate limit of the credential at the provider is reached",
    UnavailableError: "The model failed several times in a row and is not used for a short time",
}


@dataclass(frozen=True)
class _OpenCircuit:
    """An open circuit: the type of error to answer with, and its end."""

    kind: type[ProviderError]
    until: datetime
    is_model_specific: bool


@dataclass
class _State:
    """The state of a credential, or of a model with a credential.

    Attributes:
        faults: number of failures in a row.
        circuit: the open circuit; None if it is closed.
    """

    faults: int = 0
    circuit: _OpenCircuit | None = None


@dataclass
class CircuitBreaker:
    """The circuit breaker of an isolate.

    An error about a credential applies to all models of the provider, unless it is specific to one
    model. Failures are counted per model: if one model has no capacity, or crashes on one caller's
    requests, the others may still work.
    """

    _states: dict[Key, _State] = field(default_factory=dict)

    def open_circuit_error(
        self, provider: str, model: str, token: str, now: datetime
    ) -> EaselError | None:
        """The error to raise in place of a call while a circuit is open; None if it is closed."""
        keys = _keys(provider, model, token)
        return next((error for key in keys if (error := self._objection(key, now))), None)

    def _objection(self, key: Key, now: datetime) -> EaselError | None:
        state = self._states.get(key)
        if state is None or state.circuit is None:
            return None
        circuit = state.circuit
        if circuit.until <= now:
            state.circuit = None
            return None
        suffix = " with this model" if circuit.is_model_specific else ""
        # A caller cannot wait for a refused credential: its owner has to act.
        seconds = (circuit.until - now).total_seconds()
        retry_after_seconds = None if circuit.kind is CredentialRefusedError else seconds
        error = circuit.kind(f"{_REASONS[circuit.kind]}{suffix}.", retry_after=retry_after_seconds)
        error.is_model_specific = circuit.is_model_specific
        return error

    def succeeded(self, provider: str, model: str, token: str) -> None:
        """Record a success: close the circuits."""
        for key in _keys(provider, model, token):
            self._states.pop(key, None)

    def failed(
        self, provider: str, model: str, token: str, error: EaselError, now: datetime
    ) -> None:
        """Record a failure of a call; `token` is empty for a provider without credentials."""
        if not isinstance(error, ProviderError):
            return
        of_credential, is_model_specific = _keys(provider, model, token)
        kind, seconds = _consequence(error)
        if token and kind is not None:
            key = is_model_specific if error.is_model_specific else of_credential
            until = now + timedelta(seconds=seconds)
            self._state(key).circuit = _OpenCircuit(kind, until, error.is_model_specific)
        if not error.fault:
            return
        state = self._state(is_model_specific)
        state.faults += 1
        if state.faults >= MAX_FAULTS and state.circuit is None:
            until = now + timedelta(seconds=OPEN_CIRCUIT_SECONDS)
            state.circuit = _OpenCircuit(UnavailableError, until, is_model_specific=False)

    def _state(self, key: Key) -> _State:
        # The dict is ordered by the last change, so the oldest state is dropped first.
        state = self._states[key] = self._states.pop(key, _State())
        while len(self._states) > _MOST_REMEMBERED:
            del self._states[next(iter(self._states))]
        return state


def _consequence(error: ProviderError) -> tuple[type[ProviderError] | None, float]:
    """The error to answer with while the circuit is open, and for how many seconds it is open."""
    match error:
        case CredentialRefusedError():
            return CredentialRefusedError, REFUSED_SECONDS
        case QuotaExhaustedError():
            return QuotaExhaustedError, error.retry_after or QUOTA_SECONDS
        case RateLimitedError():
            return RateLimitedError, error.retry_after or RATE_LIMIT_SECONDS
    return None, 0.0


def _keys(provider: str, model: str, token: str) -> tuple[Key, Key]:
    """The keys of the states of a credential, and of a model with it."""
    token_hash = hashlib.sha256(token.encode()).hexdigest() if token else ""
    return (provider, token_hash), (provider, token_hash, model)
