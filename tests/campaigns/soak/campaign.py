"""The course of the campaign: requests at a steady rate, then a look at everything stored."""

import base64
import json
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2

from campaigns.library import fetch_image, list_images
from campaigns.report import Report
from campaigns.soak.load import KINDS, Draw, SoakRequest
from campaigns.soak.memory import QUARTERS, MemoryLog
from campaigns.stage import Key, serving_fakes, settings_for
from fakes.server import Fake
from support.server import key_of
from support.workerd import Workerd, is_from_easel
from tools.console import say
from tools.server import running

_KEY = Key("alice")
_CLIENTS = 16
_TIMEOUT_SECONDS = 60.0
_SECONDS_BETWEEN_LINES = 300.0
_MOST_SAMPLES = 1000
_FASTEST_SAMPLING = 0.25

# workerd, with the simulated bucket in it, was seen to grow to about 700 MiB within 2,500 requests,
# and no further. What it gains after that is compared from the second quarter to the last.
_WARM_UP_REQUESTS = 3000
_MOST_GROWTH = 64.0
_MOST_MEMORY = 1024.0

# A machine that is too slow for the rate measures something else.
_MOST_LATENESS_SECONDS = 10.0


def run(seed: int, minutes: float, rate: float) -> Report:
    """Ask `rate` times a second for so many minutes and compare every image."""
    report = Report()
    seconds = 60 * minutes
    with (
        tempfile.TemporaryDirectory() as folder,
        serving_fakes(("openai", "together")) as fakes,
        running(state=Path(folder), variables=settings_for(fakes, [_KEY])) as easel,
        httpx2.Client(base_url=easel.url, timeout=_TIMEOUT_SECONDS) as http,
    ):
        interval = max(_FASTEST_SAMPLING, seconds / _MOST_SAMPLES)
        memory = MemoryLog(Workerd(easel), interval)
        sampling = memory.start()
        checks, lateness = _ask_steadily(Draw(seed), seconds, rate, http, fakes)
        memory.stop()
        sampling.join()
        _check_library(checks, http, fakes, report)
        tracebacks = sum("Traceback" in line for line in [*easel.lines])
    _summarise(checks, report)
    report.check(tracebacks == 0, f"the log has {tracebacks} tracebacks")
    report.add_figure("greatest lateness", f"{lateness:.1f} s")
    report.check(
        lateness <= _MOST_LATENESS_SECONDS,
        f"requests were sent up to {lateness:.1f} s late: ask for a lower --rate",
    )
    _check_memory(memory, len(checks), report)
    return report


def _check_memory(memory: MemoryLog, requests: int, report: Report) -> None:
    for place, size in enumerate(memory.quarters, 1):
        report.add_figure(f"workerd's memory, quarter {place}", f"{size:.0f} MiB")
        report.check(
            size <= _MOST_MEMORY,
            f"workerd's memory is {size:.0f} MiB in quarter {place}; {_MOST_MEMORY:.0f} MiB are "
            "allowed",
        )
    if requests / QUARTERS >= _WARM_UP_REQUESTS:
        report.check(
            memory.growth <= _MOST_GROWTH,
            f"workerd's memory has grown by {memory.growth:.0f} MiB from the second quarter to the "
            f"last; {_MOST_GROWTH:.0f} MiB are allowed",
        )


class _Check:
    """One request, its answer, and what is wrong with it.

    Attributes:
        status: of the answer; 0 where there was none.
        code: of the error in it.
        keys: of the stored images that it names.
        breaches: promises that it breaks.
        seconds: how long it took.
    """

    def __init__(self, request: SoakRequest) -> None:
        self.request = request
        self.status = 0
        self.code: str | None = None
        self.keys: list[str] = []
        self.breaches: list[str] = []
        self.seconds = 0.0

    def expect(self, holds: bool, sentence: str) -> None:
        """Record a breach unless something holds."""
        if not holds:
            self.breaches.append(f"{self.request.prompt!r}: {sentence}")


