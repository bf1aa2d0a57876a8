"""How each provider behind Hugging Face's router is asked, and where its answer has the image.

The router passes a request on as it is: below `/PROVIDER` it is the provider's own API.
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
class Order:
    """What is asked of a provider.

    Attributes:
        model: the provider's name of it.
        parameters: under Hugging Face's own names.
        image: what is edited; None where an image is made.
    """

    model: str
    prompt: str
    parameters: Mapping[str, Any]
    image: Attachment | None


@dataclass(frozen=True)
class Queue:
    """How a task that was submitted is waited for.

    Attributes:
        place: the path of its state, in what the submission answered.
        query: behind the path.
        state: where the answer says how it stands, by the names on the way there.
        done: the state with a result.
        failed: the one without; empty where there is no such.
        suffix: what the path of the state has and that of the result has not.
    """

    place: tuple[str, ...]
    state: tuple[str, ...]
    done: str
    failed: str
    query: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Route:
    """One task at one provider.

    Attributes:
        path: where it is asked; `{model}` stands for its name of the model.
        body: what it is asked.
        image: where an answer that is JSON has the image, by the names on the way there.
        headers: sent besides.
        queue: how it is waited for; None where the first answer has the image.
    """

    path: str
    body: Callable[[Order], dict[str, Any]]
    image: tuple[str | int, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    queue: Queue | None = None


def dig(value: object, way: tuple[str | int, ...]) -> Any:
    """What lies at the end of a way into JSON, or None."""
    for name in way:
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and isinstance(name, int) and name < len(value):
            value = value[name]
        else:
            return None
    return value


def path_of(url: object) -> str | None:
    """The path of a URL at the provider itself, which is asked for below the router."""
    return urlsplit(url).path or None if isinstance(url, str) else None


def _own(order: Order) -> dict[str, Any]:
    if order.image is None:
        return {"inputs": order.prompt, "parameters": {**order.parameters}}
    # Its own models have the text among the parameters, and the image in plain base64.
    parameters = {"prompt": order.prompt, **_sized(order, "target_size")}
    return {"inputs": replace(order.image, sent_as="base64"), "parameters": parameters}


def _fal(order: Order) -> dict[str, Any]:
    images = {} if order.image is None else {"image_url": order.image, "image_urls": [order.image]}
    return {**images, "prompt": order.prompt, **_sized(order, "image_size")}


def _replicate(order: Order) -> dict[str, Any]:
    image: dict[str, Any] = {}
    if order.image is not None:
        # Each model there has its own name for the image and passes over the others'.
        image |= {"image": order.image, "images": [order.image]}
        image |= {"input_image": order.image, "input_images": [order.image]}
    body: dict[str, Any] = {"input": {**image, "prompt": order.prompt, **order.parameters}}
    _, _, version = order.model.partition(":")
    return {**body, "version": version} if version else body


def _together(order: Order) -> dict[str, Any]:
    parameters = {**order.parameters}
    if "num_inference_steps" in parameters:
        parameters["steps"] = parameters.pop("num_inference_steps")
    images: dict[str, Any] = {}
    if order.image is not None:
        name = order.model.lower()
        alone = "flux.1" in name and "kontext" in name
        images = {"image_url": order.image} if alone else {"reference_images": [order.image]}
    common = {"model": order.model, "prompt": order.prompt, "response_format": "base64"}
    return {**common, **images, **parameters}


def _nscale(order: Order) -> dict[str, Any]:
    parameters = {**order.parameters}
    for name in ("num_inference_steps", "guidance_scale"):
        if name in parameters:
            raise UnsupportedParameterError(
                f"Nscale, which serves this model for Hugging Face, has no parameter '{name}'.",
                param=name,
            )
    if "width" in parameters:
        parameters["size"] = f"{parameters.pop('width')}x{parameters.pop('height')}"
    common = {"model": order.model, "prompt": order.prompt, "response_format": "b64_json"}
    return {**common, **parameters}


def _wavespeed(order: Order) -> dict[str, Any]:
    images = {} if order.image is None else {"image": order.image}
    parameters = {**order.parameters}
    if "width" in parameters:
        parameters["size"] = f"{parameters.pop('width')}*{parameters.pop('height')}"
    return {**images, "prompt": order.prompt, **parameters}


def _sized(order: Order, name: str) -> dict[str, Any]:
    """The parameters, with both sides in an object of this name."""
    parameters = {**order.parameters}
    if "width" in parameters:
        parameters[name] = {key: parameters.pop(key) for key in ("width", "height")}
    return parameters


_FAL_QUEUE = Queue(
    place=("response_url",),
    query="?_subdomain=queue",
    state=("status",),
    done="COMPLETED",
    # What failed is completed as well; its result is the error.
    failed="",
    suffix="/status",
)
_WAVESPEED_QUEUE = Queue(
    place=("data", "urls", "get"), state=("data", "status"), done="completed", failed="failed"
)
_OPENAI = "/v1/images/generations"
_REPLICATE = Route("{predictions}", _replicate, ("output",), {"prefer": "wait"})
_HF = Route("/models/{model}", _own, ("data", 0, "b64_json"), headers={"accept": "image/png"})
_TOGETHER = Route(_OPENAI, _together, ("data", 0, "b64_json"))
_WAVESPEED = Route("/api/v3/{model}", _wavespeed, ("data", "outputs", 0), queue=_WAVESPEED_QUEUE)

# By provider and by our name of the task.
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
