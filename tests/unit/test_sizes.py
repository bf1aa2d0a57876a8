import pytest

from easel.catalog import Sizes
from easel.images.sizes import describe, plan_size
from easel.size import Size, parse_size

FIXED = Sizes.model_validate({"default": "1024x1024", "list": ["1024x1024"], "sent_as": "nothing"})
LIST = Sizes.model_validate(
    {
        "default": "1024x1024",
        "list": ["1024x1024", "1536x1024", "1024x1536"],
        "sent_as": "width_height",
    }
)
RANGE = Sizes.model_validate(
    {"default": "1024x1024", "min": 256, "max": 2048, "sent_as": "width_height"}
)


def native(sizes: Sizes, wanted: str) -> str:
    plan = plan_size(sizes, parse_size(wanted))
    assert plan.promised == parse_size(wanted)
    return str(plan.native)


def test_without_a_wish_the_model_decides() -> None:
    plan = plan_size(FIXED, None)
    assert (plan.native, plan.promised) == (Size(1024, 1024), None)


@pytest.mark.parametrize("wanted", ["256x256", "1000x700", "2048x2048"])
def test_a_size_the_model_makes_is_asked_of_it(wanted: str) -> None:
    assert native(RANGE, wanted) == wanted


@pytest.mark.parametrize("wanted", ["512x512", "1024x512", "16x1024"])
def test_a_smaller_size_is_made_from_the_only_native_one(wanted: str) -> None:
    assert native(FIXED, wanted) == "1024x1024"


@pytest.mark.parametrize(
    ("wanted", "made"),
    [("768x512", "1536x1024"), ("512x768", "1024x1536"), ("1024x1000", "1024x1024")],
)
def test_the_native_size_nearest_in_shape_is_chosen(wanted: str, made: str) -> None:
    assert native(LIST, wanted) == made


@pytest.mark.parametrize(
    ("wanted", "made"), [("128x128", "256x256"), ("128x300", "256x600"), ("16x2048", "256x2048")]
)
def test_below_the_range_both_sides_grow_alike(wanted: str, made: str) -> None:
    assert native(RANGE, wanted) == made


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [(FIXED, "1025x1024"), (FIXED, "15x1024"), (RANGE, "2049x256"), (RANGE, "99999x99999")],
)
def test_nothing_is_enlarged_and_nothing_tiny_is_made(sizes: Sizes, wanted: str) -> None:
    with pytest.raises(ValueError, match=describe(sizes)[:20].replace("(", r"\(")):
        plan_size(sizes, parse_size(wanted))
