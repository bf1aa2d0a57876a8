"""Background requests, from submission to the result."""

import base64
import uuid
from typing import Any

import httpx2
import openai

from support.background import finish, look, submit
from support.pictures import photo
from support.server import Server, new_prompt, wait_until

GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"


def test_a_background_request_is_carried_out(server: Server, http: httpx2.Client) -> None:
    prompt = new_prompt("[stand-in delay 500]")
    job = submit(http, prompt)
    assert job["status"] in ("queued", "in_progress")
    job = finish(http, job)
    assert job["status"] == "completed", job
    [image] = job["result"]["data"]
    picture = http.get(image["url"].removeprefix(server.url))
    assert picture.headers["content-type"] == "image/jpeg"
    assert len(server.calls(prompt, http)) == 1
    assert http.get(f"/v1/images/jobs/{job['id']}").headers["x-easel-model"] == job["model"]


def test_the_openai_sdk_submits_and_polls_a_job(sdk: openai.OpenAI) -> None:
    asked = sdk.images.generate(
        prompt=new_prompt(), response_format="b64_json", extra_body={"background": True}
    )
    path = f"/images/jobs/{asked.to_dict()['id']}"

    def job() -> dict[str, Any]:
        found: Any = sdk.get(path, cast_to=object)
        return dict(found)

    wait_until(lambda: job()["completed_at"] is not None)
    [image] = job()["result"]["data"]
    assert base64.b64decode(image["b64_json"]).startswith(b"\xff\xd8")


def test_a_repeated_submission_returns_the_same_job(server: Server, http: httpx2.Client) -> None:
    prompt, named = new_prompt("[stand-in delay 300]"), {"idempotency-key": str(uuid.uuid4())}
    first = submit(http, prompt, **named)
    assert submit(http, prompt, **named)["id"] == first["id"]
    ended = finish(http, first)
    assert submit(http, prompt, **named) == ended
    assert len(server.calls(prompt, http)) == 1


def test_an_edit_runs_in_the_background_with_its_images(
    server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    answer = http.post(
        EDITS,
        data={"prompt": prompt, "background": "true"},
        files={"image": ("fox.png", photo(300, 200), "image/png")},
    )
    assert answer.status_code == 202, answer.text
    job = finish(http, answer.json())
    assert job["status"] == "completed", job
    [call] = server.calls(prompt, http)
    image = call["multipart"]["input_image_0"]
    assert (image["width"], image["height"]) == (300, 200)


def test_a_failed_job_has_an_error_code(http: httpx2.Client) -> None:
    job = finish(http, submit(http, new_prompt("[stand-in empty]")))
    assert (job["status"], job["error"]["code"]) == ("failed", "empty_result")


def test_a_cancelled_job_makes_no_further_provider_call(
    server: Server, http: httpx2.Client
) -> None:
    # A call of the binding cannot be broken off; what would follow on its failure can.
    prompt = new_prompt("[stand-in delay 5000] [stand-in error 3040]")
    job = submit(http, prompt)
    wait_until(lambda: look(http, job)["status"] == "in_progress")
    path = f"/v1/images/jobs/{job['id']}"
    assert http.delete(path).json()["status"] == "cancelling"
    ended = finish(http, job)
    assert (ended["status"], ended["error"]["code"]) == ("cancelled", "cancelled")
    assert http.delete(path).json() == ended
    assert len(server.calls(prompt, http)) == 1
