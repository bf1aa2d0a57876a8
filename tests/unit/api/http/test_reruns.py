"""A rerun repeats a recorded request, except for the fields that the caller changes."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from easel.app import handle
from easel.catalog import CATALOG, ModelCard, Parameter
from easel.catalog.cards import Task
from easel.errors import InvalidValueError, MissingParameterError, ModelNotFoundError
from easel.generation.execution.results import FinishedImage, Provenance
from easel.generation.lifecycle.history import record_of
from easel.generation.planning.inputs import InputImage, Inputs
from easel.generation.planning.models import resolve
from easel.generation.planning.plan import Plan, attempt_for, make_plan
from easel.generation.planning.rerun import rerun_of
from easel.ledger.history import image_insert
from easel.ledger.records import ImageRecord
from easel.media.sniff import ImageFacts
from easel.platform.http import Form, Response
from easel.platform.size import Size
from easel.settings.settings import Settings
from easel.wire.requests import ImageRequest, parse_fields
from support.services import NOW, Bytes, FakeServices, image_bytes, request, text_of, wait_for

SDXL = "@cf/stabilityai/stable-diffusion-xl-base-1.0"
SCHNELL = "@cf/black-forest-labs/flux-1-schnell"
FLUX_2 = "@cf/black-forest-labs/flux-2-dev"
IMG2IMG = "@cf/runwayml/stable-diffusion-v1-5-img2img"

CARDS = [
    resolve(CATALOG, card.id.replace("*", "some-model"))
    for name, card in CATALOG.items()
    if name == card.id
]


def plan_request(body: ImageRequest, card: ModelCard, task: Task) -> Plan:
    image = InputImage("image", Bytes(b""), ImageFacts("png", Size(640, 480)))
    inputs = None if task == "generate" else Inputs((image,))
    return make_plan(body, card, task, inputs, lambda count: b"\x07" * count)


def record_about(plan: Plan) -> dict[str, Any]:
    """The record of a plan's first image, after it was stored and read again."""
    origin = Provenance("a" * 40, NOW, plan, seed=plan.seeds[0])
    artifact = FinishedImage(
        "images/a.png", Bytes(b"image"), ImageFacts("png", Size(8, 8)), NOW, origin
    )
    record = record_of(artifact, "ci", "req_1")
    assert record is not None
    details: dict[str, Any] = json.loads(record.about)
    return details


def sample(parameter: Parameter) -> object:
    """A valid value of a parameter, if possible another than its default."""
    if parameter.choices:
        return parameter.choices[-1]
    most = parameter.max if parameter.max is not None else parameter.min
    count = max(1, int(parameter.min or 1))
    match parameter.type:
        case "integer":
            return 3 if most is None else int(most)
        case "number":
            return 3.5 if most is None else most
        case "boolean":
            return parameter.default is not True
        case "string":
            return "x" * count
        case "object":
            return {"key": [1, 2.5, "text"]}
        case "array":
            return [1] * count


def parameters_of(card: ModelCard, task: Task) -> dict[str, object]:
    return {
        name: sample(one)
        for name, one in card.parameters.items()
        if not one.tasks or task in one.tasks
    }


def requests_for(card: ModelCard, task: Task) -> Iterator[dict[str, object]]:
    """The smallest request, one with every parameter, and one for each kind of size and output."""
    every = parameters_of(card, task)
    needed = {name: every[name] for name in every if card.parameters[name].required}
    prompt = {"prompt": "a fox"}
    yield {**prompt, **needed}
    yield {**prompt, **every}
    if not card.needs_prompt or (task == "vary" and card.variation is not None):
        yield needed
    if card.output == "svg":
        return
    yield {**prompt, **needed, "size": str(card.sizes.default)}
    yield {**prompt, **needed, "aspect_ratio": "1:1", "output_format": "png"}
    yield {**prompt, **needed, "output_format": "webp", "output_compression": 0}


