"""The fields of a request are parsed and validated."""

import json

import pytest

from easel.errors import CallerError, InvalidJsonError, InvalidValueError, MissingParameterError
from easel.platform.size import Ratio, Size
from easel.wire.requests import ImageRequest, parse_body, parse_fields, require_prompt, shown


def parse(**fields: object) -> ImageRequest:
    return parse_body(json.dumps(fields).encode())


def test_openais_fields_are_parsed() -> None:
    request = parse(prompt="x", model="m", n=2, size="512x256", response_format="b64_json")
    assert (request.prompt, request.model, request.n) == ("x", "m", 2)
    assert request.size == Size(512, 256)
    assert request.response_format == "b64_json"


def test_other_fields_are_kept_as_parameters() -> None:
    assert parse(prompt="x", steps=4, quality="hd").parameters == {"steps": 4, "quality": "hd"}


@pytest.mark.parametrize("name", ["model", "n", "size", "response_format", "user", "steps"])
def test_null_counts_as_not_given(name: str) -> None:
    request = parse(prompt="x", **{name: None})
    assert request.parameters == {}
    assert getattr(request, name, None) is None


def test_size_auto_counts_as_no_size() -> None:
    assert parse(prompt="x", size="auto").size is None


@pytest.mark.parametrize("body", [b"", b"{", b"nope", b'{"prompt": "x",}', b'{"prompt": "\xff"}'])
def test_broken_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidJsonError, match="not valid JSON"):
        parse_body(body)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "[1e999]", '{"a": [1e999]}', "NaN"])
def test_a_number_beyond_double_precision_is_refused(number: str) -> None:
    with pytest.raises(CallerError) as caught:
        parse_body(f'{{"prompt": "x", "extra": {number}}}'.encode())
    assert (caught.value.status, caught.value.param) == (400, "extra")


def test_a_byte_order_mark_before_json_is_ignored() -> None:
    assert parse_body(b'\xef\xbb\xbf{"prompt": "x"}').prompt == "x"


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"1", b"true"])
def test_json_that_is_not_an_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidJsonError, match="must be a JSON object"):
        parse_body(body)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_deep_nesting_is_refused(opening: bytes) -> None:
    with pytest.raises(InvalidJsonError, match="recursion limit"):
        parse_body(opening * 20_000)


@pytest.mark.parametrize("name", ["m" * 200, ", ".join(["m" * 200] * 8)])
def test_a_model_name_may_have_200_characters(name: str) -> None:
    assert parse(prompt="x", model=name).model == name


@pytest.mark.parametrize(
    "name", ["m" * 201, f"a, {'m' * 201} ,b", "m" * 900_000, "," * 900_000, "m," * 2000]
)
def test_a_longer_model_name_is_refused_and_not_repeated_in_full(name: str) -> None:
    with pytest.raises(InvalidValueError, match="at most 200 characters") as caught:
        parse(prompt="x", model=name)
    assert (caught.value.param, caught.value.status) == ("model", 400)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("body", [b"{}", b'{"prompt": null}'])
def test_a_missing_prompt_is_an_error(body: bytes) -> None:
    with pytest.raises(MissingParameterError) as caught:
        require_prompt(parse_body(body))
    assert caught.value.param == "prompt"


@pytest.mark.parametrize("prompt", ["", "  \n", 5, ["x"], {"a": 1}, True])
def test_a_prompt_without_text_is_refused(prompt: object) -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse(prompt=prompt)
    assert caught.value.param == "prompt"


@pytest.mark.parametrize("n", [-1, 0, 11, "abc", "2", 2.5, 2.0, True, [1]])
def test_n_is_an_integer_from_1_to_10(n: object) -> None:
    with pytest.raises(InvalidValueError, match="from 1 to 10") as caught:
        parse(prompt="x", n=n)
    assert caught.value.param == "n"


