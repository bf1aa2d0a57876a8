"""Uploads that find no free memory. The Worker of `worker/` lets them wait a short time only."""

import socket

import httpx2

MEBIBYTE = 2**20


def test_an_upload_that_waits_for_memory_in_vain_is_told_to_come_again(
    fetcher: httpx2.Client,
) -> None:
    url = fetcher.base_url
    head = (
        "POST /v1/images/edits HTTP/1.1\r\n"
        f"host: {url.netloc.decode()}\r\n"
        "content-type: multipart/form-data; boundary=x\r\n"
        f"content-length: {16 * MEBIBYTE}\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port or 80)) as unfinished:
        # An upload that takes all the memory, and does not end.
        unfinished.sendall(head.encode() + bytes(64 * 1024))
        answer = _upload(fetcher)
        while answer.status_code != 503:
            # The first one is not being read yet.
            answer = _upload(fetcher)
    assert answer.json()["error"]["code"] == "overloaded"
    assert answer.json()["error"]["message"] == (
        "This server is busy with other large uploads. Send the request again later."
    )
    assert answer.headers["retry-after"] == "10"


def _upload(fetcher: httpx2.Client) -> httpx2.Response:
    return fetcher.post(
        "/v1/images/edits",
        data={"prompt": "a fox", "model": "no/such-model"},
        files={"image": ("a.png", bytes(2 * MEBIBYTE))},
    )
