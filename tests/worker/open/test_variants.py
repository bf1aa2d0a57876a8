"""Variants of stored images, checked with Pillow."""

import time
import uuid
from io import BytesIO

import httpx2
import pytest
from PIL import Image

from support.server import Server

SDXL = "@cf/stabilityai/stable-diffusion-xl-base-1.0"
PATIENCE_SECONDS = 30


def make(server: Server, size: str, directive: str = "") -> str:
    """The URL of a new image."""
    with server.client() as client:
        body = {"prompt": f"a fox {uuid.uuid4()} {directive}", "model": SDXL, "size": size}
        answer = client.post("/v1/images/generations", json=body).json()
    url: str = answer["data"][0]["url"]
    return url


@pytest.fixture(scope="module")
def png(server: Server) -> str:
    """A stored image of 512x256 pixels."""
    return make(server, "512x256")


@pytest.fixture(scope="module")
def jpeg(server: Server) -> str:
    """The same in another format."""
    return make(server, "512x256", "[stand-in format jpeg]")


def picture(response: httpx2.Response) -> Image.Image:
    assert response.status_code == 200, response.text
    image = Image.open(BytesIO(response.content))
    image.load()
    assert response.headers["content-type"] == Image.MIME[image.format or ""]
    assert response.headers["content-length"] == str(len(response.content))
    return image


