"""fal's requests and its errors."""

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
from easel.providers import error_report
from easel.providers.error_report import ErrorReport
from easel.providers.failures import Rule
from easel.providers.inputs import InputOptions, check_path, inputs_of
from easel.providers.json_values import text_at, value_at
from easel.providers.protocol import Attempt

TITLE = "fal"

_ANY = range(400, 600)

# Types: https://fal.ai/docs/documentation/model-apis/errors and .../request-errors
# No error of a server is billed: https://docs.fal.ai/model-apis/model-endpoints/reliability
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
    # With a sentence, the answer is fal's own; a page comes from a proxy before it.
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
    """The path of the endpoint for the attempt's task.

    Raises:
        ModelGoneError: the caller's name cannot be a path.
    """
    options = attempt.options_as(FalOptions)
    model = f"{options.prefix}{attempt.model}"
    special = options.endpoint(attempt.task) or model
    return check_path(model + special if special.startswith("/") else special, TITLE)


def body_of(attempt: Attempt) -> dict[str, object]:
    """The inputs of a call."""
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


def read_error(answer: HttpAnswer) -> ErrorReport:
    """Read an error with its types, which are the codes of fal's errors."""
    report = error_report.read_error(answer)
    details = value_at(answer.body, "detail")
    types = [text_at(one, "type") for one in details] if isinstance(details, list) else []
    code = " ".join([report.code, answer.headers.get("x-fal-error-type", ""), *types])
    param = "size" if report.param == "image_size" else report.param
    return replace(report, code=code, param=param)