@pytest.mark.parametrize("size", ["big", "1024", 1024, "0x0", "1x", "-1x5", "٣x٣", " 1x1", "1e3x5"])
def test_a_size_that_is_not_width_x_height_is_refused(size: object) -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse(prompt="x", size=size)
    assert caught.value.param == "size"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("response_format", "png"),
        ("model", ""),
        ("model", 5),
        ("user", 5),
        ("drop_params", "yes"),
        ("width", 0),
        ("height", 1.5),
        ("aspect_ratio", "wide"),
        ("aspect_ratio", "1:21"),
        ("output_format", "gif"),
        ("output_compression", 101),
        ("output_compression", -1),
        ("partial_images", 4),
        ("stream", "yes"),
    ],
)
def test_any_other_wrong_field_is_named(field: str, value: object) -> None:
    with pytest.raises(InvalidValueError) as caught:
        parse(prompt="x", **{field: value})
    assert caught.value.param == field


@pytest.mark.parametrize("half", [r"\ud800", r"\udc00", r"\ud800A", r"\uDBFF\uD800"])
@pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
def test_half_a_surrogate_pair_is_an_error_about_its_field(field: str, half: str) -> None:
    body = f'{{"prompt": "fine", "{field}": "a{half}b"}}'
    with pytest.raises(CallerError) as caught:
        parse_body(body.encode())
    assert caught.value.param == field


def test_escaped_backslashes_and_whole_surrogate_pairs_are_text() -> None:
    request = parse_body(rb'{"prompt": "\\ud800 \ud83d\ude00"}')
    assert request.prompt == "\\ud800 😀"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (2.5, "2.5"),
        ([1], "an array"),
        ({}, "an object"),
        ("a" * 50, f"'{'a' * 40}...'"),
        ("a\nb", r"'a\nb'"),
        (10**50, "1" + "0" * 39 + "..."),
    ],
)
def test_values_are_quoted_briefly_and_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


def test_form_fields_are_converted_to_their_types() -> None:
    fields = {"prompt": "7", "n": "2", "stream": "true", "output_compression": "0", "steps": "4"}
    request = parse_fields(fields, text=True)
    assert (request.prompt, request.n, request.stream, request.output_compression) == (
        "7",
        2,
        True,
        0,
    )
    assert request.is_text
    assert request.parameters == {"steps": "4"}


@pytest.mark.parametrize("n", ["2.5", "two", "0", "11", "true"])
def test_form_fields_have_the_same_limits(n: str) -> None:
    with pytest.raises(InvalidValueError, match="from 1 to 10"):
        parse_fields({"n": n}, text=True)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, None),
        ({"size": "auto", "aspect_ratio": "auto"}, None),
        ({"size": "512x256"}, Size(512, 256)),
        ({"width": 512, "height": 256}, Size(512, 256)),
        ({"size": "512x256", "width": 512, "height": 256}, Size(512, 256)),
        ({"aspect_ratio": "16:9"}, Ratio(16, 9)),
        ({"aspect_ratio": "19.5:9"}, Ratio(19.5, 9)),
    ],
)
def test_a_size_can_be_given_in_three_forms(fields: dict[str, object], wanted: object) -> None:
    assert parse(prompt="x", **fields).requested_size() == wanted


@pytest.mark.parametrize(
    "fields",
    [
        {"size": "512x256", "width": 512, "height": 512},
        {"size": "512x256", "aspect_ratio": "2:1"},
        {"width": 512, "height": 512, "aspect_ratio": "1:1"},
    ],
)
def test_conflicting_sizes_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError, match="Conflicting sizes"):
        parse(prompt="x", **fields).requested_size()


@pytest.mark.parametrize(("given", "missing"), [("width", "height"), ("height", "width")])
def test_a_width_needs_a_height_and_the_reverse(given: str, missing: str) -> None:
    with pytest.raises(MissingParameterError) as caught:
        parse(prompt="x", **{given: 512}).requested_size()
    assert caught.value.param == missing
