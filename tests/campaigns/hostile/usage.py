"""What easel says was used of a provider, and whether that can be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from campaigns.answers import strict_json
from support.guarded import KEYS, shown
from support.server import Server

_COUNTS = ("requests", "images", "errors", "unpriced_images")
_HIGHEST_COST = 10_000


@dataclass(frozen=True)
class Usage:
    """The counts of a provider, or of all."""

    requests: int = 0
    images: int = 0
    errors: int = 0
    unpriced_images: int = 0
    cost_usd: float = 0.0


def read_usage(server: Server, provider: str) -> Usage:
    """What was used of a provider so far.

    Raises:
        ValueError: the answer is no strict JSON, or a count is none.
    """
    with server.client() as client:
        answer = client.get("/v1/usage?group_by=provider", headers=shown(KEYS.admin))
    content = strict_json(answer.content)
    if answer.status_code != 200:
        raise ValueError(f"{answer.status_code} {answer.text[:200]}")
    rows = {row["name"]: row for row in content["data"]}
    _read(content["total"])
    return _read(rows[provider]) if provider in rows else Usage()


def _read(row: dict[str, Any]) -> Usage:
    counts = {name: row[name] for name in _COUNTS}
    if not all(type(count) is int and 0 <= count < 10**9 for count in counts.values()):
        raise ValueError(f"counts that cannot be: {counts}")
    return Usage(**counts, cost_usd=float(row["cost_usd"]))


def usage_faults(before: Usage, after: Usage, *, may_be_charged: bool) -> Iterator[str]:
    """What is wrong with the use of one request.

    Args:
        before: the request.
        after: it.
        may_be_charged: whether the provider may have charged the owner for it.
    """
    cost = after.cost_usd - before.cost_usd
    if not 0 <= cost <= _HIGHEST_COST:
        yield f"the usage says that it cost ${cost:g}"
    if after.requests - before.requests != 1:
        yield f"the usage counts it {after.requests - before.requests} times"
    unpriced = after.unpriced_images - before.unpriced_images
    if may_be_charged and cost <= 0 and unpriced <= 0:
        yield "what may have been charged is not in the usage"