def test_a_rerun_without_changes_repeats_the_call_of_every_model(
    subtests: pytest.Subtests,
) -> None:
    for card in CARDS:
        for task in card.tasks:
            with subtests.test(model=card.id, task=task):
                check_rerun(card, task)


def check_rerun(card: ModelCard, task: Task) -> None:
    for fields in requests_for(card, task):
        first = plan_request(parse_fields({**fields, "model": card.id}, text=False), card, task)
        body = rerun_of(record_about(first), ImageRequest(), Settings())
        assert body.model == card.id
        repeated = plan_request(body, resolve(CATALOG, card.id), task)
        for what in ("card", "prompt", "parameters", "native", "sends_size", "seeds", "output"):
            assert getattr(repeated, what) == getattr(first, what), fields
        calls = [attempt_for(plan, plan.seeds, {}, {}) for plan in (first, repeated)]
        assert calls[0] == calls[1]


def about_image(model: str = SDXL, task: Task = "generate", **fields: object) -> dict[str, Any]:
    body = parse_fields({"prompt": "a fox", "model": model, **fields}, text=False)
    return record_about(plan_request(body, resolve(CATALOG, model), task))


def rerun(details: Mapping[str, Any], **changes: object) -> ImageRequest:
    return rerun_of(details, parse_fields(changes, text=False), Settings())


def test_fields_of_the_rerun_replace_the_recorded_ones() -> None:
    body = rerun(about_image(seed=7, steps=5, guidance=3.5), prompt="a cat", seed=8, n=2)
    assert (body.prompt, body.n, body.parameters) == (
        "a cat",
        2,
        {"seed": 8, "steps": 5, "guidance": 3.5},
    )


@pytest.mark.parametrize("name", ["guidance", "guidance_scale", "cfg_scale"])
def test_a_parameter_is_replaced_under_any_of_its_names(name: str) -> None:
    assert rerun(about_image(guidance=3.5, seed=1), **{name: 4.5}).parameters == {
        name: 4.5,
        "seed": 1,
    }


def test_a_null_removes_a_recorded_field() -> None:
    body = rerun(about_image(seed=7, steps=5, size="512x512"), seed=None, size=None)
    assert (body.parameters, body.requested_size()) == ({"steps": 5}, None)


@pytest.mark.parametrize(
    "changes", [{"size": "512x768"}, {"width": 512, "height": 768}, {"aspect_ratio": "2:3"}]
)
@pytest.mark.parametrize("recorded", [{"size": "1024x1024"}, {"aspect_ratio": "16:9"}])
def test_a_size_in_any_form_replaces_the_recorded_size(
    changes: dict[str, Any], recorded: dict[str, Any]
) -> None:
    wanted = parse_fields(changes, text=False).requested_size()
    assert rerun(about_image(**recorded), **changes).requested_size() == wanted


def test_form_fields_of_a_rerun_are_parsed_and_recorded_fields_keep_their_types() -> None:
    details = about_image(IMG2IMG, "edit", strength=0.5, steps=5)
    changes = parse_fields({"strength": "0.7", "n": "2"}, text=True)
    body = rerun_of(details, changes, Settings())
    plan = plan_request(body, resolve(CATALOG, IMG2IMG), "edit")
    assert (plan.parameters["strength"], plan.parameters["steps"], len(plan.seeds)) == (0.7, 5, 2)


def test_a_rerun_with_another_model_omits_the_defaults_of_the_first_model() -> None:
    details = about_image(FLUX_2, seed=7)
    assert details["parameters"] == {"steps": 25}
    assert rerun(details, model=SCHNELL).parameters == {"seed": 7}
    assert rerun(about_image(FLUX_2, steps=8, seed=7), model=SCHNELL).parameters == {
        "steps": 8,
        "seed": 7,
    }


