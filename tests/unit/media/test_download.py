"""Images are downloaded from URLs and data URLs."""

import base64
from typing import Any, Literal

import pytest

from easel.media.download import DownloadError, download
from easel.platform.web import UrlAnswer, UrlFailure
from support.services import Bytes, FakeServices, Text, image_bytes, wait_for

IMAGE = image_bytes("png", 8, 8)
FOUND = UrlAnswer(200, content_type="image/png", body=Bytes(IMAGE))
DATA = "data:image/png;base64," + base64.b64encode(IMAGE).decode()


def get(services: FakeServices, url: str | Text, **options: Any) -> Any:
    options = {"allow_private": False, **options}
    return wait_for(download(url, services.services(), **options)).content


def failure(services: FakeServices, url: str | Text, **options: Any) -> DownloadError:
    with pytest.raises(DownloadError) as caught:
        get(services, url, **options)
    assert str(caught.value).endswith(".")
    return caught.value


def moved(location: str | None, status: int = 302) -> UrlAnswer:
    return UrlAnswer(status, location)


def test_an_image_is_downloaded_once_from_the_canonical_url() -> None:
    services = FakeServices(web={"https://a.example/fox": FOUND})
    assert get(services, "HTTPS://A.example:443/fox#top") == Bytes(IMAGE)
    assert services.opened == [("https://a.example/fox", 10, 20_000_000)]


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp", "gif"])
@pytest.mark.parametrize(
    "content_type", ["", "IMAGE/JPEG; q=1", "application/octet-stream", "binary/octet-stream"]
)
def test_the_bytes_of_an_image_count_more_than_a_vague_content_type(
    image_format: str, content_type: str
) -> None:
    image = Bytes(image_bytes(image_format, 8, 8))
    services = FakeServices(web={"https://a.example/": UrlAnswer(200, None, content_type, image)})
    assert get(services, "https://a.example") == image


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "https://u:secret@a.example/", "file:///a"])
def test_an_untrusted_url_is_never_opened(url: str) -> None:
    services = FakeServices()
    error = failure(services, url)
    assert error.reason == "untrusted"
    assert "secret" not in str(error)
    assert services.opened == []


def test_a_private_url_is_opened_if_private_urls_are_allowed() -> None:
    services = FakeServices(web={"http://minio:9000/a": FOUND})
    assert get(services, "http://minio:9000/a", allow_private=True) == Bytes(IMAGE)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    ["https://b.example/x/fox", "//b.example/x/fox", "HTTPS://B.EXAMPLE/x/fox#a"],
)
def test_a_redirect_is_followed(status: int, location: str) -> None:
    services = FakeServices(
        web={"https://a.example/x/y": moved(location, status), "https://b.example/x/fox": FOUND}
    )
    assert get(services, "https://a.example/x/y") == Bytes(IMAGE)


@pytest.mark.parametrize("location", ["fox", "./fox", "/x/fox", "../x/fox", "y/../fox", "http:fox"])
def test_a_relative_redirect_is_resolved(location: str) -> None:
    web = {"http://a.example:81/x/y?z": moved(location), "http://a.example:81/x/fox": FOUND}
    assert get(FakeServices(web=web), "http://a.example:81/x/y?z") == Bytes(IMAGE)


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "//127.0.0.1/",
        "https://[::1]/",
        "https://[::1",
        "https://u:secret@b.example/",
        "http://b.example/",  # From https.
        "https:\\\\127.0.0.1\\",
        "/\\127.0.0.1/",
        "http:127.0.0.1",
        "file:///etc/passwd",
        DATA,
    ],
)
def test_a_redirect_to_an_untrusted_url_is_not_followed(location: str) -> None:
    services = FakeServices(web={"https://a.example/": moved(location)})
    error = failure(services, "https://a.example/")
    assert error.reason == "untrusted"
    assert "secret" not in str(error)
    assert len(services.opened) == 1


def test_a_redirect_from_https_to_http_is_followed_if_private_urls_are_allowed() -> None:
    services = FakeServices(
        web={"https://a.example/": moved("http://a.example/"), "http://a.example/": FOUND}
    )
    assert get(services, "https://a.example/", allow_private=True) == Bytes(IMAGE)


def chain(length: int) -> dict[str, UrlAnswer]:
    web = {f"https://a.example/{step}": moved(f"/{step + 1}") for step in range(length)}
    return {**web, f"https://a.example/{length}": FOUND}


def test_five_redirects_are_followed_and_no_more() -> None:
    assert get(FakeServices(web=chain(5)), "https://a.example/0") == Bytes(IMAGE)
    services = FakeServices(web=chain(6))
    assert failure(services, "https://a.example/0").reason == "redirects"
    assert len(services.opened) == 6


