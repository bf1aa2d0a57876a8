"""Read open requests from the database."""

from easel.ledger.database import Row
from easel.ledger.records import OpenRequest

OPEN_COLUMNS = "id, owner, started, provider, model, images, stem, nanodollars, unpriced, counted"


def read_open(row: Row) -> OpenRequest:
    """Read a row of the columns `OPEN`."""
    name, owner, started, provider, model, images, stem, nanodollars, unpriced, counted = row
    return OpenRequest(
        str(name),
        str(owner),
        float(started or 0),
        str(provider),
        str(model),
        int(images or 0),
        str(stem),
        int(nanodollars or 0),
        int(unpriced or 0),
        int(counted or 0),
    )
