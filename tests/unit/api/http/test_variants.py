"""Variants of stored images are made on request and cached."""

from dataclasses import replace

import pytest

from easel.api.http.files import show_file
from easel.app import handle
from easel.errors import (
    CallerError,
    NotFoundError,
    PreconditionFailedError,
    QuotaExhaustedError,
    TransformError,
    UnsupportedParameterError,
)
from easel.platform.http import Response
from easel.platform.images import Encoded, Transformation
from easel.platform.size import Size
from support.routing import routed
from support.services import NOW, Bytes, FakeServices, image_bytes, request, text_of, wait_for

KEY = f"images/2026-11-20/{'a' * 40}.jpg"
OTHER = f"images/2026-11-20/{'b' * 40}.jpg"
QUERY = "w=300&h=200&fit=cover&format=webp&q=85"
URL = f"https://easel.test/{KEY}?{QUERY}"
ETAG = f'"etag?{QUERY}"'
CONTENT = image_bytes("webp", 300, 200)


@pytest.fixture
def fake() -> FakeServices:
    """Services with one stored image."""
    services = FakeServices()
    services.bucket.objects[KEY] = (image_bytes(), "image/jpeg", {})
    return services


def get(fake: FakeServices, query: str = QUERY, key: str = KEY, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = request("GET", f"/{key}?{query}", headers=named)
    response: Response = wait_for(show_file(routed(asked), fake.services()))
    return response


def test_a_variant_is_served_for_ever(fake: FakeServices) -> None:
    response = get(fake)
    assert (response.status, text_of(response)) == (200, CONTENT.decode("latin-1"))
    assert response.headers == {
        "cache-control": "public, max-age=31536000, immutable",
        "content-length": str(len(CONTENT)),
        "content-type": "image/webp",
        "etag": ETAG,
        "last-modified": f"{NOW:%a, %d %b %Y} 12:30:00 GMT",
    }
    assert fake.transformations == [Transformation("webp", 85, Size(300, 200), "cover")]


def test_it_is_made_once_and_then_comes_from_the_cache(fake: FakeServices) -> None:
    made, cached = get(fake), get(fake)
    assert text_of(cached) == text_of(made)
    # Of the headers that the cache adds, only the age is passed on.
    assert cached.headers == {**made.headers, "age": "60"}
    assert len(fake.transformations) == len(fake.bucket.opened) == 1


@pytest.mark.parametrize(
    "path",
    [
        f"/{KEY}?q=85&fit=cover&w=300&format=webp&h=200",
        f"/{KEY}?w=300&h=200&fit=cover&format=webp",
        f"/{KEY}?w=%3300&h=200&fit=co%76er&format=webp",
        f"/{KEY.replace('aaa', '%61aa')}?{QUERY}",
    ],
)
def test_equal_requests_share_one_entry(fake: FakeServices, path: str) -> None:
    for asked in (f"/{KEY}?{QUERY}", path):
        wait_for(show_file(routed(request("GET", asked)), fake.services()))
    assert list(fake.cache.answers) == [URL]
    assert len(fake.transformations) == 1


@pytest.mark.parametrize("query", ["w=300&junk=1", "w=300&w=300", "w=99999", "fit=cover", "&"])
def test_a_wrong_query_reaches_neither_cache_nor_bucket_nor_images(
    fake: FakeServices, query: str
) -> None:
    fake.bucket.fails = fake.cache.fails = True
    with pytest.raises(CallerError):
        get(fake, query)
    assert (fake.lines, fake.transformations) == ([], [])


def test_what_the_cache_keeps_is_the_image_alone(fake: FakeServices) -> None:
    wait_for(handle(request("GET", f"/{KEY}?{QUERY}"), fake.services()))
    headers, content = fake.cache.answers[URL]
    assert content == CONTENT
    assert set(headers) == {
        "cache-control",
        "content-length",
        "content-type",
        "etag",
        "last-modified",
    }


@pytest.mark.parametrize("key", [OTHER, "images/none.jpg", "images/../secret"])
def test_no_image_is_404_before_anything_is_made(fake: FakeServices, key: str) -> None:
    with pytest.raises(NotFoundError):
        get(fake, key=key)
    assert fake.transformations == []


def test_a_variant_the_client_has_is_neither_made_nor_sent(fake: FakeServices) -> None:
    response = get(fake, if_none_match=ETAG)
    assert (response.status, response.body) == (304, None)
    assert set(response.headers) == {"cache-control", "etag", "last-modified"}
    assert fake.transformations == []
    assert [body.cancelled for body in fake.bucket.opened] == [True]


def test_a_variant_the_client_has_is_not_sent_from_the_cache_either(fake: FakeServices) -> None:
    get(fake)
    assert get(fake, if_none_match=ETAG).status == 304
    assert [body.cancelled for body in fake.cache.opened] == [True]


@pytest.mark.parametrize("etag", ['"etag"', '"etag?w=300&h=200&fit=crop&format=webp&q=85"'])
def test_another_variant_or_the_original_is_not_this_one(fake: FakeServices, etag: str) -> None:
    assert get(fake, if_none_match=etag).status == 200


def test_a_failed_precondition_is_412(fake: FakeServices) -> None:
    with pytest.raises(PreconditionFailedError):
        get(fake, if_match='"other"')
    assert [body.cancelled for body in fake.bucket.opened] == [True]


def test_a_range_is_ignored(fake: FakeServices) -> None:
    for _ in ("made", "cached"):
        response = get(fake, range="bytes=0-1")
        assert (response.status, text_of(response)) == (200, CONTENT.decode("latin-1"))


def test_head_tells_the_same_without_the_bytes(fake: FakeServices) -> None:
    for _ in ("made", "cached"):
        response = wait_for(handle(request("HEAD", f"/{KEY}?{QUERY}"), fake.services()))
        assert (response.status, response.body) == (200, None)
        assert response.headers["content-length"] == str(len(CONTENT))
    assert len(fake.transformations) == 1
    assert [body.cancelled for body in fake.cache.opened] == [True]


def test_a_cache_that_fails_fails_no_request(fake: FakeServices) -> None:
    fake.cache.fails = True
    assert get(fake).status == 200
    assert [line.partition(":")[0] for line in fake.lines] == [
        "the cache could not be read",
        "a variant could not be cached",
    ]


def test_the_type_is_what_cloudflare_made_and_not_what_was_asked(fake: FakeServices) -> None:
    async def transform(_content: object, _wanted: object) -> Encoded:
        return Encoded("image/webp", Bytes(CONTENT))

    asked = request("GET", f"/{KEY}?w=300&h=200&format=avif")
    for _ in ("made", "cached"):
        services = replace(fake.services(), transform=transform)
        response = wait_for(show_file(routed(asked), services))
        assert response.headers["content-type"] == "image/webp"


def test_what_is_too_large_for_cloudflare_says_so(fake: FakeServices) -> None:
    fake.bucket.objects[KEY] = (bytes(20_000_001), "image/jpeg", {})
    with pytest.raises(UnsupportedParameterError, match="20000000 bytes"):
        get(fake)
    assert [body.cancelled for body in fake.bucket.opened] == [True]
    assert fake.transformations == []


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ("Error: IMAGES_TRANSFORM_ERROR 9422: the very words", QuotaExhaustedError),
        ("Error: IMAGES_TRANSFORM_ERROR 9423: the very words", QuotaExhaustedError),
        ("Error: IMAGES_TRANSFORM_ERROR 9523: the very words", TransformError),
        ("Error: the very words", TransformError),
    ],
)
def test_a_failure_of_cloudflares_is_told_and_not_cached(
    fake: FakeServices, failure: str, error: type[Exception]
) -> None:
    fake.images_failure = failure
    with pytest.raises(error, match="Without a query"):
        get(fake)
    assert fake.cache.answers == {}
    assert any("the very words" in line for line in fake.lines)


def test_without_a_query_the_original_is_served(fake: FakeServices) -> None:
    for path in (f"/{KEY}", f"/{KEY}?"):
        response = wait_for(handle(request("GET", path), fake.services()))
        assert response.headers["content-type"] == "image/jpeg"
    assert (fake.transformations, fake.cache.answers) == ([], {})
