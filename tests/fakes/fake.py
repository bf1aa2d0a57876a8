"""What a fake knows of its calls, and the images that it has made."""

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
    """A running fake, and all that happened to it.

    Attributes:
        url: its origin.
        faults: what went wrong in the fake itself; `serving` raises the first of them at its end.
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
        """How many images were made for this prompt, and so charged."""
        with self._lock:
            return self._bought[prompt]

    def made(self, prompt: str) -> list[bytes]:
        """The images themselves, byte for byte, oldest first."""
        with self._lock:
            return [*self._made[prompt]]

    def downloads(self, prompt: str) -> list[Call]:
        """Every visit to the URLs of the images that were made for this prompt, oldest first."""
        with self._lock:
            return [call for made_for, call in self._downloads if made_for == prompt]

    def left(self, prompt: str) -> Event:
        """Set once a client has gone before it had the whole answer to a call with this prompt."""
        with self._lock:
            return self._left[prompt]

    def notes(self, prompt: str) -> list[str]:
        """What else happened to this prompt, in the handler's words, oldest first."""
        with self._lock:
            return [*self._notes[prompt]]

    @property
    def most_at_once(self) -> int:
        """The greatest number of calls of the API that were being answered at the same time."""
        with self._lock:
            return self._most_at_once

    def reset_most_at_once(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self._most_at_once = self._at_once

    # What handlers use.

    def turn(self, prompt: str) -> int:
        """How many calls with this prompt have asked for their turn before, from 0."""
        with self._lock:
            self._turns[prompt] += 1
            return self._turns[prompt] - 1

    def buy(self, prompt: str, images: int) -> None:
        """Charge for images."""
        with self._lock:
            self._bought[prompt] += images

    def remember(self, prompt: str, images: Iterable[Picture]) -> None:
        """Keep what was made, for those who ask whether it has arrived as it was."""
        with self._lock:
            self._made[prompt] += [image.content for image in images]

    def note(self, prompt: str, what: str) -> None:
        """Keep what happened to a prompt in a call that does not repeat it."""
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
        """Put an image on the web and return the path where anyone may fetch it.

        Args:
            prompt: what it was made for.
            picture: the image.
            folder: where it lies.
            needs_user_agent: whether those who do not say what they are get nothing.
        """
        answer = Answer(200, {"content-type": picture.media_type}, picture.content)
        name = f"{folder}/{next(self._numbers)}.{picture.format}"
        return self._host(prompt, answer, name, needs_user_agent)

    def redirect(self, prompt: str, target: str, folder: str) -> str:
        """Put a redirect on the web and return its path."""
        answer = Answer(302, {"location": target})
        return self._host(prompt, answer, f"{folder}/{next(self._numbers)}")

    def _host(self, prompt: str, answer: Answer, name: str, needs_user_agent: bool = False) -> str:
        if "lost" in Directives(prompt):
            answer = text_answer(404, "Not Found")
        with self._lock:
            self._hosted[f"/{name}"] = _Hosted(prompt, answer, needs_user_agent)
        return f"/{name}"

    # What the server uses.

    def reply(self, call: Call) -> Reply:
        """Answer a call, which is on record before it is."""
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
        """The client of a call has gone."""
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
    """What is on the web, and the prompt that it was made for."""

    prompt: str
    answer: Answer
    needs_user_agent: bool

    def reply(self, call: Call) -> Reply:
        if call.method not in {"GET", "HEAD"}:
            return text_answer(405, "GET it")
        # As storage behind signed URLs does: a second credential is one too many.
        if any(header in call.headers for header in _CREDENTIAL_HEADERS):
            return text_answer(400, "Only one auth mechanism allowed")
        if self.needs_user_agent and not call.headers.get("user-agent"):
            return text_answer(403, "Forbidden")
        return self.answer


Handler = Callable[[Fake, Call], Reply]
