"""Every error that easel answers with, with its status and code.

EaselError
├── CallerError                 400  invalid_request: the request is wrong
│   ├── InvalidJsonError        400  invalid_json
│   ├── InvalidFormError        400  invalid_form
│   ├── InvalidImageError       400  invalid_image: an input image is unreadable or unusable
│   ├── MissingParameterError   400  missing_required_parameter
│   ├── InvalidValueError       400  invalid_value
│   ├── UnsupportedParameterError  400  unsupported_parameter
│   ├── ContentRefusedError     400  content_policy_violation
│   ├── NotAuthorizedError      401  invalid_api_key
│   │   └── MissingCredentialError   401  provider_key_missing: for this provider
│   ├── ForbiddenError          403  forbidden: the key has no permission
│   ├── NotFoundError           404  not_found
│   ├── ModelNotFoundError      404  model_not_found
│   ├── MethodNotAllowedError   405  method_not_allowed
│   ├── RequestInProgressError     409  request_in_progress: the same request is running
│   ├── ImageGoneError               410  image_gone: the image is no longer stored
│   ├── PreconditionFailedError 412  precondition_failed
│   ├── BodyTooLargeError       413  request_too_large
│   ├── MediaTypeError          415  unsupported_media_type
│   ├── UnsatisfiableRangeError 416  range_not_satisfiable
│   ├── IdempotencyKeyReusedError          422  idempotency_key_reused: for a different request
│   ├── TooManyRequestsError            429  rate_limit_exceeded: easel's own limits
│   ├── BudgetExceededError         429  insufficient_quota: the owner's budget
│   ├── ClientDisconnectedError         499  client_left: the client disconnected
│   └── JobCancelledError          499  cancelled: the job was, before it had an image
├── ProviderError               502  upstream_error: the provider failed
│   ├── NotStartedError         502  upstream_not_started: before the work started
│   ├── UnavailableError        503  upstream_unavailable: it is down or overloaded
│   ├── EmptyResultError        502  empty_result: success without an image
│   ├── RateLimitedError        429  rate_limit_exceeded: try again later
│   ├── QuotaExhaustedError     429  insufficient_quota: a retry soon is useless
│   ├── CredentialRefusedError  502  provider_key_refused: the owner's credential
│   │   └── CallersCredentialRefusedError  401  invalid_api_key: the caller's credential
│   ├── ModelGoneError          404  model_not_found: the provider lacks the model
│   └── ProviderTimeoutError    504  upstream_timeout
└── ServerError                 500  server_error: easel failed
    ├── ConfigurationError      500  invalid_configuration: a setting is wrong
    ├── StorageError            500  storage_error: the bucket failed
    ├── LedgerError             503  ledger_error: the ledger cannot be reached
    ├── OverloadedError         503  overloaded: no memory is free for the request
    ├── QueueError              503  queue_error: the queue of jobs cannot be reached
    ├── OutcomeUnknownError     500  outcome_unknown: the request was interrupted
    └── TransformError          500  transform_failed: an image could not be scaled or converted

Each error says whether a retry may succeed and whether the provider may have billed the image. The
OpenAI SDKs retry 408, 409, 429 and 5xx by themselves, without an idempotency key; the header
`x-should-retry: false` stops them (openai-python `_base_client.py`, openai-node `client.ts`).
"""

from easel.errors.base import EaselError
from easel.errors.caller import (
    BodyTooLargeError,
    BudgetExceededError,
    CallerError,
    ClientDisconnectedError,
    ContentRefusedError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    ImageGoneError,
    InvalidFormError,
    InvalidImageError,
    InvalidJsonError,
    InvalidValueError,
    JobCancelledError,
    MediaTypeError,
    MethodNotAllowedError,
    MissingCredentialError,
    MissingParameterError,
    ModelNotFoundError,
    NotAuthorizedError,
    NotFoundError,
    PreconditionFailedError,
    RequestInProgressError,
    TooManyRequestsError,
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
    "BudgetExceededError",
    "CallerError",
    "CallersCredentialRefusedError",
    "ClientDisconnectedError",
    "ConfigurationError",
    "ContentRefusedError",
    "CredentialRefusedError",
    "EaselError",
    "EmptyResultError",
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "ImageGoneError",
    "InvalidFormError",
    "InvalidImageError",
    "InvalidJsonError",
    "InvalidValueError",
    "JobCancelledError",
    "LedgerError",
    "MediaTypeError",
    "MethodNotAllowedError",
    "MissingCredentialError",
    "MissingParameterError",
    "ModelGoneError",
    "ModelNotFoundError",
    "NotAuthorizedError",
    "NotFoundError",
    "NotStartedError",
    "OutcomeUnknownError",
    "OverloadedError",
    "PreconditionFailedError",
    "ProviderError",
    "ProviderTimeoutError",
    "QueueError",
    "QuotaExhaustedError",
    "RateLimitedError",
    "RequestInProgressError",
    "ServerError",
    "StorageError",
    "TooManyRequestsError",
    "TransformError",
    "UnavailableError",
    "UnsatisfiableRangeError",
    "UnsupportedParameterError",
]
