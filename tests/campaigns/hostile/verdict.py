"""What is wrong with what easel makes of a lie."""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2

from campaigns.answers import faults_of, is_from_easel, strict_json
from campaigns.hostile.reply import INTERNAL_HOST, SECRET
from support.server import Server

# How the formats that easel delivers begin, with what they are declared as.
_FORMATS: Mapping[str, bytes] = {
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/jpeg": rb"\xff\xd8\xff",
    "image/webp": rb"RIFF....WEBP",
    "image/gif": rb"GIF8[79]a",
    "image/svg+xml": rb"\s*(?:\xef\xbb\xbf)?\s*<",
}
_MOST_TOKENS = 2**53


def answer_faults(answer: httpx2.Response, server: Server, secrets: list[str]) -> Iterator[str]:
    """What is wrong with an answer.

    Args:
        answer: to a request for an image.
        server: where images are.
        secrets: what no answer may say.
    """
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if not is_from_easel(headers):
        yield f"easel did not answer: {answer.status_code} {answer.text[:200]!r}"
        return
    yield from faults_of(answer.status_code, headers, answer.content)
    said = f"{answer.text[:1_000_000]} {headers}"
    for secret in (SECRET, INTERNAL_HOST, *secrets):
        if secret in said:
            yield f"the answer says {secret}"
    if (cost := headers.get("x-easel-cost-usd")) is not None and not _is_sane_cost(cost):
        yield f"x-easel-cost-usd is {cost[:60]}"
    if answer.status_code != 200:
        return
    if headers["content-type"].startswith("text/event-stream"):
        yield from _stream_faults(answer)
    else:
        yield from _success_faults(answer, server)


def _is_sane_cost(text: str) -> bool:
    return re.fullmatch(r"\d{1,5}(\.\d+)?", text) is not None and float(text) <= 10_000


def _success_faults(answer: httpx2.Response, server: Server) -> Iterator[str]:
    try:
        content = strict_json(answer.content)
    except ValueError as error:
        yield f"a success is not JSON: {error}"
        return
    yield from _usage_faults(content.get("usage"))
    if not content["data"]:
        yield "a success without images"
    for image in content["data"]:
        yield from _image_faults(image, server)


def _stream_faults(answer: httpx2.Response) -> Iterator[str]:
    events = []
    for line in answer.content.splitlines():
        if line.startswith(b"data: "):
            try:
                events.append(strict_json(line.removeprefix(b"data: ")))
            except ValueError as error:
                yield f"an event is not JSON: {error}"
    if not events:
        yield "a stream without events"
        return
    last = events[-1]
    if "error" in last:
        body = answer.content.splitlines()[-1]
        if not isinstance(last["error"], dict) or "message" not in last["error"]:
            yield f"a stream ends in an odd error: {body[:200]!r}"
        elif last["error"].get("code") in ("server_error", None):
            yield f"a stream ends in {last['error']}"
        return
    if not str(last.get("type", "")).endswith(".completed"):
        yield f"a stream ends in {str(last)[:200]}"
        return
    yield from _usage_faults(last.get("usage"))
    if not _format_of(base64.b64decode(last["b64_json"])):
        yield "a stream's image is none"


def _usage_faults(usage: Any) -> Iterator[str]:
    """Token counts are whole numbers that a client can add up."""
    if usage is None:
        return
    if not isinstance(usage, dict):
        yield f"usage is {str(usage)[:100]}"
        return
    for name, count in usage.items():
        if isinstance(count, dict):
            yield from _usage_faults(count)
        elif type(count) is not int or not 0 <= count < _MOST_TOKENS:
            yield f"usage: {name} is {str(count)[:100]}"


def _image_faults(image: Mapping[str, Any], server: Server) -> Iterator[str]:
    if "b64_json" in image:
        if not _format_of(base64.b64decode(image["b64_json"])):
            yield "an image in base64 is none"
        return
    url = image["url"]
    if urlsplit(url).netloc != urlsplit(server.url).netloc:
        yield f"an image's URL leads elsewhere: {url[:200]}"
        return
    with server.client() as client:
        stored = client.get(url)
    declared = stored.headers.get("content-type", "")
    if stored.status_code != 200 or _format_of(stored.content) != declared:
        yield f"a stored image is none: {stored.status_code} {declared} {stored.content[:60]!r}"
    if declared == "image/svg+xml" and "content-security-policy" not in stored.headers:
        yield "an SVG is served without a content security policy"


def _format_of(content: bytes) -> str | None:
    """What an image is, by its first bytes."""
    return next(
        (name for name, start in _FORMATS.items() if re.match(start, content, re.DOTALL)), None
    )


def log_faults(lines: list[str], prompts: Mapping[str, int], tokens: list[str]) -> Iterator[str]:
    """What the log says that it must not.

    Args:
        lines: of the log.
        prompts: the mark at the beginning of each case's prompt, with its number.
        tokens: the owner's credentials.
    """
    marks = re.compile(r"mark-\d+-\d{8}", re.IGNORECASE)
    for line in lines:
        if (found := marks.search(line)) and found[0].lower() in prompts:
            case = prompts[found[0].lower()]
            said = line[max(0, found.start() - 80) : found.end() + 80].strip()
            yield f"the log has the prompt of case {case} (--only {case}): ...{said}..."
        if re.search(r"case-\d+-\d{8}", line):
            yield f"the log has a caller's token: {line[:300].strip()}"
        if SECRET in line:
            yield f"the log has an upstream's secret: {line[:300].strip()}"
        if any(token in line for token in tokens):
            yield f"the log has an owner's credential: {line[:300].strip()}"
