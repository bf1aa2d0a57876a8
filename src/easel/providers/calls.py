"""The call that most providers' code makes: JSON there, a JSON object back."""

from collections.abc import Generator, Mapping, Sequence

from easel.errors import ProviderError
from easel.platform.buffers import JsonValue
from easel.platform.calls import HttpAnswer, HttpCall
from easel.providers.failures import Rule, failure
from easel.providers.protocol import Sent, Step


def fetch(
    call: HttpCall, title: str, rules: Sequence[Rule] = ()
) -> Generator[Step, Sent, HttpAnswer]:
    """Make a call whose answer must be a success.

    Raises:
        EaselError: what any other answer means.
    """
    answer = yield call
    assert isinstance(answer, HttpAnswer)
    if not 200 <= answer.status < 300:
        raise failure(answer, title, rules)
    return answer


def fetch_json(
    call: HttpCall, title: str, rules: Sequence[Rule] = ()
) -> Generator[Step, Sent, Mapping[str, JsonValue]]:
    """Make a call whose answer must be a JSON object.

    Raises:
        ProviderError: a success was none.
        EaselError: what any other answer means.
    """
    answer = yield from fetch(call, title, rules)
    if not isinstance(answer.body, dict):
        raise ProviderError(
            f"{title} answered with something that is no JSON object.", billed=call.buys
        )
    return answer.body
