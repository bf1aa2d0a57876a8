"""The route that reports usage to admins: by model, key, provider or day."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import get_args

from easel.access.guards import authenticate_admin
from easel.errors import InvalidValueError
from easel.ledger.records import Grouping, UsageTotal
from easel.ledger.usage import total_usage
from easel.platform.http import Request, Response
from easel.platform.money import usd_text
from easel.services import Services
from easel.wire.query import read_query
from easel.wire.requests import shown
from easel.wire.responses import json_response

# `fromisoformat` alone also accepts weeks, and days without hyphens.
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SECONDS = re.compile(r"\d{1,11}", re.ASCII)
_GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)


async def show_usage(request: Request, services: Services) -> Response:
    """`GET /v1/usage`: the usage of a range of days, the first and the last included.

    Raises:
        ForbiddenError: the key is not an admin's.
        InvalidValueError: a parameter has an invalid value.
    """
    await authenticate_admin(request, services)
    query = read_query(request.query, ("from", "to", "group_by"))
    today = services.now().date()
    first = _day("from", query["from"]) if "from" in query else today.replace(day=1)
    last = _day("to", query["to"]) if "to" in query else today
    if first > last:
        raise InvalidValueError(
            f"Invalid value for 'from': {first} is later than 'to', which is {last}.", param="from"
        )
    grouping = _grouping(query.get("group_by", "model"))
    groups = await services.ledger(total_usage, str(first), str(last), grouping)
    content = {
        "object": "usage",
        "from": str(first),
        "to": str(last),
        "group_by": grouping,
        "data": [{"name": group.name, **_counts([group])} for group in groups],
        "total": _counts(groups),
    }
    return json_response(content)


def _day(name: str, text: str) -> date:
    """Parse a day, or a Unix time, which stands for its day in UTC."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
        if _SECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC).date()
    except ValueError:
        pass
    raise InvalidValueError(
        f"Invalid value for '{name}': expected a day such as 2026-11-20 or a Unix time in "
        f"seconds, got {shown(text)}.",
        param=name,
    )


def _grouping(text: str) -> Grouping:
    if text not in _GROUPINGS:
        raise InvalidValueError(
            f"Invalid value for 'group_by': expected one of {', '.join(_GROUPINGS)}, "
            f"got {shown(text)}.",
            param="group_by",
        )
    return text


def _counts(groups: Sequence[UsageTotal]) -> dict[str, object]:
    """Add up groups. Costs are added as whole nanodollars, so the sum is exact."""
    nanodollars = sum(group.nanodollars for group in groups)
    return {
        "requests": sum(group.requests for group in groups),
        "images": sum(group.images for group in groups),
        "errors": sum(group.errors for group in groups),
        "cost_usd": float(usd_text(nanodollars)),
        "unpriced_images": sum(group.unpriced for group in groups),
    }
