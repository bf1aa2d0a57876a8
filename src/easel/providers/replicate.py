"""Replicate: every image is a prediction, which may be done at once or is asked after.

https://replicate.com/docs/reference/http#predictions.create
"""

import re
from collections.abc import Generator

from easel.errors import EmptyResultError, ProviderError
from easel.platform.buffers import JsonValue, LongText
from easel.platform.calls import Abandoned, HttpAnswer, HttpCall
from easel.providers.calls import fetch_json
from easel.providers.inputs import InputOptions
from easel.providers.pictures import is_url, seed_from, text_of
from easel.providers.polling import Pace, State, cancel, until
from easel.providers.protocol import Attempt, Picture, Provider, Result, Run, Sent, Step
from easel.providers.replicate_request import TITLE, call_of, failure, refusal

# Its own clients ask twice a second; each asking is one of the few requests that a Worker has, so
# a slow prediction is asked after less and less often.
PACE = Pace(first=0.5, then=0.5, longest=8, growth=1.3)

_NOT_FOUND = 404
_ENDED = ("succeeded", "failed", "canceled", "aborted")

# What models written with cog print. https://github.com/replicate/cog-flux
_SEED = re.compile(r"(?:Using )?seed: (\d+)", re.IGNORECASE)


def generate(attempt: Attempt) -> Run:
    """Make images: begin a prediction, ask after it, and cancel it where nobody waits any more."""
    prediction = yield from _begin(attempt)
    # The answer that was waited for may have its output before its last status.
    if not _urls(prediction.get("output")):
        prediction = yield from _wait(prediction, attempt)
    urls = _urls(prediction.get("output"))
    if not urls and prediction.get("status") != "succeeded":
        raise failure(prediction)
    if not urls:
        raise EmptyResultError(f"{TITLE} reported success but gave no image.")
    logs = text_of(prediction, "logs")
    found = _SEED.search(logs if isinstance(logs, str) else "") if len(urls) == 1 else None
    seed = seed_from(found[1]) if found else None
    return Result([Picture(url, seed) for url in urls])


def _begin(attempt: Attempt) -> Generator[Step, Sent, State]:
    call = call_of(attempt)
    answer = yield call
    assert isinstance(answer, HttpAnswer)
    if answer.status == _NOT_FOUND and call.url.endswith(f"/{attempt.model}/predictions"):
        # It may be a model of the community's, which runs by version only.
        answer = yield call_of(attempt, (yield from _latest(attempt, answer)))
        assert isinstance(answer, HttpAnswer)
    if not 200 <= answer.status < 300:
        raise refusal(answer)
    if not isinstance(answer.body, dict):
        raise ProviderError(f"{TITLE} answered with something that is no JSON object.")
    return answer.body


def _latest(attempt: Attempt, refused: HttpAnswer) -> Generator[Step, Sent, str]:
    """The latest version of a model."""
    call = HttpCall("GET", f"{attempt.base_url}/models/{attempt.model}", buys=False)
    model = yield from fetch_json(call, TITLE)
    version = text_of(model.get("latest_version"), "id")
    if not isinstance(version, str):
        raise refusal(refused)
    return version


def _wait(prediction: State, attempt: Attempt) -> Generator[Step, Sent, State]:
    if prediction.get("status") in _ENDED:
        return prediction
    urls = prediction.get("urls")
    get, stop = text_of(urls, "get"), text_of(urls, "cancel")
    if not isinstance(get, str) or not isinstance(stop, str):
        raise ProviderError(f"{TITLE} did not say where its prediction is.")

    def is_done(state: State) -> bool:
        return state.get("status") in _ENDED or len(_urls(state.get("output"))) >= attempt.count

    try:
        return (yield from until(is_done, HttpCall("GET", get, buys=False), PACE, TITLE))
    except Abandoned:
        yield from cancel(HttpCall("POST", stop, buys=False))
        raise


def _urls(output: JsonValue) -> list[str | LongText]:
    """The files of an output: one, several, or those of an object, which may hold other texts."""
    if isinstance(output, (str, LongText)):
        return [output] if is_url(output) else []
    if isinstance(output, dict):
        output = [*output.values()]
    return [url for value in output for url in _urls(value)] if isinstance(output, list) else []


PROVIDER = Provider(
    TITLE,
    generate,
    {"REPLICATE_BASE_URL": "https://api.replicate.com/v1"},
    ("REPLICATE_API_TOKEN",),
    options=InputOptions,
)
