"""The stored form of results and errors."""

import json

from easel.errors import EaselError, OutcomeUnknownError
from easel.generation.answers.result import GenerationResult, ResultImage
from easel.generation.answers.stored import read_outcome, write_error, write_result
from support.services import Bytes, image_bytes

IMAGE = ResultImage("images/one.png", "png", 8, 6, seed=7, revised_prompt="a lynx")
RESULT = GenerationResult("generate", 1795177800, (IMAGE,), headers={"x-easel-seed": "7"})


def test_a_result_survives_being_stored() -> None:
    assert read_outcome(write_result(RESULT)) == RESULT


def test_neither_the_content_nor_the_url_of_an_image_is_stored() -> None:
    content = Bytes(image_bytes())
    url = "https://easel.test/images/one.png"
    image = ResultImage("images/one.png", "png", 8, 6, content=content, url=url)
    stored = write_result(GenerationResult("generate", 1, (image,)))
    assert set(json.loads(stored)["images"][0]) == {
        "key",
        "format",
        "width",
        "height",
        "seed",
        "revised_prompt",
    }


def test_a_stored_error_is_returned_and_not_raised() -> None:
    error = read_outcome(write_error(OutcomeUnknownError("It is unknown.", param="n")))
    assert isinstance(error, EaselError)
    assert (error.status, error.code, error.message, error.param, error.billed) == (
        500,
        "outcome_unknown",
        "It is unknown.",
        "n",
        True,
    )