def _ask_steadily(
    draw: Draw, seconds: float, rate: float, http: httpx2.Client, fakes: Mapping[str, Fake]
) -> tuple[list[_Check], float]:
    """Send requests when they are due; returns their checks and how late the latest was sent."""
    start = said = time.monotonic()
    lateness = [0.0]
    futures: list[Future[_Check]] = []

    def ask(request: SoakRequest, due: float) -> _Check:
        lateness.append(time.monotonic() - due)
        return _ask(request, http, fakes)

    with ThreadPoolExecutor(_CLIENTS) as pool:
        for number in range(max(1, round(seconds * rate))):
            due = start + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            futures.append(pool.submit(ask, draw.request(number), due))
            if time.monotonic() > said + _SECONDS_BETWEEN_LINES:
                said = time.monotonic()
                say(f"  {(said - start) / 60:.0f} of {seconds / 60:.0f} minutes")
    return [future.result() for future in futures], max(lateness)


def _ask(request: SoakRequest, http: httpx2.Client, fakes: Mapping[str, Fake]) -> _Check:
    check, began = _Check(request), time.monotonic()
    headers = {**_KEY.headers, **({"idempotency-key": request.name} if request.name else {})}
    try:
        response = http.post(request.kind.route, json=dict(request.body), headers=headers)
    except httpx2.TransportError as error:
        check.expect(False, f"no answer: {error!r}")
        return check
    check.seconds = time.monotonic() - began
    check.status = response.status_code
    check.expect(is_from_easel(response), f"a foreign answer: {response.text[:200]}")
    if is_from_easel(response):
        _compare(check, response, http, fakes)
    return check


def _compare(
    check: _Check, response: httpx2.Response, http: httpx2.Client, fakes: Mapping[str, Fake]
) -> None:
    content = _read(response)
    check.code = content["error"]["code"] if content.get("error") else None
    kind = check.request.kind
    expected = (kind.status, kind.code)
    check.expect(
        (check.status, check.code) == expected,
        f"answered {check.status} {check.code} in place of {expected}",
    )
    images = [] if check.code else content.get("data", [content])
    check.expect(len(images) == kind.images, f"{len(images)} images in place of {kind.images}")
    made = _made(check.request.prompt, fakes)
    for image in images:
        if encoded := image.get("b64_json"):
            check.expect(
                base64.b64decode(encoded) in made, "an image in the answer has wrong bytes"
            )
        if url := image.get("url"):
            check.keys.append(key_of(url))
            check.expect(fetch_image(http, check.keys[-1]) in made, f"{url} serves wrong bytes")


def _read(response: httpx2.Response) -> dict[str, Any]:
    """The JSON of an answer, or the last event of a stream."""
    if not response.headers["content-type"].startswith("text/event-stream"):
        read: dict[str, Any] = response.json()
        return read
    events = [line for line in response.text.splitlines() if line.startswith("data: ")]
    last: dict[str, Any] = json.loads(events[-1].removeprefix("data: "))
    return last


def _made(prompt: str, fakes: Mapping[str, Fake]) -> list[bytes]:
    return [content for fake in fakes.values() for content in fake.made(prompt)]


def _check_library(
    checks: list[_Check], http: httpx2.Client, fakes: Mapping[str, Fake], report: Report
) -> None:
    """See that every image is still listed and served, byte for byte."""
    listed = {image.key: image for image in list_images(http, _KEY)}
    for image in listed.values():
        report.check(
            image.content in _made(image.prompt, fakes),
            f"{image.key} does not serve what was made for {image.prompt!r}",
        )
    for check in checks:
        for key in check.keys:
            report.check(key in listed, f"{key} of {check.request.prompt!r} is lost")
    bought = sum(fake.bought(one.request.prompt) for one in checks for fake in fakes.values())
    report.check(
        bought == len(listed), f"{bought} images were bought, the history has {len(listed)}"
    )
    report.add_figure("images bought", bought)
    report.add_figure("images compared at the end", len(listed))


def _summarise(checks: list[_Check], report: Report) -> None:
    names = {id(kind): name for name, kind in KINDS.items()}
    report.add_figure("requests", len(checks))
    for name, count in sorted(Counter(names[id(one.request.kind)] for one in checks).items()):
        report.add_figure(f"  {name}", count)
    for code, count in sorted(Counter(one.code for one in checks if one.code).items()):
        report.add_figure(f"answered with {code}", count)
    waits = sorted(one.seconds for one in checks)
    report.add_figure("median wait", f"{1000 * waits[len(waits) // 2]:.0f} ms")
    report.add_figure("99th percentile", f"{1000 * waits[int(0.99 * len(waits))]:.0f} ms")
    for check in checks:
        for sentence in check.breaches:
            report.add_breach(sentence)
