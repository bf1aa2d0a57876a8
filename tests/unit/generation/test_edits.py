"""Edits and variations, from the request to the inputs of the model."""

import base64
import json
from dataclasses import replace

import pytest

from easel.api.http.generations import edit_images, vary_images
from easel.errors import (
    CallerError,
    InvalidImageError,
    InvalidJsonError,
    InvalidValueError,
    MediaTypeError,
    MissingParameterError,
    TransformError,
    UnsupportedParameterError,
)
from easel.platform.buffers import Attachment
from easel.platform.http import Form, Response
from easel.platform.web import UrlAnswer
from easel.settings.settings import Settings
from support.pictures import mask, padded, photo
from support.services import Bytes, FakeServices, request, wait_for

FLUX_2 = "@cf/black-forest-labs/flux-2-klein-4b"
IMG2IMG = "@cf/runwayml/stable-diffusion-v1-5-img2img"
INPAINTING = "@cf/runwayml/stable-diffusion-v1-5-inpainting"
GROK = "workers-ai/xai/grok-imagine-image"

PHOTO = photo(640, 480)
MASK = mask(640, 480)


def edit(
    fake: FakeServices, texts: dict[str, str], *files: tuple[str, bytes], vary: bool = False
) -> Response:
    """Send an edit or a variation as a form."""
    form = Form([*texts.items()], [(name, Bytes(content)) for name, content in files])
    handler = vary_images if vary else edit_images
    response: Response = wait_for(handler(request(form=form), fake.services()))
    return response


def edit_json(fake: FakeServices, **fields: object) -> Response:
    body = json.dumps({"prompt": "x", **fields}).encode()
    response: Response = wait_for(edit_images(request(body=body), fake.services()))
    return response


def sent(fake: FakeServices) -> dict[str, object]:
    (call,) = fake.calls
    return dict(call.inputs)


def attachment(value: object) -> Attachment:
    assert isinstance(value, Attachment)
    return value


@pytest.mark.parametrize("value", [["x" * 2000], {"a": ["x" * 2000]}])
def test_a_nested_text_has_the_same_length_limit_as_a_field(value: object) -> None:
    with pytest.raises(InvalidValueError, match="too long or is not valid Unicode") as caught:
        edit_json(FakeServices(), controls=value)
    assert caught.value.param == "controls"


def test_uploaded_images_are_sent_to_flux_2_as_form_files_in_order() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x"}, ("image[]", photo(500, 400)), ("image[]", photo(400, 300, "jpeg")))
    first, second = (attachment(sent(fake)[f"input_image_{index}"]) for index in (0, 1))
    assert fake.calls[0].as_form
    assert (first.sent_as, first.media_type) == ("file", "image/png")
    assert (second.sent_as, second.media_type) == ("file", "image/jpeg")
    assert first.content == Bytes(photo(500, 400))


def test_input_images_are_scaled_down_to_the_limit_of_flux_2() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x"}, ("image", photo(2000, 1000)))
    assert fake.transformations[0].box == (511, 255)


def test_a_webp_input_is_converted_to_png() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x"}, ("image", photo(300, 200, "webp")))
    assert attachment(sent(fake)["input_image_0"]).media_type == "image/png"


def test_an_input_image_for_img2img_is_scaled_to_the_output_size() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x", "model": IMG2IMG, "size": "512x768"}, ("image", PHOTO))
    inputs = sent(fake)
    assert (inputs["width"], inputs["height"]) == (512, 768)
    assert attachment(inputs["image_b64"]).sent_as == "base64"
    assert fake.transformations[0].box == (512, 768)


def test_a_rotated_photo_has_its_displayed_size() -> None:
    fake = FakeServices()
    rotated = photo(640, 480, "jpeg", orientation=6)
    edit(fake, {"prompt": "x", "model": IMG2IMG}, ("image", rotated))
    assert (sent(fake)["width"], sent(fake)["height"]) == (480, 640)


def test_openais_mask_is_converted_to_the_kind_that_the_model_takes() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x", "model": INPAINTING}, ("image", PHOTO), ("mask", MASK))
    sent_mask = attachment(sent(fake)["mask"])
    assert sent_mask.sent_as == "bytes"
    assert sent_mask.content.slice(0, 8) == b"painted "


def test_an_edit_with_a_mask_uses_the_default_inpainting_model() -> None:
    response = edit(FakeServices(), {"prompt": "x"}, ("image", PHOTO), ("mask", MASK))
    assert response.headers["x-easel-model"] == INPAINTING


def test_a_variation_needs_only_an_image() -> None:
    fake = FakeServices()
    response = edit(fake, {}, ("image", PHOTO), vary=True)
    assert response.headers["x-easel-model"] == IMG2IMG
    assert sent(fake)["strength"] == 0.5
    assert sent(fake)["prompt"] == "the same scene"


