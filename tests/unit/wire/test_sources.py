"""The input images of a request."""

import pytest

from easel.errors import InvalidValueError, UnsupportedParameterError
from easel.wire.sources import Source, extract_sources, is_image_field
from support.services import Text

URL = "https://img.example/a.png"


@pytest.mark.parametrize(
    ("fields", "sources"),
    [
        ({"image": URL}, [("image", URL)]),
        ({"image_b64": "aGk="}, [("image_b64", "aGk=")]),
        ({"image": Text("long")}, [("image", Text("long"))]),
        ({"image": [URL, "b"]}, [("image[0]", URL), ("image[1]", "b")]),
        ({"images": [{"image_url": URL}]}, [("images[0].image_url", URL)]),
        ({"images": [{"image_url": {"url": URL}}]}, [("images[0].image_url", URL)]),
        ({"image": {"image_url": URL, "file_id": None}}, [("image.image_url", URL)]),
        ({"image": None, "images": []}, []),
    ],
)
def test_input_images_are_found_in_every_form(
    fields: dict[str, object], sources: list[tuple[str, object]]
) -> None:
    found = extract_sources({**fields, "prompt": "x"})
    assert [(source.param, source.content) for source in found.images] == sources
    assert found.masks == []


@pytest.mark.parametrize("mask", [URL, {"image_url": URL}])
def test_a_mask_is_separate_from_the_images(mask: object) -> None:
    found = extract_sources({"mask": mask})
    assert found.images == []
    assert [source.content for source in found.masks] == [URL]


def test_images_are_removed_from_the_fields() -> None:
    fields = {"image": URL, "mask": URL, "prompt": "x"}
    extract_sources(fields)
    assert fields == {"prompt": "x"}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"image": 5}, "image"),
        ({"image": ""}, "image"),
        ({"image": [[5]]}, "image[0][0]"),
        ({"image": {"url": URL}}, "image"),
        ({"images": [{"image_url": 5}]}, "images[0].image_url"),
        ({"images": [{}]}, "images[0].image_url"),
        ({"mask": [URL]}, "mask"),
    ],
)
def test_a_value_that_is_not_an_image_is_named(fields: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        extract_sources(fields)
    assert caught.value.param == param


def test_file_ids_are_not_supported() -> None:
    with pytest.raises(UnsupportedParameterError) as caught:
        extract_sources({"images": [{"file_id": "file-1"}]})
    assert caught.value.param == "images[0].file_id"


@pytest.mark.parametrize("name", ["image", "images", "image[]", "image[0]", "mask", "image_b64"])
def test_form_fields_with_image_names_are_images(name: str) -> None:
    assert is_image_field(name)


@pytest.mark.parametrize("name", ["prompt", "image_size", "imagery", "image[x]", "model"])
def test_other_form_fields_are_not_images(name: str) -> None:
    assert not is_image_field(name)


def test_a_source_keeps_the_callers_name_of_the_field() -> None:
    assert extract_sources({"image": URL}).images == [Source("image", URL)]
