"""The record of a fake: its calls and the images that it has made."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from threading import Event, Lock

from fakes.answers import Answer, RefusedError, Reply, json_answer, text_answer
from fakes.calls import Call
from fakes.directives import Directives
from fakes.pictures import Picture

_CREDENTIAL_HEADERS = ("authorization", "x-api-key", "api-key")


class Fake:
    """A running fake and the record of its calls.

    Attributes:
        url: its origin.
        faults: bugs of the fake itself; `serving` raises the first one at its end.
    """

    def __init__(self, url: str, handler: "Handler") -> None:
        self.url = url
        self.faults: list[Exception] = []
        self._handler = handler
        self._lock = Lock()
        self._calls: list[Call] = []
        self._bought: Counter[str] = Counter()
        self._made: defaultdict[str, list[bytes]] = defaultdict(list)
        self._turns: Counter[str] = Counter()
        self._left: defaultdict[str, Event] = defaultdict(Event)
        self._notes: defaultdict[str, list[str]] = defaultdict(list)
        self._hosted: dict[str, _Hosted] = {}
        self._downloads: list[tuple[str, Call]] = []
        self._numbers = count()
        self._at_once = 0
        self._most_at_once = 0

    def calls(self, prompt: str) -> list[Call]:
        """Every call of the API with this prompt, oldest first."""
        with self._lock:
            return [call for call in self._calls if call.prompt == prompt]

    def bought(self, prompt: str) -> int:
        """The number of images that were made, and so charged, for this prompt."""
        with self._lock:
            return self._bought[prompt]

    def made(self, prompt: str) -> list[bytes]:
        """The bytes of the images for this prompt, oldest first."""
        with self._lock:
            return [*self._made[prompt]]

    def downloads(self, prompt: str) -> list[Call]:
        """Every download of an image that was made for this prompt, oldest first."""
        with self._lock:
            return [call for made_for, call in self._downloads if made_for == prompt]

    def left(self, prompt: str) -> Event:
        """An event that is set if a client disconnects before it has the whole answer."""
        with self._lock:
            return self._left[prompt]

    def notes(self, prompt: str) -> list[str]:
        """The notes that the handler made for this prompt, oldest first."""
        with self._lock:
            return [*self._notes[prompt]]

    @property
    def most_at_once(self) -> int:
        """The greatest number of simultaneous calls of the API."""
        with self._lock:
            return self._most_at_once

    def reset_most_at_once(self) -> None:
        """Restart the count of simultaneous calls."""
        with self._lock:
            self._most_at_once = self._at_once

    # For handlers.

    def turn(self, prompt: str) -> int:
        """Return the number of this call among those with this prompt, from 0."""
        with self._lock:
            self._turns[prompt] += 1
            return self._turns[prompt] - 1

    def buy(self, prompt: str, images: int) -> None:
        """Charge for images."""
        with self._lock:
            self._bought[prompt] += images

    def remember(self, prompt: str, images: Iterable[Picture]) -> None:
        """Record the images, so that a test can compare them with those that arrive."""
        with self._lock:
            self._made[prompt] += [image.content for image in images]

    def note(self, prompt: str, what: str) -> None:
        """Record an event of a call that does not contain the prompt."""
        with self._lock:
            self._notes[prompt].append(what)

    def host(
        self,
        prompt: str,
        picture: Picture,
        *,
        folder: str = "files",
        needs_user_agent: bool = False,
    ) -> str:
        """Serve an image at a public path and return the path.

        Args:
            prompt: the prompt of the image.
            picture: the image.
            folder: the first part of the path.
            needs_user_agent: whether a request without a User-Agent is refused.
        """
        answer = Answer(200, {"content-type": picture.media_type}, picture.content)
        name = f"{folder}/{next(self._numbers)}.{picture.format}"
        return self._host(prompt, answer, name, needs_user_agent)

    def redirect(self, prompt: str, target: str, folder: str) -> str:
        """Serve a redirect and return its path."""
        answer = Answer(302, {"location": target})
        return self._host(prompt, answer, f"{folder}/{next(self._numbers)}")

    def _host(self, prompt: str, answer: Answer, name: str, needs_user_agent: bool = False) -> str:
        if "lost" in Directives(prompt):
            answer = text_answer(404, "Not Found")
        with self._lock:
            self._hosted[f"/{name}"] = _Hosted(prompt, answer, needs_user_agent)
        return f"/{name}"

    # For the server.

    def reply(self, call: Call) -> Reply:
        """Record a call, then answer it."""
        with self._lock:
            hosted = self._hosted.get(call.path)
            if hosted is None:
                self._calls.append(call)
            else:
                self._downloads.append((hosted.prompt, call))
        if hosted is None:
            return self._answer(call)
        return hosted.reply(call)

    def _answer(self, call: Call) -> Reply:
        try:
            return self._handler(self, call)
        except RefusedError as refusal:
            return refusal.answer
        except Exception as fault:  # noqa: BLE001 - raised when the fake ends
            self.faults.append(fault)
            return json_answer({"error": {"message": f"the fake is broken: {fault!r}"}}, 500)

    def abandoned(self, call: Call) -> None:
        """Record that the client of a call has disconnected."""
        self.left(call.prompt).set()

    @contextmanager
    def at_work(self, call: Call) -> Iterator[None]:
        """Count a call of the API while it is being answered."""
        with self._lock:
            counts = call.path not in self._hosted
            self._at_once += counts
            self._most_at_once = max(self._most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= counts


@dataclass(frozen=True)
class _Hosted:
    """A file at a public path, and the prompt that it was made for."""

    prompt: str
    answer: Answer
    needs_user_agent: bool

    def reply(self, call: Call) -> Reply:
        if call.method not in {"GET", "HEAD"}:
            return text_answer(405, "GET it")
        # Like storage with signed URLs, which refuses a second credential.
        if any(header in call.headers for header in _CREDENTIAL_HEADERS):
            return text_answer(400, "Only one auth mechanism allowed")
        if self.needs_user_agent and not call.headers.get("user-agent"):
            return text_answer(403, "Forbidden")
        return self.answer


Handler = Callable[[Fake, Call], Reply]
