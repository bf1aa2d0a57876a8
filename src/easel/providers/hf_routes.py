"""The request of each provider behind Hugging Face's router, and where its answer has the image.

The router passes a request on unchanged: below `/PROVIDER` it is the provider's own API.
https://huggingface.co/docs/inference-providers/register-as-a-provider
https://github.com/huggingface/huggingface_hub/tree/main/src/huggingface_hub/inference/_providers
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from easel.errors import UnsupportedParameterError
from easel.platform.buffers import Attachment


@dataclass(frozen=True)
class ImageRequest:
    """A request for an image.

    Attributes:
        model: the provider's name of the model.
        parameters: the parameters under Hugging Face's own names.
        image: the image to edit; None for a new image.
    """

    model: str
    prompt: str
    parameters: Mapping[str, Any]
    image: Attachment | None


@dataclass(frozen=True)
class Queue:
    """How a submitted task is polled.

    Attributes:
        url: where the answer to the submission has the URL of the result, as a path into the JSON.
        status: where the task's state has its status, as a path into the JSON.
        done: the status of a task with a result.
        failed: the status of a task without one; empty where there is none.
        query: the query of the URLs.
        suffix: the suffix of the state's URL; empty where the result has the same URL.
    """

    url: tuple[str, ...]
    status: tuple[str, ...]
    done: str
    failed: str
    query: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Route:
    """One task at one provider.

    Attributes:
        path: the path of the request; `{model}` stands for the provider's name of the model.
        body: makes the body of the request.
        image: where an answer in JSON has the image, as a path into the JSON.
        headers: additional headers.
        queue: how the task is polled; None where the first answer has the image.
    """

    path: str
    body: Callable[[ImageRequest], dict[str, Any]]
    image: tuple[str | int, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    queue: Queue | None = None


def path_of(url: object) -> str | None:
    """The path of a URL at the provider itself; the router serves the same path."""
    return urlsplit(url).path or None if isinstance(url, str) else None


def _own(request: ImageRequest) -> dict[str, Any]:
    if request.image is None:
        return {"inputs": request.prompt, "parameters": {**request.parameters}}
    # Hugging Face's own models take the prompt as a parameter, and the image in plain base64.
    parameters = {"prompt": request.prompt, **_sized(request, "target_size")}
    return {"inputs": replace(request.image, sent_as="base64"), "parameters": parameters}


def _fal(request: ImageRequest) -> dict[str, Any]:
    images = (
        {} if request.image is None else {"image_url": request.image, "image_urls": [request.image]}
    )
    return {**images, "prompt": request.prompt, **_sized(request, "image_size")}


def _replicate(request: ImageRequest) -> dict[str, Any]:
    image: dict[str, Any] = {}
    if request.image is not None:
        # Each model there has its own name for the image and ignores the other names.
        image |= {"image": request.image, "images": [request.image]}
        image |= {"input_image": request.image, "input_images": [request.image]}
    body: dict[str, Any] = {"input": {**image, "prompt": request.prompt, **request.parameters}}
    _, _, version = request.model.partition(":")
    return {**body, "version": version} if version else body


def _together(request: ImageRequest) -> dict[str, Any]:
    parameters = {**request.parameters}
    if "num_inference_steps" in parameters:
        parameters["steps"] = parameters.pop("num_inference_steps")
    images: dict[str, Any] = {}
    if request.image is not None:
        name = request.model.lower()
        alone = "flux.1" in name and "kontext" in name
        images = {"image_url": request.image} if alone else {"reference_images": [request.image]}
    common = {"model": request.model, "prompt": request.prompt, "response_format": "base64"}
    return {**common, **images, **parameters}


def _nscale(request: ImageRequest) -> dict[str, Any]:
    parameters = {**request.parameters}
    for name in ("num_inference_steps", "guidance_scale"):
        if name in parameters:
            raise UnsupportedParameterError(
                f"Nscale, which serves this model for Hugging Face, has no parameter '{name}'.",
                param=name,
            )
    if "width" in parameters:
        parameters["size"] = f"{parameters.pop('width')}x{parameters.pop('height')}"
    common = {"model": request.model, "prompt": request.prompt, "response_format": "b64_json"}
    return {**common, **parameters}


def _wavespeed(request: ImageRequest) -> dict[str, Any]:
    images = {} if request.image is None else {"image": request.image}
    parameters = {**request.parameters}
    if "width" in parameters:
        parameters["size"] = f"{parameters.pop('width')}*{parameters.pop('height')}"
    return {**images, "prompt": request.prompt, **parameters}


def _sized(request: ImageRequest, name: str) -> dict[str, Any]:
    """The parameters, with the width and the height in an object with this name."""
    parameters = {**request.parameters}
    if "width" in parameters:
        parameters[name] = {key: parameters.pop(key) for key in ("width", "height")}
    return parameters


_FAL_QUEUE = Queue(
    url=("response_url",),
    query="?_subdomain=queue",
    status=("status",),
    done="COMPLETED",
    # A failed task is completed, too; its result is the error.
    failed="",
    suffix="/status",
)
_WAVESPEED_QUEUE = Queue(
    url=("data", "urls", "get"), status=("data", "status"), done="completed", failed="failed"
)
_OPENAI = "/v1/images/generations"
_REPLICATE = Route("{predictions}", _replicate, ("output",), {"prefer": "wait"})
_HF = Route("/models/{model}", _own, ("data", 0, "b64_json"), headers={"accept": "image/png"})
_TOGETHER = Route(_OPENAI, _together, ("data", 0, "b64_json"))
_WAVESPEED = Route("/api/v3/{model}", _wavespeed, ("data", "outputs", 0), queue=_WAVESPEED_QUEUE)

# By provider and by easel's name of the task.
ROUTES: Mapping[str, Mapping[str, Route]] = {
    "fal-ai": {
        "generate": Route("/{model}", _fal, ("images", 0, "url")),
        "edit": Route("/{model}?_subdomain=queue", _fal, ("images", 0, "url"), queue=_FAL_QUEUE),
    },
    "hf-inference": {"generate": _HF, "edit": _HF},
    "nscale": {"generate": Route(_OPENAI, _nscale, ("data", 0, "b64_json"))},
    "replicate": {"generate": _REPLICATE, "edit": _REPLICATE},
    "together": {"generate": _TOGETHER, "edit": _TOGETHER},
    "wavespeed": {"generate": _WAVESPEED, "edit": _WAVESPEED},
}
