"""An event stream that is no longer read is closed before its request ends."""

from collections.abc import Iterator

import pytest

from fakes.server import Fake
from support.gateway import generate, new_token
from support.server import Server, new_prompt
from tools.server import running


@pytest.fixture(scope="module")
def easel(tmp_path_factory: pytest.TempPathFactory, hf_space: Fake) -> Iterator[Server]:
    """Easel whose calls have as much time as a whole request, so that none times out before."""
    variables = {
        "HF_SPACE_BASE_URL": hf_space.url,
        "ALLOW_CALLER_CREDENTIALS": "true",
        "CALL_TIMEOUT_SECONDS": "20",
        "JOB_TIMEOUT_SECONDS": "20",
    }
    state = tmp_path_factory.mktemp("state")
    with running(state=state, variables=variables) as server:
        yield Server(server.url, state, server.lines)


def test_a_gradio_stream_is_closed_after_its_result(easel: Server) -> None:
    # The fake makes the second image only when the stream of the first has been closed.
    body = {"model": "hf-space/ovis-image", "prompt": new_prompt("[fake linger]"), "n": 2}
    answer = generate(easel, new_token("hf"), body)
    assert (answer.status_code, len(answer.json()["data"])) == (200, 2)
