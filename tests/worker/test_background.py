import time
import httpx2
from support.server import Server, new_prompt


def test_try(server: Server, http: httpx2.Client) -> None:
    prompt = new_prompt("[stand-in delay 1000]")
    answer = http.post(
        "/v1/images/generations", json={"prompt": prompt}, headers={"prefer": "respond-async"}
    )
    print(answer.status_code, answer.headers, answer.text)
    for _ in range(20):
        job = http.get(answer.headers["location"])
        print(job.status_code, job.text)
        if job.json().get("status") not in ("queued", "in_progress"):
            break
        time.sleep(0.5)
    print("".join(server.lines))
    assert 0
