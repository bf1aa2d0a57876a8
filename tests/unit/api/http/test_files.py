"""GET of a stored image: ranges, conditions and headers."""

import pytest

from easel.api.http.files import parse_range, show_file
from easel.app import handle
from easel.errors import NotFoundError, PreconditionFailedError, UnsatisfiableRangeError
from easel.platform.http import Response
from easel.platform.storage import ByteRange
from support.routing import routed
from support.services import NOW, FakeServices, request, text_of, wait_for

KEY = f"images/2026-11-20/{'a' * 40}.jpg"
OTHER = f"images/2026-11-20/{'b' * 40}.jpg"


def get(method: str = "GET", path: str = f"/{KEY}", **headers: str) -> Response:
    fake = FakeServices()
    fake.bucket.objects[KEY] = (b"0123456789", "image/jpeg", {})
    wire_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    response: Response = wait_for(
        show_file(routed(request(method, path, headers=wire_headers)), fake.services())
    )
    return response


def test_an_image_is_served_with_an_immutable_cache_header() -> None:
    response = get()
    assert (response.status, text_of(response)) == (200, "0123456789")
    assert response.headers == {
        "accept-ranges": "bytes",
        "cache-control": "public, max-age=31536000, immutable",
        "content-length": "10",
        "content-type": "image/jpeg",
        "etag": '"etag"',
        "last-modified": f"{NOW:%a, %d %b %Y} 12:30:00 GMT",
    }


def test_a_percent_encoded_path_finds_the_same_image() -> None:
    assert get(path=f"/images/2026-11-20/%61{'a' * 39}.jpg").status == 200


def test_a_range_of_an_image_is_served_as_partial_content() -> None:
    response = get(range="bytes=2-4")
    assert (response.status, text_of(response)) == (206, "234")
    assert response.headers["content-range"] == "bytes 2-4/10"
    assert response.headers["content-length"] == "3"


def test_a_range_beyond_the_end_is_refused() -> None:
    with pytest.raises(UnsatisfiableRangeError):
        get(range="bytes=10-")


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=-0", "bytes=999999999999999-"])
def test_a_refused_range_names_the_size_of_the_image(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError) as caught:
        get(range=header)
    assert caught.value.headers["content-range"] == "bytes */10"


def test_a_condition_is_evaluated_before_a_range() -> None:
    assert get(if_none_match='"etag"', range="bytes=10-").status == 304
    with pytest.raises(PreconditionFailedError):
        get(if_match='"other"', range="bytes=10-")


def test_a_range_is_ignored_unless_the_method_is_get() -> None:
    response = get("HEAD", range="bytes=2-4")
    assert (response.status, response.headers["content-length"]) == (200, "10")


def test_the_stream_of_an_image_is_cancelled_if_a_condition_prevents_sending_it() -> None:
    fake = FakeServices()
    fake.bucket.objects[KEY] = (b"0123456789", "image/jpeg", {})
    for headers in ({"if-none-match": "*"}, {"if-match": "x"}):
        wait_for(handle(request("GET", f"/{KEY}", headers=headers), fake.services()))
    assert [body.cancelled for body in fake.bucket.opened] == [True, True]


def test_if_range_with_another_etag_returns_the_whole_image() -> None:
    assert get(range="bytes=2-4", if_range='"etag"').status == 206
    assert get(range="bytes=2-4", if_range='"other"').status == 200


def test_an_image_that_the_client_has_is_not_sent_again() -> None:
    response = get(if_none_match='"etag"')
    assert (response.status, response.body) == (304, None)
    assert response.headers["etag"] == '"etag"'


def test_a_failed_precondition_is_answered_with_412() -> None:
    with pytest.raises(PreconditionFailedError):
        get(if_match='"other"')


@pytest.mark.parametrize(
    "path", [OTHER, "images/none.jpg", "images/../secret", KEY + "%00", KEY + "/x"]
)
def test_a_path_without_an_image_is_answered_with_404(path: str) -> None:
    with pytest.raises(NotFoundError):
        get(path=f"/{path}")


def test_an_object_that_easel_did_not_store_is_not_served() -> None:
    fake = FakeServices()
    fake.bucket.objects["images/backup.sql"] = (b"secret", "text/plain", {})
    with pytest.raises(NotFoundError):
        wait_for(show_file(routed(request("GET", "/images/backup.sql")), fake.services()))


@pytest.mark.parametrize(
    ("header", "byte_range"),
    [
        (None, None),
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=5-", ByteRange(5, 5)),
        ("bytes=5-99", ByteRange(5, 5)),
        ("bytes=-4", ByteRange(6, 4)),
        ("bytes=-99", ByteRange(0, 10)),
        (" Bytes=0-0 ", ByteRange(0, 1)),
        ("bytes=5-4", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=0-" + "9" * 50, None),
        ("bytes=\u0660-\u0661", None),
        ("bytes=+0-1", None),
        ("bytes=0--1", None),
        ("bytes 0-1", None),
        ("", None),
    ],
)
def test_a_valid_range_is_parsed_and_any_other_is_ignored(
    header: str | None, byte_range: ByteRange | None
) -> None:
    assert parse_range(header, 10) == byte_range


def test_head_sends_no_body_and_cancels_the_stream() -> None:
    fake = FakeServices()
    fake.bucket.objects[KEY] = (b"0123456789", "image/jpeg", {})
    response = wait_for(handle(request("HEAD", f"/{KEY}"), fake.services()))
    assert (response.status, response.body) == (200, None)
    assert response.headers["content-length"] == "10"
    assert [body.cancelled for body in fake.bucket.opened] == [True]
