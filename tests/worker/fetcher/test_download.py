"""Downloads from hostile servers with the runtime's own `fetch`.

No route is needed for it: the Worker of `worker/` calls the download itself.
"""

import base64
import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from support.services import image_bytes
from support.urls import HARMLESS, MALFORMED, PRIVATE
from support.website import Page, Visit, Website, flood, head, page, script, website

IMAGE = image_bytes("png", 300, 300)
PATIENCE_SECONDS = 20


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as running_site:
        yield running_site


def call(fetcher: httpx2.Client, function: str, **arguments: object) -> Any:
    response = fetcher.post(f"/{function}", json=arguments)
    assert response.status_code == 200, response.text
    return response.json()


def fetch(fetcher: httpx2.Client, url: str, **arguments: object) -> bytes:
    arguments = {"allow_private": True, **arguments}
    response = fetcher.post("/download", json={"url": url, **arguments})
    assert response.status_code == 200, response.text
    content: bytes = response.content
    return content


def reason(fetcher: httpx2.Client, url: str, **arguments: object) -> str:
    """Return why there is no image; the message must show neither the request nor the response."""
    error = json.loads(fetch(fetcher, url, **arguments))
    assert "secret" not in error["message"]
    return str(error["reason"])


def assert_left(site: Website) -> None:
    for visit in site.visits:
        assert visit.left.wait(PATIENCE_SECONDS), visit.request


def test_an_image_is_returned_as_bytes(fetcher: httpx2.Client, site: Website) -> None:
    assert fetch(fetcher, site.add(page(IMAGE, content_type="image/png"))) == IMAGE


def test_a_download_identifies_itself_and_carries_no_credential(
    fetcher: httpx2.Client, site: Website
) -> None:
    url = site.add(page(IMAGE, set_cookie="secret=1"), page(IMAGE))
    fetch(fetcher, url)
    fetch(fetcher, f"{site.url}/1")
    request = site.visits[1].request
    assert request.startswith("get /1 http/1.1")
    assert "user-agent: easel/" in request
    assert "cookie" not in request
    assert "authorization" not in request


def redirect(location: str) -> Page:
    return page(b"secret", 302, location=location)


def test_a_chain_of_redirects_leads_to_the_image(fetcher: httpx2.Client, site: Website) -> None:
    url = site.add(redirect("1"), redirect("/2?a=b"), redirect(f"{site.url}/3#a"), page(IMAGE))
    assert fetch(fetcher, url) == IMAGE
    assert len(site.visits) == 4


def test_a_redirect_loop_ends_with_an_error(fetcher: httpx2.Client, site: Website) -> None:
    assert reason(fetcher, site.add(redirect("1"), redirect("0"))) == "redirects"
    assert len(site.visits) == 6


def test_the_runtime_follows_no_redirect_by_itself(fetcher: httpx2.Client, site: Website) -> None:
    url = site.add(redirect("http://127.0.0.1/secret"))
    answer = call(fetcher, "open", url=url, seconds=PATIENCE_SECONDS, limit=1000)
    assert answer == [302, "http://127.0.0.1/secret", True]


@pytest.mark.parametrize(
    "location", ["http://u:secret@127.0.0.1/", "file:///secret", "http://127.1/", "data:,secret"]
)
def test_a_redirect_is_checked(fetcher: httpx2.Client, site: Website, location: str) -> None:
    assert reason(fetcher, site.add(redirect(location))) == "untrusted"
    assert len(site.visits) == 1


def test_a_local_address_is_contacted_only_when_it_is_allowed(
    fetcher: httpx2.Client, site: Website
) -> None:
    assert reason(fetcher, site.add(page(IMAGE)), allow_private=False) == "untrusted"
    assert site.visits == []


STALLS = {
    "before the headers": Visit.wait,
    "inside the headers": script(head()[:-2], Visit.wait),
    "before the body": script(head(content_length=9), Visit.wait),
    "inside the body": script(head(), IMAGE[:99], Visit.wait),
    "between all bytes": script(head(), Visit.trickle),
}


@pytest.mark.parametrize("stall", STALLS.values(), ids=STALLS)
def test_a_download_from_a_slow_server_times_out(
    fetcher: httpx2.Client, site: Website, stall: Page
) -> None:
    assert reason(fetcher, site.add(stall), seconds=0.3) == "timeout"
    assert_left(site)


def test_one_timeout_covers_all_redirects(fetcher: httpx2.Client, site: Website) -> None:
    pages = [*(redirect(f"/{step}") for step in (1, 2, 3)), STALLS["inside the body"]]
    assert reason(fetcher, site.add(*pages), seconds=0.5) == "timeout"
    assert_left(site)


FLOODS = {
    "announced": script(head(content_length=200_000_000), Visit.wait),
    "endless": script(head(), flood(bytes(2**16))),
    "endless chunks": script(
        head(transfer_encoding="chunked"), flood(b"10000\r\n" + bytes(2**16) + b"\r\n")
    ),
    "packed": page(gzip.compress(bytes(30_000_000)), content_encoding="gzip"),
}


@pytest.mark.parametrize("answer", FLOODS.values(), ids=FLOODS)
def test_an_endless_download_is_aborted_at_the_size_limit(
    fetcher: httpx2.Client, site: Website, answer: Page
) -> None:
    assert reason(fetcher, site.add(answer), seconds=PATIENCE_SECONDS) == "too_large"
    assert_left(site)


