"""OpenAI through easel."""

import base64
from typing import Any

import httpx2
import openai
import pytest

from easel.catalog import CATALOG
from fakes.server import Fake
from support.cases import JPEG, PNG, Case, came, gaps, order, reached
from support.gateway import generate, new_token, sdk_for
from support.pictures import mask, photo, picture
from support.server import Server, key_of, new_prompt

GPT = [
    card.upstream
    for name, card in CATALOG.items()
    if card.provider == "openai" and name == card.id and card.upstream and "gpt" in card.upstream
]
WISHES = {
    "quality": "high",
    "background": "transparent",
    "moderation": "low",
    "safety_identifier": "user-1",
    "output_format": "webp",
    "output_compression": 80,
    "size": "1536x1024",
}
TOUCHES = {"quality": "low", "size": "1024x1536", "output_format": "jpeg"}


def own(model: str) -> dict[str, str]:
    """Parameters that only a few models take."""
    return {"complexity": "high"} if "2.6" in model else {}


def fidelity(model: str) -> dict[str, str]:
    """Parameters that only edits of a few models take."""
    return {"input_fidelity": "high"} if "1.5" in model else {}


CASES = [
    *(
        Case(
            model,
            "generate",
            {**WISHES, **own(model)},
            {"n": 1, **WISHES, **own(model)},
            ("WEBP", (1536, 1024)),
        )
        for model in GPT
    ),
    *(
        Case(
            f"openai/{model}",
            "edit",
            {**TOUCHES, **fidelity(model)},
            {"n": "1", **TOUCHES, **fidelity(model), "image[]": [PNG, JPEG], "mask": PNG},
            ("JPEG", (1024, 1536)),
        )
        for model in GPT
    ),
    Case("gpt-image-2", "generate", {}, {"n": 1}, ("PNG", (1024, 1024))),
    Case(
        "gpt-image-2",
        "generate",
        {"size": "2048x1152"},
        {"n": 1, "size": "2048x1152"},
        ("PNG", (2048, 1152)),
    ),
    Case(
        "dall-e-3",
        "generate",
        {"quality": "hd", "style": "natural", "size": "1792x1024"},
        {
            "n": 1,
            "response_format": "b64_json",
            "quality": "hd",
            "style": "natural",
            "size": "1792x1024",
        },
        ("PNG", (1792, 1024)),
    ),
    Case(
        "dall-e-2",
        "generate",
        {"quality": "standard", "size": "512x512"},
        {"n": 1, "response_format": "b64_json", "quality": "standard", "size": "512x512"},
        ("PNG", (512, 512)),
    ),
]

ANYTHING = {
    "quality": "ultra",
    "style": "vivid",
    "background": "opaque",
    "moderation": "low",
    "safety_identifier": "user-1",
    "complexity": "high",
    "size": "1000x700",
}
UNKNOWN = [
    Case(
        "openai/gpt-image-9-Preview",
        "generate",
        ANYTHING,
        {"n": 1, **ANYTHING},
        ("PNG", (1000, 700)),
    ),
    Case(
        "openai/gpt-image-9-Preview",
        "edit",
        {"input_fidelity": "ultra"},
        {"n": "1", "input_fidelity": "ultra", "image[]": [PNG, JPEG], "mask": PNG},
        ("PNG", (1024, 1024)),
    ),
]


def test_every_task_and_parameter_of_every_model_has_a_case() -> None:
    # These two take another kind of image, and have tests of their own.
    assert gaps("openai", CASES + UNKNOWN) == {"openai/dall-e-2: edit", "openai/dall-e-2: vary"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_model_receives_the_request_and_its_image_is_stored(
    server: Server, openai_fake: Fake, http: httpx2.Client, case: Case
) -> None:
    prompt, bearer = new_prompt(), new_token("openai")
    with sdk_for(server, bearer) as sdk:
        answer = order(sdk, case, prompt)
    (call,) = openai_fake.calls(prompt)
    where = {"generate": "/v1/images/generations", "edit": "/v1/images/edits"}
    assert (call.method, call.path) == ("POST", where[case.task])
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('openai:')}"
    model = case.model.removeprefix("openai/")
    assert reached(call) == {"model": model, "prompt": prompt, **case.reached}
    url = answer.data[0].url
    assert came(url, http) == case.came
    recipe = server.recipe(key_of(url))
    assert (recipe["model"], recipe["task"]) == (case.card.id, case.task)


@pytest.mark.parametrize("case", UNKNOWN, ids=str)
def test_openai_decides_about_an_unknown_model(
    server: Server, openai_fake: Fake, case: Case
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("openai")) as sdk, pytest.raises(openai.NotFoundError) as caught:
        order(sdk, case, prompt)
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
    (call,) = openai_fake.calls(prompt)
    assert reached(call) == {"model": "gpt-image-9-Preview", "prompt": prompt, **case.reached}


