"""Valid requests of every route, to be mutated."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from campaigns.fuzz.message import Message, Part
from support.pictures import mask, photo

# Makes a small picture fast.
_SMALL = {"model": "@cf/stabilityai/stable-diffusion-xl-base-1.0", "width": 256, "height": 256}
_EDITOR = "@cf/black-forest-labs/flux-2-klein-4b"
_INPAINTER = "@cf/runwayml/stable-diffusion-v1-5-inpainting"

_GENERATION = {
    **_SMALL,
    "prompt": "a fox",
    "seed": 7,
    "n": 1,
    "steps": 4,
    "guidance": 7.5,
    "negative_prompt": "rain",
    "response_format": "url",
    "output_format": "png",
    "user": "someone",
}
_PHOTO = photo(64, 64)
_DATA_URL = f"data:image/png;base64,{base64.b64encode(_PHOTO).decode()}"

# More of `GET` than of what has images made keeps the campaign fast.
_GETS = (
    b"/health",
    b"/v1/images?limit=2",
    b"/v1/models",
    b"/v1/models/flux-1-schnell",
    b"/v1/models/@cf/black-forest-labs/flux-1-schnell",
    b"/v1/usage?from=2026-01-01&group_by=model",
)


@dataclass(frozen=True)
class Stored:
    """What the server has, for requests about it.

    Attributes:
        path: of the image's URL.
        image: its id.
        job: the id of a background request.
    """

    path: bytes
    image: bytes
    job: bytes


def templates(key: str, stored: Stored) -> Sequence[Message]:
    """Every valid request, with a key that may do everything."""
    common = ((b"host", b"localhost"), (b"authorization", b"Bearer " + key.encode()))
    json_type = (*common, (b"content-type", b"application/json"))
    image, job = b"/v1/images/" + stored.image, b"/v1/images/jobs/" + stored.job

    def get(target: bytes) -> Message:
        return Message(f"GET {target.decode()}", b"GET", target, common)

    def post(target: bytes, fields: dict[str, object]) -> Message:
        return Message(f"POST {target.decode()}", b"POST", target, json_type, json=fields)

    def form(target: bytes, *parts: Part) -> Message:
        content_type = (b"content-type", b"multipart/form-data; boundary=campaign-boundary")
        return Message(
            f"FORM {target.decode()}", b"POST", target, (*common, content_type), parts=parts
        )

    generation, edits = b"/v1/images/generations", b"/v1/images/edits"
    return [
        *map(get, (*_GETS, stored.path, stored.path + b"?w=20&h=20&fit=cover&format=webp", image)),
        get(job),
        Message("DELETE image", b"DELETE", b"/v1/images/" + b"0" * 40, common),
        Message("DELETE job", b"DELETE", b"/v1/images/jobs/" + b"0" * 32, common),
        Message("OPTIONS", b"OPTIONS", generation, (common[0], (b"origin", b"https://a.example"))),
        post(generation, _GENERATION),
        post(generation, {**_GENERATION, "stream": True}),
        post(generation, {"prompt": "a fox", "model": "nobody/nothing", "aspect_ratio": "1:1"}),
        post(generation, {**_SMALL, "prompt": "a fox", "background": True, "cache": False}),
        post(edits, {"model": _EDITOR, "prompt": "a fox", "images": [{"image_url": _DATA_URL}]}),
        post(b"/v1/images/variations", {"image": _DATA_URL, "n": 1, "strength": 0.5}),
        post(image + b"/rerun", {"seed": None, "prompt": "a hare"}),
        form(edits, _text("model", _EDITOR), _text("prompt", "a fox"), _file("image[]", _PHOTO)),
        form(
            edits,
            _text("model", _INPAINTER),
            _text("prompt", "a fox"),
            _file("image", photo(256, 256)),
            _file("mask", mask(256, 256)),
            _text("n", "1"),
        ),
        form(b"/v1/images/variations", _file("image", photo(256, 256)), _text("size", "256x256")),
    ]


def _text(name: str, value: str) -> Part:
    return Part(f'content-disposition: form-data; name="{name}"'.encode(), value.encode())


def _file(name: str, content: bytes) -> Part:
    head = f'content-disposition: form-data; name="{name}"; filename="a.png"\r\n'
    return Part(f"{head}content-type: image/png".encode(), content)


def weighted(choices: Sequence[Message], rng: Random) -> Message:
    """A template: what can have images made is as likely as everything else together."""
    posts = [one for one in choices if one.method == b"POST"]
    return rng.choice(posts if rng.random() < 0.6 else choices)
