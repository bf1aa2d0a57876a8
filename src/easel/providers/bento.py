"""BentoML: a service of the owner's own, whose routes are the models.

https://docs.bentoml.com/en/latest/build-with-bentoml/clients.html
"""

from collections.abc import Generator, Mapping
from dataclasses import replace

from easel.errors import ConfigurationError, EmptyResultError, ProviderError
from easel.platform.buffers import Buffer, LongText
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers import error_report
from easel.providers.bento_schema import Route, body_for, find_route
from easel.providers.calls import fetch, fetch_json
from easel.providers.error_report import ErrorReport
from easel.providers.json_values import first_text, required_text
from easel.providers.pictures import picture_from
from easel.providers.polling import Pace, State, poll_until
from easel.providers.protocol import Attempt, Picture, Provider, Result, Run, Sent, Step

TITLE = "BentoML"

# It is the owner's own server, and its documentation names no interval.
PACE = Pace(first=0.2, second=0.5, longest=5)


def generate(attempt: Attempt) -> Run:
    """Make one image: read the route's schema, and call the route or submit a task to it."""
    if not attempt.base_url:
        raise ConfigurationError(
            "The models of bento/ run on a BentoML service: set its URL as BENTO_BASE_URL."
        )
    call = HttpCall("GET", f"{attempt.base_url}/schema.json", buys=False)
    route = find_route((yield from fetch_json(call, TITLE)), attempt.model, TITLE)
    if route.is_task:
        answer = yield from _run_task(attempt, route)
    else:
        answer = yield from fetch(_call(attempt, route), TITLE, read_error=_read_error)
    return Result([_picture(answer)])


def _call(attempt: Attempt, route: Route, action: str = "") -> HttpCall:
    body, is_form = body_for(route, _arguments(attempt), TITLE)
    url = f"{attempt.base_url}{route.path}{action}"
    return HttpCall("POST", url, body=body, encoding="form" if is_form else "json")


def _arguments(attempt: Attempt) -> Mapping[str, object]:
    """The prompt, the parameters, and the arguments that only this service has."""
    parameters = dict(attempt.parameters)
    own = parameters.pop("arguments", None)
    prompt = {"prompt": attempt.prompt} if attempt.prompt else {}
    return {**prompt, **parameters, **(own if isinstance(own, dict) else {})}


def _run_task(attempt: Attempt, route: Route) -> Generator[Step, Sent, HttpAnswer]:
    """Submit a task, poll it, and fetch its result.

    https://docs.bentoml.com/en/latest/get-started/async-task-queues.html
    """
    task = yield from fetch_json(_call(attempt, route, "/submit"), TITLE)
    task_id = required_text(task, "task_id", TITLE)

    def call(method: str, action: str) -> HttpCall:
        url = f"{attempt.base_url}{route.path}/{action}?task_id={task_id}"
        return HttpCall(method, url, buys=False)

    state = yield from poll_until(
        _is_done, call("GET", "status"), PACE, TITLE, cancel=call("PUT", "cancel")
    )
    if state["status"] == "canceled":
        raise ProviderError(f"{TITLE}: the task was cancelled.")
    # The result of a failed task is the error that the call would have been answered with.
    return (yield from fetch(call("GET", "get"), TITLE, read_error=_read_error))


def _is_done(state: State) -> bool:
    return state.get("status") in ("completed", "failed", "canceled")


def _read_error(answer: HttpAnswer) -> ErrorReport:
    """Read an error, whose `error` only counts the errors where there is a `detail`.

    https://docs.bentoml.com/en/latest/build-with-bentoml/error-handling.html
    """
    if isinstance(answer.body, dict) and "detail" in answer.body:
        answer = replace(answer, body={"detail": answer.body["detail"]})
    return error_report.read_error(answer)


def _picture(answer: HttpAnswer) -> Picture:
    """The image: bytes, or a text or an object, as the service's author has chosen."""
    body = answer.body
    if isinstance(body, Buffer):
        return Picture(body)
    fields = ("image", "url", "b64_json")
    text = body if isinstance(body, (str, LongText)) else first_text(body, *fields)
    if not text:
        raise EmptyResultError(f"{TITLE} reported success but sent no image.")
    return picture_from(text, TITLE)


PROVIDER = Provider(TITLE, generate, {"BENTO_BASE_URL": ""}, ("BENTO_API_TOKEN",), optional=True)
