"""fal: every model is an endpoint, which is called at once or through a queue.

https://docs.fal.ai/model-apis/model-endpoints/queue and .../synchronous-requests
"""

from collections.abc import Generator, Iterator, Mapping
from itertools import chain, repeat

from easel.errors import ContentRefusedError, EmptyResultError, ProviderError
from easel.platform.buffers import JsonValue
from easel.platform.calls import Abandoned, CallFailure, HttpAnswer, HttpCall
from easel.providers.error_report import ErrorReport, clean_up
from easel.providers.failures import failure_of
from easel.providers.fal_request import (
    RULES,
    TITLE,
    FalOptions,
    body_of,
    endpoint_of,
    error_report_of,
)
from easel.providers.pictures import picture_from, seed_from, text_of
from easel.providers.polling import Pace, State, cancel, until
from easel.providers.protocol import Attempt, Pause, Picture, Provider, Result, Run, Sent, Step

# Its own client for JavaScript asks twice a second; each asking is one of the few requests that a
# Worker has, so a slow job is asked after less and less often.
PACE = Pace(first=0.5, then=0.5, longest=8, growth=1.3)

# Waits before what is finished is asked for again, where what stands before fal fails.
_AGAIN = (0.5, 1.0)

_BAD_GATEWAY, _INTERNAL = range(502, 505), 500

Content = Mapping[str, JsonValue]


def generate(attempt: Attempt) -> Run:
    """Make images, by whichever way the model's card says."""
    waits = attempt.options_as(FalOptions).queue
    base_url = attempt.base_urls["FAL_QUEUE_BASE_URL" if waits else "FAL_BASE_URL"]
    call = HttpCall("POST", f"{base_url}/{endpoint_of(attempt)}", body=body_of(attempt))
    content = _read((yield call))
    return _result((yield from _wait(content)) if waits else content)


def _read(answer: Sent) -> Content:
    assert isinstance(answer, HttpAnswer)
    if not 200 <= answer.status < 300:
        raise failure_of(error_report_of(answer), TITLE, RULES)
    if not isinstance(answer.body, dict):
        raise ProviderError(f"{TITLE} answered with something that is no JSON object.")
    return answer.body


def _wait(job: Content) -> Generator[Step, Sent, Content]:
    """Wait for a job in the queue, and fetch what it came to."""
    status, response, stop = (text_of(job, f"{name}_url") for name in _URLS)
    if not (isinstance(status, str) and isinstance(response, str) and isinstance(stop, str)):
        raise ProviderError(f"{TITLE} did not say where its job is.")
    try:
        state = yield from until(_is_done, HttpCall("GET", status, buys=False), PACE, TITLE, RULES)
    except Abandoned:
        yield from cancel(HttpCall("PUT", stop, buys=False))
        raise
    content = yield from _fetch(response)
    if text_of(state, "error") and not content.get("images"):
        words, kind = (
            clean_up(str(text_of(state, name) or "")) for name in ("error", "error_type")
        )
        raise failure_of(ErrorReport(_INTERNAL, words, kind), TITLE, RULES)
    return content


_URLS = ("status", "response", "cancel")


def _is_done(state: State) -> bool:
    return state.get("status") not in ("IN_QUEUE", "IN_PROGRESS")


def _fetch(url: str) -> Generator[Step, Sent, Content]:
    """Fetch what is made and paid for; a failure of the model's own comes the same way."""
    for wait in _AGAIN:
        try:
            answer = yield HttpCall("GET", url, buys=False)
        except CallFailure:
            pass
        else:
            if not _is_gateways(answer):
                return _read(answer)
        yield Pause(wait)
    answer = yield HttpCall("GET", url, buys=False)
    if _is_gateways(answer):
        raise ProviderError(f"{TITLE} has finished the job and does not hand it over.")
    return _read(answer)


def _is_gateways(answer: Sent) -> bool:
    """Whether an answer comes from what stands before fal, and says nothing of the job."""
    assert isinstance(answer, HttpAnswer)
    return answer.status in _BAD_GATEWAY and not isinstance(answer.body, dict)


def _result(content: Content) -> Result:
    images, flags = content.get("images") or content.get("image"), content.get("has_nsfw_concepts")
    items = images if isinstance(images, list) else [images]
    flagged = chain(flags if isinstance(flags, list) else (), repeat(False))
    kept = [item for item, flag in zip(items, flagged, strict=False) if flag is not True]
    if not kept:
        raise ContentRefusedError(
            f"{TITLE}: its safety checker refused what was made.", param="prompt", billed=True
        )
    pictures = [*_pictures(kept, seed_from(content.get("seed")))]
    if not pictures:
        raise EmptyResultError(f"{TITLE} reported success but gave no image.")
    return Result(pictures)


def _pictures(items: list[JsonValue], seed: int | None) -> Iterator[Picture]:
    for item in items:
        url = text_of(item, "url") or (item if isinstance(item, str) else None)
        if url is not None:
            yield picture_from(url, TITLE, seed=seed)


PROVIDER = Provider(
    TITLE,
    generate,
    {"FAL_BASE_URL": "https://fal.run", "FAL_QUEUE_BASE_URL": "https://queue.fal.run"},
    ("FAL_API_KEY", "FAL_KEY"),
    scheme="Key ",
    options=FalOptions,
)