def test_several_images_are_one_call_and_usage_is_passed_on(
    server: Server, openai_fake: Fake
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("openai")) as sdk:
        answer = sdk.images.generate(
            model="gpt-image-1.5", prompt=prompt, n=3, size="1024x1024", response_format="b64_json"
        )
    (call,) = openai_fake.calls(prompt)
    assert reached(call) == {
        "model": "gpt-image-1.5",
        "prompt": prompt,
        "n": 3,
        "size": "1024x1024",
    }
    images = [base64.b64decode(image.b64_json or "") for image in answer.data or []]
    assert images == openai_fake.made(prompt)
    assert answer.usage is not None
    text = 1 + len(prompt) // 4
    assert answer.usage.to_dict() == {
        "input_tokens": text,
        "input_tokens_details": {"text_tokens": text, "image_tokens": 0},
        "output_tokens": 3000,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": 3000},
        "total_tokens": text + 3000,
    }


def test_token_usage_determines_the_cost(server: Server) -> None:
    prompt = new_prompt()
    body = {"model": "openai/gpt-image-2", "prompt": prompt}
    answer = generate(server, new_token("openai"), body)
    text, image = 1 + len(prompt) // 4, 1000
    assert float(answer.headers["x-easel-cost-usd"]) == pytest.approx(5e-6 * text + 30e-6 * image)


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"output_format": "webp", "output_compression": 30},
        {"output_format": "jpeg", "output_compression": 30},
        {"background": "transparent"},
        {"background": "transparent", "output_format": "webp"},
    ],
    ids=str,
)
def test_an_image_in_the_requested_format_is_stored_byte_for_byte(
    server: Server, openai_fake: Fake, http: httpx2.Client, wish: dict[str, Any]
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("openai")) as sdk:
        answer = sdk.images.generate(model="gpt-image-1.5", prompt=prompt, **wish)
    stored = http.get((answer.data or [])[0].url or "")
    assert [stored.content] == openai_fake.made(prompt)
    assert stored.headers["content-type"] == f"image/{wish.get('output_format', 'png')}"
    if "background" in wish:
        assert picture(stored.content).getpixel((0, 0))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [("800x600", "1536x1024"), ("600x800", "1024x1536"), ("96x96", "1024x1024")],
)
def test_an_unsupported_size_is_cropped_from_a_supported_one(
    server: Server, openai_fake: Fake, http: httpx2.Client, wanted: Any, asked: str
) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("openai")) as sdk:
        answer = sdk.images.generate(model="gpt-image-1.5", prompt=prompt, size=wanted)
    (call,) = openai_fake.calls(prompt)
    assert reached(call)["size"] == asked
    width, height = map(int, wanted.split("x"))
    assert came((answer.data or [])[0].url or "", http) == ("PNG", (width, height))


# --- Edits


def test_one_image_reaches_openai_as_it_is(server: Server, openai_fake: Fake) -> None:
    prompt, image = new_prompt(), photo(300, 200, "jpeg")
    with sdk_for(server, new_token("openai")) as sdk:
        answer = sdk.images.edit(model="gpt-image-1.5", prompt=prompt, image=image, quality="low")
    (call,) = openai_fake.calls(prompt)
    assert call.texts == [
        ("model", "gpt-image-1.5"),
        ("prompt", prompt),
        ("n", "1"),
        ("quality", "low"),
    ]
    (file,) = call.files
    assert (file.field, file.content_type, file.content) == ("image", "image/jpeg", image)
    assert answer.usage is not None
    assert answer.usage.input_tokens_details.image_tokens == 300


def test_four_images_and_a_mask_reach_openai_as_they_are(server: Server, openai_fake: Fake) -> None:
    prompt = new_prompt()
    images = [photo(300, 200), *(photo(64 + side, 64, "jpeg") for side in range(3))]
    marked = mask(300, 200)
    with sdk_for(server, new_token("openai")) as sdk:
        sdk.images.edit(
            model="gpt-image-1.5", prompt=prompt, image=images, mask=marked, input_fidelity="high"
        )
    (call,) = openai_fake.calls(prompt)
    assert dict(call.texts)["input_fidelity"] == "high"
    assert [(file.field, file.content_type, file.content) for file in call.files] == [
        ("image[]", "image/png", images[0]),
        *(("image[]", "image/jpeg", image) for image in images[1:]),
        ("mask", "image/png", marked),
    ]


