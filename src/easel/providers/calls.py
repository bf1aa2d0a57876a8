"""Calls whose answer must be a success."""

from collections.abc import Callable, Generator, Mapping, Sequence

from easel.errors import ProviderError
from easel.platform.buffers import JsonValue
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers.error_report import ErrorReport, read_error
from easel.providers.failures import Rule, error_from_report
from easel.providers.protocol import Sent, Step

ReadError = Callable[[HttpAnswer], ErrorReport]


def fetch(
    call: HttpCall, title: str, rules: Sequence[Rule] = (), *, read_error: ReadError = read_error
) -> Generator[Step, Sent, HttpAnswer]:
    """Make a call and return the answer if it is a success.

    Args:
        call: the call.
        title: the provider's name.
        rules: the provider's own rules for failures.
        read_error: reads an error of the provider.

    Raises:
        EaselError: the meaning of any other answer.
    """
    return success((yield call), title, rules, read_error=read_error)


def fetch_json(
    call: HttpCall, title: str, rules: Sequence[Rule] = (), *, read_error: ReadError = read_error
) -> Generator[Step, Sent, Mapping[str, JsonValue]]:
    """Make a call and return the JSON object in the answer; see `fetch`.

    Raises:
        ProviderError: a success is not a JSON object.
        EaselError: the meaning of any other answer.
    """
    answer = yield call
    return json_object(answer, title, rules, read_error=read_error, billed=call.buys)


def success(
    answer: Sent, title: str, rules: Sequence[Rule] = (), *, read_error: ReadError = read_error
) -> HttpAnswer:
    """Return an answer that is a success.

    Raises:
        EaselError: the meaning of any other answer.
    """
    assert isinstance(answer, HttpAnswer)
    if not 200 <= answer.status < 300:
        raise error_from_report(read_error(answer), title, rules)
    return answer


def json_object(
    answer: Sent,
    title: str,
    rules: Sequence[Rule] = (),
    *,
    read_error: ReadError = read_error,
    billed: bool = True,
) -> Mapping[str, JsonValue]:
    """The JSON object in an answer that is a success.

    Args:
        answer: the answer.
        title: the provider's name.
        rules: the provider's own rules for failures.
        read_error: reads an error of the provider.
        billed: whether a success without a JSON object may have cost something.

    Raises:
        ProviderError: a success is not a JSON object.
        EaselError: the meaning of any other answer.
    """
    body = success(answer, title, rules, read_error=read_error).body
    if not isinstance(body, dict):
        raise ProviderError(f"{title} sent an answer that is not a JSON object.", billed=billed)
    return body