def until_cached(http: httpx2.Client, url: str) -> httpx2.Response:
    """Request a URL until the response comes from the cache: only then it has an age."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "age" not in (response := http.get(url)).headers:
        if time.monotonic() > deadline:
            raise TimeoutError("the variant never came from the cache")
    return response


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("w=128", (128, 64)),
        ("h=64", (128, 64)),
        ("w=128&h=128", (128, 64)),
        ("w=2048&h=2048", (512, 256)),
        ("w=128&h=128&fit=scale-down", (128, 64)),
        ("w=128&h=128&fit=contain", (128, 64)),
        ("w=1024&fit=contain", (1024, 512)),
        ("w=128&h=128&fit=cover", (128, 128)),
        ("w=600&h=600&fit=cover", (600, 600)),
        ("w=1024&fit=cover", (1024, 512)),
        ("w=128&h=128&fit=crop", (128, 128)),
        ("w=2048&h=2048&fit=crop", (512, 256)),
        ("w=128&h=128&fit=pad", (128, 128)),
        ("w=600&h=600&fit=pad", (600, 600)),
        ("w=1", (1, 1)),
    ],
)
def test_an_image_is_scaled(
    http: httpx2.Client, png: str, query: str, size: tuple[int, int]
) -> None:
    image = picture(http.get(f"{png}?{query}"))
    assert (image.format, image.size) == ("PNG", size)


def test_no_side_of_a_thin_image_exceeds_the_maximum(server: Server, http: httpx2.Client) -> None:
    thin = make(server, "64x1024")
    image = picture(http.get(f"{thin}?w=2048&fit=contain"))
    assert image.size == (128, 2048)


@pytest.mark.parametrize(
    ("query", "image_format"),
    [
        ("format=png", "PNG"),
        ("format=jpeg", "JPEG"),
        ("format=webp&q=60", "WEBP"),
        ("format=avif", "AVIF"),
    ],
)
def test_an_image_is_re_encoded(
    http: httpx2.Client, png: str, jpeg: str, query: str, image_format: str
) -> None:
    for url in (png, jpeg):
        image = picture(http.get(f"{url}?{query}"))
        assert (image.format, image.size) == (image_format, (512, 256))


def test_the_format_is_unchanged_when_none_is_requested(http: httpx2.Client, jpeg: str) -> None:
    assert picture(http.get(f"{jpeg}?w=100&q=70")).format == "JPEG"


def test_a_variant_is_cached_for_every_form_of_its_request(http: httpx2.Client, jpeg: str) -> None:
    made = http.get(f"{jpeg}?w=90&h=80&fit=cover")
    assert "age" not in made.headers
    cached = until_cached(http, f"{jpeg}?w=90&h=80&fit=cover")
    assert cached.content == made.content
    for query in (
        "fit=cover&h=80&w=90",
        "w=90&h=80&fit=cover&format=jpeg",
        "h=8%30&w=90&fit=cover",
    ):
        same = http.get(f"{jpeg}?{query}")
        assert "age" in same.headers
        assert same.headers["etag"] == made.headers["etag"]
    for query in ("w=90&h=80", "w=90&h=80&fit=cover&q=84", "w=90&h=80&fit=cover&format=webp"):
        other = http.get(f"{jpeg}?{query}")
        assert "age" not in other.headers
        assert other.headers["etag"] != made.headers["etag"]


def test_a_variant_has_the_originals_headers_and_an_etag_of_its_own(
    http: httpx2.Client, png: str
) -> None:
    original = http.get(png).headers
    for answer in (
        http.get(f"{png}?w=70"),
        until_cached(http, f"{png}?w=70"),
        http.head(f"{png}?w=71"),
    ):
        for name in (
            "access-control-allow-origin",
            "cache-control",
            "content-type",
            "last-modified",
            "x-content-type-options",
        ):
            assert answer.headers[name] == original[name]
        assert answer.headers["etag"].startswith('"')
        assert answer.headers["etag"] != original["etag"]
        assert "accept-ranges" not in answer.headers
        assert "cf-cache-status" not in answer.headers


def test_a_variant_that_the_client_has_is_a_304(http: httpx2.Client, png: str) -> None:
    etag = http.get(f"{png}?w=61").headers["etag"]
    until_cached(http, f"{png}?w=61")
    for url, tag in ((f"{png}?w=61", etag), (f"{png}?w=62", etag.replace("w=61", "w=62"))):
        response = http.get(url, headers={"if-none-match": tag})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == tag
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    since = {"if-modified-since": http.head(png).headers["last-modified"]}
    assert http.get(f"{png}?w=62", headers=since).status_code == 304
    # Nothing was made for the one that was only asked about.
    assert "age" not in http.get(f"{png}?w=62").headers


def test_head_has_the_same_headers_without_a_body(http: httpx2.Client, png: str) -> None:
    head = http.head(f"{png}?w=51")
    response = until_cached(http, f"{png}?w=51")
    assert (head.status_code, head.content) == (200, b"")
    assert "age" in http.head(f"{png}?w=51").headers
    for name in ("content-length", "content-type", "etag"):
        assert head.headers[name] == response.headers[name]


def test_a_range_is_ignored(http: httpx2.Client, png: str) -> None:
    for _ in range(2):
        assert picture(http.get(f"{png}?w=41", headers={"range": "bytes=0-9"})).size == (41, 21)
        until_cached(http, f"{png}?w=41")


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        *(
            (f"w={text}", "w", "invalid_value")
            for text in ("", "0", "-1", "1.5", "2049", "9" * 999)
        ),
        *((f"h={text}", "h", "invalid_value") for text in ("big", "%00", "%ff", "1%26w=2")),
        ("w=100&w=100", "w", "invalid_value"),
        ("w=100&fit=fill", "fit", "invalid_value"),
        ("fit=cover", "fit", "invalid_value"),
        ("format=gif", "format", "invalid_value"),
        ("format=auto", "format", "invalid_value"),
        ("format=webp&q=0", "q", "invalid_value"),
        ("format=webp&q=101", "q", "invalid_value"),
        ("q=80", "q", "unsupported_parameter"),
        ("w=100&format=png&q=80", "q", "unsupported_parameter"),
        ("width=100", "width", "unsupported_parameter"),
        ("w=100&cache=no", "cache", "unsupported_parameter"),
        ("w=100&", "", "unsupported_parameter"),
        ("&", "", "unsupported_parameter"),
        ("%F0%9F%A6%8A", "🦊", "unsupported_parameter"),
    ],
    ids=lambda value: value[:20],
)
def test_a_wrong_query_is_a_clear_400(
    http: httpx2.Client, png: str, query: str, param: str, code: str
) -> None:
    response = http.get(f"{png}?{query}")
    error = response.json()["error"]
    assert (response.status_code, error["param"], error["code"]) == (400, param, code)
    assert response.headers["access-control-allow-origin"] == "*"
    assert "cache-control" not in response.headers


def test_a_gif_has_no_resized_variants(http: httpx2.Client) -> None:
    response = http.get(f"/images/2026-11-20/{'0' * 40}.gif?w=100")
    assert (response.status_code, response.json()["error"]["param"]) == (400, "w")


@pytest.mark.parametrize("path", [f"/images/2026-11-20/{'0' * 40}.png", "/images/none"])
def test_an_unknown_image_is_a_404(http: httpx2.Client, path: str) -> None:
    response = http.get(f"{path}?w=100")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_an_empty_query_selects_the_original(http: httpx2.Client, png: str) -> None:
    assert http.get(f"{png}?").headers["etag"] == http.get(png).headers["etag"]