def test_images_in_json_are_sent_as_a_form(server: Server, openai_fake: Fake) -> None:
    prompt, image = new_prompt(), photo(300, 200)
    url = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    body = {"model": "gpt-image-1.5", "prompt": prompt, "images": [{"image_url": url}] * 2}
    headers = {"authorization": f"Bearer {new_token('openai')}"}
    with server.client() as client:
        answer = client.post("/v1/images/edits", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    (call,) = openai_fake.calls(prompt)
    assert [(file.field, file.content) for file in call.files] == [("image[]", image)] * 2


# --- DALL-E


def test_dall_e_3_returns_the_revised_prompt(server: Server) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("openai")) as sdk:
        answer = sdk.images.generate(model="dall-e-3", prompt=prompt)
    assert (answer.data or [])[0].revised_prompt == f"In great detail: {prompt}"


def test_dall_e_2_edits_a_square(server: Server, openai_fake: Fake, http: httpx2.Client) -> None:
    prompt, image, marked = new_prompt(), photo(256, 256), mask(256, 256)
    with sdk_for(server, new_token("openai")) as sdk:
        answer = sdk.images.edit(
            model="dall-e-2", prompt=prompt, image=image, mask=marked, size="256x256", n=2
        )
    (call,) = openai_fake.calls(prompt)
    assert call.path == "/v1/images/edits"
    assert dict(call.texts) == {
        "model": "dall-e-2",
        "prompt": prompt,
        "n": "2",
        "response_format": "b64_json",
        "size": "256x256",
    }
    assert [(file.field, file.content_type, file.content) for file in call.files] == [
        ("image", "image/png", image),
        ("mask", "image/png", marked),
    ]
    assert [came(one.url or "", http) for one in answer.data or []] == [("PNG", (256, 256))] * 2


def test_dall_e_2_makes_variations(server: Server, openai_fake: Fake, http: httpx2.Client) -> None:
    bearer, image = new_token("openai"), photo(256, 256)
    with sdk_for(server, bearer) as sdk, pytest.warns(DeprecationWarning, match="deprecated"):
        answer = sdk.images.create_variation(model="dall-e-2", image=image, size="512x512", n=2)
    shown = f"Bearer {bearer.removeprefix('openai:')}"
    (call,) = (one for one in openai_fake.calls("") if one.headers.get("authorization") == shown)
    assert call.path == "/v1/images/variations"
    assert dict(call.texts) == {
        "model": "dall-e-2",
        "n": "2",
        "response_format": "b64_json",
        "size": "512x512",
    }
    assert [(file.field, file.content_type, file.content) for file in call.files] == [
        ("image", "image/png", image)
    ]
    assert [came(one.url or "", http) for one in answer.data or []] == [("PNG", (512, 512))] * 2


# --- Failures, as the SDK has them


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("key", openai.AuthenticationError, "invalid_api_key"),
        ("quota", openai.RateLimitError, "insufficient_quota"),
        ("rate] [fake retry-after 9", openai.RateLimitError, "rate_limit_exceeded"),
        ("content", openai.BadRequestError, "moderation_blocked"),
        ("parameter", openai.BadRequestError, "invalid_value"),
        ("model", openai.NotFoundError, "model_not_found"),
        ("crash", openai.InternalServerError, "upstream_error"),
        ("slow", openai.InternalServerError, "upstream_timeout"),
    ],
)
def test_the_sdk_maps_a_failure_to_its_class_and_code(
    server: Server, openai_fake: Fake, kind: str, error: type[openai.APIStatusError], code: str
) -> None:
    prompt = new_prompt(f"[fake error {kind}]")
    with sdk_for(server, new_token("openai")) as sdk, pytest.raises(error) as caught:
        sdk.images.generate(model="gpt-image-1.5", prompt=prompt)
    assert type(caught.value) is error
    assert (caught.value.code, openai_fake.bought(prompt)) == (code, 0)


def test_dall_es_code_for_refused_content_is_recognised(server: Server) -> None:
    prompt = new_prompt("[fake error content]")
    with (
        sdk_for(server, new_token("openai")) as sdk,
        pytest.raises(openai.BadRequestError) as caught,
    ):
        sdk.images.generate(model="dall-e-3", prompt=prompt)
    assert caught.value.code == "content_policy_violation"


def test_an_unverified_organisation_is_reported_to_the_caller(server: Server) -> None:
    bearer = new_token("openai", "forbidden")
    answer = generate(server, bearer, {"model": "gpt-image-1.5", "prompt": new_prompt()})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (401, "invalid_api_key")
    assert "must be verified" in error["message"]


@pytest.mark.parametrize("directive", ["die", "error crash", "truncate"])
def test_the_sdk_does_not_retry_a_billed_failure(
    server: Server, openai_fake: Fake, directive: str
) -> None:
    prompt = new_prompt(f"[fake {directive}]")
    with (
        sdk_for(server, new_token("openai")).with_options(max_retries=2) as sdk,
        pytest.raises(openai.InternalServerError),
    ):
        sdk.images.generate(model="gpt-image-1.5", prompt=prompt)
    assert len(openai_fake.calls(prompt)) == 1
