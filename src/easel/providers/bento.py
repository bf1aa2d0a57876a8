"""BentoML: a service of the owner's own, whose routes are the models.

https://docs.bentoml.com/en/latest/build-with-bentoml/clients.html
"""

from collections.abc import Generator, Mapping
from dataclasses import replace

from easel.errors import ConfigurationError, EmptyResultError, ProviderError
from easel.platform.buffers import Buffer, LongText
from easel.platform.calls import Abandoned, HttpAnswer, HttpCall
from easel.providers.bento_schema import Route, body_for, find_route
from easel.providers.calls import fetch_json
from easel.providers.failures import failure
from easel.providers.pictures import picture_from, text_of
from easel.providers.polling import Pace, State, cancel, until
from easel.providers.protocol import Attempt, Picture, Provider, Result, Run, Sent, Step

TITLE = "BentoML"

# It is the owner's own server, and says nothing of how often it wants to be asked.
PACE = Pace(first=0.2, then=0.5, longest=5)


def generate(attempt: Attempt) -> Run:
    """Make one image: read what the route takes, and call it, or submit a task to it."""
    if not attempt.base_url:
        raise ConfigurationError(
            "The models of bento/ run on a BentoML service: its URL is the setting BENTO_BASE_URL."
        )
    call = HttpCall("GET", f"{attempt.base_url}/schema.json", buys=False)
    route = find_route((yield from fetch_json(call, TITLE)), attempt.model, TITLE)
    if route.is_task:
        answer = yield from _run_task(attempt, route)
    else:
        answer = yield from _fetch(_call(attempt, route))
    return Result([_picture(answer)])


def _call(attempt: Attempt, route: Route, action: str = "") -> HttpCall:
    body, is_form = body_for(route, _wanted(attempt), TITLE)
    url = f"{attempt.base_url}{route.path}{action}"
    return HttpCall("POST", url, body=body, encoding="form" if is_form else "json")


def _wanted(attempt: Attempt) -> Mapping[str, object]:
    """What the caller wants, with the arguments that only this service has."""
    parameters = dict(attempt.parameters)
    own = parameters.pop("arguments", None)
    prompt = {"prompt": attempt.prompt} if attempt.prompt else {}
    return {**prompt, **parameters, **(own if isinstance(own, dict) else {})}


def _run_task(attempt: Attempt, route: Route) -> Generator[Step, Sent, HttpAnswer]:
    """Submit a task, ask after it, and take what it came to.

    https://docs.bentoml.com/en/latest/get-started/async-task-queues.html
    """
    task = yield from fetch_json(_call(attempt, route, "/submit"), TITLE)
    name = task.get("task_id")
    if not isinstance(name, str):
        raise ProviderError(f"{TITLE} did not say which task it began.")

    def about(method: str, action: str) -> HttpCall:
        url = f"{attempt.base_url}{route.path}/{action}?task_id={name}"
        return HttpCall(method, url, buys=False)

    try:
        state = yield from until(_is_done, about("GET", "status"), PACE, TITLE)
    except Abandoned:
        yield from cancel(about("PUT", "cancel"))
        raise
    if state["status"] == "canceled":
        raise ProviderError(f"{TITLE}: the task was cancelled.")
    # What a failed task came to is the answer that the call would have had.
    return (yield from _fetch(about("GET", "get")))


def _fetch(call: HttpCall) -> Generator[Step, Sent, HttpAnswer]:
    """Make a call whose answer must be an image.

    https://docs.bentoml.com/en/latest/build-with-bentoml/error-handling.html
    """
    answer = yield call
    assert isinstance(answer, HttpAnswer)
    if 200 <= answer.status < 300:
        return answer
    if isinstance(answer.body, dict) and "detail" in answer.body:
        # Beside it stands nothing but how many errors there are.
        answer = replace(answer, body={"detail": answer.body["detail"]})
    raise failure(answer, TITLE)


def _is_done(state: State) -> bool:
    return state.get("status") in ("completed", "failed", "canceled")


def _picture(answer: HttpAnswer) -> Picture:
    """The image: bytes, or what a service of another mind gives for one."""
    body = answer.body
    if isinstance(body, Buffer):
        return Picture(body)
    text = body if isinstance(body, (str, LongText)) else text_of(body, "image", "url", "b64_json")
    if not text:
        raise EmptyResultError(f"{TITLE} reported success but gave no image.")
    return picture_from(text, TITLE)


PROVIDER = Provider(TITLE, generate, {"BENTO_BASE_URL": ""}, ("BENTO_API_TOKEN",), optional=True)
