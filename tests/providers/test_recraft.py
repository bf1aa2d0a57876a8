"""Recraft through easel."""

import base64
from typing import Any
from xml.etree import ElementTree

import httpx2
import openai
import pytest

from fakes.calls import Call
from fakes.server import Fake
from support.cases import PNG, Case, came, gaps, order, reached
from support.gateway import generate, new_token, sdk_for
from support.pictures import mask, photo
from support.server import Server, key_of, new_prompt

V3, V3_VECTOR = "recraft/recraftv3", "recraft/recraftv3_vector"
V4, V4_VECTOR = "recraft/recraftv4_1", "recraft/recraftv4_1_vector"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
MASK = "image/png 640x480"
STYLE_ID = "229b2a75-05e4-4580-85f9-b47ee521a00d"
LAYOUT = [{"text": "FOX", "bbox": [[0.1, 0.1], [0.4, 0.1], [0.4, 0.3], [0.1, 0.3]]}]
CONTROLS = {"artistic_level": 2, "no_text": True}
PLAIN = {"n": 1, "response_format": "url"}
SEEDED = {"seed": 7, "controls": CONTROLS}
SEEDED_SENT = {"random_seed": 7, "controls": CONTROLS}
OLD = {**SEEDED, "negative_prompt": "fog", "style": "Illustration", "substyle": "Grain"}
OLD_SENT = {**SEEDED_SENT, "negative_prompt": "fog", "style": "Illustration", "substyle": "Grain"}


def made(model: str, size: str, asked: dict[str, Any], sent: dict[str, Any]) -> Case:
    """A generation: of a drawing, or in PNG."""
    drawn = model.endswith("_vector")
    expected = {"output_format": "png"}, {"image_format": "png"}
    more, reaches = ({}, {}) if drawn else expected
    width, _, height = size.partition("x")
    return Case(
        f"recraft/{model}",
        "generate",
        {"size": size, **more, **asked},
        {**PLAIN, "size": size, **reaches, **sent},
        ("SVG" if drawn else "PNG", (int(width), int(height))),
    )


def changed(model: str, asked: dict[str, Any], sent: dict[str, Any]) -> Case:
    """An edit that keeps the size of its image."""
    kind = "SVG" if model.endswith(("_vector", "vectorize")) else "WEBP"
    expected = {"image_url": PNG, **sent}
    return Case(f"recraft/{model}", "edit", asked, expected, (kind, (640, 480)))


V4_MODELS = [
    f"{family}{kind}{drawing}"
    for family, kinds in (
        ("recraftv4", ("", "_pro")),
        ("recraftv4_1", ("", "_pro", "_utility", "_utility_pro")),
    )
    for kind in kinds
    for drawing in ("", "_vector")
] + ["recraftv4_1_flash"]
CASES = [
    made(
        "recraftv3",
        "1820x1024",
        {**OLD, "text_layout": LAYOUT},
        {**OLD_SENT, "text_layout": LAYOUT},
    ),
    made("recraftv3", "1024x2048", {"style_id": STYLE_ID}, {"style_id": STYLE_ID}),
    made(
        "recraftv3_vector",
        "1434x1024",
        {**OLD, "text_layout": LAYOUT},
        {**OLD_SENT, "text_layout": LAYOUT},
    ),
    made("recraftv3_vector", "1024x1024", {"style_id": STYLE_ID}, {"style_id": STYLE_ID}),
    *(
        made(model, "1365x1024", asked, sent)
        for model in ("recraftv2", "recraftv2_vector")
        for asked, sent in ((OLD, OLD_SENT), ({"style_id": STYLE_ID}, {"style_id": STYLE_ID}))
    ),
    *(
        made(model, "2688x1536" if "_pro" in model else "1344x768", SEEDED, SEEDED_SENT)
        for model in V4_MODELS
    ),
]
EDITS = [
    changed(model, {"strength": 0.3, "seed": 7}, {**PLAIN, "strength": 0.3, "random_seed": 7})
    for model in [*V4_MODELS, "nano_banana_2"]
]
REPAINTED = [
    changed(model, {"style": "Illustration"}, {**PLAIN, "style": "Illustration", "mask_url": MASK})
    for model in ("recraftv3", "recraftv3_vector")
]
SERVICES = [
    changed("remove-background", {}, {"response_format": "url"}),
    changed("vectorize", {}, {"response_format": "url"}),
    changed("crisp-upscale", {}, {"response_format": "url"}),
    changed("erase-region", {}, {"response_format": "url", "mask_url": MASK}),
]
PATHS = {
    "remove-background": "removeBackground",
    "vectorize": "vectorize",
    "crisp-upscale": "crispUpscale",
    "erase-region": "eraseRegion",
}


