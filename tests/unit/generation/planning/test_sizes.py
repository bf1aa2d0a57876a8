"""The size that a model generates for a requested size."""

import pytest

from easel.catalog import Sizes
from easel.generation.planning.sizes import describe, plan_size
from easel.platform.size import Ratio, Size, parse_size

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


GRID = Sizes.model_validate(
    {"default": "1024x1024", "min": 256, "max": 1920, "step": 16, "sent_as": "width_height"}
)
SHAPES = Sizes.model_validate(
    {"default": "1024x1024", "ratios": ["1:1", "3:4", "16:9"], "sent_as": "aspect_ratio"}
)
LIMITED = Sizes.model_validate(
    {
        "default": "1024x1024",
        "min": 16,
        "max": 3840,
        "step": 16,
        "min_pixels": 655_360,
        "max_pixels": 8_294_400,
        "max_ratio": 3,
        "sent_as": "size",
    }
)


def native_size(sizes: Sizes, wanted: str) -> str:
    plan = plan_size(sizes, parse_size(wanted))
    assert plan.promised == parse_size(wanted)
    return str(plan.native.size)


def test_without_a_requested_size_the_model_makes_its_default() -> None:
    plan = plan_size(FIXED, None)
    assert (plan.native.size, plan.promised) == (Size(1024, 1024), None)


@pytest.mark.parametrize("wanted", ["256x256", "1000x700", "2048x2048"])
def test_a_size_in_the_models_range_is_generated_directly(wanted: str) -> None:
    assert native_size(RANGE, wanted) == wanted


@pytest.mark.parametrize("wanted", ["512x512", "1024x512", "16x1024"])
def test_a_smaller_size_is_generated_at_the_only_native_size(wanted: str) -> None:
    assert native_size(FIXED, wanted) == "1024x1024"


@pytest.mark.parametrize(
    ("wanted", "generated"),
    [("768x512", "1536x1024"), ("512x768", "1024x1536"), ("1024x1000", "1024x1024")],
)
def test_the_native_size_with_the_nearest_aspect_ratio_is_chosen(
    wanted: str, generated: str
) -> None:
    assert native_size(LIST, wanted) == generated


@pytest.mark.parametrize(
    ("wanted", "generated"),
    [("128x128", "256x256"), ("128x300", "256x600"), ("16x2048", "256x2048")],
)
def test_a_size_below_the_range_is_scaled_up_in_proportion(wanted: str, generated: str) -> None:
    assert native_size(RANGE, wanted) == generated


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [(FIXED, "1025x1024"), (FIXED, "15x1024"), (RANGE, "2049x256"), (RANGE, "99999x99999")],
)
def test_sizes_above_the_models_or_below_16_pixels_are_refused(sizes: Sizes, wanted: str) -> None:
    with pytest.raises(ValueError, match=describe(sizes)[:20].replace("(", r"\(")):
        plan_size(sizes, parse_size(wanted))


@pytest.mark.parametrize(
    ("wanted", "generated"),
    [("512x512", "512x512"), ("500x300", "512x304"), ("1905x17", "1920x256")],
)
def test_a_size_off_the_grid_is_generated_at_the_next_larger_size(
    wanted: str, generated: str
) -> None:
    assert native_size(GRID, wanted) == generated


@pytest.mark.parametrize(
    ("wanted", "ratio"), [("800x800", "1:1"), ("600x800", "3:4"), ("1280x720", "16:9")]
)
def test_the_nearest_aspect_ratio_that_covers_the_size_is_chosen(wanted: str, ratio: str) -> None:
    assert str(plan_size(SHAPES, parse_size(wanted)).native.ratio) == ratio


def test_a_native_aspect_ratio_is_requested_without_a_promised_size() -> None:
    plan = plan_size(SHAPES, Ratio(16, 9))
    assert (str(plan.native.ratio), plan.promised) == ("16:9", None)


@pytest.mark.parametrize(
    ("sizes", "ratio", "generated", "promised"),
    [
        (FIXED, Ratio(1, 1), "1024x1024", "1024x1024"),
        (FIXED, Ratio(16, 9), "1024x1024", "1024x576"),
        (FIXED, Ratio(1, 2), "1024x1024", "512x1024"),
        (LIST, Ratio(3, 2), "1536x1024", "1536x1024"),
        (LIST, Ratio(2, 1), "1536x1024", "1536x768"),
        (RANGE, Ratio(4, 1), "2048x512", "2048x512"),
        (GRID, Ratio(16, 9), "1360x768", "1360x768"),
        (GRID, Ratio(20, 1), "1920x256", "1920x256"),
    ],
)
def test_an_aspect_ratio_is_generated_at_about_the_models_default_area(
    sizes: Sizes, ratio: Ratio, generated: str, promised: str
) -> None:
    plan = plan_size(sizes, ratio)
    assert (str(plan.native.size), str(plan.promised)) == (generated, promised)


@pytest.mark.parametrize(
    ("wanted", "generated"),
    [
        ("1024x1024", "1024x1024"),
        ("1000x1000", "1008x1008"),
        ("256x256", "816x816"),
        ("3840x2160", "3840x2160"),
        ("1600x400", "1600x544"),
        ("400x1600", "544x1600"),
    ],
)
def test_a_range_may_limit_the_area_and_the_aspect_ratio(wanted: str, generated: str) -> None:
    assert native_size(LIMITED, wanted) == generated


@pytest.mark.parametrize("wanted", ["3840x3840", "4096x1024"])
def test_sizes_beyond_the_greatest_area_or_side_are_refused(wanted: str) -> None:
    with pytest.raises(ValueError, match="WIDTHxHEIGHT"):
        plan_size(LIMITED, parse_size(wanted))


@pytest.mark.parametrize("shape", [Ratio(1, 1), Ratio(3, 1), Ratio(5, 1), Ratio(1, 20)])
def test_an_aspect_ratio_is_generated_within_the_limits_and_delivered_exactly(shape: Ratio) -> None:
    plan = plan_size(LIMITED, shape)
    generated, promised = plan.native.size, plan.promised
    assert 655_360 <= generated.area <= 8_294_400
    assert max(generated) <= 3.05 * min(generated)
    assert promised is not None
    assert generated.covers(promised)
    assert abs(promised.width / promised.height / shape.value - 1) < 0.05
