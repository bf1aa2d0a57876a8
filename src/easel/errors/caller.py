"""Errors that the caller can fix."""

from easel.errors.base import EaselError


class CallerError(EaselError):
    """The caller's request is wrong; the same request will fail again."""

    status = 400
    type = "invalid_request_error"
    code = "invalid_request"


class InvalidJsonError(CallerError):
    """The body is not a JSON object."""

    code = "invalid_json"


class InvalidFormError(CallerError):
    """The body is not a form of the declared content type."""

    code = "invalid_form"


class InvalidImageError(CallerError):
    """An input image cannot be used."""

    code = "invalid_image"


class MissingParameterError(CallerError):
    """A required parameter is missing."""

    code = "missing_required_parameter"


class InvalidValueError(CallerError):
    """A parameter has the wrong type or is out of range."""

    code = "invalid_value"


class UnsupportedParameterError(CallerError):
    """The model does not support the parameter."""

    code = "unsupported_parameter"


class ContentRefusedError(CallerError):
    """The provider's moderation refused the prompt or the image."""

    code = "content_policy_violation"
    allows_fallback = True


class NotAuthorizedError(CallerError):
    """The API key is missing or wrong."""

    status = 401
    code = "invalid_api_key"


class MissingCredentialError(NotAuthorizedError):
    """Neither the caller nor the owner has a credential for the provider."""

    code = "provider_key_missing"
    allows_fallback = True


class ForbiddenError(CallerError):
    """The key has no permission for this."""

    status = 403
    code = "forbidden"


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
    """The body exceeds the route's limit."""

    status = 413
    code = "request_too_large"


class MediaTypeError(CallerError):
    """The route does not accept the body's content type."""

    status = 415
    code = "unsupported_media_type"


class UnsatisfiableRangeError(CallerError):
    """The requested bytes lie outside the object."""

    status = 416
    code = "range_not_satisfiable"


class ClientDisconnectedError(CallerError):
    """The client disconnected before the work started; 499 is nginx's status for that."""

    status = 499
    code = "client_left"


class JobCancelledError(CallerError):
    """A job was cancelled before it had an image; the error appears only in the job."""

    status = 499
    code = "cancelled"


class ImageGoneError(CallerError):
    """The image existed, but is no longer stored."""

    status = 410
    code = "image_gone"


class RequestInProgressError(CallerError):
    """The same request is still running; a retry gets its answer."""

    status = 409
    code = "request_in_progress"
    retryable = True


class IdempotencyKeyReusedError(CallerError):
    """The idempotency key was used before, for a different request."""

    status = 422
    code = "idempotency_key_reused"


class TooManyRequestsError(CallerError):
    """The caller exceeds a rate limit of easel."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"
    retryable = True


class BudgetExceededError(CallerError):
    """The request would exceed a budget of the owner."""

    status = 429
    type = "insufficient_quota"
    code = "insufficient_quota"
    allows_fallback = True