# What is not known is asked for by shape, and refused by Recraft where it does not fit.
UNKNOWN = Case(
    "recraft/nano_banana_2",
    "generate",
    {"aspect_ratio": "16:9", **SEEDED},
    {**PLAIN, "size": "16:9", **SEEDED_SENT},
    ("WEBP", (1344, 768)),
)
STYLED = Case(
    "recraft/nano_banana_2",
    "generate",
    {**OLD, "style_id": STYLE_ID, "text_layout": LAYOUT},
    {**PLAIN, **OLD_SENT, "style_id": STYLE_ID, "text_layout": LAYOUT},
    ("WEBP", (1024, 1024)),
)


def seen(url: str, http: httpx2.Client) -> tuple[str | None, tuple[int, int]]:
    """Format and size of a stored image or drawing."""
    if not url.endswith(".svg"):
        return came(url, http)
    drawing = ElementTree.fromstring(http.get(url).raise_for_status().text)
    return "SVG", (int(drawing.get("width", 0)), int(drawing.get("height", 0)))


def calls_of(fake: Fake, bearer: str) -> list[Call]:
    """Calls by their credential, for those that have no prompt."""
    shown = f"Bearer {bearer.removeprefix('recraft:')}"
    return [call for call in fake.calls("") if call.headers.get("authorization") == shown]


def test_every_task_and_parameter_of_every_model_has_a_case() -> None:
    cases = [*CASES, *EDITS, *REPAINTED, *SERVICES, UNKNOWN, STYLED]
    # Of models that take a mask, a case always has one, and then there is no strength.
    unmasked = {f"{model}: strength" for model in (V3, V3_VECTOR)}
    assert gaps("recraft", cases) == unmasked


@pytest.mark.parametrize("case", [*CASES, UNKNOWN], ids=str)
def test_each_model_receives_the_request_and_its_image_is_stored(
    server: Server, recraft: Fake, http: httpx2.Client, case: Case
) -> None:
    prompt, bearer = new_prompt(), new_token("recraft")
    with sdk_for(server, bearer) as sdk:
        answer = order(sdk, case, prompt)
    (call,) = recraft.calls(prompt)
    assert (call.method, call.path) == ("POST", "/v1/images/generations")
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('recraft:')}"
    model = case.model.removeprefix("recraft/")
    assert reached(call) == {"model": model, "prompt": prompt, **case.reached}
    url = answer.data[0].url
    assert seen(url, http) == case.came
    recipe = server.recipe(key_of(url))
    assert (recipe["model"], recipe["task"], recipe["prompt"]) == (case.model, case.task, prompt)
    assert recipe.get("seed") == ("7" if "seed" in case.asked else None)


def test_recraft_decides_about_parameters_of_an_unknown_model(
    server: Server, recraft: Fake
) -> None:
    prompt = new_prompt()
    with (
        sdk_for(server, new_token("recraft")) as sdk,
        pytest.raises(openai.BadRequestError, match="Unknown parameter: 'negative_prompt'"),
    ):
        order(sdk, STYLED, prompt)
    (call,) = recraft.calls(prompt)
    assert reached(call) == {"model": "nano_banana_2", "prompt": prompt, **STYLED.reached}


@pytest.mark.parametrize(
    ("case", "path"),
    [
        *((case, "imageToImage") for case in EDITS),
        *((case, "inpaint") for case in REPAINTED),
    ],
    ids=str,
)
def test_a_model_edits_an_image(
    server: Server, recraft: Fake, http: httpx2.Client, case: Case, path: str
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("recraft")) as sdk:
        answer = order(sdk, case, prompt)
    (call,) = recraft.calls(prompt)
    assert call.path == f"/v1/images/{path}"
    model = case.model.removeprefix("recraft/")
    assert reached(call) == {"model": model, "prompt": prompt, **case.reached}
    assert seen(answer.data[0].url, http) == case.came


@pytest.mark.parametrize("model", [V3, V3_VECTOR])
def test_without_a_mask_it_changes_the_whole_image(
    server: Server, recraft: Fake, model: str
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("recraft")) as sdk:
        sdk.images.edit(
            model=model, prompt=prompt, image=photo(640, 480), extra_body={"strength": 0.3}
        )
    (call,) = recraft.calls(prompt)
    assert call.path == "/v1/images/imageToImage"
    assert reached(call)["strength"] == 0.3


