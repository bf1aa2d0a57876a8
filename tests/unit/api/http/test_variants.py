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
    wire_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    http_request = request("GET", f"/{key}?{query}", headers=wire_headers)
    response: Response = wait_for(show_file(routed(http_request), fake.services()))
    return response


def test_a_variant_is_served_with_an_immutable_cache_header(fake: FakeServices) -> None:
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


def test_a_variant_is_made_once_and_then_served_from_the_cache(fake: FakeServices) -> None:
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
def test_equal_queries_share_one_cache_entry(fake: FakeServices, path: str) -> None:
    for path_and_query in (f"/{KEY}?{QUERY}", path):
        wait_for(show_file(routed(request("GET", path_and_query)), fake.services()))
    assert list(fake.cache.answers) == [URL]
    assert len(fake.transformations) == 1


@pytest.mark.parametrize("query", ["w=300&junk=1", "w=300&w=300", "w=99999", "fit=cover", "&"])
def test_a_wrong_query_is_refused_before_any_binding_is_used(
    fake: FakeServices, query: str
) -> None:
    fake.bucket.fails = fake.cache.fails = True
    with pytest.raises(CallerError):
        get(fake, query)
    assert (fake.lines, fake.transformations) == ([], [])


def test_the_cache_stores_no_headers_of_the_request(fake: FakeServices) -> None:
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
def test_a_missing_image_is_answered_with_404_before_a_transformation(
    fake: FakeServices, key: str
) -> None:
    with pytest.raises(NotFoundError):
        get(fake, key=key)
    assert fake.transformations == []


def test_a_variant_that_the_client_has_is_neither_made_nor_sent(fake: FakeServices) -> None:
    response = get(fake, if_none_match=ETAG)
    assert (response.status, response.body) == (304, None)
    assert set(response.headers) == {"cache-control", "etag", "last-modified"}
    assert fake.transformations == []
    assert [body.cancelled for body in fake.bucket.opened] == [True]


def test_a_cached_variant_that_the_client_has_is_not_sent(fake: FakeServices) -> None:
    get(fake)
    assert get(fake, if_none_match=ETAG).status == 304
    assert [body.cancelled for body in fake.cache.opened] == [True]


@pytest.mark.parametrize("etag", ['"etag"', '"etag?w=300&h=200&fit=crop&format=webp&q=85"'])
def test_the_etag_of_another_variant_does_not_match(fake: FakeServices, etag: str) -> None:
    assert get(fake, if_none_match=etag).status == 200


def test_a_failed_precondition_is_answered_with_412(fake: FakeServices) -> None:
    with pytest.raises(PreconditionFailedError):
        get(fake, if_match='"other"')
    assert [body.cancelled for body in fake.bucket.opened] == [True]


def test_a_range_of_a_variant_is_ignored(fake: FakeServices) -> None:
    for _ in ("made", "cached"):
        response = get(fake, range="bytes=0-1")
        assert (response.status, text_of(response)) == (200, CONTENT.decode("latin-1"))


def test_head_answers_like_get_without_the_body(fake: FakeServices) -> None:
    for _ in ("made", "cached"):
        response = wait_for(handle(request("HEAD", f"/{KEY}?{QUERY}"), fake.services()))
        assert (response.status, response.body) == (200, None)
        assert response.headers["content-length"] == str(len(CONTENT))
    assert len(fake.transformations) == 1
    assert [body.cancelled for body in fake.cache.opened] == [True]


def test_a_failing_cache_does_not_fail_the_request(fake: FakeServices) -> None:
    fake.cache.fails = True
    assert get(fake).status == 200
    assert [line.partition(":")[0] for line in fake.lines] == [
        "the cache could not be read",
        "a variant could not be cached",
    ]


def test_the_content_type_is_that_of_the_image_that_cloudflare_made(fake: FakeServices) -> None:
    async def transform(_content: object, _wanted: object) -> Encoded:
        return Encoded("image/webp", Bytes(CONTENT))

    http_request = request("GET", f"/{KEY}?w=300&h=200&format=avif")
    for _ in ("made", "cached"):
        services = replace(fake.services(), transform=transform)
        response = wait_for(show_file(routed(http_request), services))
        assert response.headers["content-type"] == "image/webp"


def test_an_image_too_large_for_cloudflare_is_refused_with_the_limit(fake: FakeServices) -> None:
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
def test_a_failure_of_cloudflare_images_is_reported_and_not_cached(
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
