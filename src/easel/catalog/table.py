"""The base of every table of the catalogue."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A table whose misspelt keys fail when the Worker starts, not in a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)
