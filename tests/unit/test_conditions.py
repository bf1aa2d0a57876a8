import pytest

from easel.images.conditions import judge

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
        # An entity tag is the better witness.
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
def test_conditions_are_weighed_as_rfc_9110_says(headers: dict[str, str], status: int) -> None:
    assert judge(headers, ANSWER) == status
