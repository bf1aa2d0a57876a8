"""What every failure that easel answers with knows."""

from collections.abc import Mapping
from math import ceil, inf


class EaselError(Exception):
    """A failure with everything that its answer needs.

    Attributes:
        status: HTTP status.
        type: OpenAI's `error.type`.
        code: OpenAI's `error.code`.
        retryable: whether the same request may succeed soon.
        billed: whether the provider may have charged for the failed work.
        is_bill_known: whether whoever raised it knew, and `billed` is not just what is usual.
        falls_over: whether another provider might still do what was asked.
        param: the request parameter at fault, as the caller named it, or None.
        headers: what the answer carries besides, such as `retry-after` or `allow`.
        retry_after: seconds after which to come back, where somebody said so.
        longest_wait: seconds; a longer `retry_after` is cut to it.
    """

    status = 500
    type = "server_error"
    code = "server_error"
    retryable = False
    billed = False
    falls_over = False
    longest_wait: float = inf

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
        self.set_wait(retry_after)

    def set_wait(self, seconds: float | None) -> None:
        """Say when to come back; what is no number of seconds, such as NaN, says nothing."""
        if seconds is not None and seconds >= 0:
            self.retry_after = min(seconds, self.longest_wait)
            self.headers["retry-after"] = str(ceil(self.retry_after))

    @property
    def worth_repeating(self) -> bool:
        """Whether a client may send the request again without buying the image twice."""
        return self.retryable and not self.billed
