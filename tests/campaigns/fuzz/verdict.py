"""What is wrong with the answer to a request of the campaign."""

from collections.abc import Iterator

from campaigns.answers import faults_of, is_from_easel, strict_json
from campaigns.fuzz.client import Answer
from campaigns.fuzz.message import Message
from support.guarded import KEYS

_SECRETS = tuple(key.encode() for key in vars(KEYS).values())


def faults(message: Message, answer: Answer) -> Iterator[str]:
    """What is wrong with an answer."""
    if not is_from_easel(answer.headers):
        # What stands before easel in `wrangler dev` refuses what is malformed in its own words.
        if not message.is_malformed:
            yield f"easel did not answer, but what stands before it: {_beginning(answer)}"
        return
    yield from faults_of(answer.status, answer.headers, answer.body)
    body = answer.body or b""
    if any(secret in body for secret in _SECRETS):
        yield "the answer repeats a key of the server"
    if answer.status < 400 and answer.body is not None:
        try:
            _check_json(answer.headers.get("content-type", ""), body)
        except ValueError as error:
            yield f"the answer is not JSON: {error}"
    if "x-injected" in answer.headers:
        yield "the request wrote a header of the answer"


def _check_json(content_type: str, body: bytes) -> None:
    """Read what is said to be JSON, or to be events in JSON.

    Raises:
        ValueError: it is not.
    """
    if content_type == "application/json":
        strict_json(body)
    elif content_type.startswith("text/event-stream"):
        for line in body.splitlines():
            if line.startswith(b"data: "):
                strict_json(line.removeprefix(b"data: "))


def _beginning(answer: Answer) -> str:
    return f"{answer.status} {(answer.body or b'')[:300]!r}"
