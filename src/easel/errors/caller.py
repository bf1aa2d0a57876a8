"""What the caller can mend."""

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
    falls_over = True


class NotAuthorizedError(CallerError):
    """The caller showed no key, or a wrong one."""

    status = 401
    code = "invalid_api_key"


class NoCredentialError(NotAuthorizedError):
    """Neither the caller nor the owner gave a credential for the provider."""

    code = "provider_key_missing"
    falls_over = True


class ForbiddenError(CallerError):
    """The caller is known, and may not do this."""

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


class ClientLeftError(CallerError):
    """The caller has left, so nothing more was begun; the status is nginx's, and nobody sees it."""

    status = 499
    code = "client_left"


class CalledOffError(CallerError):
    """A background request was cancelled before an image was made; only its job tells of it."""

    status = 499
    code = "cancelled"


class GoneError(CallerError):
    """An image that was made is not stored any more."""

    status = 410
    code = "image_gone"


class RequestRunningError(CallerError):
    """The same request is being carried out; its answer can be had by asking again."""

    status = 409
    code = "request_in_progress"
    retryable = True


class KeyReusedError(CallerError):
    """An idempotency key was sent with another request than the one it stands for."""

    status = 422
    code = "idempotency_key_reused"


class TooFastError(CallerError):
    """The caller asks more often than it may."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"
    retryable = True


class OverBudgetError(CallerError):
    """The owner's budget does not allow for the request."""

    status = 429
    type = "insufficient_quota"
    code = "insufficient_quota"
    falls_over = True
