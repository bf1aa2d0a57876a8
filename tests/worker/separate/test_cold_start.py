"""Requests that wait for a starting isolate."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from support.server import new_prompt
from support.workerd import Workerd, is_from_easel
from tools.server import running

REQUESTS = 12


@pytest.mark.timeout(240)
def test_requests_that_wait_for_a_starting_isolate_are_all_answered(tmp_path: Path) -> None:
    with running(state=tmp_path, is_cold=True) as easel, ThreadPoolExecutor(REQUESTS) as pool:
        workerd = Workerd(easel)
        killed = workerd.process
        workerd.kill()
        workerd.wait_until_restarted(killed)

        def ask(prompt: str) -> httpx2.Response:
            url = f"{easel.url}/v1/images/generations"
            return httpx2.post(url, json={"prompt": prompt}, timeout=120)

        answers = [*pool.map(ask, [new_prompt() for _ in range(REQUESTS)])]
        # The proxy before easel sometimes loses a connection while it replaces workerd.
        lost = sum(not is_from_easel(answer) for answer in answers)
        answers = [answer for answer in answers if is_from_easel(answer)]
        answers += pool.map(ask, [new_prompt() for _ in range(lost)])
        assert [answer.text for answer in answers if answer.status_code != 200] == []
        # Pyodide's message when the isolate has crashed.
        assert "memory access out of bounds" not in "".join(easel.lines)