@pytest.mark.parametrize(
    "fields",
    [
        {"image": base64.b64encode(PHOTO).decode()},
        {"image_b64": base64.b64encode(PHOTO).decode()},
        {"image": "data:image/png;base64," + base64.b64encode(PHOTO).decode()},
        {"images": [{"image_url": "data:image/png;base64," + base64.b64encode(PHOTO).decode()}]},
        {"image": "https://img.example/a.png"},
        {"images": [{"image_url": "https://img.example/a.png"}]},
    ],
)
def test_a_json_body_may_contain_an_image_or_its_url(fields: dict[str, object]) -> None:
    web = {"https://img.example/a.png": UrlAnswer(200, body=Bytes(PHOTO))}
    fake = FakeServices(web=web)
    edit_json(fake, model=IMG2IMG, **fields)
    assert attachment(sent(fake)["image_b64"]).content == Bytes(PHOTO)


def test_a_base64_image_in_a_text_field_of_a_form_is_accepted() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x", "model": IMG2IMG, "image": base64.b64encode(PHOTO).decode()})
    assert attachment(sent(fake)["image_b64"]).content == Bytes(PHOTO)


def test_numbers_of_a_form_are_sent_as_numbers() -> None:
    fake = FakeServices()
    texts = {"prompt": "7", "model": IMG2IMG, "strength": "0.5", "steps": "4", "seed": "0", "n": ""}
    edit(fake, texts, ("image", PHOTO))
    inputs = sent(fake)
    assert (inputs["prompt"], inputs["strength"], inputs["num_steps"], inputs["seed"]) == (
        "7",
        0.5,
        4,
        0,
    )


def refused_parameter(
    error: type[CallerError],
    fake: FakeServices,
    texts: dict[str, str],
    *files: tuple[str, bytes],
) -> str | None:
    """Check that a form is refused before a model is called; return the parameter at fault."""
    with pytest.raises(error) as caught:
        edit(fake, texts, *files)
    assert fake.calls == []
    return caught.value.param


def refused_parameter_of_json(
    error: type[CallerError], fake: FakeServices, **fields: object
) -> str | None:
    """Check that JSON is refused before a model is called; return the parameter at fault."""
    with pytest.raises(error) as caught:
        edit_json(fake, **fields)
    assert fake.calls == []
    return caught.value.param


@pytest.mark.parametrize(
    "content",
    [
        b"just text, named .png",
        b"<!doctype html><html></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        PHOTO[: len(PHOTO) // 2],
        b"",
        photo(20, 20, "gif"),
        PHOTO[:16] + (30_000).to_bytes(4, "big") * 2 + PHOTO[24:],
        PHOTO[:16] + (9_000).to_bytes(4, "big") * 2 + PHOTO[24:],
    ],
    ids=["text", "html", "svg", "truncated", "empty", "gif", "long", "vast"],
)
def test_an_upload_that_is_not_an_image_is_refused(content: bytes) -> None:
    assert (
        refused_parameter(InvalidImageError, FakeServices(), {"prompt": "x"}, ("image", content))
        == "image"
    )


@pytest.mark.parametrize("text", ["not base64!", "%%%%", "a" * 2000 + "!"])
def test_a_text_that_is_not_an_image_is_refused(text: str) -> None:
    assert refused_parameter_of_json(InvalidImageError, FakeServices(), image=text) == "image"


@pytest.mark.parametrize(
    "url",
    ["http://localhost/a.png", "https://169.254.169.254/", "https://[::1]/x", "http://2130706433/"],
)
def test_a_url_in_a_private_network_is_refused_without_a_request(url: str) -> None:
    fake = FakeServices()
    assert refused_parameter_of_json(InvalidImageError, fake, image=url) == "image"
    assert fake.opened == []


def test_a_setting_allows_urls_in_private_networks() -> None:
    settings = Settings(allow_anonymous=True, allow_private_urls=True)
    web = {"http://localhost/a.png": UrlAnswer(200, body=Bytes(PHOTO))}
    fake = FakeServices(settings=settings, web=web)
    assert edit_json(fake, image="http://localhost/a.png").status == 200


def test_an_edit_needs_an_image() -> None:
    assert refused_parameter(MissingParameterError, FakeServices(), {"prompt": "x"}) == "image"
    assert refused_parameter_of_json(MissingParameterError, FakeServices(), prompt="x") == "image"


def test_an_edit_needs_a_prompt() -> None:
    assert (
        refused_parameter(MissingParameterError, FakeServices(), {}, ("image", PHOTO)) == "prompt"
    )


def test_more_images_than_the_model_takes_are_refused() -> None:
    files = [("image[]", photo(20, 20))] * 5
    assert refused_parameter(InvalidValueError, FakeServices(), {"prompt": "x"}, *files) == "image"


def test_a_mask_must_have_the_size_of_its_image() -> None:
    files = [("image", PHOTO), ("mask", mask(64, 64))]
    assert refused_parameter(InvalidImageError, FakeServices(), {"prompt": "x"}, *files) == "mask"


