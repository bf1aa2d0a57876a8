"""Messages to the ledger, for tests."""

from easel.ledger.messages import Begin, End, Idempotency, Price
from easel.ledger.records import ImageRecord
from easel.ledger.verdicts import Earlier, OverBudget

NOON = 1_795_780_800.0
FREE = Price(each=0)
WITH_KEY = Idempotency("a", "print", is_named=True)


def new_request(name: str, **more: object) -> Begin:
    fields: dict[str, object] = {
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
    return Begin(**fields)  # type: ignore[arg-type]


def outcome(name: str, **more: object) -> End:
    fields: dict[str, object] = {
        "id": name,
        "owner": "ci",
        "started": NOON,
        "now": NOON + 1,
        "state": "completed",
        **more,
    }
    return End(**fields)  # type: ignore[arg-type]


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
