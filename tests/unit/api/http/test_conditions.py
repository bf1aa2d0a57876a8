"""Conditional requests, as RFC 9110 defines them."""

import pytest

from easel.api.http.conditions import evaluate_conditions, meets_if_range

MALFORMED = ["x", '"', "W/", ",", '"abc?w=1', "w/x", "''", "é", "**", '"' * 1000]

ANSWER = {"etag": '"abc?w=1"', "last-modified": "Fri, 20 Nov 2026 12:30:00 GMT"}
EARLIER, SAME, LATER = (f"Fri, 20 Nov 2026 12:{minute}:00 GMT" for minute in (29, 30, 31))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"if-none-match": '"abc?w=1"'}, 304),
        ({"if-none-match": 'W/"abc?w=1"'}, 304),
        ({"if-none-match": '"x", W/"y" ,"abc?w=1"'}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"abc"'}, 200),
        ({"if-none-match": "abc?w=1"}, 200),
        ({"if-none-match": ""}, 200),
        ({"if-modified-since": SAME}, 304),
        ({"if-modified-since": LATER}, 304),
        ({"if-modified-since": EARLIER}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        # Two older forms of a date: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
        ({"if-modified-since": "Friday, 20-Nov-26 12:30:00 GMT"}, 304),
        ({"if-modified-since": "Friday, 20-Nov-26 12:29:00 GMT"}, 200),
        ({"if-modified-since": "Fri Nov 20 12:30:00 2026"}, 304),
        ({"if-modified-since": "Sun Nov  1 12:30:00 2026"}, 200),
        ({"if-modified-since": f"{LATER}, {LATER}"}, 200),
        ({"if-modified-since": "Fri, 31 Feb 2026 12:30:00 GMT"}, 200),
        # A malformed entity tag matches nothing.
        *(({"if-none-match": text}, 200) for text in MALFORMED),
        *(({"if-match": text}, 412) for text in MALFORMED),
        ({"if-none-match": 'x, "abc?w=1"'}, 304),
        ({"if-none-match": ',, "abc?w=1",'}, 304),
        # An entity tag takes precedence over a date, even a malformed one.
        ({"if-none-match": "x", "if-modified-since": LATER}, 200),
        ({"if-none-match": '"x"', "if-modified-since": LATER}, 200),
        ({"if-match": '"x", "abc?w=1"'}, 200),
        ({"if-match": "*"}, 200),
        ({"if-match": '"x"'}, 412),
        ({"if-match": 'W/"abc?w=1"'}, 412),
        ({"if-unmodified-since": SAME}, 200),
        ({"if-unmodified-since": EARLIER}, 412),
        ({"if-unmodified-since": "yesterday"}, 200),
        ({"if-match": '"abc?w=1"', "if-unmodified-since": EARLIER}, 200),
        ({"if-match": '"abc?w=1"', "if-none-match": '"abc?w=1"'}, 304),
        ({"if-match": '"x"', "if-none-match": '"abc?w=1"'}, 412),
    ],
)
def test_conditional_headers_are_evaluated_as_rfc_9110_says(
    headers: dict[str, str], status: int
) -> None:
    assert evaluate_conditions(headers, ANSWER) == status


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        (None, True),
        ('"abc?w=1"', True),
        (SAME, True),
        ('W/"abc?w=1"', False),
        ('"x"', False),
        (EARLIER, False),
        (LATER, False),
        ("*", False),
        ("", False),
        ("abc", False),
    ],
)
def test_if_range_matches_only_the_exact_version_of_the_client(
    text: str | None, matches: bool
) -> None:
    assert meets_if_range(text, ANSWER) is matches
