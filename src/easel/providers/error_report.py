"""Read a provider's error, in any of the shapes that providers have."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from easel.platform.buffers import LongText
from easel.platform.calls import HttpAnswer
from easel.providers.json_values import texts_in, value_at

# Characters. Longer sentences are stack traces and pages.
_LONGEST = 300

# The fields that hold a body's sentence, in the order of precedence.
_SENTENCES = ("error", "errors", "detail", "message", "msg", "description", "title", "error_msg")

# Codes are names such as `insufficient_quota` or `SAFETY.INPUT`, or numbers such as 429.
_IDENTIFIER = re.compile(r"[\w.:/-]{1,80}", re.ASCII)
_LARGEST_CODE = 10**6

# Text that looks like a credential, masked ones included, or like the query of a signed URL.
_SECRETS = re.compile(
    r"\b(?:sk|pk|hf|r8|key|tgp|fal|ms)[-_][\w*.\-]{6,}|(?<=Bearer )\S+|(?<=\?)[^\s\"']{20,}"
    r"|\b[A-Za-z0-9_]{32,}"
)

# The address of a machine behind the provider: an IP address, or a name without a dot.
_INTERNAL = re.compile(
    r"https?://(?:\[[0-9a-f:.]*\]|[0-9.]+|[a-z0-9_-]+)(?=[:/\s,;)'\"]|$)[^\s'\"]*", re.IGNORECASE
)


@dataclass(frozen=True)
class ErrorReport:
    """A provider's report of a failure.

    Attributes:
        status: the status of the answer.
        sentence: the provider's sentence, short and without secrets; empty where it has none. It
            may repeat the caller's words.
        code: the provider's code and type, separated by spaces. They are identifiers and hold
            nothing that a caller chooses.
        param: the parameter at fault, under the provider's name.
        retry_after: seconds until the next attempt that the provider allows.
    """

    status: int
    sentence: str
    code: str = ""
    param: str | None = None
    retry_after: float | None = None


def read_error(answer: HttpAnswer) -> ErrorReport:
    """Read an answer that reports an error."""
    sentence = " ".join(dict.fromkeys(_sentences(answer.body)))
    innermost = answer.body
    for name in ("error", "errors"):
        if isinstance(innermost, dict) and isinstance(innermost.get(name), dict):
            innermost = innermost[name]
    code, param = "", None
    if isinstance(innermost, dict):
        names = ("code", "type", "name", "error_type")
        code = " ".join(str(innermost[name]) for name in names if _is_code(innermost.get(name)))
        found = innermost.get("param")
        param = found if isinstance(found, str) and found else None
    return ErrorReport(
        answer.status,
        clean_up(sentence),
        code,
        param or _param_at_fault(answer.body),
        read_wait(answer),
    )


def clean_up(sentence: str) -> str:
    """Shorten a sentence to a line, and replace what looks like a secret; empty for a page."""
    if "<html" in sentence.lower() or "<!doctype" in sentence.lower():
        return ""
    # Half of a surrogate pair has no encoding.
    text = sentence.encode("utf-8", "replace").decode()
    line = _INTERNAL.sub("[...]", _SECRETS.sub("[...]", " ".join(text.split())))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()}..."


def _sentences(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, LongText):
        yield value.head(_LONGEST)
    elif isinstance(value, list):
        for item in value[:3]:
            yield from _sentences(item)
    elif isinstance(value, Mapping):
        found = next((value[name] for name in _SENTENCES if value.get(name)), None)
        yield from _sentences(found)
        if isinstance(value.get("detail"), str) and "title" in value:
            yield value["detail"]


def _is_code(value: object) -> bool:
    """Whether a value is an identifier or a small number rather than a sentence."""
    if isinstance(value, str):
        return _IDENTIFIER.fullmatch(value) is not None
    return type(value) is int and abs(value) < _LARGEST_CODE


def _param_at_fault(body: object) -> str | None:
    """The parameter at fault in FastAPI's form: `{"detail": [{"loc": ["body", NAME]}]}`."""
    names = [name for name in texts_in(value_at(body, "detail", 0, "loc")) if name != "body"]
    return names[-1] if names else None


def read_wait(answer: HttpAnswer) -> float | None:
    """Seconds until the next attempt that a provider allows, where it names a time.

    `retry-after-ms` is OpenAI's; RFC 9110, 10.2.3, has seconds or a date, which is compared with
    the answer's `date`; Hugging Face sends `ratelimit: "name";r=0;t=SECONDS`
    (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/).
    """
    headers = answer.headers
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    wait = headers.get("retry-after")
    if (seconds := _number(wait)) is not None:
        return seconds
    if wait and (date := headers.get("date")):
        try:
            between = parsedate_to_datetime(wait) - parsedate_to_datetime(date)
        except (ValueError, TypeError):
            return None
        return max(0.0, between.total_seconds())
    match = re.search(r"\br=0;t=(\d+)", headers.get("ratelimit", ""))
    return float(match[1]) if match else None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
