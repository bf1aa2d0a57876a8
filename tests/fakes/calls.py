"""The parsed requests of a client, which tests examine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit


class Upload(NamedTuple):
    """A part of a form that has a file name."""

    field: str
    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        method: in upper case.
        path: without the query, decoded.
        query: the last value of each name.
        headers: by name in lower case.
        json: the body if it is a JSON object, otherwise None.
        texts: the form's text fields, in order.
        files: the form's files, in order.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    json: dict[str, Any] | None = None
    texts: list[tuple[str, str]] = field(default_factory=list)
    files: list[Upload] = field(default_factory=list)

    @property
    def prompt(self) -> str:
        """The prompt, at any place where a provider takes it; empty if there is none."""
        body: dict[str, Any] = self.json or dict(self.texts)
        inner = [body[name] for name in ("parameters", "input") if isinstance(body.get(name), dict)]
        found = [one.get(name) for one in (body, *inner) for name in ("prompt", "promptText")]
        # Hugging Face's field, and the first input of a Gradio function.
        found += [body.get("inputs"), *(body["data"][:1] if "data" in body else [])]
        return next((prompt for prompt in found if isinstance(prompt, str)), "")

    @property
    def is_form(self) -> bool:
        """Whether the content type declares a form."""
        return self.headers.get("content-type", "").startswith("multipart/form-data")


def parse(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Call:
    """Parse a request whose header names are in lower case.

    A body that contradicts its content type leaves `json`, `texts` and `files` empty.
    """
    url = urlsplit(target)
    declared = headers.get("content-type", "")
    content_type = _headers(f"content-type: {declared}")
    texts, files = [], []
    if content_type.get_content_type() == "multipart/form-data":
        for part, content in _parts(body, content_type.get_boundary("")):
            name = str(part.get_param("name", "", "content-disposition"))
            filename = part.get_filename()
            if filename is None:
                texts.append((name, content.decode()))
            else:
                files.append(Upload(name, filename, part.get("content-type", ""), content))
    return Call(
        method=method,
        path=unquote(url.path),
        query=dict(parse_qsl(url.query, keep_blank_values=True)),
        headers=headers,
        json=_json_object(body) if content_type.get_content_type() == "application/json" else None,
        texts=texts,
        files=files,
    )


def _headers(text: str) -> Message:
    return HeaderParser().parsestr(text)


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _parts(body: bytes, boundary: str) -> list[tuple[Message, bytes]]:
    """The parts of a form; none if the form has no end."""
    mark = b"\r\n--" + boundary.encode()
    sections = (b"\r\n" + body).split(mark)
    if not boundary or len(sections) < 2 or not sections[-1].startswith(b"--"):
        return []
    parts = []
    for section in sections[1:-1]:
        head, _, content = section.partition(b"\r\n\r\n")
        parts.append((_headers(head.decode().strip()), content))
    return parts
