"""Every failure that easel answers with.

EaselError
├── CallerError                 400  the request itself is wrong
│   ├── InvalidJsonError        400  invalid_json
│   ├── InvalidFormError        400  invalid_form
│   ├── InvalidImageError       400  invalid_image: an image of the caller's is none, or unusable
│   ├── MissingParameterError   400  missing_required_parameter
│   ├── InvalidValueError       400  invalid_value
│   ├── UnsupportedParameterError  400  unsupported_parameter
│   ├── ContentRefusedError     400  content_policy_violation
│   ├── NotAuthorizedError      401  invalid_api_key
│   │   └── NoCredentialError   401  provider_key_missing: nobody gave one for the provider
│   ├── ForbiddenError          403  forbidden: this key may not do that
│   ├── NotFoundError           404  not_found
│   ├── ModelNotFoundError      404  model_not_found
│   ├── MethodNotAllowedError   405  method_not_allowed
│   ├── RequestRunningError     409  request_in_progress: the same request is being carried out
│   ├── GoneError               410  image_gone: it was made, but is not stored any more
│   ├── PreconditionFailedError 412  precondition_failed
│   ├── BodyTooLargeError       413  request_too_large
│   ├── MediaTypeError          415  unsupported_media_type
│   ├── UnsatisfiableRangeError 416  range_not_satisfiable
│   ├── KeyReusedError          422  idempotency_key_reused: with another request
│   ├── TooFastError            429  rate_limit_exceeded: easel's own limits
│   ├── OverBudgetError         429  insufficient_quota: the owner's budget
│   ├── ClientLeftError         499  client_left: nobody waits for the answer
│   └── CalledOffError          499  cancelled: a background request was, before it made an image
├── ProviderError               502  upstream_error: whoever makes the images failed
│   ├── NotStartedError         502  upstream_not_started: it failed before it began to work
│   ├── UnavailableError        503  upstream_unavailable: it is down or overloaded
│   ├── EmptyResultError        502  empty_result: a success without an image
│   ├── RateLimitedError        429  rate_limit_exceeded: try again later
│   ├── QuotaExhaustedError     429  insufficient_quota: trying again soon is useless
│   ├── CredentialRefusedError  502  provider_key_refused: what easel shows it is not taken
│   │   └── CallersCredentialRefusedError  401  invalid_api_key: what the caller brought is not
│   ├── ModelGoneError          404  model_not_found: it no longer has the model
│   └── ProviderTimeoutError    504  upstream_timeout
└── ServerError                 500  ours
    ├── ConfigurationError      500  invalid_configuration: a setting of the owner's is wrong
    ├── StorageError            500  storage_error: the bucket failed
    ├── LedgerError         503  ledger_error: what remembers requests cannot be reached
    ├── OverloadedError     503  overloaded: there is no memory for the request at the moment
    ├── QueueError          503  queue_error: what puts work off cannot be reached
    ├── OutcomeUnknownError 500  outcome_unknown: nobody knows what became of the request
    └── TransformError          500  transform_failed: an image could not be scaled or converted

Each knows whether it may be retried and whether the image may have been billed. The OpenAI SDKs
retry 408, 409, 429 and 5xx by themselves and without an idempotency key; the header
`x-should-retry: false` stops them (openai-python `_base_client.py`, openai-node `client.ts`).
"""

from easel.errors.base import EaselError
from easel.errors.caller import (
    BodyTooLargeError,
    CalledOffError,
    CallerError,
    ClientLeftError,
    ContentRefusedError,
    ForbiddenError,
    GoneError,
    InvalidFormError,
    InvalidImageError,
    InvalidJsonError,
    InvalidValueError,
    KeyReusedError,
    MediaTypeError,
    MethodNotAllowedError,
    MissingParameterError,
    ModelNotFoundError,
    NoCredentialError,
    NotAuthorizedError,
    NotFoundError,
    OverBudgetError,
    PreconditionFailedError,
    RequestRunningError,
    TooFastError,
    UnsatisfiableRangeError,
    UnsupportedParameterError,
)
from easel.errors.provider import (
    CallersCredentialRefusedError,
    CredentialRefusedError,
    EmptyResultError,
    ModelGoneError,
    NotStartedError,
    ProviderError,
    ProviderTimeoutError,
    QuotaExhaustedError,
    RateLimitedError,
    UnavailableError,
)
from easel.errors.server import (
    ConfigurationError,
    LedgerError,
    OutcomeUnknownError,
    OverloadedError,
    QueueError,
    ServerError,
    StorageError,
    TransformError,
)

__all__ = [
    "BodyTooLargeError",
    "CalledOffError",
    "CallerError",
    "CallersCredentialRefusedError",
    "ClientLeftError",
    "ConfigurationError",
    "ContentRefusedError",
    "CredentialRefusedError",
    "EaselError",
    "EmptyResultError",
    "ForbiddenError",
    "GoneError",
    "InvalidFormError",
    "InvalidImageError",
    "InvalidJsonError",
    "InvalidValueError",
    "KeyReusedError",
    "LedgerError",
    "MediaTypeError",
    "MethodNotAllowedError",
    "MissingParameterError",
    "ModelGoneError",
    "ModelNotFoundError",
    "NoCredentialError",
    "NotAuthorizedError",
    "NotFoundError",
    "NotStartedError",
    "OutcomeUnknownError",
    "OverBudgetError",
    "OverloadedError",
    "PreconditionFailedError",
    "ProviderError",
    "ProviderTimeoutError",
    "QueueError",
    "QuotaExhaustedError",
    "RateLimitedError",
    "RequestRunningError",
    "ServerError",
    "StorageError",
    "TooFastError",
    "TransformError",
    "UnavailableError",
    "UnsatisfiableRangeError",
    "UnsupportedParameterError",
]