def test_a_redirect_loop_ends() -> None:
    services = FakeServices(web={"https://a.example/": moved("/")})
    assert failure(services, "https://a.example/").reason == "redirects"


@pytest.mark.parametrize(
    "answer", [moved(None), *(UrlAnswer(status) for status in (204, 206, 300, 304, 404, 500, 530))]
)
def test_only_status_200_is_accepted(answer: UrlAnswer) -> None:
    error = failure(FakeServices(web={"https://a.example/": answer}), "https://a.example/")
    assert error.reason == "status"
    assert str(answer.status) in str(error)


def test_all_redirects_share_one_deadline() -> None:
    services = FakeServices(web=chain(5), slowness=3)
    assert failure(services, "https://a.example/0", seconds=8).reason == "timeout"
    assert [seconds for _, seconds, _ in services.opened] == [8, 5, 2]


@pytest.mark.parametrize("reason", ["timeout", "too_large", "unreachable"])
def test_the_reason_of_a_failed_download_is_reported_without_the_servers_words(
    reason: Literal["timeout", "too_large", "unreachable"],
) -> None:
    services = FakeServices(web={"https://a.example/": UrlFailure(reason, "upstream's secret")})
    error = failure(services, "https://a.example/")
    assert error.reason == reason
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("text/html", IMAGE),
        ("application/json; charset=utf-8", IMAGE),
        ("video/mp4", IMAGE),
        ("imagery/png", IMAGE),
        ("image/png", b"<html>secret</html>"),
        ("image/png", IMAGE[:-20]),
        ("image/svg+xml", b"<svg/>"),
        ("", b""),
    ],
)
def test_content_that_is_not_an_image_is_refused(content_type: str, content: bytes) -> None:
    answer = UrlAnswer(200, None, content_type, Bytes(content))
    error = failure(FakeServices(web={"https://a.example/": answer}), "https://a.example/")
    assert error.reason == "not_an_image"
    assert "secret" not in str(error)


@pytest.mark.parametrize("hold", [str, Text])
@pytest.mark.parametrize(
    "head",
    [
        "data:image/png;base64,",
        "DATA:Image/PNG;charset=utf-8;name=fox.png;BASE64,",
        "data:;base64,",
        "data:application/octet-stream;base64,",
    ],
)
def test_a_data_url_is_decoded(hold: type[str] | type[Text], head: str) -> None:
    services = FakeServices()
    assert get(services, hold(head + base64.b64encode(IMAGE).decode())) == Bytes(IMAGE)
    assert services.opened == []


@pytest.mark.parametrize(
    "url",
    [
        "data:",
        "data:,",
        "data:image/png,%89PNG",
        "data:image/png;base64",
        "data:image/png;base64,",
        "data:image/png;base64,***",
        "data:image/png;base64,aGVsbG8=",
        "data:image/png;base64;x,aGVsbG8=",
        f"data:image/png;x={'y' * 300};base64,",
        DATA.replace("image/png", "text/html"),
        DATA[:-40],
    ],
)
def test_a_data_url_without_an_image_is_refused(url: str) -> None:
    assert failure(FakeServices(), url).reason == "not_an_image"


@pytest.mark.parametrize("excess", [1, 1000])
def test_the_size_limit_applies_to_data_urls(excess: int) -> None:
    image = IMAGE + bytes(excess - 1)
    url = Text("data:;base64," + base64.b64encode(image).decode())
    assert get(FakeServices(), url, limit=len(image)) == Bytes(image)
    assert failure(FakeServices(), url, limit=len(IMAGE) - 1).reason == "too_large"


def test_a_long_url_that_is_not_a_data_url_is_downloaded() -> None:
    url = "https://a.example/?signature=" + "a" * 2000
    assert get(FakeServices(web={url: FOUND}), Text(url)) == Bytes(IMAGE)
    assert failure(FakeServices(), Text(url + "a" * 16_000)).reason == "untrusted"


@pytest.mark.parametrize(
    ("content_type", "content"), [("text/html", IMAGE), ("image/png", b"<html>")]
)
def test_the_memory_of_a_body_that_is_no_image_is_released(
    content_type: str, content: bytes
) -> None:
    released: list[str] = []
    answer = UrlAnswer(
        200, None, content_type, Bytes(content), release=lambda: released.append("it")
    )
    failure(FakeServices(web={"https://a.example/": answer}), "https://a.example/")
    assert released == ["it"]


def test_a_body_that_is_too_long_is_told_the_limit() -> None:
    services = FakeServices(web={"https://a.example/": UrlFailure("too_large", "x")})
    assert "30,000,000 bytes" in str(failure(services, "https://a.example/", limit=30_000_000))
