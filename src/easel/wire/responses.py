"""Bodies of responses, in OpenAI's format.

https://platform.openai.com/docs/api-reference/images/object
https://platform.openai.com/docs/api-reference/models/object
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from easel.catalog import ModelCard
from easel.errors import EaselError
from easel.platform.http import Base64, Response
from easel.wire.json_encoder import RawJson, encode, encode_text
from easel.wire.usage import Usage


def json_response(content: object, *, status: int = 200) -> Response:
    """A response with any JSON value."""
    return Response(status, {"content-type": "application/json"}, encode_text(content))


@dataclass(frozen=True)
class Image:
    """OpenAI's `Image`: a URL, or a buffer that is encoded as base64."""

    source: str | Base64
    revised_prompt: str | None = None


def images_response(created: int, images: Sequence[Image], usage: Usage | None) -> Response:
    """OpenAI's `ImagesResponse`; `created` is a Unix time in seconds."""
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
    """A job, as callers see it.

    Attributes:
        created: Unix time in seconds.
        completed: Unix time of its end, successful or not; None before.
        model: the first model of the fallback chain.
    """

    id: str
    status: JobStatus
    created: int
    completed: int | None
    model: str


def job_response(job: ImageJob, result: Response | None, error: EaselError | None) -> Response:
    """An `image.job`: easel's own object, modelled on OpenAI's videos and responses.

    `result` is the `images_response` of its images.
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


# What a card publishes. Its other keys are between easel and the provider.
_PUBLIC_KEYS: dict[str, Any] = {
    "provider": True,
    "max_prompt": True,
    "parameters": {"__all__": {"type", "min", "max", "choices", "default", "required", "tasks"}},
    "sizes": {
        *("default", "list", "min", "max", "step", "min_pixels", "max_pixels", "max_ratio"),
        *("ratios", "pixels"),
    },
    "images": {"max"},
    "mask": {"required"},
    "price_source": True,
}


def model_object(card: ModelCard) -> dict[str, object]:
    """A `Model` with what a caller can set, and the price, as extra keys.

    - `aliases`: other names of the model. `provider`: the provider that runs it.
    - `tasks`: those of `generate`, `edit` and `vary` that it can do.
    - `needs_prompt`, `max_prompt`: whether it needs a prompt, and how many characters it takes.
    - `parameters`: each with `type`, `min`, `max` (of a string: of its length), `choices`,
      `default`, `required` and the `tasks` that it is for, all where there are none.
    - `sizes`: the `default` and one of three: a `list`; a range from `min` to `max` pixels a side
      in steps of `step` (1), within `min_pixels`, `max_pixels` and `max_ratio`; or `ratios` of
      about `pixels` pixels (1024x1024).
    - `images.max`: how many input images it takes. `mask.required`: whether it needs a mask.
    - `output`: the format of its images. `formats`: those that it can make itself; easel converts
      images to the others, drawings (`svg`) excepted.
    - `streams`: whether it shows partial images.
    - `price`: charges, each in `usd` or Workers AI's `neurons` for one `unit`; null where it is not
      known. `price_source`: the page with the prices.

    `max_prompt`, `images`, `mask`, `price_source` and keys inside tables are left out where they do
    not apply.
    """
    known = card.model_dump(mode="json", include=_PUBLIC_KEYS, exclude_defaults=True)
    charges = [charge.model_dump(exclude_defaults=True) for charge in card.price]
    return {
        "id": card.id,
        "object": "model",
        "created": card.created,
        "owned_by": card.owner,
        "aliases": card.aliases,
        "tasks": card.tasks,
        "needs_prompt": card.needs_prompt,
        "output": card.output,
        "formats": [*card.formats],
        "streams": card.streams,
        "price": charges or None,
        "parameters": {},
        **known,
    }


def models_response(cards: Iterable[ModelCard]) -> Response:
    """OpenAI's list of `Model`s."""
    return json_response({"object": "list", "data": [model_object(card) for card in cards]})


def error_response(error: EaselError) -> Response:
    """OpenAI's `ErrorResponse`, always with all four keys."""
    response = json_response(error_object(error), status=error.status)
    response.headers.update(error.headers)
    if not error.should_retry:
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
