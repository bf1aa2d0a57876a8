"""Background requests whose provider has a queue of its own."""

from typing import Any

import httpx2

from fakes.server import Fake
from support.server import Server, new_prompt, wait_until

SCHNELL = "replicate/black-forest-labs/flux-schnell"


def test_cancelling_a_background_request_cancels_it_at_the_provider(
    server: Server, replicate_fake: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt("[fake stuck]")
    body = {"model": SCHNELL, "prompt": prompt, "background": True}
    submitted = http.post(f"{server.url}/v1/images/generations", json=body)
    assert submitted.status_code == 202, submitted.text
    url = f"{server.url}{submitted.headers['location']}"

    def look() -> dict[str, Any]:
        job: dict[str, Any] = http.get(url).json()
        return job

    wait_until(lambda: replicate_fake.bought(prompt) == 1)
    assert http.delete(url).json()["status"] == "cancelling"
    wait_until(lambda: look()["completed_at"] is not None)
    assert look()["status"] == "cancelled"
    assert look()["error"]["code"] == "cancelled"
    assert replicate_fake.notes(prompt)[-1] == "cancelled"
    assert replicate_fake.bought(prompt) == 1
