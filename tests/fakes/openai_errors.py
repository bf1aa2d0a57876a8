"""OpenAI's errors, as https://developers.openai.com/api/docs/guides/error-codes lists them."""

from fakes.answers import Answer, html_answer, json_answer
from fakes.calls import Call
from fakes.directives import Directives

_KEYS_PAGE = "https://platform.openai.com/account/api-keys"


def error(
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    param: str | None = None,
    code: str | None = None,
    **headers: str,
) -> Answer:
    """An error in OpenAI's form."""
    content = {"message": message, "type": kind, "param": param, "code": code}
    return json_answer({"error": content}, status, **headers)


def invalid(param: str, code: str, message: str) -> Answer:
    """The error for an invalid parameter."""
    return error(400, message, param=param, code=code)


def unknown_model(name: str) -> Answer:
    """The error for a model that does not exist or is not available to this key."""
    return error(
        404,
        f"The model '{name}' does not exist or you do not have access to it.",
        param="model",
        code="model_not_found",
    )


def failure(kind: str, call: Call) -> Answer:
    """The provider's error response for a kind of failure."""
    match kind:
        case "missing":
            return error(401, "Missing bearer or basic authentication in header")
        case "key":
            return error(
                401,
                f"Incorrect API key provided: sk-****. You can find your API key at {_KEYS_PAGE}.",
                code="invalid_api_key",
            )
        case "forbidden":
            return error(403, "Your organization must be verified to use this model.")
        case "quota":
            return error(
                429,
                "You exceeded your current quota, please check your plan and billing details.",
                kind="insufficient_quota",
                code="insufficient_quota",
            )
        case "rate":
            return _rate_limited(Directives(call.prompt).get("retry-after", "1"))
        case "content":
            return _refused(call)
        case "parameter":
            return invalid("size", "invalid_value", "Invalid value: 'odd'.")
        case "model":
            return unknown_model("gone")
        case "down":
            return error(
                503,
                "The server is currently overloaded. Please try again later.",
                kind="service_unavailable_error",
                code="server_is_overloaded",
            )
        case "crash":
            return error(
                500,
                "The server had an error while processing your request. Sorry about that!",
                kind="server_error",
            )
        case "busy":
            return html_answer(502, "502 Bad Gateway")
        case "slow":
            return html_answer(504, "504 Gateway Time-out")
    raise ValueError(kind)


def _rate_limited(seconds: str) -> Answer:
    return error(
        429,
        "Rate limit exceeded for images per minute in organization org-1. Limit: 5/1min.",
        kind="requests",
        code="rate_limit_exceeded",
        retry_after=seconds,
        x_ratelimit_limit_requests="5",
        x_ratelimit_remaining_requests="0",
        x_ratelimit_reset_requests=f"{seconds}s",
    )


def _refused(call: Call) -> Answer:
    message = "Your request was rejected by the safety system."
    model = str((call.json or dict(call.texts)).get("model"))
    if model.startswith("dall-e"):
        return error(400, message, code="content_policy_violation")
    return error(400, message, kind="image_generation_user_error", code="moderation_blocked")
