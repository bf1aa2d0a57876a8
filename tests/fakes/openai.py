"""OpenAI's images API, which validates strictly.

https://developers.openai.com/api/reference/resources/images
"""

from contextlib import AbstractContextManager
from typing import Any

from fakes import openai_dall_e, openai_gpt
from fakes.answers import Answer, RefusedError, Reply, json_answer
from fakes.calls import Call
from fakes.credentials import fault_of
from fakes.openai_errors import error, failure, invalid, unknown_model
from fakes.openai_models import MODELS, DallE, Gpt
from fakes.server import Fake, serving

_ROOT = "/v1"
_RELEASED = 1_700_000_000


def fake_openai() -> AbstractContextManager[Fake]:
    """Serve the fake; the SDKs' `base_url` is `fake.url + "/v1"`."""
    return serving(answer)


def answer(fake: Fake, call: Call) -> Reply:
    """Answer one call."""
    if fault := fault_of(call):
        return failure(fault, call)
    match call.method, call.path.removeprefix(_ROOT):
        case "GET", "/models":
            return json_answer({"object": "list", "data": [*map(_described, MODELS)]})
        case "GET", path if path.startswith("/models/"):
            return _model_card(path.removeprefix("/models/"))
        case "POST", "/images/generations":
            return _generate(fake, call)
        case "POST", "/images/edits":
            return _edit(fake, call)
        case "POST", "/images/variations":
            return _vary(fake, call)
    return error(404, f"Invalid URL ({call.method} {call.path})")


def _described(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _RELEASED, "owned_by": "system"}


def _model_card(name: str) -> Answer:
    return json_answer(_described(name)) if name in MODELS else unknown_model(name)


def _generate(fake: Fake, call: Call) -> Reply:
    match _model(call):
        case Gpt() as model:
            return openai_gpt.generate(fake, call, model)
        case DallE() as model:
            return openai_dall_e.generate(fake, call, model)


def _edit(fake: Fake, call: Call) -> Reply:
    match _model(call):
        case Gpt() as model:
            return openai_gpt.edit(fake, call, model)
        case DallE(edits=True) as model if call.is_form:
            return openai_dall_e.edit(fake, call, model)
    return invalid("model", "invalid_value", "This model cannot edit images sent like this.")


def _vary(fake: Fake, call: Call) -> Reply:
    match _model(call, default="dall-e-2"):
        case DallE(edits=True) as model if call.is_form:
            return openai_dall_e.vary(fake, call, model)
    return invalid("model", "invalid_value", "This model cannot vary images sent like this.")


def _model(call: Call, default: str | None = None) -> Gpt | DallE:
    parameters = dict(call.texts) if call.is_form else call.json
    if parameters is None:
        raise RefusedError(error(400, "We could not parse the JSON body of your request."))
    name = parameters.get("model", default)
    if name is None:
        raise RefusedError(
            invalid("model", "missing_required_parameter", "Missing required parameter: 'model'.")
        )
    if name not in MODELS:
        raise RefusedError(unknown_model(str(name)))
    return MODELS[name]
