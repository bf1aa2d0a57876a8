"""The fake of OpenAI, driven by OpenAI's SDK, which refuses what its types do not allow."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from openai.types import ImagesResponse

from fakes.server import Fake
from support.pictures import mask, photo, picture
from support.server import new_prompt

GPT = "gpt-image-1.5"


def sdk_of(fake: Fake, key: str = "sk-good") -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{fake.url}/v1",
        api_key=key,
        max_retries=0,
        _strict_response_validation=True,
    )


def png(width: int = 64, height: int = 64) -> tuple[str, bytes, str]:
    """A file with its media type."""
    return ("photo.png", photo(width, height), "image/png")


def contents(answer: ImagesResponse) -> list[bytes]:
    return [base64.b64decode(image.b64_json or "") for image in answer.data or []]


@pytest.fixture
def sdk(openai_fake: Fake) -> Iterator[openai.OpenAI]:
    with sdk_of(openai_fake) as client:
        yield client


def test_three_images_are_made_and_charged(sdk: openai.OpenAI, openai_fake: Fake) -> None:
    prompt = new_prompt()
    answer = sdk.images.generate(prompt=prompt, model=GPT, n=3, size="1536x1024", quality="low")
    images = contents(answer)
    assert {picture(image).size for image in images} == {(1536, 1024)}
    assert len(set(images)) == 3
    assert openai_fake.bought(prompt) == 3
    assert (answer.size, answer.quality, answer.output_format) == ("1536x1024", "low", "png")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens


def test_a_call_is_recorded_as_it_was_sent(sdk: openai.OpenAI, openai_fake: Fake) -> None:
    prompt = new_prompt()
    sdk.images.generate(prompt=prompt, model=GPT, size=None)
    (call,) = openai_fake.calls(prompt)
    assert (call.method, call.path) == ("POST", "/v1/images/generations")
    assert call.json == {"prompt": prompt, "model": GPT, "size": None}
    assert call.headers["authorization"] == "Bearer sk-good"


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
def test_the_image_has_the_requested_format(sdk: openai.OpenAI, output_format: Any) -> None:
    answer = sdk.images.generate(prompt=new_prompt(), model=GPT, output_format=output_format)
    (content,) = contents(answer)
    assert picture(content).format == output_format.upper()
    assert answer.output_format == output_format


def test_jpeg_may_be_compressed(sdk: openai.OpenAI) -> None:
    sdk.images.generate(prompt=new_prompt(), model=GPT, output_format="jpeg", output_compression=50)


def test_a_transparent_background_is_transparent(sdk: openai.OpenAI) -> None:
    answer = sdk.images.generate(prompt=new_prompt(), model=GPT, background="transparent")
    (content,) = contents(answer)
    assert picture(content).mode == "RGBA"
    assert answer.background == "transparent"


def test_newer_models_make_any_size(sdk: openai.OpenAI) -> None:
    answer = sdk.images.generate(prompt=new_prompt(), model="gpt-image-2", size="1536x864")
    assert picture(contents(answer)[0]).size == (1536, 864)
    assert answer.size == "1536x864"


def test_newest_models_have_more_qualities(sdk: openai.OpenAI) -> None:
    model = "gpt-image-2.5-flare"
    answer = sdk.images.generate(prompt=new_prompt(), model=model, quality="max")
    assert answer.quality == "max"


@pytest.mark.parametrize(
    ("parameters", "param", "code"),
    [
        ({"response_format": "b64_json"}, "response_format", "unknown_parameter"),
        ({"style": "vivid"}, "style", "unknown_parameter"),
        ({"extra_body": {"seed": 1}}, "seed", "unknown_parameter"),
        ({"size": "1536x864"}, "size", "invalid_value"),
        ({"size": "512x512"}, "size", "invalid_value"),
        ({"size": "huge"}, "size", "invalid_value"),
        ({"model": "gpt-image-2", "size": "1000x1000"}, "size", "invalid_value"),
        ({"model": "gpt-image-2", "size": "3840x1024"}, "size", "invalid_value"),
        ({"model": "gpt-image-2", "size": "512x512"}, "size", "invalid_value"),
        ({"quality": "hd"}, "quality", "invalid_value"),
        ({"quality": "xhigh"}, "quality", "invalid_value"),
        ({"background": "transparent", "output_format": "jpeg"}, "background", "invalid_value"),
        ({"output_format": "gif"}, "output_format", "invalid_value"),
        ({"output_compression": 50}, "output_compression", "invalid_value"),
        ({"output_compression": 101}, "output_compression", "integer_above_max_value"),
        ({"moderation": "none"}, "moderation", "invalid_value"),
        ({"n": 0}, "n", "integer_below_min_value"),
        ({"n": 11}, "n", "integer_above_max_value"),
        ({"n": 2, "stream": True}, "n", None),
        ({"stream": True, "partial_images": 4}, "partial_images", "integer_above_max_value"),
        ({"extra_body": {"n": "2"}}, "n", "invalid_type"),
        ({"extra_body": {"stream": "true"}}, "stream", "invalid_type"),
        ({"prompt": ""}, "prompt", "string_below_min_length"),
        ({"prompt": "x" * 32_001}, "prompt", "string_above_max_length"),
        ({"model": "dall-e-3", "n": 2}, "n", "integer_above_max_value"),
        ({"model": "dall-e-3", "size": "256x256"}, "size", "invalid_value"),
        ({"model": "dall-e-3", "output_format": "png"}, "output_format", "unknown_parameter"),
        ({"model": "dall-e-3", "quality": "low"}, "quality", "invalid_value"),
        ({"model": "dall-e-3", "prompt": "x" * 4001}, "prompt", "string_above_max_length"),
        ({"model": "dall-e-2", "style": "vivid"}, "style", "unknown_parameter"),
        ({"model": "dall-e-2", "size": "1792x1024"}, "size", "invalid_value"),
        ({"model": openai.omit}, "model", "missing_required_parameter"),
    ],
)
def test_an_invalid_parameter_is_named(
    sdk: openai.OpenAI, openai_fake: Fake, parameters: dict[str, Any], param: str, code: str
) -> None:
    prompt = new_prompt()
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.images.generate(**{"prompt": prompt, "model": GPT, **parameters})
    assert (caught.value.param, caught.value.code) == (param, code)
    assert caught.value.type == "invalid_request_error"
    assert openai_fake.bought(prompt) == 0


def test_a_body_that_is_not_json_is_refused(openai_fake: Fake, http: httpx2.Client) -> None:
    answer = http.post(
        f"{openai_fake.url}/v1/images/generations",
        content=b"{",
        headers={"content-type": "application/json", "authorization": "Bearer x"},
    )
    assert answer.status_code == 400


def test_an_unknown_path_is_a_404(openai_fake: Fake, http: httpx2.Client) -> None:
    answer = http.post(f"{openai_fake.url}/images", headers={"authorization": "Bearer x"})
    assert answer.status_code == 404


def test_partial_images_come_before_the_whole_one(sdk: openai.OpenAI, openai_fake: Fake) -> None:
    prompt = new_prompt()
    stream = sdk.images.generate(
        prompt=prompt, model=GPT, stream=True, partial_images=2, output_format="webp"
    )
    first, second, last = list(stream)
    assert first.type == second.type == "image_generation.partial_image"
    assert (first.partial_image_index, second.partial_image_index) == (0, 1)
    assert last.type == "image_generation.completed"
    assert last.usage.total_tokens > 0
    images = [base64.b64decode(event.b64_json) for event in (first, second, last)]
    assert len(set(images)) == 3
    assert {(picture(image).size, picture(image).format) for image in images} == {
        ((1024, 1024), "WEBP")
    }
    assert openai_fake.bought(prompt) == 1


def test_a_stream_without_partial_images_is_one_event(sdk: openai.OpenAI) -> None:
    (event,) = list(sdk.images.generate(prompt=new_prompt(), model=GPT, stream=True))
    assert event.type == "image_generation.completed"


def test_a_partial_image_is_sent_as_soon_as_it_is_made(
    sdk: openai.OpenAI, openai_fake: Fake
) -> None:
    prompt = new_prompt("[fake stall]")
    with sdk.images.generate(prompt=prompt, model=GPT, stream=True, partial_images=1) as stream:
        assert next(iter(stream)).type == "image_generation.partial_image"
        assert not openai_fake.left(prompt).is_set()
    assert openai_fake.left(prompt).wait(10)


def test_a_stream_can_be_slow(sdk: openai.OpenAI) -> None:
    prompt = new_prompt("[fake pace 20]")
    events = list(sdk.images.generate(prompt=prompt, model=GPT, stream=True, partial_images=3))
    assert len(events) == 4


def test_a_stream_can_end_early(sdk: openai.OpenAI, openai_fake: Fake) -> None:
    prompt = new_prompt("[fake cut]")
    (event,) = list(sdk.images.generate(prompt=prompt, model=GPT, stream=True, partial_images=2))
    assert event.type == "image_generation.partial_image"
    assert openai_fake.bought(prompt) == 1


def test_a_stream_can_fail(sdk: openai.OpenAI) -> None:
    prompt = new_prompt("[fake stream-error]")
    stream = sdk.images.generate(prompt=prompt, model=GPT, stream=True, partial_images=2)
    events = iter(stream)
    assert next(events).type == "image_generation.partial_image"
    with pytest.raises(openai.APIError) as caught:
        next(events)
    assert (caught.value.type, caught.value.code) == ("server_error", "server_error")


def test_a_stream_that_fails_before_its_first_event_is_a_plain_error(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.RateLimitError):
        sdk.images.generate(prompt=new_prompt("[fake error rate]"), model=GPT, stream=True)


def test_one_image_is_edited(sdk: openai.OpenAI, openai_fake: Fake) -> None:
    prompt = new_prompt()
    answer = sdk.images.edit(
        prompt=prompt, model=GPT, image=png(), n=2, input_fidelity="high", size="1024x1536"
    )
    assert {picture(image).size for image in contents(answer)} == {(1024, 1536)}
    (call,) = openai_fake.calls(prompt)
    assert [(file.field, file.filename, file.content_type) for file in call.files] == [
        ("image", "photo.png", "image/png")
    ]
    assert call.files[0].content == photo(64, 64)
    assert ("n", "2") in call.texts


def test_several_images_and_a_mask_are_edited(sdk: openai.OpenAI, openai_fake: Fake) -> None:
    prompt = new_prompt()
    sdk.images.edit(
        prompt=prompt,
        model="gpt-image-2",
        image=[png(80, 60), ("photo.jpg", photo(32, 32, "jpeg"), "image/jpeg")],
        mask=("mask.png", mask(80, 60), "image/png"),
    )
    (call,) = openai_fake.calls(prompt)
    assert [file.field for file in call.files] == ["image[]", "image[]", "mask"]
    assert openai_fake.bought(prompt) == 1


def test_an_edit_can_be_json(sdk: openai.OpenAI, openai_fake: Fake) -> None:
    prompt = new_prompt()
    url = "data:image/png;base64," + base64.b64encode(photo(64, 64)).decode()
    hole = "data:image/png;base64," + base64.b64encode(mask(64, 64)).decode()
    body = {
        "prompt": prompt,
        "model": GPT,
        "images": [{"image_url": url}],
        "mask": {"image_url": hole},
    }
    answer = sdk.post("/images/edits", body=body, cast_to=ImagesResponse)
    assert len(contents(answer)) == openai_fake.bought(prompt) == 1


def test_an_edit_can_be_streamed(sdk: openai.OpenAI) -> None:
    stream = sdk.images.edit(
        prompt=new_prompt(), model=GPT, image=png(), stream=True, partial_images=1
    )
    partial, completed = list(stream)
    assert partial.type == "image_edit.partial_image"
    assert completed.type == "image_edit.completed"
    assert picture(base64.b64decode(completed.b64_json)).size == (1024, 1024)


@pytest.mark.parametrize(
    ("parameters", "param", "code"),
    [
        ({"image": ("x.png", b"no image", "image/png")}, "image", "invalid_image_file"),
        ({"image": photo(64, 64)}, "image", "unsupported_file_mimetype"),
        ({"image": ("x", photo(8, 8, "jpeg"), "image/png")}, "image", "invalid_image_file"),
        ({"image": [png()] * 17}, "image", "array_above_max_length"),
        ({"mask": png()}, "mask", "invalid_image"),
        ({"mask": ("m", mask(32, 32), "image/png")}, "mask", "invalid_image"),
        ({"response_format": "b64_json"}, "response_format", "unknown_parameter"),
        ({"extra_body": {"moderation": "low"}}, "moderation", "unknown_parameter"),
        ({"extra_body": {"n": "two"}}, "n", "invalid_type"),
        (
            {"model": "gpt-image-2", "input_fidelity": "low"},
            "input_fidelity",
            "invalid_input_fidelity_model",
        ),
        (
            {"model": "gpt-image-1-mini", "input_fidelity": "high"},
            "input_fidelity",
            "invalid_value",
        ),
        ({"model": "dall-e-3"}, "model", "invalid_value"),
        ({"model": "dall-e-2", "image": png(64, 32)}, "image", "invalid_image"),
        ({"model": "dall-e-2", "image": [png(), png()]}, "image", "invalid_value"),
        ({"model": "dall-e-2", "size": "1536x1024"}, "size", "invalid_value"),
        ({"model": "dall-e-2", "quality": "low"}, "quality", "unknown_parameter"),
    ],
)
def test_an_invalid_edit_names_the_parameter(
    sdk: openai.OpenAI, parameters: dict[str, Any], param: str, code: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.images.edit(**{"prompt": new_prompt(), "model": GPT, "image": png(), **parameters})
    assert (caught.value.param, caught.value.code) == (param, code)


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        (["image", "image"], "image", "duplicate_parameter"),
        (["image[]", "mask", "mask"], "mask", "duplicate_parameter"),
        (["image", "picture"], "picture", "unknown_parameter"),
        (["mask"], "image", "missing_required_parameter"),
    ],
)
def test_a_form_with_wrong_files_is_refused(
    openai_fake: Fake, http: httpx2.Client, fields: list[str], param: str, code: str
) -> None:
    answer = http.post(
        f"{openai_fake.url}/v1/images/edits",
        data={"prompt": new_prompt(), "model": GPT},
        files=[(field, png()) for field in fields],
        headers={"authorization": "Bearer x"},
    )
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["param"], error["code"]) == (param, code)


@pytest.mark.parametrize("reference", [{"file_id": "file-1"}, {"image_url": "http://x/a.png"}])
def test_an_image_at_an_unknown_url_is_refused(
    sdk: openai.OpenAI, reference: dict[str, str]
) -> None:
    body = {"prompt": new_prompt(), "model": GPT, "images": [reference]}
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.post("/images/edits", body=body, cast_to=ImagesResponse)
    assert caught.value.param == "images[0]"


def test_dall_e_3_answers_a_url_and_a_prompt_of_its_own(
    sdk: openai.OpenAI, openai_fake: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    answer = sdk.images.generate(
        prompt=prompt, model="dall-e-3", size="1792x1024", quality="hd", style="natural"
    )
    (image,) = answer.data or []
    assert prompt in (image.revised_prompt or "")
    file = http.get(image.url or "")
    assert file.headers["content-type"] == "image/png"
    assert picture(file.content).size == (1792, 1024)
    assert len(openai_fake.downloads(prompt)) == 1
    assert answer.usage is None


def test_no_key_is_sent_with_an_image_download(
    sdk: openai.OpenAI, openai_fake: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt()
    answer = sdk.images.generate(prompt=prompt, model="dall-e-3")
    (image,) = answer.data or []
    refusal = http.get(image.url or "", headers={"authorization": "Bearer sk-good"})
    assert refusal.status_code == 400
    (visit,) = openai_fake.downloads(prompt)
    assert visit.headers["authorization"] == "Bearer sk-good"


def test_dall_e_2_answers_base64_too(sdk: openai.OpenAI) -> None:
    answer = sdk.images.generate(
        prompt=new_prompt(), model="dall-e-2", n=2, size="256x256", response_format="b64_json"
    )
    assert [picture(image).size for image in contents(answer)] == [(256, 256)] * 2


def test_dall_e_2_edits(sdk: openai.OpenAI, http: httpx2.Client) -> None:
    hole = ("mask.png", mask(64, 64), "image/png")
    answer = sdk.images.edit(
        prompt=new_prompt(), model="dall-e-2", image=png(), mask=hole, size="512x512"
    )
    (image,) = answer.data or []
    assert picture(http.get(image.url or "").content).size == (512, 512)


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_dall_e_2_varies(sdk: openai.OpenAI) -> None:
    answer = sdk.images.create_variation(
        image=png(), n=2, size="256x256", response_format="b64_json"
    )
    assert [picture(image).size for image in contents(answer)] == [(256, 256)] * 2


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_no_other_model_varies(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        sdk.images.create_variation(image=png(), model=GPT)


def test_models_are_listed(sdk: openai.OpenAI) -> None:
    names = [model.id for model in sdk.models.list()]
    assert {GPT, "gpt-image-2", "dall-e-3"} <= set(names)
    assert sdk.models.retrieve(GPT).id == GPT
    with pytest.raises(openai.NotFoundError):
        sdk.models.retrieve("gpt-image-1")


def test_an_unknown_model_is_a_404(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.images.generate(prompt=new_prompt(), model="gpt-image-1")
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


@pytest.mark.parametrize(
    ("kind", "error", "status", "code"),
    [
        ("key", openai.AuthenticationError, 401, "invalid_api_key"),
        ("quota", openai.RateLimitError, 429, "insufficient_quota"),
        ("rate", openai.RateLimitError, 429, "rate_limit_exceeded"),
        ("content", openai.BadRequestError, 400, "moderation_blocked"),
        ("parameter", openai.BadRequestError, 400, "invalid_value"),
        ("model", openai.NotFoundError, 404, "model_not_found"),
        ("down", openai.InternalServerError, 503, "server_is_overloaded"),
        ("crash", openai.InternalServerError, 500, None),
        ("busy", openai.InternalServerError, 502, None),
        ("slow", openai.InternalServerError, 504, None),
    ],
)
def test_the_sdk_maps_each_failure_to_its_class_and_code(
    sdk: openai.OpenAI,
    openai_fake: Fake,
    kind: str,
    error: type[openai.APIStatusError],
    status: int,
    code: str | None,
) -> None:
    prompt = new_prompt(f"[fake error {kind}]")
    with pytest.raises(error) as caught:
        sdk.images.generate(prompt=prompt, model=GPT)
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert caught.value.request_id
    assert openai_fake.bought(prompt) == 0


def test_a_rate_limit_error_has_the_seconds_to_wait(sdk: openai.OpenAI) -> None:
    prompt = new_prompt("[fake error rate] [fake retry-after 7]")
    with pytest.raises(openai.RateLimitError) as caught:
        sdk.images.generate(prompt=prompt, model=GPT)
    assert caught.value.type == "requests"
    assert caught.value.response.headers["retry-after"] == "7"


def test_dall_e_has_its_own_code_for_refused_content(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.images.generate(prompt=new_prompt("[fake error content]"), model="dall-e-3")
    assert caught.value.code == "content_policy_violation"


@pytest.mark.parametrize(
    ("key", "error", "code"),
    [
        ("sk-bad", openai.AuthenticationError, "invalid_api_key"),
        ("sk-broke", openai.RateLimitError, "insufficient_quota"),
        ("sk-busy", openai.RateLimitError, "rate_limit_exceeded"),
        ("sk-forbidden", openai.PermissionDeniedError, None),
    ],
)
def test_the_name_of_a_key_selects_its_error(
    openai_fake: Fake, key: str, error: type[openai.APIStatusError], code: str | None
) -> None:
    with sdk_of(openai_fake, key) as sdk, pytest.raises(error) as caught:
        sdk.images.generate(prompt=new_prompt(), model=GPT)
    assert caught.value.code == code


def test_a_request_without_a_key_is_a_401(openai_fake: Fake, http: httpx2.Client) -> None:
    answer = http.get(f"{openai_fake.url}/v1/models")
    assert answer.status_code == 401
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