def test_the_limit_is_exact(fetcher: httpx2.Client, site: Website) -> None:
    url = site.add(page(IMAGE))
    assert fetch(fetcher, url, limit=len(IMAGE)) == IMAGE
    assert reason(fetcher, url, limit=len(IMAGE) - 1) == "too_large"


@pytest.mark.parametrize("status", [204, 206, 302, 404, 500])
def test_the_body_of_an_unused_response_is_not_read(
    fetcher: httpx2.Client, site: Website, status: int
) -> None:
    url = site.add(script(head(status), flood(bytes(2**16))))
    assert reason(fetcher, url, seconds=PATIENCE_SECONDS) == "status"
    assert_left(site)


ABANDONED = {
    **STALLS,
    **FLOODS,
    "an error": script(head(404), flood(bytes(2**16))),
    "a redirect": script(head(302, location="/1"), flood(bytes(2**16))),
    "HTML": script(head(content_type="text/html", content_length=30_000_000), Visit.wait),
}


@pytest.mark.parametrize("abandoned", ABANDONED.values(), ids=ABANDONED)
def test_a_connection_is_released_before_the_request_ends(
    fetcher: httpx2.Client, site: Website, abandoned: Page
) -> None:
    def wait_for_the_first(_visit: Visit) -> None:
        site.visits[0].left.wait(PATIENCE_SECONDS)

    url = site.add(abandoned, script(wait_for_the_first, page(IMAGE)))
    assert fetch(fetcher, f"{site.url}/1", before=url, seconds=1) == IMAGE


BREAKS = {
    "no answer": script(),
    "no HTTP": script(b"secret\r\n\r\n"),
    "endless headers": script(head()[:-2], flood(b"secret: secret\r\n" * 100)),
    "reset at once": Visit.reset,
    "reset inside the body": script(head(content_length=len(IMAGE)), IMAGE[:99], Visit.reset),
    "shorter than announced": script(head(content_length=999_999), IMAGE),
    "last chunk missing": script(head(transfer_encoding="chunked"), b"3\r\nabc\r\n"),
    "not gzip": page(IMAGE, content_encoding="gzip"),
    "cut gzip": page(gzip.compress(IMAGE)[:-20], content_encoding="gzip"),
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
def test_a_broken_response_counts_as_unreachable(
    fetcher: httpx2.Client, site: Website, broken: Page
) -> None:
    assert reason(fetcher, site.add(broken), seconds=PATIENCE_SECONDS) == "unreachable"
    assert_left(site)


def test_a_missing_server_counts_as_unreachable(fetcher: httpx2.Client, site: Website) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        assert reason(fetcher, f"http://127.0.0.1:{port}/") == "unreachable"
    # And one that speaks no TLS.
    assert reason(fetcher, site.add(page(IMAGE)).replace("http:", "https:")) == "unreachable"


FAKES = {
    "HTML": page(b"<html>secret</html>", content_type="text/html; charset=utf-8"),
    "an image declared as HTML": page(IMAGE, content_type="text/html"),
    "HTML declared as an image": page(b"<html>secret</html>", content_type="image/png"),
    "half an image": page(IMAGE[: len(IMAGE) // 2], content_type="image/png"),
    "longer than announced": script(head(content_length=99), IMAGE),
    "nothing": page(b"", content_type="image/png"),
}


@pytest.mark.parametrize("fake", FAKES.values(), ids=FAKES)
def test_an_upload_that_is_not_an_image_is_refused(
    fetcher: httpx2.Client, site: Website, fake: Page
) -> None:
    assert reason(fetcher, site.add(fake)) == "not_an_image"


def test_a_gzip_response_is_decompressed(fetcher: httpx2.Client, site: Website) -> None:
    assert fetch(fetcher, site.add(page(gzip.compress(IMAGE), content_encoding="gzip"))) == IMAGE


@pytest.mark.parametrize("hold", [False, True])
def test_data_urls_are_decoded_outside_python(fetcher: httpx2.Client, hold: bool) -> None:
    url = "data:image/png;base64," + base64.b64encode(IMAGE).decode()
    assert fetch(fetcher, url, hold=hold) == IMAGE
    assert reason(fetcher, url + "*", hold=hold) == "not_an_image"
    assert reason(fetcher, url, hold=hold, limit=len(IMAGE) - 1) == "too_large"


def test_a_url_in_a_javascript_buffer_is_downloaded(fetcher: httpx2.Client, site: Website) -> None:
    url = site.add(page(IMAGE)) + "?signature=" + "a" * 2000
    assert fetch(fetcher, url, hold=True) == IMAGE


def _variations() -> Iterator[str]:
    """Every URL of the tables, with characters inserted that parsers treat differently."""
    for url in [*HARMLESS, *PRIVATE, *MALFORMED]:
        yield url
        for extra in "/\\@:.?#%[]&;_-x0\u3002\u00ad":
            for position in (6, 7, 8, 9, len(url) // 2, len(url) - 1):
                yield url[:position] + extra + url[position:]


def test_the_runtime_contacts_the_url_that_was_checked(fetcher: httpx2.Client) -> None:
    urls = sorted({url for url in _variations() if url.isprintable() and len(url) < 400})
    passed = [pair for pair in call(fetcher, "check", urls=urls) if pair is not None]
    assert len(passed) > len(HARMLESS)
    for checked, origin in passed:
        assert checked.startswith(f"{origin}/")
