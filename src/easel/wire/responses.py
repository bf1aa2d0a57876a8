"""Bodies of answers, with OpenAI's keys and no others.

https://platform.openai.com/docs/api-reference/images/object
https://platform.openai.com/docs/api-reference/models/object
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from easel.catalog import ModelCard
from easel.errors import EaselError
from easel.platform.http import Base64, Response
from easel.wire.json_encoder import RawJson, encode, encode_text
from easel.wire.usage import Usage


def json_response(content: object, *, status: int = 200) -> Response:
    """Any JSON value."""
    return Response(status, {"content-type": "application/json"}, encode_text(content))


@dataclass(frozen=True)
class Image:
    """An `Image`: its URL, or its bytes that appear as base64."""

    source: str | Base64
    revised_prompt: str | None = None


def images_response(created: int, images: Sequence[Image], usage: Usage | None) -> Response:
    """An `ImagesResponse`.

    Args:
        created: Unix time in seconds.
        images: at least one.
        usage: token counts, where there are any.
    """
    content: dict[str, object] = {"created": created, "data": [*map(_image_object, images)]}
    if usage is not None:
        content["usage"] = usage
    return Response(200, {"content-type": "application/json"}, encode(content))


def _image_object(image: Image) -> dict[str, object]:
    name = "b64_json" if isinstance(image.source, Base64) else "url"
    fields: dict[str, object] = {name: image.source}
    if image.revised_prompt is not None:
        fields["revised_prompt"] = image.revised_prompt
    return fields


JobStatus = Literal["queued", "in_progress", "cancelling", "completed", "failed", "cancelled"]


@dataclass(frozen=True)
class ImageJob:
    """A request whose answer did not wait for the images.

    Attributes:
        created: Unix time in seconds.
        completed: when it ended, however it did; None before.
        model: that is asked first.
    """

    id: str
    status: JobStatus
    created: int
    completed: int | None
    model: str


def job_response(job: ImageJob, result: Response | None, error: EaselError | None) -> Response:
    """An `image.job`, which is easel's own, after OpenAI's videos and responses.

    Args:
        job: what it is.
        result: what `images_response` made of its images, once there are any.
        error: why there are none, once that is known.
    """
    parts = result.body if result is not None and isinstance(result.body, list) else None
    content = {
        "id": job.id,
        "object": "image.job",
        "status": job.status,
        "created_at": job.created,
        "completed_at": job.completed,
        "model": job.model,
        "result": RawJson(parts) if parts else None,
        "error": None if error is None else error_object(error)["error"],
    }
    headers = {} if result is None else result.headers
    return Response(200, {**headers, "content-type": "application/json"}, encode(content))


def model_object(card: ModelCard) -> dict[str, object]:
    """A `Model`, with everything else that its card says as extra keys."""
    known = card.model_dump(mode="json", exclude={"id", "created", "owner"}, exclude_defaults=True)
    return {
        "id": card.id,
        "object": "model",
        "created": card.created,
        "owned_by": card.owner,
        **known,
    }


def models_response(cards: Iterable[ModelCard]) -> Response:
    """A list of `Model`s."""
    return json_response({"object": "list", "data": [model_object(card) for card in cards]})


def error_response(error: EaselError) -> Response:
    """An `ErrorResponse`: all four keys, always."""
    response = json_response(error_object(error), status=error.status)
    response.headers.update(error.headers)
    if not error.worth_repeating:
        response.headers["x-should-retry"] = "false"
    return response


def error_object(error: EaselError) -> dict[str, object]:
    """OpenAI's error object."""
    fields = {
        "message": error.message,
        "type": error.type,
        "param": error.param,
        "code": error.code,
    }
    return {"error": fields}