@pytest.mark.parametrize("case", SERVICES, ids=str)
def test_a_service_without_a_prompt_receives_only_the_image(
    server: Server, recraft: Fake, http: httpx2.Client, case: Case
) -> None:
    bearer = new_token("recraft")
    with sdk_for(server, bearer) as sdk:
        answer = order(sdk, case, new_prompt())
    (call,) = calls_of(recraft, bearer)
    assert call.path == f"/v1/images/{PATHS[case.model.removeprefix('recraft/')]}"
    assert reached(call) == case.reached
    assert seen(answer.data[0].url, http) == case.came


@pytest.mark.parametrize(
    ("alias", "model"), [("recraftv3", V3), ("recraft-v3", V3), ("RECRAFTV3", V3)]
)
def test_a_model_has_well_known_aliases(server: Server, alias: str, model: str) -> None:
    body = {"model": alias, "prompt": new_prompt()}
    answer = generate(server, new_token("recraft"), body)
    assert answer.headers["x-easel-model"] == model


def test_six_images_are_one_call_and_the_seventh_another(server: Server, recraft: Fake) -> None:
    prompt = new_prompt("[fake size 16x16]")
    body = {"model": V4, "prompt": prompt, "n": 7}
    answer = generate(server, new_token("recraft"), body)
    assert len(answer.json()["data"]) == recraft.bought(prompt) == 7
    assert sorted(reached(call)["n"] for call in recraft.calls(prompt)) == [1, 6]


def test_an_image_is_downloaded_at_once_and_without_the_credential(
    server: Server, recraft: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    body = {"model": V4, "prompt": prompt}
    url = generate(server, new_token("recraft"), body).json()["data"][0]["url"]
    (download,) = recraft.downloads(prompt)
    assert "authorization" not in download.headers
    assert [http.get(url).content] == recraft.made(prompt)


def test_an_unsupported_size_is_cropped_from_a_supported_one(
    server: Server, recraft: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    body = {"model": V4, "prompt": prompt, "size": "1000x500"}
    answer = generate(server, new_token("recraft"), body)
    (call,) = recraft.calls(prompt)
    assert reached(call)["size"] == "1536x768"
    assert seen(answer.json()["data"][0]["url"], http) == ("WEBP", (1000, 500))


# --- Drawings


def test_an_svg_is_stored_unchanged_and_served_with_a_policy_that_blocks_scripts(
    server: Server, http: httpx2.Client
) -> None:
    prompt = new_prompt("[fake script]")
    body = {"model": V4_VECTOR, "prompt": prompt}
    url = generate(server, new_token("recraft"), body).json()["data"][0]["url"]
    assert url.endswith(".svg")
    for answer in (http.get(url), http.get(url, headers={"range": "bytes=0-9"}), http.head(url)):
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert b"<script>" in http.get(url).content


def test_an_svg_is_stored_with_headers_that_make_a_bucket_domain_offer_it_for_download(
    server: Server,
) -> None:
    body = {"model": V4_VECTOR, "prompt": new_prompt()}
    url = generate(server, new_token("recraft"), body).json()["data"][0]["url"]
    assert server.sent_with(key_of(url)) == {
        "contentType": "image/svg+xml",
        "contentDisposition": "attachment",
    }


def test_a_raster_image_is_served_without_that_policy(server: Server, http: httpx2.Client) -> None:
    body = {"model": V4, "prompt": new_prompt()}
    url = generate(server, new_token("recraft"), body).json()["data"][0]["url"]
    assert "content-security-policy" not in http.get(url).headers


def test_an_svg_has_no_resized_variants(server: Server, http: httpx2.Client) -> None:
    body = {"model": V4_VECTOR, "prompt": new_prompt()}
    url = generate(server, new_token("recraft"), body).json()["data"][0]["url"]
    answer = http.get(f"{url}?w=100&format=png")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_parameter")


def test_an_svg_is_returned_as_base64(server: Server, recraft: Fake) -> None:
    prompt = new_prompt()
    body = {"model": V4_VECTOR, "prompt": prompt, "response_format": "b64_json"}
    (image,) = generate(server, new_token("recraft"), body).json()["data"]
    assert [base64.b64decode(image["b64_json"])] == recraft.made(prompt)


def test_an_svg_is_streamed_as_svg(server: Server) -> None:
    with sdk_for(server, new_token("recraft")) as sdk:
        stream = sdk.images.generate(model=V4_VECTOR, prompt=new_prompt(), stream=True)
        (event,) = list(stream)
    assert (event.type, event.output_format) == ("image_generation.completed", "svg")


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"output_format": "png"}, "output_format"),
        ({"output_format": "webp", "output_compression": 50}, "output_format"),
        ({"output_compression": 50}, "output_compression"),
        ({"size": "512x512"}, "size"),
        ({"width": 1000, "height": 500}, "width"),
        ({"aspect_ratio": "21:9"}, "aspect_ratio"),
    ],
)
def test_parameters_for_raster_images_are_refused_for_svg_before_any_call(
    server: Server, recraft: Fake, given: dict[str, object], param: str
) -> None:
    prompt = new_prompt()
    body = {"model": V4_VECTOR, "prompt": prompt, **given}
    answer = generate(server, new_token("recraft"), body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "invalid_value", param)
    assert recraft.calls(prompt) == []


