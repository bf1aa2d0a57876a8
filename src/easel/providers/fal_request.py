"""What fal is sent, and what it finds fault with."""

from collections.abc import Iterator
from dataclasses import replace

from easel.errors import (
    ContentRefusedError,
    InvalidImageError,
    ProviderError,
    ProviderTimeoutError,
    QuotaExhaustedError,
    UnavailableError,
)
from easel.platform.calls import HttpAnswer
from easel.providers.error_report import ErrorReport, read_error
from easel.providers.failures import Rule
from easel.providers.inputs import InputOptions, check_path, inputs_of
from easel.providers.protocol import Attempt

TITLE = "fal"

_ANY = range(400, 600)

# https://fal.ai/docs/documentation/model-apis/errors and .../request-errors have the types; that
# no server's error is billed: https://docs.fal.ai/model-apis/model-endpoints/reliability
RULES = (
    Rule((403,), QuotaExhaustedError, sentence=r"User is locked\b.*"),
    Rule(_ANY, ContentRefusedError, code=r"content_policy_violation"),
    Rule(_ANY, InvalidImageError, code=r"image_load_error|file_(?:download_error|too_large)"),
    Rule(_ANY, InvalidImageError, code=r"image_too_(?:small|large)|unsupported_image_format"),
    Rule(_ANY, InvalidImageError, code=r"face_detec"),
    Rule(
        _ANY,
        UnavailableError,
        code=r"downstream_service_unavailable|startup_timeout|runner_scheduling",
        billed=False,
    ),
    Rule(_ANY, ProviderTimeoutError, code=r"(?:generation|request)_timeout", billed=False),
    Rule(_ANY, ProviderError, code=r"internal_(?:server_)?error|downstream_|runner_", billed=False),
    # What fal itself says; a page comes from what stands before it.
    Rule((504,), ProviderTimeoutError, sentence=r".+", billed=False),
    Rule((500,), ProviderError, sentence=r".+", billed=False),
)


class FalOptions(InputOptions):
    """Where and how a model is called.

    Attributes:
        queue: whether the call waits in fal's queue.
        generate: the endpoint of the task, where it is not the model's own. One that begins with a
            slash is appended to the model's.
        edit: the same for edits.
        prefix: a prefix that the caller's name of the model lacks.
        plural: the ends of the names of endpoints that take their images as a list, for cards that
            stand for several models.
    """

    queue: bool = False
    generate: str | None = None
    edit: str | None = None
    prefix: str = ""
    plural: list[str] | None = None

    def endpoint(self, task: str) -> str | None:
        """The endpoint of a task, where it is not the model's own."""
        return {"generate": self.generate, "edit": self.edit}.get(task)


def endpoint_of(attempt: Attempt) -> str:
    """The path that a task of a model is at.

    Raises:
        ModelGoneError: what the caller named is no path.
    """
    options = attempt.options_as(FalOptions)
    model = f"{options.prefix}{attempt.model}"
    special = options.endpoint(attempt.task) or model
    return check_path(model + special if special.startswith("/") else special, TITLE)


def body_of(attempt: Attempt) -> dict[str, object]:
    """The inputs of a model."""
    options = attempt.options_as(FalOptions)
    inputs = inputs_of(attempt, options, count="num_images")
    if "width" in inputs:
        inputs["image_size"] = {"width": inputs.pop("width"), "height": inputs.pop("height")}
    images, plural = inputs.get("image_urls"), options.plural
    takes_one = plural is not None and not attempt.model.endswith(tuple(plural))
    if takes_one and isinstance(images, list) and len(images) == 1:
        del inputs["image_urls"]
        inputs["image_url"] = images[0]
    return inputs


def error_report_of(answer: HttpAnswer) -> ErrorReport:
    """What fal says, with its types of errors, which are what it is to be told apart by."""
    error_report = read_error(answer)
    code = " ".join(
        [error_report.code, answer.headers.get("x-fal-error-type", ""), *_types(answer)]
    )
    param = "size" if error_report.param == "image_size" else error_report.param
    return replace(error_report, code=code, param=param)


def _types(answer: HttpAnswer) -> Iterator[str]:
    details = answer.body.get("detail") if isinstance(answer.body, dict) else None
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict) and isinstance(detail.get("type"), str):
            yield str(detail["type"])
