"""Answers and errors as the ledger keeps them for those who ask again."""

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from easel.errors import EaselError
from easel.generation.answers.result import GenerationResult

_ANSWER = TypeAdapter(GenerationResult)


def write_answer(answer: GenerationResult) -> str:
    """An answer as it is kept."""
    return _ANSWER.dump_json(answer, exclude={"contents"}).decode()


def write_error(error: EaselError) -> str:
    """An error as it is kept."""
    kept = {
        "status": error.status,
        "type": error.type,
        "code": error.code,
        "message": error.message,
        "param": error.param,
        "headers": error.headers,
        "billed": error.billed,
    }
    return to_json({"error": kept}).decode()


def read_answer(text: str) -> GenerationResult:
    """An answer that was kept.

    Raises:
        EaselError: it was an error.
    """
    content = from_json(text)
    if "error" not in content:
        return _ANSWER.validate_python(content)
    kept = content["error"]
    error = EaselError(
        kept["message"],
        param=kept["param"],
        headers=kept["headers"],
        billed=kept["billed"],
        code=kept["code"],
    )
    error.status, error.type = kept["status"], kept["type"]
    raise error
