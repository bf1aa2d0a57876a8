"""The query that asks for a variant of an image."""

import pytest

from easel.api.http.variant_query import canonical_query, parse_variant
from easel.errors import InvalidValueError, UnsupportedParameterError
from easel.platform.images import Transformation
from easel.platform.size import Size

JPEG, PNG, WEBP, GIF = (f"images/2026-11-20/{'a' * 40}.{e}" for e in ("jpg", "png", "webp", "gif"))


def box(width: int, height: int, fit: str = "scale-down") -> Transformation:
    return Transformation("jpeg", 85, Size(width, height), fit)


@pytest.mark.parametrize(
    ("query", "variant"),
    [
        ("w=300&h=200", box(300, 200)),
        ("w=1&h=2048", box(1, 2048)),
        ("w=300&h=200&fit=scale-down", box(300, 200)),
        ("w=300&h=200&fit=contain", box(300, 200, "contain")),
        ("w=300&h=200&fit=cover", box(300, 200, "cover")),
        ("w=300&h=200&fit=crop", box(300, 200, "crop")),
        ("w=300&h=200&fit=pad", box(300, 200, "pad")),
        ("format=png", Transformation("png")),
        ("format=jpeg", Transformation("jpeg", 85)),
        ("format=webp", Transformation("webp", 85)),
        ("format=avif&q=1", Transformation("avif", 1)),
        ("q=100", Transformation("jpeg", 100)),
        ("w=300&h=200&fit=cover&format=png", Transformation("png", None, Size(300, 200), "cover")),
    ],
)
def test_a_query_is_parsed_into_a_transformation(query: str, variant: Transformation) -> None:
    assert parse_variant(query, JPEG) == variant


@pytest.mark.parametrize(
    ("key", "variant"),
    [
        (JPEG, box(9, 9)),
        (PNG, Transformation("png", None, Size(9, 9), "scale-down")),
        (WEBP, Transformation("webp", 85, Size(9, 9), "scale-down")),
    ],
)
def test_a_query_without_a_format_keeps_the_format_of_the_image(
    key: str, variant: Transformation
) -> None:
    assert parse_variant("w=9&h=9", key) == variant


@pytest.mark.parametrize(
    "queries",
    [
        # The order, explicit defaults and the encoding of characters make no difference.
        ["w=300&h=200&q=85", "q=85&h=200&w=300", "h=200&w=300", "w=%33%300&h=200&format=jpeg"],
        # With one side, the other has the greatest length, and there is no area to fill.
        ["w=300", "w=300&h=2048", "w=300&fit=scale-down", "w=300&fit=crop"],
        ["h=300&fit=contain", "w=2048&h=300&fit=contain", "h=300&fit=cover", "h=300&fit=pad"],
    ],
)
def test_equal_queries_have_one_canonical_form(queries: list[str]) -> None:
    assert len({canonical_query(parse_variant(query, JPEG)) for query in queries}) == 1


@pytest.mark.parametrize(
    "query",
    [
        "w=300&h=200&fit=cover&format=webp&q=50",
        "w=300&h=2048&fit=scale-down&format=png",
        "format=jpeg&q=85",
    ],
)
def test_a_canonical_query_stays_unchanged(query: str) -> None:
    assert canonical_query(parse_variant(query, JPEG)) == query


SIDE = "an integer from 1 to 2048"
INVALID = [
    *(
        (f"{name}={text}", name, SIDE)
        for name in ("w", "h")
        for text in ("", "0", "-1", "+1", "1.5", "1e3", "0x10", "2049", "01", "%20 1", "1_0", "९")
    ),
    ("w", "w", SIDE),
    ("w=" + "9" * 5000, "w", SIDE),
    ("w=1&w=1", "w", "expected one"),
    ("w=1&q=5&%77=2", "w", "expected one"),
    ("w=1&fit=squeeze", "fit", "scale-down, contain, cover, crop or pad"),
    ("w=1&fit=Cover", "fit", "scale-down, contain, cover, crop or pad"),
    ("w=1&fit=", "fit", "scale-down, contain, cover, crop or pad"),
    ("fit=cover", "fit", "'w' or 'h'"),
    ("format=auto", "format", "png, jpeg, webp or avif"),
    ("format=gif", "format", "png, jpeg, webp or avif"),
    ("format=image/png", "format", "png, jpeg, webp or avif"),
    ("q=0", "q", "an integer from 1 to 100"),
    ("q=101", "q", "an integer from 1 to 100"),
    ("q=high", "q", "an integer from 1 to 100"),
    ("w=1;h=1", "w", SIDE),
    ("w=1?h=1", "w", SIDE),
]


@pytest.mark.parametrize(("query", "param", "expected"), INVALID, ids=lambda value: value[:30])
def test_the_error_for_a_wrong_value_names_the_valid_values(
    query: str, param: str, expected: str
) -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse_variant(query, JPEG)
    assert caught.value.param == param
    assert expected in caught.value.message
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("x=1", "x"),
        ("width=300", "width"),
        ("W=300", "W"),
        ("w=300&v=2", "v"),
        ("w=300&", ""),
        ("&", ""),
        ("=300", ""),
        ("%00=1", "\0"),
        ("w%20=300", "w "),
        ("%ff=1", "\ufffd"),
    ],
)
def test_any_other_parameter_is_refused(query: str, param: str) -> None:
    with pytest.raises(UnsupportedParameterError, match="w, h, fit, format and q") as caught:
        parse_variant(query, JPEG)
    assert caught.value.param == param


@pytest.mark.parametrize(("query", "key"), [("format=png&q=80", JPEG), ("w=300&q=80", PNG)])
def test_a_quality_is_refused_for_lossless_formats(query: str, key: str) -> None:
    with pytest.raises(UnsupportedParameterError, match="jpeg, webp and avif") as caught:
        parse_variant(query, key)
    assert caught.value.param == "q"


@pytest.mark.parametrize("key", [GIF, GIF.replace(".gif", ".svg")])
def test_gif_and_svg_images_cannot_be_resized(key: str) -> None:
    with pytest.raises(UnsupportedParameterError, match="png, jpeg and webp") as caught:
        parse_variant("h=300&format=webp", key)
    assert caught.value.param == "h"
