"""Limit the length of model names.

Callers can send any name, because providers have models that the catalogue lacks, and usage is
counted by model name: without a limit callers could fill the database.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

# In characters.
LONGEST_MODEL_NAME = 200

# Of a comma-separated list: a fallback chain has at most eight models.
_LONGEST_LIST = 8 * (LONGEST_MODEL_NAME + len(", "))


def _check(names: str) -> str:
    longest = max(len(name.strip()) for name in names.split(","))
    if len(names) > _LONGEST_LIST or longest > LONGEST_MODEL_NAME:
        raise ValueError("too long")
    return names


# One name, or a comma-separated list of names.
ModelNames = Annotated[str, Field(min_length=1), AfterValidator(_check)]
