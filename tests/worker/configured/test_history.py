"""The history of each of two keys."""

import httpx2

from support.server import new_prompt

OTHER_KEY = {"x-api-key": "second key: with spaces"}


def test_a_key_sees_only_its_own_images(http: httpx2.Client) -> None:
    http.post("/v1/images/generations", json={"prompt": new_prompt(), "size": "256x256"})
    [image] = http.get("/v1/images?limit=1").json()["data"]
    path = f"/v1/images/{image['id']}"
    for method in ("GET", "HEAD", "DELETE"):
        assert http.request(method, path, headers=OTHER_KEY).status_code == 404
    assert http.post(f"{path}/rerun", headers=OTHER_KEY).status_code == 404
    ids = [one["id"] for one in http.get("/v1/images", headers=OTHER_KEY).json()["data"]]
    assert image["id"] not in ids
    assert http.get("/v1/images", headers={"x-api-key": "wrong"}).status_code == 401
    assert http.head(path).status_code == 200


def test_a_key_without_admin_rights_cannot_read_the_usage(http: httpx2.Client) -> None:
    assert http.get("/v1/usage").status_code == 403
