"""Messages to the ledger, for tests."""

from typing import Any

from easel.ledger.messages import Begin, End, Idempotency, Price
from easel.ledger.records import ImageRecord
from easel.ledger.verdicts import Earlier, OverBudget

NOON = 1_795_780_800.0
FREE = Price(each=0)
WITH_KEY = Idempotency("a", "print", is_named=True)


def new_request(name: str, **more: Any) -> Begin:
    fields: dict[str, Any] = {
        "id": name,
        "owner": "ci",
        "now": NOON,
        "lease": 60.0,
        "provider": "openai",
        "model": "m",
        "images": 1,
        "stem": "s",
        "price": FREE,
        **more,
    }
    return Begin(**fields)


def outcome(name: str, **more: Any) -> End:
    fields: dict[str, Any] = {
        "id": name,
        "owner": "ci",
        "started": NOON,
        "now": NOON + 1,
        "state": "completed",
        **more,
    }
    return End(**fields)


def image(name: str, owner: str = "ci", created: float = NOON, print_: str = "") -> ImageRecord:
    return ImageRecord(name, owner, created, f"images/{name}.png", "{}", print_ or None)


def reason_of(verdict: object) -> str:
    assert isinstance(verdict, OverBudget)
    return verdict.reason


def id_of(verdict: object) -> str | None:
    assert isinstance(verdict, Earlier)
    return verdict.id


def sdk_retry(retries: int) -> Idempotency:
    return Idempotency("print", "print", is_named=False, retries=retries)
