"""Replicate: each image is a prediction, which is answered at once or polled until it ends.

https://replicate.com/docs/reference/http#predictions.create
"""

import re
from collections.abc import Generator

from easel.errors import ModelGoneError, ProviderError
from easel.platform.buffers import JsonValue, LongText
from easel.platform.calls import HttpCall
from easel.providers.calls import fetch_json
from easel.providers.inputs import InputOptions
from easel.providers.json_values import text_at
from easel.providers.pictures import is_url, result_of, seed_from
from easel.providers.polling import Pace, State, poll_until
from easel.providers.protocol import Attempt, Picture, Provider, Run, Sent, Step
from easel.providers.replicate_request import TITLE, call_of, failure, read_error

# Replicate's own clients poll twice a second. A slow prediction is polled less and less often.
PACE = Pace(first=0.5, second=0.5, longest=8, growth=1.3)

_ENDED = ("succeeded", "failed", "canceled", "aborted")

# The seed in the log of models written with cog. https://github.com/replicate/cog-flux
_SEED = re.compile(r"(?:Using )?seed: (\d+)", re.IGNORECASE)


def generate(attempt: Attempt) -> Run:
    """Make images: create a prediction, poll it, read its URLs."""
    prediction = yield from _create(attempt)
    # A prediction may have its output before its last status.
    if not _urls(prediction.get("output")):
        prediction = yield from _wait(prediction, attempt)
    urls = _urls(prediction.get("output"))
    if not urls and prediction.get("status") != "succeeded":
        raise failure(prediction)
    seed = _SEED.search(text_at(prediction, "logs")) if len(urls) == 1 else None
    return result_of([Picture(url, seed_from(seed and seed[1])) for url in urls], TITLE)


def _create(attempt: Attempt) -> Generator[Step, Sent, State]:
    """Create a prediction by the model's name; if it is not an official one, by its version."""
    by_name = call_of(attempt)
    try:
        return (yield from fetch_json(by_name, TITLE, read_error=read_error))
    except ModelGoneError as error:
        if ":" in attempt.model:
            raise
        look_up = HttpCall("GET", f"{attempt.base_url}/models/{attempt.model}", buys=False)
        version = text_at((yield from fetch_json(look_up, TITLE)), "latest_version", "id")
        if not version:
            raise error from None
    return (yield from fetch_json(call_of(attempt, version), TITLE, read_error=read_error))


def _wait(prediction: State, attempt: Attempt) -> Generator[Step, Sent, State]:
    if prediction.get("status") in _ENDED:
        return prediction
    poll, cancel = text_at(prediction, "urls", "get"), text_at(prediction, "urls", "cancel")
    if not poll or not cancel:
        raise ProviderError(f"{TITLE} sent a prediction without its URLs.")

    def is_done(state: State) -> bool:
        return state.get("status") in _ENDED or len(_urls(state.get("output"))) >= attempt.count

    return (
        yield from poll_until(
            is_done,
            HttpCall("GET", poll, buys=False),
            PACE,
            TITLE,
            cancel=HttpCall("POST", cancel, buys=False),
        )
    )


def _urls(output: JsonValue) -> list[str | LongText]:
    """The URLs in an output: a URL, a list, or an object, which may hold other texts, too."""
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
