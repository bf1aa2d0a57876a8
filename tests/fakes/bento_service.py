# mypy: disable-error-code="untyped-decorator"
# ruff: noqa: ARG002 - what a model would read, and a colour needs not
"""A small BentoML service like those of easel's users: `bentoml serve bento_service:Studio`.

https://docs.bentoml.com/en/latest/build-with-bentoml/services.html
"""

import re
import time
from typing import Annotated

import annotated_types
import bentoml
from bentoml.exceptions import InvalidArgument
from PIL import Image
from PIL.Image import Image as PILImage
from pydantic import BaseModel


class Parameters(BaseModel):
    """The arguments in one object, as many services take them."""

    prompt: str
    width: int = 256
    height: int = 256
    steps: int = 20


def _work(prompt: str) -> None:
    """Obey the directives [studio fails], [studio refuses] and [studio takes SECONDS]."""
    if "[studio fails]" in prompt:
        raise RuntimeError("out of memory")
    if "[studio refuses]" in prompt:
        raise InvalidArgument("this prompt is not for me")
    if found := re.search(r"\[studio takes ([\d.]+)\]", prompt):
        time.sleep(float(found[1]))


@bentoml.service(traffic={"timeout": 2}, workers=1, threads=8)
class Studio:
    """A service that paints images in one colour."""

    @bentoml.api
    def generate(
        self,
        prompt: str,
        negative_prompt: str | None = None,
        width: int = 256,
        height: int = 256,
        num_inference_steps: Annotated[int, annotated_types.Le(50)] = 20,
        guidance_scale: float = 5,
        seed: int | None = None,
        colour: str = "teal",
    ) -> PILImage:
        """Paint an image."""
        _work(prompt)
        return Image.new("RGB", (width, height), colour)

    @bentoml.api(route="/v2/txt2img")
    def grouped(self, params: Parameters) -> PILImage:
        """Paint an image, with all parameters in one argument."""
        _work(params.prompt)
        return Image.new("RGB", (params.width, params.height), "olive")

    @bentoml.api
    def edit(self, prompt: str, init_image: PILImage, strength: float = 0.5) -> PILImage:
        """Turn an image upside down if the strength is above 0."""
        _work(prompt)
        return init_image.rotate(180) if strength else init_image

    @bentoml.api
    def inpaint(self, prompt: str, image: PILImage, mask_image: PILImage) -> PILImage:
        """Paint over what is white in the mask."""
        _work(prompt)
        image = image.convert("RGB")
        image.paste(Image.new("RGB", image.size, "lime"), mask=mask_image.convert("L"))
        return image

    @bentoml.api
    def blend(self, prompt: str, images: list[PILImage]) -> PILImage:
        """Put images side by side."""
        _work(prompt)
        whole = Image.new("RGB", (sum(image.width for image in images), images[0].height))
        left = 0
        for image in images:
            whole.paste(image, (left, 0))
            left += image.width
        return whole

    @bentoml.task
    def paint(self, prompt: str, width: int = 256, height: int = 256) -> PILImage:
        """Paint an image, as a task."""
        _work(prompt)
        return Image.new("RGB", (width, height), "navy")

    @bentoml.task
    def repaint(self, prompt: str, image: PILImage) -> PILImage:
        """Turn an image upside down, as a task."""
        _work(prompt)
        return image.rotate(180)

    @bentoml.api
    def describe(self, prompt: str) -> dict[str, str]:
        """Return text instead of an image."""
        return {"text": prompt}