def test_a_supported_aspect_ratio_is_generated(server: Server, http: httpx2.Client) -> None:
    prompt = new_prompt()
    body = {"model": V4_VECTOR, "prompt": prompt, "aspect_ratio": "16:9"}
    answer = generate(server, new_token("recraft"), body)
    assert seen(answer.json()["data"][0]["url"], http) == ("SVG", (1344, 768))


def test_an_svg_is_refused_as_an_input_image(server: Server) -> None:
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><g/></svg>'
    body: Any = {"prompt": new_prompt(), "extra_body": {"strength": 0.5}}
    with (
        sdk_for(server, new_token("recraft")) as sdk,
        pytest.raises(openai.BadRequestError) as caught,
    ):
        sdk.images.edit(model=V4, image=("a.svg", drawing), **body)
    assert (caught.value.code, caught.value.param) == ("invalid_image", "image")
    assert "SVG" in str(caught.value)


def test_an_invalid_svg_is_not_stored(server: Server) -> None:
    prompt = new_prompt("[fake garbage]")
    answer = generate(server, new_token("recraft"), {"model": V4_VECTOR, "prompt": prompt})
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_error")
    assert answer.headers["x-should-retry"] == "false"


# --- What is refused before anything is bought


@pytest.mark.parametrize(
    ("model", "given", "param", "code"),
    [
        (V4, {}, "strength", "missing_required_parameter"),
        (V3, {}, "strength", "missing_required_parameter"),
        (
            V3,
            {"mask": mask(300, 300), "extra_body": {"strength": 0.5}},
            "strength",
            "unsupported_parameter",
        ),
        (V4, {"mask": mask(300, 300)}, "mask", "unsupported_parameter"),
        ("recraft/erase-region", {}, "mask", "missing_required_parameter"),
        ("recraft/vectorize", {"size": "1024x1024"}, "size", "invalid_value"),
        (
            "recraft/nano_banana_2",
            {"extra_body": {"strength": 0.5, "aspect_ratio": "1:1"}},
            "aspect_ratio",
            "invalid_value",
        ),
    ],
)
def test_an_edit_with_contradicting_inputs_is_refused_by_easel(
    server: Server, recraft: Fake, model: str, given: dict[str, Any], param: str, code: str
) -> None:
    prompt, bearer = new_prompt(), new_token("recraft")
    with sdk_for(server, bearer) as sdk, pytest.raises(openai.BadRequestError) as caught:
        sdk.images.edit(model=model, prompt=prompt, image=photo(300, 300), **given)
    assert (caught.value.param, caught.value.code) == (param, code)
    assert recraft.calls(prompt) == calls_of(recraft, bearer) == []


# --- What goes wrong


def test_one_of_two_images_is_returned_when_the_other_fails(server: Server, recraft: Fake) -> None:
    prompt = new_prompt("[fake fewer]")
    answer = generate(server, new_token("recraft"), {"model": V4, "prompt": prompt, "n": 2})
    assert len(answer.json()["data"]) == recraft.bought(prompt) == 1
    assert answer.headers["x-easel-missing"] == "1"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("bad", 401, "invalid_api_key"),
        ("broke", 429, "insufficient_quota"),
        ("busy", 429, "rate_limit_exceeded"),
        ("forbidden", 401, "invalid_api_key"),
    ],
)
def test_a_callers_token_is_checked_by_the_provider(
    server: Server, kind: str, status: int, code: str
) -> None:
    body = {"model": V4, "prompt": new_prompt()}
    answer = generate(server, new_token("recraft", kind), body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
