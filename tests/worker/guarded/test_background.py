"""Background requests and the budget of a key."""

import httpx2

from support.background import RESPOND_ASYNC, finish, submit
from support.guarded import KEYS, shown
from support.server import new_prompt

GENERATIONS = "/v1/images/generations"


def test_a_job_over_its_budget_is_refused_when_it_is_submitted(guarded: httpx2.Client) -> None:
    key = shown(KEYS.background)
    job = submit(guarded, new_prompt(), **key)
    answer = guarded.post(
        GENERATIONS, json={"prompt": "never made"}, headers={**RESPOND_ASYNC, **key}
    )
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "insufficient_quota"
    assert finish(guarded, job, key)["status"] == "completed"
    assert guarded.get(f"/v1/images/jobs/{job['id']}", headers=shown(KEYS.plain)).status_code == 404
