"""`GET /v1/models`."""

import httpx2
import openai
import pytest

SCHNELL = "@cf/black-forest-labs/flux-1-schnell"


def test_the_sdk_lists_models(sdk: openai.OpenAI) -> None:
    models = {model.id: model for model in sdk.models.list()}
    assert models[SCHNELL].owned_by == "black-forest-labs"
    assert models[SCHNELL].object == "model"


def test_the_sdk_retrieves_a_model(sdk: openai.OpenAI) -> None:
    assert sdk.models.retrieve(SCHNELL).id == SCHNELL


@pytest.mark.parametrize(
    "path", [SCHNELL, SCHNELL.replace("/", "%2F"), SCHNELL.replace("/", "%2f").replace("@", "%40")]
)
def test_an_id_arrives_raw_or_encoded(http: httpx2.Client, path: str) -> None:
    assert http.get(f"/v1/models/{path}").json()["id"] == SCHNELL


def test_an_unknown_model_is_a_404(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.models.retrieve("no/such model?#%")
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize("path", ["/v1/models", "/v1/images/generations", "/images/x", "/nowhere"])
def test_preflight_succeeds_everywhere(http: httpx2.Client, path: str) -> None:
    headers = {
        "origin": "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-stainless-os",
    }
    response = http.options(path, headers=headers)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    allowed = response.headers["access-control-allow-headers"]
    assert allowed == "authorization,content-type,x-stainless-os"
