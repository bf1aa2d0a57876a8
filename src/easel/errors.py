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
│   ├── NotFoundError           404  not_found
│   ├── ModelNotFoundError      404  model_not_found
│   ├── MethodNotAllowedError   405  method_not_allowed
│   ├── PreconditionFailedError 412  precondition_failed
│   ├── BodyTooLargeError       413  request_too_large
│   ├── MediaTypeError          415  unsupported_media_type
│   └── UnsatisfiableRangeError 416  range_not_satisfiable
├── ProviderError               502  upstream_error: whoever makes the images failed
│   ├── EmptyResultError        502  empty_result: a success without an image
│   ├── RateLimitedError        429  rate_limit_exceeded: try again later
│   ├── QuotaExhaustedError     429  insufficient_quota: trying again soon is useless
│   └── ProviderTimeoutError    504  upstream_timeout
└── ServerError                 500  ours
    ├── ConfigurationError      500  invalid_configuration: a setting of the owner's is wrong
    ├── StorageError            500  storage_error: the bucket failed
    └── TransformError          500  transform_failed: an image could not be scaled or converted

Each knows whether it may be retried and whether the image may have been billed. The OpenAI SDKs
retry 408, 409, 429 and 5xx by themselves and without an idempotency key; the header
`x-should-retry: false` stops them (openai-python `_base_client.py`, openai-node `client.ts`).
"""

from collections.abc import Mapping


class EaselError(Exception):
    """A failure with everything that its answer needs.

    Attributes:
        status: HTTP status.
        type: OpenAI's `error.type`.
        code: OpenAI's `error.code`.
        retryable: whether the same request may succeed soon.
        billed: whether the provider may have charged for the failed work.
        param: the request parameter at fault, as the caller named it, or None.
        headers: what the answer carries besides, such as `retry-after` or `allow`.
    """

    status = 500
    type = "server_error"
    code = "server_error"
    retryable = False
    billed = False

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        billed: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.billed = self.billed if billed is None else billed
        self.param = param
        self.headers = dict(headers or {})

    @property
    def worth_repeating(self) -> bool:
        """Whether a client may send the request again without buying the image twice."""
        return self.retryable and not self.billed


class CallerError(EaselError):
    """The caller's request is wrong; the same request will fail again."""

    status = 400
    type = "invalid_request_error"
    code = "invalid_request"


class InvalidJsonError(CallerError):
    """The body is not a JSON object."""

    code = "invalid_json"


class InvalidFormError(CallerError):
    """The body is not the form that its content type says."""

    code = "invalid_form"


class InvalidImageError(CallerError):
    """An image that the caller gave cannot be used."""

    code = "invalid_image"


class MissingParameterError(CallerError):
    """A parameter that the route or the model needs is absent."""

    code = "missing_required_parameter"


class InvalidValueError(CallerError):
    """A parameter has the wrong type or lies outside what is possible."""

    code = "invalid_value"


class UnsupportedParameterError(CallerError):
    """The model has no such parameter."""

    code = "unsupported_parameter"


class ContentRefusedError(CallerError):
    """The provider's moderation refused the prompt or the image."""

    code = "content_policy_violation"


class NotAuthorizedError(CallerError):
    """The caller showed no key, or a wrong one."""

    status = 401
    code = "invalid_api_key"


class NotFoundError(CallerError):
    """Nothing is served at this path."""

    status = 404
    code = "not_found"


class ModelNotFoundError(CallerError):
    """No model has this name."""

    status = 404
    code = "model_not_found"


class MethodNotAllowedError(CallerError):
    """The path exists, but not for this method."""

    status = 405
    code = "method_not_allowed"


class PreconditionFailedError(CallerError):
    """`If-Match` or `If-Unmodified-Since` does not hold."""

    status = 412
    code = "precondition_failed"


class BodyTooLargeError(CallerError):
    """The body is longer than the route takes."""

    status = 413
    code = "request_too_large"


class MediaTypeError(CallerError):
    """The body has a content type that the route does not read."""

    status = 415
    code = "unsupported_media_type"


class UnsatisfiableRangeError(CallerError):
    """The requested bytes lie outside the object."""

    status = 416
    code = "range_not_satisfiable"


class ProviderError(EaselError):
    """The provider failed in a way that says nothing about the bill, so it counts as billed."""

    status = 502
    type = "upstream_error"
    code = "upstream_error"
    billed = True


class EmptyResultError(ProviderError):
    """The provider reported success and gave no image."""

    code = "empty_result"


class RateLimitedError(ProviderError):
    """The provider has no capacity now; nothing was made or billed."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"
    retryable = True
    billed = False


class QuotaExhaustedError(ProviderError):
    """The account's quota or credit is used up; waiting seconds does not help."""

    status = 429
    type = "insufficient_quota"
    code = "insufficient_quota"
    billed = False


class ProviderTimeoutError(ProviderError):
    """The provider did not finish in time."""

    status = 504
    code = "upstream_timeout"


class ServerError(EaselError):
    """A fault of ours; the message never carries details."""


class ConfigurationError(ServerError):
    """A setting is wrong; the message names it and not its value."""

    code = "invalid_configuration"


class StorageError(ServerError):
    """The bucket could not be read or written."""

    code = "storage_error"
    retryable = True


class TransformError(ServerError):
    """An image could not be brought to another size or format."""

    code = "transform_failed"
    retryable = True
