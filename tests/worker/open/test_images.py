"""Stored images over HTTP: conditional requests, ranges and headers."""

import httpx2
import pytest

from support.server import Server


@pytest.fixture(scope="module")
def url(server: Server) -> str:
    """One stored image."""
    with server.client() as client:
        body = {"prompt": "a stored fox", "seed": 1, "size": "128x128"}
        answer = client.post("/v1/images/generations", json=body).json()
    stored: str = answer["data"][0]["url"]
    return stored


@pytest.fixture(scope="module")
def content(server: Server, url: str) -> bytes:
    """Its bytes."""
    with server.client() as client:
        stored: bytes = client.get(url).content
        return stored


def test_an_image_is_cacheable_for_ever_and_readable_by_any_page(
    http: httpx2.Client, url: str
) -> None:
    headers = http.get(url).headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["accept-ranges"] == "bytes"
    assert headers["etag"].startswith('"')


def test_an_image_url_cannot_be_guessed(url: str) -> None:
    name = url.rpartition("/")[2].partition(".")[0]
    # 160 random bits in hexadecimal, and not all alike.
    assert len(name) == 40
    assert len(set(name)) > 5


def test_head_has_the_same_headers_without_a_body(
    http: httpx2.Client, url: str, content: bytes
) -> None:
    response = http.head(url)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == str(len(content))
    assert response.headers["etag"] == http.get(url).headers["etag"]


@pytest.mark.parametrize("condition", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
def test_an_image_that_the_client_has_is_a_304(
    http: httpx2.Client, url: str, condition: str
) -> None:
    etag = http.get(url).headers["etag"]
    response = http.get(url, headers={"if-none-match": condition.format(etag=etag)})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == etag


def test_an_image_that_the_client_lacks_is_sent(http: httpx2.Client, url: str) -> None:
    assert http.get(url, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("text", ["x", '"', "W/", ",", "é", "**", '"' * 3000])
@pytest.mark.parametrize("query", ["", "?w=20"])
def test_a_malformed_conditional_header_matches_no_image(
    http: httpx2.Client, url: str, text: str, query: str
) -> None:
    for name, status in (
        ("if-none-match", 200),
        ("if-modified-since", 200),
        ("if-unmodified-since", 200),
        ("if-match", 412),
    ):
        response = http.get(url + query, headers={name.encode(): text.encode()})
        assert response.status_code == status, name


@pytest.mark.parametrize("text", ["x", 'W/"', "Fri, 31 Feb 2026 12:00:00 GMT"])
def test_a_range_with_a_condition_that_does_not_match_returns_the_whole_image(
    http: httpx2.Client, url: str, text: str
) -> None:
    assert http.get(url, headers={"range": "bytes=2-5", "if-range": text}).status_code == 200


def test_a_range_with_a_matching_date_is_served(http: httpx2.Client, url: str) -> None:
    modified = http.head(url).headers["last-modified"]
    assert http.get(url, headers={"range": "bytes=2-5", "if-range": modified}).status_code == 206


def test_a_failed_precondition_is_412(http: httpx2.Client, url: str) -> None:
    response = http.get(url, headers={"if-match": '"other"'})
    assert (response.status_code, response.json()["error"]["code"]) == (412, "precondition_failed")


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=5-9", 5, 10), ("bytes=100-", 100, None), ("bytes=-7", -7, None)],
)
def test_a_byte_range_of_an_image_is_served(
    http: httpx2.Client, url: str, content: bytes, wanted: str, start: int, end: int | None
) -> None:
    response = http.get(url, headers={"range": wanted, "accept-encoding": "identity"})
    assert (response.status_code, response.content) == (206, content[start:end])
    first = start % len(content)
    last = first + len(response.content) - 1
    assert response.headers["content-range"] == f"bytes {first}-{last}/{len(content)}"
    assert response.headers["content-type"] == "image/jpeg"


def test_a_range_beyond_the_end_is_cut_at_the_end(
    http: httpx2.Client, url: str, content: bytes
) -> None:
    response = http.get(url, headers={"range": "bytes=10-99999999"})
    assert (response.status_code, response.content) == (206, content[10:])


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=-0"])
def test_a_range_outside_the_image_is_a_416(
    http: httpx2.Client, url: str, content: bytes, wanted: str
) -> None:
    response = http.get(url, headers={"range": wanted})
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize("wanted", ["bytes=9-5", "bytes=0-1,5-6", "chars=0-1"])
def test_an_unsupported_range_is_ignored(
    http: httpx2.Client, url: str, content: bytes, wanted: str
) -> None:
    response = http.get(url, headers={"range": wanted})
    assert (response.status_code, response.content) == (200, content)


@pytest.mark.parametrize(
    "path",
    [
        "/images/none",
        "/images/..%2f..%2fetc",
        "/images/%00",
        "/images/%ff",
        "/images/" + "x" * 2000,
    ],
)
def test_an_unknown_image_is_a_404(http: httpx2.Client, path: str) -> None:
    response = http.get(path)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_images_cannot_be_changed(http: httpx2.Client, url: str, method: str) -> None:
    response = http.request(method, url)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
