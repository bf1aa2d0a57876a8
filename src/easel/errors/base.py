"""The base class of every error."""

from collections.abc import Mapping
from math import ceil, inf


class EaselError(Exception):
    """An error with everything that its response needs.

    Attributes:
        status: HTTP status.
        type: OpenAI's `error.type`.
        code: OpenAI's `error.code`.
        retryable: whether the same request may succeed soon.
        billed: whether the provider may have billed the failed work.
        is_bill_known: whether `billed` was set explicitly and is not the class's default.
        allows_fallback: whether a fallback to another model may succeed.
        param: the request parameter at fault, as the caller wrote it, or None.
        headers: more response headers, such as `retry-after` or `allow`.
        retry_after: seconds until a retry makes sense, or None if unknown.
        longest_wait: upper bound of `retry_after` in seconds.
    """

    status = 500
    type = "server_error"
    code = "server_error"
    retryable = False
    billed = False
    allows_fallback = False
    max_retry_after: float = inf

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        billed: bool | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.billed = self.billed if billed is None else billed
        self.is_bill_known = billed is not None
        self.param = param
        self.code = self.code if code is None else code
        self.headers = dict(headers or {})
        self.retry_after: float | None = None
        self.set_retry_after(retry_after)

    def set_retry_after(self, seconds: float | None) -> None:
        """Set `retry_after`; a negative number or NaN is ignored."""
        if seconds is not None and seconds >= 0:
            self.retry_after = min(seconds, self.max_retry_after)
            self.headers["retry-after"] = str(ceil(self.retry_after))

    @property
    def should_retry(self) -> bool:
        """Whether a client can retry without the risk of paying for the image twice."""
        return self.retryable and not self.billed
