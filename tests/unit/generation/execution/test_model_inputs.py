"""Input images are converted and scaled before a provider gets them."""

from typing import Any

import pytest

from easel.catalog import CATALOG
from easel.generation.execution.model_inputs import prepare_inputs
from easel.generation.planning.inputs import InputImage, Inputs
from easel.media.sniff import sniff
from easel.platform.buffers import Attachment
from easel.platform.size import Size
from support.pictures import mask, photo
from support.services import Bytes, FakeServices, wait_for

NATIVE = Size(1024, 1024)


def prepare(model: str, width: int, height: int) -> tuple[FakeServices, dict[str, Any]]:
    """The model's inputs for an edit of an image of this size with a mask."""
    contents = {"image": photo(width, height), "mask": mask(width, height)}
    image, mask_image = (
        InputImage(name, Bytes(content), sniff(Bytes(content)))
        for name, content in contents.items()
    )
    fake = FakeServices()
    inputs = Inputs((image,), mask_image)
    return fake, wait_for(prepare_inputs(inputs, CATALOG[model], NATIVE, fake.services()))


@pytest.mark.parametrize(
    ("size", "sent"),
    [
        # The second is scaled down, because the model takes at most 4096 pixels a side.
        ((640, 480), (640, 480)),
        ((5000, 250), (4096, 204)),
    ],
)
def test_a_converted_mask_has_the_size_of_the_image_that_is_sent(
    size: tuple[int, int], sent: tuple[int, int]
) -> None:
    fake, inputs = prepare("recraft/recraftv3", *size)
    assert fake.transformations[-1].box == Size(*sent)
    assert isinstance(inputs["mask_url"], Attachment)


def test_the_mask_is_scaled_to_the_output_together_with_its_image() -> None:
    fake, _ = prepare("@cf/runwayml/stable-diffusion-v1-5-inpainting", 640, 480)
    assert {one.box for one in fake.transformations} == {NATIVE}
