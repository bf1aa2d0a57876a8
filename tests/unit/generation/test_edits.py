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
def test_a_text_inside_a_field_must_not_be_longer_than_one_that_is_a_field(value: object) -> None:
    with pytest.raises(InvalidValueError, match="too long or is not valid Unicode") as caught:
        edit_json(FakeServices(), controls=value)
    assert caught.value.param == "controls"


def test_uploads_reach_flux_2_as_files_of_a_form_in_order() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x"}, ("image[]", photo(500, 400)), ("image[]", photo(400, 300, "jpeg")))
    first, second = (attachment(sent(fake)[f"input_image_{index}"]) for index in (0, 1))
    assert fake.calls[0].as_form
    assert (first.sent_as, first.media_type) == ("file", "image/png")
    assert (second.sent_as, second.media_type) == ("file", "image/jpeg")
    assert first.content == Bytes(photo(500, 400))


def test_references_are_scaled_down_to_what_flux_2_takes() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x"}, ("image", photo(2000, 1000)))
    assert fake.transformations[0].box == (511, 255)


def test_webp_is_converted_for_models_that_may_not_know_it() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x"}, ("image", photo(300, 200, "webp")))
    assert attachment(sent(fake)["input_image_0"]).media_type == "image/png"


def test_an_image_for_img2img_gets_the_size_of_the_output() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x", "model": IMG2IMG, "size": "512x768"}, ("image", PHOTO))
    inputs = sent(fake)
    assert (inputs["width"], inputs["height"]) == (512, 768)
    assert attachment(inputs["image_b64"]).sent_as == "base64"
    assert fake.transformations[0].box == (512, 768)


def test_a_photo_on_its_side_is_as_large_as_it_looks() -> None:
    fake = FakeServices()
    turned = photo(640, 480, "jpeg", orientation=6)
    edit(fake, {"prompt": "x", "model": IMG2IMG}, ("image", turned))
    assert (sent(fake)["width"], sent(fake)["height"]) == (480, 640)


def test_openais_mask_becomes_the_one_the_model_takes() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x", "model": INPAINTING}, ("image", PHOTO), ("mask", MASK))
    painted = attachment(sent(fake)["mask"])
    assert painted.sent_as == "bytes"
    assert painted.content.slice(0, 8) == b"painted "


def test_a_mask_alone_chooses_a_model_that_has_one() -> None:
    response = edit(FakeServices(), {"prompt": "x"}, ("image", PHOTO), ("mask", MASK))
    assert response.headers["x-easel-model"] == INPAINTING


def test_a_variation_needs_nothing_but_an_image() -> None:
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
def test_json_may_hold_an_image_or_say_where_it_is(fields: dict[str, object]) -> None:
    web = {"https://img.example/a.png": UrlAnswer(200, body=Bytes(PHOTO))}
    fake = FakeServices(web=web)
    edit_json(fake, model=IMG2IMG, **fields)
    assert attachment(sent(fake)["image_b64"]).content == Bytes(PHOTO)


def test_an_image_in_the_text_of_a_form_is_taken_too() -> None:
    fake = FakeServices()
    edit(fake, {"prompt": "x", "model": IMG2IMG, "image": base64.b64encode(PHOTO).decode()})
    assert attachment(sent(fake)["image_b64"]).content == Bytes(PHOTO)


def test_numbers_of_a_form_are_numbers_to_the_model() -> None:
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


