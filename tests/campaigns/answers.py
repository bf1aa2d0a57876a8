"""What every answer of easel must be, whatever caused it."""

import json
import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from easel import errors
from easel.errors import EaselError

_SHAPE = {"message", "type", "param", "code"}
# Some list every model.
_LONGEST_MESSAGE = 20_000
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)

# Only easel sends it: what stands before it (workerd, wrangler) does not.
_OWN_HEADER = "server-timing"

# Documented, but each is a fault of easel or of its platform that no request may cause.
_INTERNAL = frozenset(
    {"server_error", "storage_error", "transform_failed", "ledger_error", "queue_error"}
)

# A second code of `ContentRefusedError`: OpenAI distinguishes the two.
_MODERATION = (400, "moderation_blocked")


def is_from_easel(headers: Mapping[str, str]) -> bool:
    """Whether easel answered, not a proxy before it; header names are in lower case."""
    return _OWN_HEADER in headers


def documented_errors() -> frozenset[tuple[int, str]]:
    """Every status with its code that `easel.errors` documents."""
    classes = (getattr(errors, name) for name in errors.__all__)
    pairs = {(one.status, one.code) for one in classes if issubclass(one, EaselError)}
    return frozenset(pairs - {(EaselError.status, "")}) | {_MODERATION}


_DOCUMENTED = documented_errors()


def faults_of(status: int, headers: Mapping[str, str], body: bytes | None) -> Iterator[str]:
    """What is wrong with an answer of easel.

    Args:
        status: HTTP status.
        headers: by lower-case name.
        body: None where there can be none, as of HEAD.
    """
    if headers.get("access-control-allow-origin") != "*":
        yield "no CORS header"
    if not _REQUEST_ID.fullmatch(headers.get("x-request-id", "")):
        yield f"x-request-id is {headers.get('x-request-id')!r}"
    if body is not None and b"Traceback (most recent" in body:
        yield "the answer has a traceback"
    if status >= 400:
        yield from _error_faults(status, headers, body)
    if (wait := headers.get("retry-after")) is not None and not re.fullmatch(r"\d{1,5}", wait):
        yield f"retry-after is {wait!r}"


def _error_faults(status: int, headers: Mapping[str, str], body: bytes | None) -> Iterator[str]:
    if headers.get("content-type") != "application/json":
        yield f"an error has content type {headers.get('content-type')!r}"
    if body is not None:
        yield from _shape_faults(status, body)


def _shape_faults(status: int, body: bytes) -> Iterator[str]:
    try:
        content = strict_json(body)
    except ValueError:
        yield "an error is not JSON"
        return
    error = content.get("error") if isinstance(content, dict) else None
    if not isinstance(error, dict) or set(content) != {"error"} or set(error) != _SHAPE:
        yield "an error does not have OpenAI's shape"
        return
    message, kind, param, code = (error[name] for name in ("message", "type", "param", "code"))
    if not isinstance(message, str) or not 0 < len(message) <= _LONGEST_MESSAGE:
        yield "an error's message is no sentence"
    if not isinstance(kind, str) or not isinstance(param, str | None):
        yield "an error's type or param is no text"
    if (status, code) not in _DOCUMENTED:
        yield f"{status} {code!r} is not documented"
    elif code in _INTERNAL:
        yield f"{status} {code}: {message}"


def code_of(body: bytes) -> str | None:
    """The code of an error's body; None where it has none."""
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return None
    return code if isinstance(code, str) else None


def strict_json(body: bytes) -> Any:
    """JSON as RFC 8259 has it, in UTF-8, every number finite.

    Raises:
        ValueError: it is anything else.
    """
    return json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is not finite")
    return number