def test_a_rerun_of_a_removed_model_is_refused_unless_it_names_another_model() -> None:
    details = {**about_image(seed=7), "model": "@cf/gone"}
    with pytest.raises(ModelNotFoundError):
        rerun(details)
    assert rerun(details, model=SDXL).parameters == {"seed": 7}


def test_a_seed_that_the_model_only_reports_is_not_sent() -> None:
    card = next(
        card for card in CARDS if "generate" in card.tasks and "seed" not in card.parameters
    )
    details = {"model": card.id, "prompt": "a fox", "parameters": {}, "seed": 7}
    assert rerun(details).parameters == {}


def test_a_truncated_field_must_be_sent_again() -> None:
    details = {**about_image(seed=7, negative_prompt="fo"), "truncated": "prompt,negative_prompt"}
    with pytest.raises(MissingParameterError, match="only a part") as caught:
        rerun(details, prompt="a fox")
    assert caught.value.param == "negative_prompt"
    body = rerun(details, prompt="a fox", negative_prompt="fog")
    assert body.parameters == {"seed": 7, "negative_prompt": "fog"}


def test_a_rerun_cannot_combine_a_recorded_background_with_background_true() -> None:
    details = about_image("openai/gpt-image-1.5", background="transparent")
    assert rerun(details).parameters["background"] == "transparent"
    with pytest.raises(InvalidValueError, match="respond-async"):
        rerun(details, background=True)


# The route


def store_image(fake: FakeServices, details: Mapping[str, Any], owner: str = "anonymous") -> str:
    name = "a" * 40
    record = ImageRecord(name, owner, NOW.timestamp(), f"images/{name}.png", json.dumps(details))
    fake.ledger.database.run([image_insert(record)])
    return name


def post(fake: FakeServices, path: str, body: bytes = b"", **more: Any) -> Response:
    http_request = request("POST", path, body, **more)
    response: Response = wait_for(handle(http_request, fake.services()))
    return response


def error_of(response: Response) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(text_of(response))["error"]
    return error


@pytest.mark.parametrize("body", [b"", b"{}", b'{"n": 1}'])
def test_a_rerun_generates_and_stores_the_image(body: bytes) -> None:
    fake = FakeServices(answer=Bytes(image_bytes()))
    name = store_image(fake, about_image(seed=7, steps=5, size="1024x1024"))
    response = post(fake, f"/v1/images/{name}/rerun", body)
    assert response.status == 200, text_of(response)
    assert response.headers["x-easel-seed"] == "7"
    (call,) = fake.calls
    assert (call.model, call.inputs["prompt"], call.inputs["num_steps"]) == (SDXL, "a fox", 5)
    assert len(fake.bucket.objects) == 1
    listed = json.loads(text_of(wait_for(handle(request("GET", "/v1/images"), fake.services()))))
    assert [image["prompt"] for image in listed["data"]] == ["a fox", "a fox"]


CHUNKED = {"transfer-encoding": "chunked"}


def test_a_rerun_reads_a_body_without_content_length() -> None:
    fake = FakeServices(answer=Bytes(image_bytes()))
    name = store_image(fake, about_image(seed=7))
    body, headers = b'{"prompt": "a cat"}', {**CHUNKED, "content-type": "application/json"}
    assert post(fake, f"/v1/images/{name}/rerun", body, headers=headers).status == 200
    assert fake.calls[0].inputs["prompt"] == "a cat"


@pytest.mark.parametrize("declared", ["", "text/plain;charset=UTF-8", "multipart/form-data"])
@pytest.mark.parametrize("task", ["generate", "edit"])
def test_a_rerun_refuses_a_body_that_is_not_declared_as_json(declared: str, task: Task) -> None:
    if task == "edit" and declared.startswith("multipart"):
        return
    fake = FakeServices()
    name = store_image(fake, about_image(SDXL if task == "generate" else IMG2IMG, task))
    body, headers = b'{"prompt": "a cat"}', {**CHUNKED, "content-type": declared}
    response = post(fake, f"/v1/images/{name}/rerun", body, headers=headers)
    assert (response.status, error_of(response)["code"]) == (415, "unsupported_media_type")
    assert fake.calls == []


