"""Invalid requests: a clear error in OpenAI's format, and no call of the model."""

import json
import uuid
from collections.abc import Mapping, Sequence

import httpx2
import openai
import pytest

from support.server import Server

ROUTE = "/v1/images/generations"
JSON = {"content-type": "application/json"}

INVALID_VALUES: Mapping[str, Sequence[object]] = {
    "n": [-1, 0, 11, "abc", 2.5, True],
    "size": ["big", "1024", 1024, "99999x99999", "1792x1024", "0x0"],
    "steps": [0, 9, "4", 1.5, True],
    "seed": [-1, 2**53, 1e300, "0"],
    "response_format": ["png", 1],
    "model": ["", 5],
}
UNSUPPORTED = {"guidance": 3, "negative_prompt": "x", "quality": "hd", "stpes": 3}

WRONG_BODIES = [
    (b"{", 400, None),
    (b"null", 400, None),
    (b"[]", 400, None),
    (b"", 400, None),
    (b"x" * 5_000_000, 413, None),
    (b'{"prompt": "\xff\xfe"}', 400, None),
    (b"[" * 20_000, 400, None),
    (b'{"prompt": ' * 20_000, 400, None),
    (b'{"prompt": "half \\ud83d"}', 400, "prompt"),
    (b'{"prompt": NaN}', 400, "prompt"),
    (b"{}", 400, "prompt"),
    (b'{"prompt": null}', 400, "prompt"),
    (b'{"prompt": ""}', 400, "prompt"),
    (b'{"prompt": ["a"]}', 400, "prompt"),
]


def error_of(response: httpx2.Response) -> dict[str, str | None]:
    assert response.headers["content-type"] == "application/json"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["x-request-id"]
    error: dict[str, str | None] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


def test_invalid_fields_are_named_and_reach_no_model(server: Server, http: httpx2.Client) -> None:
    prompt = f"wrong {uuid.uuid4()}"
    wrong = [
        *(
            (name, value, "invalid_value")
            for name, values in INVALID_VALUES.items()
            for value in values
        ),
        *((name, value, "unsupported_parameter") for name, value in UNSUPPORTED.items()),
    ]
    for name, value, code in wrong:
        response = http.post(ROUTE, json={"prompt": prompt, name: value})
        error = error_of(response)
        assert (response.status_code, error["param"], error["code"]) == (400, name, code), value
        assert response.headers["x-should-retry"] == "false"
    assert server.calls(prompt, http) == []


@pytest.mark.parametrize(
    ("body", "status", "param"), WRONG_BODIES, ids=lambda value: str(value)[:20]
)
def test_invalid_bodies_are_refused(
    http: httpx2.Client, body: bytes, status: int, param: str | None
) -> None:
    response = http.post(ROUTE, content=body, headers=JSON)
    assert (response.status_code, error_of(response)["param"]) == (status, param)
    # And the Worker is as well as before.
    assert http.get("/health").status_code == 200


def test_the_valid_range_is_in_the_error_message(http: httpx2.Client) -> None:
    response = http.post(ROUTE, json={"prompt": "x", "steps": 99})
    assert "from 1 to 8" in str(error_of(response)["message"])


def test_an_unknown_model_suggests_the_nearest(sdk: openai.OpenAI) -> None:
    with pytest.raises(
        openai.NotFoundError, match="@cf/black-forest-labs/flux-1-schnell"
    ) as caught:
        sdk.images.generate(model="flux-1-schnel", prompt="x")
    assert caught.value.code == "model_not_found"


def test_only_json_is_accepted(http: httpx2.Client) -> None:
    response = http.post(ROUTE, content=json.dumps({"prompt": "x"}))
    assert (response.status_code, error_of(response)["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_a_405(http: httpx2.Client, method: str) -> None:
    response = http.request(method, ROUTE)
    assert (response.status_code, response.headers["allow"]) == (405, "POST, OPTIONS")
    assert error_of(response)["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/images/generations", "/images/../v1/x", "/%"])
def test_an_unknown_path_is_a_404(http: httpx2.Client, path: str) -> None:
    response = http.get(path)
    assert (response.status_code, error_of(response)["code"]) == (404, "not_found")


def test_dropped_parameters_are_listed_in_a_header(http: httpx2.Client) -> None:
    response = http.post(ROUTE, json={"prompt": "x", "guidance": 3, "drop_params": True})
    assert response.status_code == 200
    assert "guidance" in response.headers["x-easel-warnings"]