def test_a_mask_that_marks_nothing_is_refused() -> None:
    fake = FakeServices(mask_failure="has no transparent part")
    files = [("image", PHOTO), ("mask", MASK)]
    assert refused_parameter(InvalidImageError, fake, {"prompt": "x"}, *files) == "mask"


def test_a_mask_for_a_model_without_one_is_refused_or_dropped() -> None:
    files = [("image", PHOTO), ("mask", MASK)]
    texts = {"prompt": "x", "model": FLUX_2}
    assert refused_parameter(UnsupportedParameterError, FakeServices(), texts, *files) == "mask"
    fake = FakeServices()
    response = edit(fake, {**texts, "drop_params": "true"}, *files)
    assert "mask" in response.headers["x-easel-warnings"]
    assert "mask" not in sent(fake)


def test_inpainting_without_a_mask_is_refused() -> None:
    texts = {"prompt": "x", "model": INPAINTING}
    assert (
        refused_parameter(MissingParameterError, FakeServices(), texts, ("image", PHOTO)) == "mask"
    )


def test_a_second_mask_is_refused() -> None:
    files = [("image", PHOTO), ("mask", MASK), ("mask", MASK)]
    assert refused_parameter(InvalidValueError, FakeServices(), {"prompt": "x"}, *files) == "mask"


def test_the_error_for_a_model_without_edits_names_models_with_edits() -> None:
    texts = {"prompt": "x", "model": "@cf/black-forest-labs/flux-1-schnell"}
    with pytest.raises(InvalidValueError, match=FLUX_2) as caught:
        edit(FakeServices(), texts, ("image", PHOTO))
    assert caught.value.param == "model"


def test_a_file_in_an_unknown_field_is_refused() -> None:
    files = [("image", PHOTO), ("lora", b"weights")]
    assert refused_parameter(InvalidValueError, FakeServices(), {"prompt": "x"}, *files) == "lora"


def test_a_prompt_longer_than_every_models_limit_is_refused() -> None:
    assert (
        refused_parameter_of_json(
            InvalidValueError, FakeServices(), prompt="x" * 5000, image="aGk="
        )
        == "prompt"
    )


def test_a_body_that_is_neither_a_form_nor_json_is_refused() -> None:
    http_request = replace(request(), headers={"content-type": "image/png"})
    with pytest.raises(MediaTypeError):
        wait_for(edit_images(http_request, FakeServices().services()))


def test_a_json_body_that_is_not_an_object_is_refused() -> None:
    with pytest.raises(InvalidJsonError):
        wait_for(edit_images(request(body=b"[]"), FakeServices().services()))


def test_a_model_that_takes_openais_kind_of_mask_is_sent_it_unchanged() -> None:
    fake = FakeServices()
    texts = {"prompt": "x", "model": GROK}
    edit(fake, texts, ("image", PHOTO), ("mask", MASK))
    sent_mask = attachment(sent(fake)["mask"])
    assert (sent_mask.sent_as, sent_mask.content) == ("url_object", Bytes(MASK))
    images = sent(fake)["images"]
    assert isinstance(images, list)
    assert [attachment(image).sent_as for image in images] == ["url_object"]


def test_an_input_image_that_cannot_be_decoded_is_a_bad_request() -> None:
    fake = FakeServices(images_failure="Error: IMAGES_TRANSFORM_ERROR 9523: bad")
    texts = {"prompt": "x", "model": IMG2IMG, "size": "512x512"}
    assert refused_parameter(InvalidImageError, fake, texts, ("image", PHOTO)) == "image"


def test_an_outage_of_cloudflare_images_may_be_retried_and_calls_no_model() -> None:
    fake = FakeServices(images_failure="Error: internal")
    texts = {"prompt": "x", "model": IMG2IMG, "size": "512x512"}
    with pytest.raises(TransformError) as caught:
        edit(fake, texts, ("image", PHOTO))
    assert caught.value.should_retry
    assert fake.calls == []


def test_variations_are_not_streamed() -> None:
    fake = FakeServices()
    with pytest.raises(UnsupportedParameterError) as caught:
        edit(fake, {"stream": "true"}, ("image", PHOTO), vary=True)
    assert caught.value.param == "stream"
    assert fake.calls == []


def test_all_images_together_may_be_as_large_as_one_upload() -> None:
    url = "https://x.example/a.png"
    answer = UrlAnswer(200, None, "image/png", Bytes(padded(9_000_000, 640, 480)))
    fake = FakeServices(web={url: answer})
    images = [{"image_url": url}, {"image_url": url}]
    assert refused_parameter_of_json(InvalidImageError, fake, model=FLUX_2, images=images) == (
        "images[1].image_url"
    )
    assert [limit for _, _, limit in fake.opened] == [
        16 * 1024 * 1024,
        16 * 1024 * 1024 - len(padded(9_000_000)),
    ]
