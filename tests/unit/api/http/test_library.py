"""The images of a key are listed, shown and deleted, and other keys cannot see them."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from easel.app import handle
from easel.ledger.history import (
    find_by_fingerprint,
    forget_older,
    get_image,
    image_insert,
    list_images,
)
from easel.ledger.records import ImageRecord
from easel.platform.http import Response
from easel.settings.api_keys import read_keys
from easel.settings.settings import Settings
from support.ledger import MemoryDatabase
from support.services import NOW, FakeServices, request, text_of, wait_for

MINE, OTHERS = "first-key-4c9f1e7a", "other-key-4c9f1e7a"
KEYS = read_keys("EASEL_API_KEYS", json.dumps({"mine": MINE, "others": OTHERS}))
ABOUT = {
    "model": "@cf/black-forest-labs/flux-1-schnell",
    "provider": "workers-ai",
    "task": "generate",
    "prompt": "a fox",
    "parameters": {"steps": 5},
    "seed": 7,
    "size": "512x512",
    "output_format": "webp",
    "output_compression": 80,
    "format": "webp",
    "width": 512,
    "height": 512,
    "bytes": 10,
    "nanodollars": 633_600,
    "request_id": "req_1",
}


@pytest.fixture
def fake() -> FakeServices:
    return FakeServices(settings=Settings(easel_api_keys=KEYS))


def store(
    fake: FakeServices,
    count: int = 1,
    owner: str = "mine",
    stored: datetime = NOW,
    about: dict[str, object] = ABOUT,
) -> list[str]:
    """Store images, the oldest first, and return their ids."""
    names = [f"{owner:x>10}{number:030}" for number in range(count)]
    for name in names:
        key = f"images/{stored:%Y-%m-%d}/{name}.webp"
        fake.bucket.objects[key] = (b"0123456789", "image/webp", {})
        fake.bucket.uploaded[key] = stored
        record = ImageRecord(name, owner, stored.timestamp(), key, json.dumps(about))
        fake.ledger.database.run([image_insert(record)])
    return names


def ask(fake: FakeServices, path: str, method: str = "GET", key: str = MINE) -> Response:
    http_request = request(method, path, headers={"authorization": f"Bearer {key}"})
    response: Response = wait_for(handle(http_request, fake.services()))
    return response


def read_json(
    fake: FakeServices, path: str, method: str = "GET", key: str = MINE
) -> dict[str, Any]:
    response = ask(fake, path, method, key)
    assert response.status == 200, text_of(response)
    content: dict[str, Any] = json.loads(text_of(response))
    return content


def error_of(response: Response) -> tuple[int, str, str | None]:
    error = json.loads(text_of(response))["error"]
    return response.status, error["code"], error["param"]


def test_an_image_is_shown_with_its_whole_record(fake: FakeServices) -> None:
    (name,) = store(fake)
    image = read_json(fake, f"/v1/images/{name}")
    assert image == {
        "id": name,
        "object": "image",
        "created_at": int(NOW.timestamp()),
        "url": f"https://easel.test/images/2026-11-20/{name}.webp",
        **{key: value for key, value in ABOUT.items() if key != "nanodollars"},
        "aspect_ratio": None,
        "revised_prompt": None,
        "cost_usd": 0.0006336,
    }


def test_an_unknown_cost_is_null(fake: FakeServices) -> None:
    (name,) = store(fake, about={**ABOUT, "nanodollars": None})
    assert read_json(fake, f"/v1/images/{name}")["cost_usd"] is None


def test_the_url_of_an_image_begins_with_the_public_base_url(fake: FakeServices) -> None:
    fake.settings = replace(fake.settings, public_base_url="https://img.example")
    (name,) = store(fake)
    assert read_json(fake, f"/v1/images/{name}")["url"].startswith("https://img.example/images/")


def test_generated_images_appear_in_the_list() -> None:
    fake = FakeServices()
    body = b'{"prompt": "a fox", "n": 2, "seed": 7, "aspect_ratio": "16:9"}'
    response_of_generation = wait_for(handle(request(body=body), fake.services()))
    assert response_of_generation.status == 200
    listed = read_json(fake, "/v1/images")
    assert [image["seed"] for image in listed["data"]] == [8, 7]
    for image in listed["data"]:
        assert (image["aspect_ratio"], image["prompt"], image["format"]) == (
            "16:9",
            "a fox",
            "jpeg",
        )
        assert image["request_id"] == response_of_generation.headers["x-request-id"]
        content, *_ = fake.bucket.objects[image["url"].removeprefix("https://easel.test/")]
        assert image["bytes"] == len(content)


def test_the_list_has_openais_form_and_begins_with_the_newest_image(fake: FakeServices) -> None:
    names = store(fake, 3)[::-1]
    listed = read_json(fake, "/v1/images?limit=2")
    assert [image["id"] for image in listed.pop("data")] == names[:2]
    assert listed == {
        "object": "list",
        "first_id": names[0],
        "last_id": names[1],
        "has_more": True,
    }


def test_an_empty_list_has_neither_a_first_nor_a_last_id(fake: FakeServices) -> None:
    assert read_json(fake, "/v1/images") == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


def test_a_page_has_twenty_images_unless_the_query_sets_a_limit(fake: FakeServices) -> None:
    store(fake, 101)
    assert len(read_json(fake, "/v1/images")["data"]) == 20
    assert len(read_json(fake, "/v1/images?limit=100")["data"]) == 100


def test_ten_thousand_images_are_listed_page_by_page(fake: FakeServices) -> None:
    names = store(fake, 10_000)
    store(fake, 10, owner="others")
    seen: list[str] = []
    page = read_json(fake, "/v1/images?limit=100")
    while page["has_more"]:
        seen += [image["id"] for image in page["data"]]
        page = read_json(fake, f"/v1/images?limit=100&after={page['last_id']}")
    seen += [image["id"] for image in page["data"]]
    assert seen == names[::-1]
    # One call of the ledger for each page.
    assert fake.ledger.operations == ["list_images"] * 100


@pytest.mark.parametrize(
    ("query", "status", "code", "param"),
    [
        *(
            (f"limit={text}", 400, "invalid_value", "limit")
            for text in ("0", "101", "-1", "1.5", "", "ten", "9" * 999, "%F0%9F%A6%8A", "+5", "05")
        ),
        ("limit=5&limit=6", 400, "invalid_value", "limit"),
        ("order=asc", 400, "unsupported_parameter", "order"),
        ("after=", 404, "not_found", "after"),
        ("after=none", 404, "not_found", "after"),
        ("after=%00", 404, "not_found", "after"),
    ],
)
def test_a_wrong_query_parameter_is_named_in_the_error(
    fake: FakeServices, query: str, status: int, code: str, param: str
) -> None:
    assert error_of(ask(fake, f"/v1/images?{query}")) == (status, code, param)


def test_the_error_for_an_unknown_query_parameter_names_the_known_ones(fake: FakeServices) -> None:
    assert "limit and after" in text_of(ask(fake, "/v1/images?order=asc"))


def test_the_images_of_another_key_are_answered_with_404(fake: FakeServices) -> None:
    (name,) = store(fake)
    assert read_json(fake, "/v1/images", key=OTHERS)["data"] == []
    for method in ("GET", "HEAD", "DELETE"):
        assert ask(fake, f"/v1/images/{name}", method, OTHERS).status == 404
    assert error_of(ask(fake, f"/v1/images?after={name}", key=OTHERS))[0] == 404
    assert read_json(fake, f"/v1/images/{name}")["id"] == name


@pytest.mark.parametrize("path", ["none", "%00", "../x", "a/b", "A" * 40, "x" * 2000, "%ff"])
def test_an_unknown_image_id_is_answered_with_404(fake: FakeServices, path: str) -> None:
    for method in ("GET", "DELETE"):
        assert error_of(ask(fake, f"/v1/images/{path}", method))[:2] == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD", "POST"])
def test_callers_without_a_valid_key_are_refused(fake: FakeServices, method: str) -> None:
    (name,) = store(fake)
    path = f"/v1/images/{name}" + ("/rerun" if method == "POST" else "")
    assert ask(fake, path, method, "wrong").status == 401
    assert ask(fake, "/v1/images", key="wrong").status == 401


def test_a_key_over_its_rate_limit_is_answered_with_429(fake: FakeServices) -> None:
    fake.rate_limited = {"key mine"}
    assert ask(fake, "/v1/images").status == 429


def test_head_answers_like_get_without_the_body(fake: FakeServices) -> None:
    (name,) = store(fake)
    response = ask(fake, f"/v1/images/{name}", "HEAD")
    assert (response.status, response.body) == (200, None)


# Deleting


def test_a_deleted_image_disappears_from_the_list_and_from_its_urls(fake: FakeServices) -> None:
    first, second = store(fake, 2)
    path = f"/images/2026-11-20/{first}.webp"
    assert read_json(fake, f"/v1/images/{first}", "DELETE") == {
        "id": first,
        "object": "image.deleted",
        "deleted": True,
    }
    assert [image["id"] for image in read_json(fake, "/v1/images")["data"]] == [second]
    for url in (f"/v1/images/{first}", path, f"{path}?w=10"):
        assert ask(fake, url).status == 404
    assert ask(fake, f"/v1/images/{first}", "DELETE").status == 404
    assert len(fake.bucket.objects) == 1


def test_paging_continues_after_a_deleted_image(fake: FakeServices) -> None:
    names = store(fake, 4)
    page = read_json(fake, "/v1/images?limit=2")
    read_json(fake, f"/v1/images/{page['last_id']}", "DELETE")
    rest = read_json(fake, f"/v1/images?limit=2&after={page['last_id']}")
    assert [image["id"] for image in rest["data"]] == [names[1], names[0]]
    assert ask(fake, f"/v1/images?after={page['last_id']}", key=OTHERS).status == 404


def test_a_cached_variant_disappears_with_its_image(fake: FakeServices) -> None:
    (name,) = store(fake)
    path = f"/images/2026-11-20/{name}.webp?w=10"
    assert ask(fake, path).status == 200
    read_json(fake, f"/v1/images/{name}", "DELETE")
    assert len(fake.cache.answers) == 1
    assert ask(fake, path).status == 404
    assert [body.cancelled for body in fake.cache.opened] == [True]


def test_a_deletion_that_failed_can_be_repeated(fake: FakeServices) -> None:
    (name,) = store(fake)
    fake.bucket.fails = True
    assert ask(fake, f"/v1/images/{name}", "DELETE").status == 500
    fake.bucket.fails = False
    assert read_json(fake, f"/v1/images/{name}", "DELETE")["deleted"] is True


def test_the_record_of_an_image_can_be_deleted_after_its_object_disappeared(
    fake: FakeServices,
) -> None:
    (name,) = store(fake)
    fake.bucket.objects.clear()
    assert read_json(fake, f"/v1/images/{name}", "DELETE")["deleted"] is True


# Expiring


def test_an_image_shows_when_it_expires(fake: FakeServices) -> None:
    fake.settings = replace(fake.settings, image_ttl_hours=1.5)
    (name,) = store(fake)
    assert read_json(fake, f"/v1/images/{name}")["expires_at"] == int(NOW.timestamp()) + 5400


def test_an_expired_image_is_neither_listed_nor_shown_nor_rerun(fake: FakeServices) -> None:
    fake.settings = replace(fake.settings, image_ttl_hours=1)
    (old,) = store(fake, stored=NOW - timedelta(hours=2))
    (new,) = store(fake, owner="others", stored=NOW - timedelta(minutes=59))
    assert read_json(fake, "/v1/images")["data"] == []
    assert ask(fake, f"/v1/images/{old}").status == 404
    assert ask(fake, f"/v1/images/{old}", "DELETE").status == 404
    assert ask(fake, f"/v1/images/{old}/rerun", "POST").status == 404
    assert read_json(fake, f"/v1/images/{new}", key=OTHERS)["id"] == new


# The database


def query_plans(database: MemoryDatabase, query_with: Callable[[], object]) -> list[str]:
    """SQLite's query plan for each statement of a call."""
    statements: list[str] = []
    database.connection.set_trace_callback(statements.append)
    query_with()
    database.connection.set_trace_callback(None)
    return [
        str(step[3])
        for statement in statements
        for step in database.connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    ]


