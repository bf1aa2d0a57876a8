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
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response: Response = wait_for(
        show_file(routed(request(method, path, headers=named)), fake.services())
    )
    return response


def test_an_image_is_served_for_ever() -> None:
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


def test_a_percent_encoded_path_is_the_same_image() -> None:
    assert get(path=f"/images/2026-11-20/%61{'a' * 39}.jpg").status == 200


def test_a_part_is_served_as_such() -> None:
    response = get(range="bytes=2-4")
    assert (response.status, text_of(response)) == (206, "234")
    assert response.headers["content-range"] == "bytes 2-4/10"
    assert response.headers["content-length"] == "3"


def test_a_part_outside_is_refused() -> None:
    with pytest.raises(UnsatisfiableRangeError):
        get(range="bytes=10-")


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=-0", "bytes=999999999999999-"])
def test_the_refusal_of_a_part_tells_the_size(header: str) -> None:
    with pytest.raises(UnsatisfiableRangeError) as caught:
        get(range=header)
    assert caught.value.headers["content-range"] == "bytes */10"


def test_a_condition_goes_before_a_range() -> None:
    assert get(if_none_match='"etag"', range="bytes=10-").status == 304
    with pytest.raises(PreconditionFailedError):
        get(if_match='"other"', range="bytes=10-")


def test_only_get_has_ranges() -> None:
    response = get("HEAD", range="bytes=2-4")
    assert (response.status, response.headers["content-length"]) == (200, "10")


def test_the_body_of_an_image_that_is_not_sent_is_let_go_of() -> None:
    fake = FakeServices()
    fake.bucket.objects[KEY] = (b"0123456789", "image/jpeg", {})
    for headers in ({"if-none-match": "*"}, {"if-match": "x"}):
        wait_for(handle(request("GET", f"/{KEY}", headers=headers), fake.services()))
    assert [body.cancelled for body in fake.bucket.opened] == [True, True]


def test_a_part_of_an_older_image_is_not_mixed_in() -> None:
    assert get(range="bytes=2-4", if_range='"etag"').status == 206
    assert get(range="bytes=2-4", if_range='"other"').status == 200


def test_an_image_the_client_has_is_not_sent_again() -> None:
    response = get(if_none_match='"etag"')
    assert (response.status, response.body) == (304, None)
    assert response.headers["etag"] == '"etag"'


def test_a_failed_precondition_is_412() -> None:
    with pytest.raises(PreconditionFailedError):
        get(if_match='"other"')


@pytest.mark.parametrize(
    "path", [OTHER, "images/none.jpg", "images/../secret", KEY + "%00", KEY + "/x"]
)
def test_no_image_is_404(path: str) -> None:
    with pytest.raises(NotFoundError):
        get(path=f"/{path}")


def test_what_easel_did_not_store_is_not_served() -> None:
    fake = FakeServices()
    fake.bucket.objects["images/backup.sql"] = (b"secret", "text/plain", {})
    with pytest.raises(NotFoundError):
        wait_for(show_file(routed(request("GET", "/images/backup.sql")), fake.services()))


@pytest.mark.parametrize(
    ("header", "span"),
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
def test_ranges_are_read_or_ignored(header: str | None, span: ByteRange | None) -> None:
    assert parse_range(header, 10) == span


def test_a_body_that_is_not_sent_is_let_go_of() -> None:
    fake = FakeServices()
    fake.bucket.objects[KEY] = (b"0123456789", "image/jpeg", {})
    response = wait_for(handle(request("HEAD", f"/{KEY}"), fake.services()))
    assert (response.status, response.body) == (200, None)
    assert response.headers["content-length"] == "10"
    assert [body.cancelled for body in fake.bucket.opened] == [True]
