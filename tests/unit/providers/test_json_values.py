"""Reading JSON whose shape is not certain."""

from typing import Any

import pytest

from easel.errors import ProviderError
from easel.providers.json_values import first_text, required_text, text_at, texts_in, value_at
from support.services import Text

LONG = Text("data:image/png;base64,AAAA")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), {"data": [{"url": "x", "size": 7}]}),
        (("data", 0, "size"), 7),
        (("data", 1), None),
        (("data", "url"), None),
        (("data", 0, 0), None),
        (("none", "url"), None),
        (("data", 0, "size", "unit"), None),
    ],
)
def test_a_value_is_found_by_its_path_or_is_none(path: tuple[str | int, ...], value: Any) -> None:
    assert value_at({"data": [{"url": "x", "size": 7}]}, *path) == value


@pytest.mark.parametrize("value", [None, 7, True, {}, [], LONG])
def test_a_value_that_is_not_a_string_is_an_empty_text(value: Any) -> None:
    assert text_at({"state": value}, "state") == ""
    assert text_at({"state": "done"}, "state") == "done"


@pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": 17}])
def test_an_answer_without_a_required_field_is_an_error_that_names_the_field(body: Any) -> None:
    assert required_text({"id": "17"}, "id", "Example") == "17"
    with pytest.raises(ProviderError, match="Example sent an answer without 'id'"):
        required_text(body, "id", "Example")


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"url": "x", "image": "y"}, "x"),
        ({"url": None, "image": LONG}, LONG),
        ({"url": ""}, None),
        ("x", None),
        (None, None),
    ],
)
def test_the_first_field_with_a_text_is_read(item: Any, text: Any) -> None:
    assert first_text(item, "url", "image") == text


@pytest.mark.parametrize("value", [None, "x", {"0": "x"}, [7, None]])
def test_only_the_strings_of_a_list_are_read(value: Any) -> None:
    assert texts_in(["x", 7, "y"]) == ["x", "y"]
    assert texts_in(value) == []
