import pytest

from easel.errors import InvalidValueError, UnsupportedParameterError
from easel.wire.sources import Source, is_image_field, take_sources
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
def test_images_are_found_however_they_are_named(
    fields: dict[str, object], sources: list[tuple[str, object]]
) -> None:
    found = take_sources({**fields, "prompt": "x"})
    assert [(source.param, source.content) for source in found.images] == sources
    assert found.masks == []


@pytest.mark.parametrize("mask", [URL, {"image_url": URL}])
def test_a_mask_is_no_image(mask: object) -> None:
    found = take_sources({"mask": mask})
    assert found.images == []
    assert [source.content for source in found.masks] == [URL]


def test_the_images_are_taken_out_of_the_fields() -> None:
    fields = {"image": URL, "mask": URL, "prompt": "x"}
    take_sources(fields)
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
def test_what_means_no_image_is_named(fields: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        take_sources(fields)
    assert caught.value.param == param


def test_files_with_ids_are_not_to_be_had_here() -> None:
    with pytest.raises(UnsupportedParameterError) as caught:
        take_sources({"images": [{"file_id": "file-1"}]})
    assert caught.value.param == "images[0].file_id"


@pytest.mark.parametrize("name", ["image", "images", "image[]", "image[0]", "mask", "image_b64"])
def test_parts_of_a_form_are_images_by_their_names(name: str) -> None:
    assert is_image_field(name)


@pytest.mark.parametrize("name", ["prompt", "image_size", "imagery", "image[x]", "model"])
def test_other_parts_are_not(name: str) -> None:
    assert not is_image_field(name)


def test_a_source_remembers_how_the_caller_called_it() -> None:
    assert take_sources({"image": URL}).images == [Source("image", URL)]
