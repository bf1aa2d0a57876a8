"""fal: each model is an endpoint, which is called directly or through a queue.

https://docs.fal.ai/model-apis/model-endpoints/queue and .../synchronous-requests
"""

from collections.abc import Generator, Mapping
from contextlib import suppress
from itertools import chain, repeat

from easel.errors import ContentRefusedError, ProviderError
from easel.platform.buffers import JsonValue
from easel.platform.calls import CallFailure, HttpAnswer, HttpCall
from easel.providers.calls import fetch_json, json_object
from easel.providers.failures import error_from_task
from easel.providers.fal_request import RULES, TITLE, FalOptions, body_of, endpoint_of, read_error
from easel.providers.json_values import first_text, required_text, text_at
from easel.providers.pictures import picture_from, result_of, seed_from
from easel.providers.polling import Pace, State, poll_until
from easel.providers.protocol import Attempt, Pause, Provider, Result, Run, Sent, Step

# fal's own client for JavaScript polls twice a second. A slow job is polled less and less often.
PACE = Pace(first=0.5, second=0.5, longest=8, growth=1.3)

# Seconds before the result of a finished job is fetched again after a failure of a proxy.
_RETRIES = (0.5, 1.0)
_PROXY_STATUSES = (502, 503, 504)

Content = Mapping[str, JsonValue]


def generate(attempt: Attempt) -> Run:
    """Make images, directly or through the queue, as the model's card says."""
    in_queue = attempt.options_as(FalOptions).queue
    base_url = attempt.base_urls["FAL_QUEUE_BASE_URL" if in_queue else "FAL_BASE_URL"]
    call = HttpCall("POST", f"{base_url}/{endpoint_of(attempt)}", body=body_of(attempt))
    content = yield from fetch_json(call, TITLE, RULES, read_error=read_error)
    return _result((yield from _wait(content)) if in_queue else content)


def _wait(job: Content) -> Generator[Step, Sent, Content]:
    """Poll a job in the queue until it ends, and fetch its result."""
    status, response, cancel = (
        required_text(job, name, TITLE) for name in ("status_url", "response_url", "cancel_url")
    )
    state = yield from poll_until(
        _is_done,
        HttpCall("GET", status, buys=False),
        PACE,
        TITLE,
        RULES,
        cancel=HttpCall("PUT", cancel, buys=False),
    )
    content = yield from _fetch(HttpCall("GET", response, buys=False))
    if (sentence := text_at(state, "error")) and not content.get("images"):
        raise error_from_task(sentence, TITLE, RULES, code=text_at(state, "error_type"))
    return content


def _is_done(state: State) -> bool:
    return state.get("status") not in ("IN_QUEUE", "IN_PROGRESS")


def _fetch(call: HttpCall) -> Generator[Step, Sent, Content]:
    """Fetch the result of a finished job, which is paid for, or the error that it ended with."""
    for pause in _RETRIES:
        with suppress(CallFailure):
            answer = yield call
            if not _is_from_proxy(answer):
                return json_object(answer, TITLE, RULES, read_error=read_error)
        yield Pause(pause)
    answer = yield call
    if _is_from_proxy(answer):
        raise ProviderError(f"{TITLE} has finished the job, but its result cannot be fetched.")
    return json_object(answer, TITLE, RULES, read_error=read_error)


def _is_from_proxy(answer: Sent) -> bool:
    """Whether an answer comes from a proxy before fal, and says nothing about the job."""
    assert isinstance(answer, HttpAnswer)
    return answer.status in _PROXY_STATUSES and not isinstance(answer.body, dict)


def _result(content: Content) -> Result:
    images, flags = content.get("images") or content.get("image"), content.get("has_nsfw_concepts")
    items = images if isinstance(images, list) else [images]
    flagged = chain(flags if isinstance(flags, list) else (), repeat(False))
    kept = [item for item, flag in zip(items, flagged, strict=False) if flag is not True]
    if not kept:
        raise ContentRefusedError(
            f"{TITLE}: its safety checker refused the image.", param="prompt", billed=True
        )
    seed = seed_from(content.get("seed"))
    urls = [item if isinstance(item, str) else first_text(item, "url") for item in kept]
    return result_of([picture_from(url, TITLE, seed=seed) for url in urls if url], TITLE)


PROVIDER = Provider(
    TITLE,
    generate,
    {"FAL_BASE_URL": "https://fal.run", "FAL_QUEUE_BASE_URL": "https://queue.fal.run"},
    ("FAL_API_KEY", "FAL_KEY"),
    scheme="Key ",
    options=FalOptions,
)
