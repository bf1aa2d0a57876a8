"""Which lie is told about an answer."""

from random import Random

from campaigns.hostile.event_lies import EVENT_LIES, SLOW_EVENT_LIES
from campaigns.hostile.json_lies import JSON_LIES
from campaigns.hostile.picture_lies import PICTURE_LIES, has_picture
from campaigns.hostile.reply import Good, Lie, Lies
from campaigns.hostile.status_lies import STATUS_LIES, SUCCESS_LIES
from campaigns.hostile.wire_lies import QUICK, SIZES, SLOW

# How often each table is drawn from; those that do not fit an answer are left out.
_STATUS, _CONTENT, _QUICK, _SIZES, _SLOW = 5, 8, 5, 1, 1


def choose(good: Good, rng: Random, *, claims_success: bool, may_last: bool) -> tuple[str, Lie]:
    """Draw a lie that fits an answer.

    Args:
        good: what is lied about.
        rng: the case's.
        claims_success: whether the status stays what it is.
        may_last: whether the lie may last until easel gives up.
    """
    tables: list[tuple[Lies, int]] = [(QUICK, _QUICK), (SIZES, _SIZES)]
    tables.append((SUCCESS_LIES, 1) if claims_success else (STATUS_LIES, _STATUS))
    is_stream = good.content_type == "text/event-stream"
    if is_stream:
        tables.append((EVENT_LIES, _CONTENT))
    if good.json is not None:
        tables.append((JSON_LIES, _CONTENT))
    if has_picture(good):
        tables.append((PICTURE_LIES, _CONTENT // 2))
    if may_last:
        tables.append(({**SLOW, **SLOW_EVENT_LIES} if is_stream else SLOW, _SLOW))
    table = rng.choices([table for table, _ in tables], [weight for _, weight in tables])[0]
    return rng.choice([*table.items()])
