"""The log line of a request with a key, and the health of easel's parts."""

import httpx2

from support.guarded import KEYS, shown
from support.server import Server

GENERATIONS = "/v1/images/generations"


def test_the_log_has_the_name_of_a_key_but_never_the_key(
    guarded_server: Server, guarded: httpx2.Client
) -> None:
    answer = guarded.post(GENERATIONS, json={"prompt": "x"}, headers=shown(KEYS.plain))
    assert guarded_server.log_line(answer.headers["x-request-id"])["key"] == "plain"


def test_health_is_public_but_its_deep_check_needs_an_admin(guarded: httpx2.Client) -> None:
    assert guarded.get("/health").json()["status"] == "ok"
    assert guarded.get("/health?deep=1").status_code == 401
    assert guarded.get("/health?deep=1", headers=shown(KEYS.plain)).status_code == 403
    deep = guarded.get("/health?deep=1", headers=shown(KEYS.admin))
    assert deep.status_code == 200
    assert {name: one["status"] for name, one in deep.json()["checks"].items()} == {
        "bucket": "ok",
        "ai": "ok",
        "ledger": "ok",
    }
