"""Results and errors in the form in which the ledger stores them for repeated requests."""

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from easel.errors import EaselError
from easel.generation.answers.result import GenerationResult

_RESULT = TypeAdapter(GenerationResult)


def write_result(result: GenerationResult) -> str:
    """A result in its stored form, without the images themselves."""
    return _RESULT.dump_json(result).decode()


def write_error(error: EaselError) -> str:
    """An error in its stored form."""
    fields = {
        "status": error.status,
        "type": error.type,
        "code": error.code,
        "message": error.message,
        "param": error.param,
        "headers": error.headers,
        "billed": error.billed,
    }
    return to_json({"error": fields}).decode()


def read_outcome(text: str) -> GenerationResult | EaselError:
    """The stored result of a request, or the error that it failed with."""
    content = from_json(text)
    if "error" not in content:
        return _RESULT.validate_python(content)
    fields = content["error"]
    error = EaselError(
        fields["message"],
        param=fields["param"],
        headers=fields["headers"],
        billed=fields["billed"],
        code=fields["code"],
    )
    error.status, error.type = fields["status"], fields["type"]
    return error
