"""The URLs of private images are signed and expire."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from easel.app import handle
from easel.library.urls import image_url
from easel.platform.http import Response
from easel.settings.settings import Settings
from support.services import FakeServices, image_bytes, request, wait_for

KEY = f"images/2026-11-20/{'a' * 40}.jpg"
OTHER = f"images/2026-11-20/{'b' * 40}.jpg"
BASE = "https://easel.test"
PRIVATE = Settings(private_images=True, signed_url_seconds=600)


def fake(settings: Settings = PRIVATE) -> FakeServices:
    services = FakeServices(settings=settings)
    for key in (KEY, OTHER):
        services.bucket.objects[key] = (image_bytes(), "image/jpeg", {})
    return services


def signed(services: FakeServices, **changes: str) -> str:
    """The path and query of a signed URL, with changes of the query."""
    url = urlsplit(wait_for(image_url(KEY, BASE, services.settings, services.services())))
    query = {**dict(parse_qsl(url.query)), **changes}
    return f"{url.path}?{urlencode(query)}"


def get(services: FakeServices, path: str) -> Response:
    response: Response = wait_for(handle(request("GET", path), services.services()))
    return response


def test_public_images_have_permanent_urls() -> None:
    services = fake(Settings())
    assert wait_for(image_url(KEY, BASE, services.settings, services.services())) == f"{BASE}/{KEY}"


def test_a_signed_url_serves_the_image_with_private_caching() -> None:
    services = fake()
    response = get(services, signed(services))
    assert response.status == 200
    assert response.headers["cache-control"] == "private, max-age=600"


def test_a_signed_url_serves_variants() -> None:
    services = fake()
    assert get(services, f"{signed(services)}&w=64").headers["content-type"] == "image/jpeg"
    assert get(services, f"{signed(services)}&w=0").status == 400


def test_a_signed_url_expires() -> None:
    services = fake()
    path = signed(services)
    services.slept.append(599)
    assert get(services, path).status == 200
    services.slept.append(2)
    assert get(services, path).status == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": ""},
        {"signature": "0" * 64},
        {"signature": "é"},
        {"expires": "99999999999"},
        {"expires": ""},
        {"expires": "-1"},
        {"expires": "1e9"},
        {"expires": "9" * 400},
    ],
    ids=str,
)
def test_a_signed_url_with_another_signature_or_expiry_is_refused(changes: dict[str, str]) -> None:
    services = fake()
    response = get(services, signed(services, **changes))
    assert response.status == 403


def test_a_signature_is_valid_only_for_its_own_image() -> None:
    services = fake()
    path = signed(services).replace(KEY, OTHER)
    assert get(services, path).status == 403
    assert get(services, f"/{KEY}").status == 403


def test_all_isolates_share_one_signing_secret() -> None:
    services = fake()
    paths = {signed(services) for _ in range(2)}
    assert len(paths) == 1
    assert services.ledger.operations.count("get_or_create_secret") == 2


def test_the_signed_url_of_an_image_that_became_public_still_works() -> None:
    services = fake()
    path = signed(services)
    services.settings = Settings()
    services.slept.append(timedelta(days=9).total_seconds())
    response = get(services, path)
    assert response.status == 200
    assert "immutable" in response.headers["cache-control"]