def refused(
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


def refused_json(error: type[CallerError], fake: FakeServices, **fields: object) -> str | None:
    """Check that JSON is refused before a model is called; return the parameter at fault."""
    with pytest.raises(error) as caught:
        edit_json(fake, **fields)
    assert fake.calls == []
    return caught.value.param


@pytest.mark.parametrize(
    "lie",
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
def test_an_upload_that_lies_is_refused(lie: bytes) -> None:
    assert refused(InvalidImageError, FakeServices(), {"prompt": "x"}, ("image", lie)) == "image"


@pytest.mark.parametrize("text", ["not base64!", "%%%%", "a" * 2000 + "!"])
def test_text_that_is_no_image_is_refused(text: str) -> None:
    assert refused_json(InvalidImageError, FakeServices(), image=text) == "image"


@pytest.mark.parametrize(
    "url",
    ["http://localhost/a.png", "https://169.254.169.254/", "https://[::1]/x", "http://2130706433/"],
)
def test_a_url_into_a_private_network_is_refused_unseen(url: str) -> None:
    fake = FakeServices()
    assert refused_json(InvalidImageError, fake, image=url) == "image"
    assert fake.opened == []


def test_the_owner_may_open_private_networks() -> None:
    settings = Settings(allow_anonymous=True, allow_private_urls=True)
    web = {"http://localhost/a.png": UrlAnswer(200, body=Bytes(PHOTO))}
    fake = FakeServices(settings=settings, web=web)
    assert edit_json(fake, image="http://localhost/a.png").status == 200


def test_an_edit_needs_an_image() -> None:
    assert refused(MissingParameterError, FakeServices(), {"prompt": "x"}) == "image"
    assert refused_json(MissingParameterError, FakeServices(), prompt="x") == "image"


def test_an_edit_needs_a_prompt() -> None:
    assert refused(MissingParameterError, FakeServices(), {}, ("image", PHOTO)) == "prompt"


def test_more_images_than_the_model_takes_are_refused() -> None:
    files = [("image[]", photo(20, 20))] * 5
    assert refused(InvalidValueError, FakeServices(), {"prompt": "x"}, *files) == "image"


def test_a_mask_must_have_the_size_of_its_image() -> None:
    files = [("image", PHOTO), ("mask", mask(64, 64))]
    assert refused(InvalidImageError, FakeServices(), {"prompt": "x"}, *files) == "mask"


def test_a_mask_that_marks_nothing_is_refused() -> None:
    fake = FakeServices(mask_failure="has no transparent part")
    files = [("image", PHOTO), ("mask", MASK)]
    assert refused(InvalidImageError, fake, {"prompt": "x"}, *files) == "mask"


def test_a_mask_for_a_model_without_one_is_refused_or_dropped() -> None:
    files = [("image", PHOTO), ("mask", MASK)]
    texts = {"prompt": "x", "model": FLUX_2}
    assert refused(UnsupportedParameterError, FakeServices(), texts, *files) == "mask"
    fake = FakeServices()
    response = edit(fake, {**texts, "drop_params": "true"}, *files)
    assert "mask" in response.headers["x-easel-warnings"]
    assert "mask" not in sent(fake)


def test_inpainting_without_a_mask_is_refused() -> None:
    texts = {"prompt": "x", "model": INPAINTING}
    assert refused(MissingParameterError, FakeServices(), texts, ("image", PHOTO)) == "mask"


def test_two_masks_are_one_too_many() -> None:
    files = [("image", PHOTO), ("mask", MASK), ("mask", MASK)]
    assert refused(InvalidValueError, FakeServices(), {"prompt": "x"}, *files) == "mask"


def test_a_model_that_cannot_edit_names_those_that_can() -> None:
    texts = {"prompt": "x", "model": "@cf/black-forest-labs/flux-1-schnell"}
    with pytest.raises(InvalidValueError, match=FLUX_2) as caught:
        edit(FakeServices(), texts, ("image", PHOTO))
    assert caught.value.param == "model"


def test_a_file_that_is_no_image_field_is_refused() -> None:
    files = [("image", PHOTO), ("lora", b"weights")]
    assert refused(InvalidValueError, FakeServices(), {"prompt": "x"}, *files) == "lora"


def test_a_text_too_long_for_any_model_is_named() -> None:
    assert (
        refused_json(InvalidValueError, FakeServices(), prompt="x" * 5000, image="aGk=") == "prompt"
    )


def test_a_body_that_is_neither_form_nor_json_is_refused() -> None:
    asked = replace(request(), headers={"content-type": "image/png"})
    with pytest.raises(MediaTypeError):
        wait_for(edit_images(asked, FakeServices().services()))


def test_json_that_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidJsonError):
        wait_for(edit_images(request(body=b"[]"), FakeServices().services()))


def test_a_provider_may_take_openais_mask_as_it_is() -> None:
    fake = FakeServices()
    texts = {"prompt": "x", "model": GROK}
    edit(fake, texts, ("image", PHOTO), ("mask", MASK))
    marked = attachment(sent(fake)["mask"])
    assert (marked.sent_as, marked.content) == ("url_object", Bytes(MASK))
    images = sent(fake)["images"]
    assert isinstance(images, list)
    assert [attachment(image).sent_as for image in images] == ["url_object"]


def test_an_image_that_is_broken_inside_is_the_callers_mistake() -> None:
    fake = FakeServices(images_failure="Error: IMAGES_TRANSFORM_ERROR 9523: bad")
    texts = {"prompt": "x", "model": IMG2IMG, "size": "512x512"}
    assert refused(InvalidImageError, fake, texts, ("image", PHOTO)) == "image"


def test_an_outage_of_cloudflare_images_is_not_and_costs_nothing() -> None:
    fake = FakeServices(images_failure="Error: internal")
    texts = {"prompt": "x", "model": IMG2IMG, "size": "512x512"}
    with pytest.raises(TransformError) as caught:
        edit(fake, texts, ("image", PHOTO))
    assert caught.value.worth_repeating
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
    assert refused_json(InvalidImageError, fake, model=FLUX_2, images=images) == (
        "images[1].image_url"
    )
    assert [limit for _, _, limit in fake.opened] == [
        16 * 1024 * 1024,
        16 * 1024 * 1024 - len(padded(9_000_000)),
    ]
