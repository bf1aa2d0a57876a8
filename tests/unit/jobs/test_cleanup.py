"""Expired images are hidden immediately and deleted by the clean-up in bounded steps."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from easel.app import handle
from easel.errors import StorageError
from easel.jobs.cleanup import clean_up
from easel.ledger.history import image_insert, list_images
from easel.ledger.messages import Begin, End, Idempotency, Price
from easel.ledger.records import ImageRecord
from easel.ledger.requests import begin, end
from easel.ledger.upkeep import check
from easel.ledger.usage import total_usage
from easel.library.keys import image_id, image_key
from easel.limits import ANSWER_KEPT_SECONDS
from easel.platform.http import Response
from easel.platform.storage import ListedObject
from easel.settings.settings import Settings
from support.services import (
    NOW,
    FakeServices,
    MemoryBucket,
    image_bytes,
    request,
    text_of,
    wait_for,
)

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def expiring(hours: float = 24, bucket: MemoryBucket | None = None) -> FakeServices:
    settings = Settings(allow_anonymous=True, anonymous_is_admin=True, image_ttl_hours=hours)
    return FakeServices(settings=settings, bucket=bucket or MemoryBucket())


def store(fake: FakeServices, name: str, stored: datetime, started: datetime | None = None) -> str:
    """Store an image and its record; return its key."""
    image = sha256(name.encode()).hexdigest()[:40]
    key = image_key(started or stored, image, "jpg")
    fake.bucket.objects[key] = (image_bytes("jpeg", 8, 8), "image/jpeg", {})
    fake.bucket.uploaded[key] = stored
    record = ImageRecord(image, "anonymous", stored.timestamp(), key, "{}")
    fake.ledger.database.run([image_insert(record)])
    return key


def run(fake: FakeServices) -> dict[str, Any]:
    """Run the clean-up and return its log line."""
    wait_for(clean_up(fake.services()))
    line: dict[str, Any] = json.loads(fake.lines[-1])
    return line


def get(fake: FakeServices, path: str, method: str = "GET", **headers: str) -> Response:
    wire_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    response: Response = wait_for(
        handle(request(method, path, headers=wire_headers), fake.services())
    )
    return response


# Reading


@pytest.mark.parametrize("query", ["", "?w=4"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_expired_image_is_answered_with_404_before_it_is_deleted(
    method: str, query: str
) -> None:
    fake = expiring()
    old, new = store(fake, "old", NOW - DAY), store(fake, "new", NOW - DAY + MINUTE)
    assert get(fake, f"/{old}{query}", method).status == 404
    assert get(fake, f"/{new}{query}", method).status == 200
    assert fake.bucket.opened[0].cancelled


@pytest.mark.parametrize(
    "headers",
    [
        {"range": "bytes=0-1"},
        {"range": "bytes=99999-"},
        {"range": "bytes=0-1", "if_range": '"etag"'},
        {"if_none_match": '"etag"'},
        {"if_match": '"other"'},
    ],
)
def test_ranges_and_conditions_of_an_expired_image_are_answered_with_404(
    headers: Mapping[str, str],
) -> None:
    fake = expiring()
    assert get(fake, f"/{store(fake, 'old', NOW - DAY)}", **headers).status == 404


def test_a_cached_variant_expires_with_its_image() -> None:
    fake = expiring()
    path = f"/{store(fake, 'x', NOW - DAY + MINUTE)}?w=4"
    assert get(fake, path).status == 200
    fake.slept = [61.0]
    assert get(fake, path).status == 404
    assert [body.cancelled for body in fake.cache.opened] == [True]


@pytest.mark.parametrize(
    ("hours", "cache_control"),
    [(24.0, "public, max-age=60"), (24 * 400.0, "public, max-age=31536000")],
)
@pytest.mark.parametrize("query", ["", "?w=4"])
def test_the_max_age_of_an_image_is_the_time_until_it_expires(
    hours: float, cache_control: str, query: str
) -> None:
    fake = expiring(hours)
    path = f"/{store(fake, 'x', NOW - DAY + MINUTE)}{query}"
    for _ in ("made", "cached"):
        headers = get(fake, path).headers
        assert headers["cache-control"] == cache_control
        assert "age" not in headers


def test_the_max_age_of_a_cached_variant_is_counted_from_now() -> None:
    fake = expiring()
    path = f"/{store(fake, 'x', NOW - DAY + MINUTE)}?w=4"
    get(fake, path)
    fake.slept = [20.0]
    assert get(fake, path).headers["cache-control"] == "public, max-age=40"


def test_a_private_image_is_cached_by_its_reader_at_most_until_it_expires() -> None:
    fake = expiring()
    fake.settings = Settings(
        allow_anonymous=True, anonymous_is_admin=True, image_ttl_hours=24, private_images=True
    )
    store(fake, "x", NOW - DAY + MINUTE)
    services = fake.services()
    listed = json.loads(text_of(wait_for(handle(request("GET", "/v1/images"), services))))
    url = listed["data"][0]["url"].removeprefix("https://easel.test")
    response = wait_for(handle(request("GET", url), services))
    assert response.headers["cache-control"] == "private, max-age=60"


# Deleting


def test_images_never_expire_by_default() -> None:
    fake = FakeServices()
    key = store(fake, "old", NOW - 9999 * DAY)
    line = run(fake)
    assert (line["images_deleted"], line["records_deleted"]) == (0, 0)
    assert get(fake, f"/{key}").headers["cache-control"].endswith("immutable")
    assert wait_for(fake.ledger(check)) == 1


def test_expired_images_and_their_records_are_deleted() -> None:
    fake = expiring()
    for name in "abc":
        store(fake, name, NOW - DAY - MINUTE)
    new = [store(fake, name, NOW - DAY + MINUTE) for name in "de"]
    line = run(fake)
    assert (line["images_deleted"], line["records_deleted"]) == (3, 3)
    assert set(fake.bucket.objects) == set(new)
    listed = list_images(fake.ledger.database, "anonymous", 9, None, 0.0)
    assert [image.key for image in listed or []] == new[::-1]


def test_objects_that_easel_did_not_store_are_kept() -> None:
    fake = expiring()
    for key in ("images/backup.sql", "images/2026-01-01/notes.txt", "other/a.png"):
        fake.bucket.objects[key] = (b"x", "text/plain", {})
        fake.bucket.uploaded[key] = NOW - 99 * DAY
    assert run(fake)["images_deleted"] == 0
    assert len(fake.bucket.objects) == 3


def test_the_age_of_an_image_is_counted_from_its_upload_rather_than_from_its_key() -> None:
    """Keys begin with the day on which the request started."""
    fake = expiring()
    midnight = NOW.replace(hour=0, minute=0)
    fake.slept = [(midnight + MINUTE - NOW).total_seconds()]
    # The time is a minute past midnight, so an image from that minute of yesterday is a day old.
    before = midnight - DAY - MINUTE
    late = store(fake, "late", midnight - DAY + 2 * MINUTE, started=before)
    old = store(fake, "old", midnight - DAY, started=before)
    later = store(fake, "later", midnight - DAY + MINUTE / 2)
    assert run(fake)["images_deleted"] == 2
    assert set(fake.bucket.objects) == {late}
    assert {old, later}.isdisjoint(fake.bucket.objects)


def test_younger_images_do_not_hide_expired_ones_of_the_same_day() -> None:
    """Within a day keys are in random order; here whole pages of younger images come first."""
    fake = expiring()
    day = NOW - DAY
    keys = sorted(image_key(day, image_id("stem", number), "jpg") for number in range(3000))
    for key in keys:
        fake.bucket.objects[key] = (b"", "image/jpeg", {})
        fake.bucket.uploaded[key] = day + MINUTE
    for key in keys[-5:]:
        fake.bucket.uploaded[key] = day - MINUTE
    assert run(fake)["images_deleted"] == 5


class CountedBucket(MemoryBucket):
    """A bucket that counts listings and returns short pages, as R2 may."""

    listed: int = 0
    most: int = 0

    async def list(
        self, prefix: str, limit: int, after: str = "", *, with_metadata: bool = False
    ) -> list[ListedObject]:
        self.listed += 1
        most = 100 if with_metadata else 400
        page = await super().list(prefix, min(limit, most), after, with_metadata=with_metadata)
        self.most = max(self.most, len(page))
        return page


def test_a_run_is_bounded_and_the_next_run_continues() -> None:
    bucket = CountedBucket()
    fake = expiring(bucket=bucket)
    for number in range(10_000):
        store(fake, str(number), NOW - (2 + number % 5) * DAY)
    kept_keys = {store(fake, f"new {number}", NOW) for number in range(700)}
    deleted: list[int] = []
    listings: list[int] = []
    while not deleted or deleted[-1]:
        before = bucket.listed
        deleted.append(run(fake)["images_deleted"])
        listings.append(bucket.listed - before)
    assert deleted == [4000, 4000, 2000, 0]
    # Ten pages of images and one of inputs at most.
    assert max(listings) == 11
    assert set(bucket.objects) == kept_keys
    assert wait_for(fake.ledger(check)) == 700


def test_records_are_deleted_in_bounded_steps() -> None:
    fake = expiring()
    for number in range(10_500):
        store(fake, str(number), NOW - 2 * DAY)
    assert [run(fake)["records_deleted"] for _ in range(3)] == [10_000, 500, 0]


def test_only_the_days_that_expire_are_listed() -> None:
    bucket = CountedBucket()
    fake = expiring(bucket=bucket)
    for number in range(2000):
        store(fake, str(number), NOW)
    run(fake)
    # One page of images and one of inputs.
    assert bucket.listed == 2


# Other tasks of the clean-up


def lose_request(fake: FakeServices, name: str, started: datetime, stem: str = "s") -> None:
    begin_message = Begin(
        id=name,
        owner="anonymous",
        now=started.timestamp(),
        lease=30.0,
        provider="openai",
        model="m",
        images=1,
        stem=stem,
        price=Price(each=5),
        idempotency=Idempotency(name, "print", is_named=True),
    )
    assert begin(fake.ledger.database, begin_message).kind == "begun"


def test_lost_requests_are_finished_with_the_images_found_in_the_bucket() -> None:
    fake = FakeServices()
    started = NOW - timedelta(hours=1)
    for name in ("found", "nothing"):
        lose_request(fake, name, started, stem=name)
    lose_request(fake, "alive", NOW - MINUTE / 4)
    lose_request(fake, "just now", NOW - 5 * MINUTE)
    key = image_key(started, image_id("found", 0), "png")
    fake.bucket.objects[key] = (b"image", "image/png", {"model": "m", "task": "generate"})
    assert run(fake)["requests_settled"] == 2
    assert run(fake)["requests_settled"] == 0
    (total,) = total_usage(fake.ledger.database, "2026-11-20", "2026-11-20", "model")
    assert (total.requests, total.images, total.errors, total.nanodollars) == (2, 1, 1, 10)


def test_a_run_settles_at_most_twenty_lost_requests() -> None:
    fake = FakeServices()
    for number in range(25):
        lose_request(fake, str(number), NOW - timedelta(hours=1))
    assert [run(fake)["requests_settled"] for _ in range(3)] == [20, 5, 0]


def test_a_lost_request_that_cannot_be_settled_does_not_block_the_others() -> None:
    class Failing(MemoryBucket):
        async def list(
            self, prefix: str, limit: int, after: str = "", *, with_metadata: bool = False
        ) -> list[ListedObject]:
            if image_id("bad", 0) in prefix:
                raise StorageError("The bucket failed.")
            return await super().list(prefix, limit, after, with_metadata=with_metadata)

    fake = FakeServices(bucket=Failing())
    for name in ("bad", "good"):
        lose_request(fake, name, NOW - timedelta(hours=1), stem=name)
    line = run(fake)
    assert line["requests_settled"] == 1
    assert line["notes"] == ["bad was not settled: storage_error: The bucket failed."]


def test_stored_answers_are_deleted_after_a_day() -> None:
    fake = FakeServices()
    for name, hours in (("old", ANSWER_KEPT_SECONDS / 3600 + 2), ("new", 1)):
        started = NOW - timedelta(hours=hours)
        lose_request(fake, name, started)
        end_message = End(
            name,
            "anonymous",
            started.timestamp(),
            started.timestamp() + 1,
            "completed",
            answer="{}",
        )
        end(fake.ledger.database, end_message)
    run(fake)
    assert fake.ledger.database.query("SELECT id FROM requests") == [["new"]]


def test_the_input_images_of_jobs_are_kept_for_two_days() -> None:
    fake = FakeServices()
    for name, age in (("old", 2 * DAY + MINUTE), ("new", 2 * DAY - MINUTE)):
        fake.bucket.objects[f"background/{name}"] = (b"", "image/png", {})
        fake.bucket.uploaded[f"background/{name}"] = NOW - age
    assert run(fake)["inputs_deleted"] == 1
    assert list(fake.bucket.objects) == ["background/new"]


def test_a_run_writes_one_line_to_the_log() -> None:
    fake = expiring()
    assert run(fake) == {
        "event": "clean_up",
        "images_deleted": 0,
        "records_deleted": 0,
        "requests_settled": 0,
        "jobs_requeued": 0,
        "inputs_deleted": 0,
    }
    assert len(fake.lines) == 1


def test_a_failing_step_does_not_block_the_other_steps() -> None:
    fake = expiring()
    store(fake, "old", NOW - 2 * DAY)
    lose_request(fake, "lost", NOW - timedelta(hours=30))
    fake.bucket.fails = True
    line = run(fake)
    assert line["records_deleted"] == 1
    assert "images_deleted" not in line
    assert [note.partition(":")[0] for note in line["notes"]] == [
        "images_deleted",
        "lost was not settled",
        "inputs_deleted",
    ]


def test_images_are_deleted_although_the_ledger_fails() -> None:
    fake = expiring()
    store(fake, "old", NOW - 2 * DAY)
    fake.ledger.fails = True
    line = run(fake)
    assert (line["images_deleted"], fake.bucket.objects) == (1, {})
    assert len(line["notes"]) == 4
