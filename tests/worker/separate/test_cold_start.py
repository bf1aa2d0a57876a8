"""Requests that wait for a starting isolate."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from support.server import new_prompt
from support.workerd import Workerd
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
        failures = [answer.text for answer in answers if answer.status_code != 200]
        assert failures == []