@pytest.mark.parametrize(
    ("query_with", "steps"),
    [
        (
            lambda database: list_images(database, "mine", 21, f"{'mine':x>10}{7:030}", 1.0),
            ["sqlite_autoindex_images_1 (id=?)", "images_of_owner (owner=? AND number<?)"],
        ),
        (
            lambda database: find_by_fingerprint(database, "mine", "print", 1.0),
            ["images_alike (owner=? AND fingerprint=?)"],
        ),
        (
            lambda database: get_image(database, "mine", "a"),
            ["sqlite_autoindex_images_1 (id=?)"],
        ),
        (
            lambda database: forget_older(database, 1.0, 1000),
            [
                *["INTEGER PRIMARY KEY (rowid=?)", "COVERING INDEX images_by_age (created<?)"] * 2,
                "INTEGER PRIMARY KEY (rowid<?)",
                # The greatest step number, which the index finds directly.
                "",
            ],
        ),
    ],
    ids=["list", "alike", "one", "forget"],
)
def test_queries_for_images_use_an_index(
    query_with: Callable[[MemoryDatabase], object], steps: list[str]
) -> None:
    fake = FakeServices()
    store(fake, 300)
    steps_found = query_plans(fake.ledger.database, lambda: query_with(fake.ledger.database))
    searches = [step for step in steps_found if step.startswith(("SEARCH", "SCAN"))]
    assert [step.partition("USING ")[2].removeprefix("INDEX ") for step in searches] == steps


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/images"),
        ("GET", "/v1/images/{}"),
        ("DELETE", "/v1/images/{}"),
        ("POST", "/v1/images/{}/rerun"),
    ],
)
def test_anonymous_callers_cannot_use_the_library_unless_they_are_admins(
    method: str, path: str
) -> None:
    fake = FakeServices(settings=Settings(allow_anonymous=True))
    body = b'{"prompt": "x"}'
    assert wait_for(handle(request(body=body), fake.services())).status == 200
    [name] = [key.rpartition("/")[2].partition(".")[0] for key in fake.bucket.objects]
    response = wait_for(handle(request(method, path.format(name)), fake.services()))
    assert response.status == 403
    assert len(fake.bucket.objects) == 1