@pytest.mark.parametrize("declared", ["", "text/plain", "application/json", "image/png"])
def test_an_empty_body_of_any_content_type_changes_nothing(declared: str) -> None:
    fake = FakeServices(answer=Bytes(image_bytes()))
    name = store_image(fake, about_image(seed=7))
    headers = {**CHUNKED, "content-type": declared}
    assert post(fake, f"/v1/images/{name}/rerun", headers=headers).status == 200
    assert fake.calls[0].inputs["prompt"] == "a fox"


@pytest.mark.parametrize("declared", ["", "application/json"])
def test_a_rerun_of_an_edit_with_an_empty_body_lacks_its_image(declared: str) -> None:
    fake = FakeServices()
    name = store_image(fake, about_image(IMG2IMG, "edit"))
    headers = {**CHUNKED, "content-type": declared}
    response = post(fake, f"/v1/images/{name}/rerun", headers=headers)
    assert (response.status, error_of(response)["param"]) == (400, "image")


def test_a_rerun_accepts_an_idempotency_key() -> None:
    fake = FakeServices(answer=Bytes(image_bytes()))
    name = store_image(fake, about_image(seed=7))
    named = {"idempotency-key": "once"}
    for replayed in (None, "true"):
        response = post(fake, f"/v1/images/{name}/rerun", b"{}", headers=named)
        assert response.headers.get("idempotent-replayed") == replayed
    assert len(fake.calls) == 1


def test_a_rerun_validates_fields_like_the_original_route() -> None:
    fake = FakeServices()
    name = store_image(fake, about_image(seed=7))
    response = post(fake, f"/v1/images/{name}/rerun", b'{"n": 11}')
    assert (response.status, error_of(response)["param"]) == (400, "n")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"prompt": "a cat"}'])
def test_a_rerun_of_an_edit_needs_its_images(body: bytes) -> None:
    fake = FakeServices()
    name = store_image(fake, about_image(IMG2IMG, "edit"))
    response = post(fake, f"/v1/images/{name}/rerun", body)
    error = error_of(response)
    assert (response.status, error["code"], error["param"]) == (
        400,
        "missing_required_parameter",
        "image",
    )
    assert "does not keep" in error["message"]


def test_a_rerun_of_an_edit_accepts_uploaded_images() -> None:
    fake = FakeServices(answer=Bytes(image_bytes("png", 512, 512)))
    name = store_image(fake, about_image(IMG2IMG, "edit", steps=5))
    form = Form([("prompt", "a cat")], [("image", Bytes(image_bytes("png", 512, 512)))])
    response = post(fake, f"/v1/images/{name}/rerun", form=form)
    assert response.status == 200, text_of(response)
    (call,) = fake.calls
    assert (call.inputs["prompt"], call.inputs["num_steps"]) == ("a cat", 5)


def test_post_to_an_image_is_not_allowed() -> None:
    fake = FakeServices()
    response = post(fake, f"/v1/images/{store_image(fake, about_image())}")
    assert (response.status, response.headers["allow"]) == (405, "GET, DELETE, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "path", ["/v1/images/{}/", "/v1/images/{}/rerun/", "/v1/images/{}/x/rerun", "/v1/images//rerun"]
)
def test_other_paths_below_an_image_are_answered_with_404(path: str) -> None:
    fake = FakeServices()
    assert post(fake, path.format(store_image(fake, about_image()))).status == 404


def test_the_image_of_another_key_cannot_be_rerun() -> None:
    fake = FakeServices()
    name = store_image(fake, about_image(), owner="other")
    response = post(fake, f"/v1/images/{name}/rerun")
    assert (response.status, error_of(response)["code"]) == (404, "not_found")
    assert fake.calls == []
