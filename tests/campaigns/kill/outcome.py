"""What a client got for a request."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import httpx2

from campaigns.kill.load import LoadRequest


@dataclass
class Outcome:
    """What a client got for one request of the load.

    Attributes:
        request: the request.
        attempts: how often it was sent.
        lost: how many of these got no answer, or only a part of one.
        urls: of the images that it was given.
        contents: images that were in the answer itself.
        missing: how many images easel said that it could not make.
        code: of the error that was the last answer.
        job: the id of its job.
        was_repeated: whether it was sent once more after it was answered.
        breaches: promises that its answers break.
    """

    request: LoadRequest
    attempts: int = 0
    lost: int = 0
    urls: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    missing: int = 0
    code: str | None = None
    job: str | None = None
    was_repeated: bool = False
    breaches: list[str] = field(default_factory=list)

    @property
    def is_answered(self) -> bool:
        """Whether the last answer has an image or says why there is none."""
        return bool(self.urls or self.contents or self.code)

    def add_images(self, images: list[dict[str, Any]], missing: str) -> None:
        """Keep the images of an answer.

        Args:
            images: its `data`.
            missing: its header `x-easel-missing`.
        """
        self.urls = [image["url"] for image in images if image.get("url")]
        encoded = [image["b64_json"] for image in images if image.get("b64_json")]
        self.contents = [base64.b64decode(text) for text in encoded]
        self.missing = int(missing or 0)
        self.code = None

    def add_breach(self, sentence: str) -> None:
        """Record that its answers break a promise."""
        self.breaches.append(f"{self.request}: {sentence}")


def read_events(response: httpx2.Response) -> dict[str, Any]:
    """The last event of a streamed answer, which is the image or an error.

    Raises:
        httpx2.TransportError: the stream breaks, or ends before that event.
    """
    last: dict[str, Any] = {}
    for line in response.read().decode().splitlines():
        if line.startswith("data: "):
            last = json.loads(line.removeprefix("data: "))
    if not str(last.get("type")).endswith((".completed", "error")):
        raise httpx2.RemoteProtocolError("the stream ended before its last event")
    return last
