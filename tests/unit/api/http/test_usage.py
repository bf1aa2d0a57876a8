"""The usage report for admins."""

import json
from dataclasses import replace
from typing import Any

import pytest

from easel.app import handle
from easel.ledger.records import ModelUsage
from easel.ledger.usage import usage_upsert
from easel.platform.http import Response
from easel.settings.api_keys import read_keys
from easel.settings.settings import Settings
from support.services import FakeServices, request, text_of, wait_for

ADMIN, OTHER = "admin-key-4c9f1e7a", "other-key-4c9f1e7a"
KEYS = read_keys(
    "EASEL_API_KEYS",
    json.dumps([{"name": "me", "key": ADMIN, "admin": True}, {"name": "ci", "key": OTHER}]),
)


@pytest.fixture
def fake() -> FakeServices:
    """A ledger with a month of usage by two keys, two models and two providers."""
    services = FakeServices(settings=Settings(easel_api_keys=KEYS))
    for day, owner, spent in (
        ("2026-10-31", "ci", ModelUsage("openai", "openai/a", 9, 9, 9, 9 * 10**9, 9)),
        ("2026-11-01", "ci", ModelUsage("openai", "openai/a", 2, 3, 1, 100_000_000, 0)),
        ("2026-11-20", "ci", ModelUsage("workers-ai", "@cf/b", 1, 1, 0, 200_000_000, 0)),
        ("2026-11-20", "me", ModelUsage("openai", "openai/a", 1, 4, 0, 0, 4)),
        ("2026-11-21", "me", ModelUsage("openai", "openai/a", 9, 9, 9, 9 * 10**9, 9)),
    ):
        services.ledger.database.run([usage_upsert(day, owner, spent)])
    return services


def ask(fake: FakeServices, query: str = "", key: str = ADMIN) -> Response:
    http_request = request("GET", f"/v1/usage?{query}", headers={"x-api-key": key})
    response: Response = wait_for(handle(http_request, fake.services()))
    return response


def read_json(fake: FakeServices, query: str = "") -> dict[str, Any]:
    response = ask(fake, query)
    assert response.status == 200, text_of(response)
    content: dict[str, Any] = json.loads(text_of(response))
    return content


def counts(
    requests: int, images: int, errors: int, cost_usd: float, unpriced: int
) -> dict[str, object]:
    return {
        "requests": requests,
        "images": images,
        "errors": errors,
        "cost_usd": cost_usd,
        "unpriced_images": unpriced,
    }


def test_usage_is_reported_by_model_for_the_current_month_by_default(fake: FakeServices) -> None:
    assert read_json(fake) == {
        "object": "usage",
        "from": "2026-11-01",
        "to": "2026-11-20",
        "group_by": "model",
        "data": [
            {"name": "@cf/b", **counts(1, 1, 0, 0.2, 0)},
            {"name": "openai/a", **counts(3, 7, 1, 0.1, 4)},
        ],
        "total": counts(4, 8, 1, 0.3, 4),
    }


def test_costs_are_reported_as_exact_decimals(fake: FakeServices) -> None:
    # As binary fractions the same sum is 0.30000000000000004.
    assert '"total":{"requests":4,"images":8,"errors":1,"cost_usd":0.3,' in text_of(ask(fake))


@pytest.mark.parametrize(
    ("group_by", "names"),
    [
        ("model", ["@cf/b", "openai/a"]),
        ("key", ["ci", "me"]),
        ("provider", ["openai", "workers-ai"]),
        ("day", ["2026-11-01", "2026-11-20"]),
    ],
)
def test_usage_can_be_grouped_by_model_key_provider_or_day(
    fake: FakeServices, group_by: str, names: list[str]
) -> None:
    content = read_json(fake, f"group_by={group_by}")
    assert [group["name"] for group in content["data"]] == names
    assert content["total"] == counts(4, 8, 1, 0.3, 4)


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("from=2026-10-31&to=2026-11-01", ["2026-10-31", "2026-11-01"]),
        ("from=2026-11-21&to=2026-11-21", ["2026-11-21"]),
        # The last second of one day and the first second of the next.
        ("from=1793491199&to=1793491200", ["2026-10-31", "2026-11-01"]),
        ("from=2026-11-02", ["2026-11-20"]),
        ("to=2026-11-19", ["2026-11-01"]),
        ("from=0&to=99999999999", ["2026-10-31", "2026-11-01", "2026-11-20", "2026-11-21"]),
    ],
)
def test_the_first_and_the_last_day_are_included(
    fake: FakeServices, query: str, days: list[str]
) -> None:
    content = read_json(fake, f"group_by=day&{query}")
    assert [group["name"] for group in content["data"]] == days


def test_days_without_usage_are_reported_as_zero(fake: FakeServices) -> None:
    content = read_json(fake, "from=2020-01-01&to=2020-01-02")
    assert (content["data"], content["total"]) == ([], counts(0, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        *(
            (f"from={text}", "from", "invalid_value")
            for text in ("", "yesterday", "2026-11", "2026-11-31", "2026-W47-5", "-1", "1" * 12)
        ),
        ("to=20%2F11%2F2026", "to", "invalid_value"),
        ("from=2026-11-20&to=2026-11-19", "from", "invalid_value"),
        ("from=2026-12-01", "from", "invalid_value"),
        ("group_by=color", "group_by", "invalid_value"),
        ("group_by=day&group_by=key", "group_by", "invalid_value"),
        ("month=11", "month", "unsupported_parameter"),
    ],
)
def test_a_wrong_query_parameter_is_answered_with_400(
    fake: FakeServices, query: str, param: str, code: str
) -> None:
    response = ask(fake, query)
    error = json.loads(text_of(response))["error"]
    assert (response.status, error["param"], error["code"]) == (400, param, code)


def test_only_admins_may_read_the_usage(fake: FakeServices) -> None:
    assert ask(fake, key=OTHER).status == 403
    assert ask(fake, key="wrong").status == 401
    fake.settings = replace(fake.settings, easel_api_keys=(), allow_anonymous=True)
    assert ask(fake).status == 403
    fake.settings = replace(fake.settings, anonymous_is_admin=True)
    assert ask(fake).status == 200
