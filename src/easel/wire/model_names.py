"""How long the name of a model may be.

Callers choose names, since a provider may have models that the catalogue lacks, and what is asked
for by a name is counted under that name.
"""

from typing import Annotated

from pydantic import AfterValidator, Field

# In characters.
LONGEST_MODEL_NAME = 200

# Of names with commas between them: eight models are the longest chain.
_LONGEST_LIST = 8 * (LONGEST_MODEL_NAME + len(", "))


def _check(names: str) -> str:
    longest = max(len(name.strip()) for name in names.split(","))
    if len(names) > _LONGEST_LIST or longest > LONGEST_MODEL_NAME:
        raise ValueError("too long")
    return names


# One name, or several with commas between them.
ModelNames = Annotated[str, Field(min_length=1), AfterValidator(_check)]
