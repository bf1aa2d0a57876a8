"""Bracketed field names in forms."""

from typing import Any

import pytest

from easel.wire.forms import nest


@pytest.mark.parametrize(
    ("texts", "fields"),
    [
        ([("prompt", "a [red] fox"), ("n", "2")], {"prompt": "a [red] fox", "n": "2"}),
        ([("n", "2"), ("n", "3")], {"n": "3"}),
        ([("tags[]", "a"), ("tags[]", "b")], {"tags": ["a", "b"]}),
        (
            [("controls[level]", "3"), ("controls[text]", "x")],
            {"controls": {"level": 3, "text": "x"}},
        ),
        (
            [
                ("loras[][path]", "a"),
                ("loras[][scale]", "0.5"),
                ("loras[][path]", "b"),
                ("loras[][scale]", "1e-1"),
            ],
            {"loras": [{"path": "a", "scale": 0.5}, {"path": "b", "scale": 0.1}]},
        ),
        ([("flags[]", "true"), ("flags[]", "007")], {"flags": [True, "007"]}),
        (
            [("a[][b][c]", "1"), ("[x]", "2"), ("a]", "3")],
            {"a[][b][c]": "1", "[x]": "2", "a]": "3"},
        ),
        ([("a", "1"), ("a[]", "2"), ("a[b]", "3")], {"a": {"b": 3}}),
    ],
)
def test_bracketed_field_names_become_nested_fields(
    texts: list[tuple[str, str]], fields: dict[str, Any]
) -> None:
    assert nest(texts) == fields


@pytest.mark.parametrize("text", ["9" * 5000, "-" + "9" * 5000, "1e999", "1." + "0" * 5000])
def test_a_number_beyond_double_precision_stays_text(text: str) -> None:
    (value,) = nest([("controls[level]", text)])["controls"].values()
    assert value == text
