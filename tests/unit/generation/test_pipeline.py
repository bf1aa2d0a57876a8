"""A generation, from the request to the stored image and the response."""

import base64
import json
import re
from collections.abc import Callable, Mapping

import pytest

from easel.api.http.generations import generate_images
from easel.errors import (
    EaselError,
    EmptyResultError,
    MediaTypeError,
    RateLimitedError,
    TransformError,
)
from easel.platform.calls import UpstreamFailure
from easel.platform.http import Response
from easel.platform.images import Transformation
from easel.platform.size import Size
from easel.settings.settings import Settings
from support.pictures import padded
from support.services import (
    NOW,
    Bytes,
    FakeServices,
    MemoryBucket,
    base64_answer,
    image_bytes,
    request,
    text_of,
    wait_for,
)

SDXL = "@cf/stabilityai/stable-diffusion-xl-base-1.0"
SCHNELL = "@cf/black-forest-labs/flux-1-schnell"


def generate(fake: FakeServices, **fields: object) -> Response:
    body = json.dumps({"prompt": "a fox", **fields}).encode()
    response: Response = wait_for(generate_images(request(body=body), fake.services()))
    return response


def answer_to(fake: FakeServices, **fields: object) -> dict[str, object]:
    content: dict[str, object] = json.loads(text_of(generate(fake, **fields)))
    return content


def failing_on_seed(
    seed: int, failure: Exception
) -> Callable[[Mapping[str, object]], Exception | None]:
    return lambda inputs: failure if inputs.get("seed") == seed else None


def test_the_response_has_exactly_openais_keys() -> None:
    fake = FakeServices()
    content = answer_to(fake)
    key = next(iter(fake.bucket.objects))
    assert content == {
        "created": int(NOW.timestamp()),
        "data": [{"url": f"https://easel.test/{key}"}],
    }


def test_b64_json_holds_the_exact_bytes_of_the_image() -> None:
    content = answer_to(FakeServices(), response_format="b64_json", n=2)
    image = base64.b64encode(image_bytes()).decode()
    assert content["data"] == [{"b64_json": image}, {"b64_json": image}]


LARGE = padded(5_000_000)


def test_a_large_image_is_read_from_the_bucket_again_while_it_is_sent() -> None:
    fake = FakeServices(base64_answer(LARGE))
    content = answer_to(fake, response_format="b64_json")
    assert content["data"] == [{"b64_json": base64.b64encode(LARGE).decode()}]
    assert fake.bucket.reread == [*fake.bucket.objects]


def test_a_small_image_is_sent_from_memory() -> None:
    fake = FakeServices()
    answer_to(fake, response_format="b64_json")
    assert fake.bucket.reread == []


def test_a_large_image_that_was_not_stored_is_sent_from_memory() -> None:
    fake = FakeServices(base64_answer(LARGE), bucket=MemoryBucket(fails=True))
    content = answer_to(fake)
    assert content["data"] == [{"b64_json": base64.b64encode(LARGE).decode()}]


def test_the_public_base_url_replaces_the_origin_in_image_urls() -> None:
    settings = Settings(public_base_url="https://img.example", allow_anonymous=True)
    content = answer_to(FakeServices(settings=settings))
    assert str(content["data"]).startswith("[{'url': 'https://img.example/images/2026-11-20/")


def test_an_image_is_stored_with_the_type_of_its_bytes() -> None:
    fake = FakeServices(answer=Bytes(image_bytes("jpeg")))
    generate(fake, model=SDXL)
    ((key, (content, content_type, _)),) = fake.bucket.objects.items()
    assert (content, content_type) == (image_bytes("jpeg"), "image/jpeg")
    assert re.fullmatch(r"images/2026-11-20/[0-9a-f]{40}\.jpg", key)


def test_the_recipe_is_stored_as_metadata_of_the_image() -> None:
    fake = FakeServices()
    generate(fake, seed=0, steps=2, size="512x512")
    ((_, _, recipe),) = fake.bucket.objects.values()
    assert recipe == {
        "model": SCHNELL,
        "task": "generate",
        "prompt": "a fox",
        "parameters": '{"steps":2}',
        "seed": "0",
        "size": "512x512",
        "created": "2026-11-20T12:30:00+00:00",
    }


def test_an_image_of_another_size_is_resized_to_the_requested_size() -> None:
    fake = FakeServices()
    generate(fake, size="300x200")
    ((content, _, _),) = fake.bucket.objects.values()
    assert content == image_bytes("jpeg", 300, 200)


def test_a_resize_with_a_wrong_result_is_an_error() -> None:
    fake = FakeServices(answer=Bytes(image_bytes("png")), resizes=False)
    with pytest.raises(TransformError):
        generate(fake, model=SDXL, size="512x512")


@pytest.mark.parametrize(("image_format", "quality"), [("jpeg", 90), ("webp", 90), ("png", None)])
def test_a_quality_is_set_only_for_lossy_formats(image_format: str, quality: int | None) -> None:
    fake = FakeServices(answer=Bytes(image_bytes(image_format)))
    generate(fake, model=SDXL, size="512x512")
    assert fake.transformations == [
        Transformation(image_format, quality, Size(512, 512), fit="cover")
    ]


def test_a_failed_resize_is_a_server_error_and_its_cause_is_logged() -> None:
    fake = FakeServices(images_failure="9522: the very words")
    with pytest.raises(TransformError):
        generate(fake, size="512x512")
    assert any("the very words" in line for line in fake.lines)


def test_an_image_that_cannot_be_decoded_is_an_empty_result() -> None:
    with pytest.raises(EmptyResultError):
        generate(FakeServices(images_failure="9523: broken"), size="512x512")


def test_the_default_model_is_a_setting() -> None:
    fake = FakeServices(
        settings=Settings(default_model=SDXL, allow_anonymous=True),
        answer=Bytes(image_bytes("png")),
    )
    assert generate(fake).headers["x-easel-model"] == SDXL
    assert fake.calls[0].model == SDXL


def test_headers_name_the_model_the_provider_and_the_seeds() -> None:
    headers = generate(FakeServices(), seed=7, n=2).headers
    assert headers["x-easel-model"] == SCHNELL
    assert headers["x-easel-provider"] == "workers-ai"
    assert headers["x-easel-seed"] == "7,8"


def test_the_finished_images_are_returned_although_one_failed() -> None:
    fake = FakeServices(answer=failing_on_seed(8, UpstreamFailure("3040: busy")))
    response = generate(fake, seed=7, n=3)
    assert len(json.loads(text_of(response))["data"]) == 2
    assert response.headers["x-easel-seed"] == "7,9"
    assert response.headers["x-easel-missing"] == "1"
    assert response.headers["x-easel-missing-codes"] == "rate_limit_exceeded"


def test_a_bug_in_one_image_does_not_lose_the_others() -> None:
    fake = FakeServices(answer=failing_on_seed(8, ZeroDivisionError("oops")))
    response = generate(fake, seed=7, n=2)
    assert response.headers["x-easel-missing-codes"] == "server_error"
    assert any("ZeroDivisionError: oops" in line for line in fake.lines)


def test_a_request_without_any_image_is_an_error() -> None:
    with pytest.raises(RateLimitedError):
        generate(FakeServices(answer=UpstreamFailure("3040: busy")), n=3)


def test_of_several_errors_the_one_that_may_be_billed_is_returned() -> None:
    def answer(inputs: dict[str, object]) -> Exception:
        return UpstreamFailure("boom" if inputs["seed"] == 8 else "3040: busy")

    with pytest.raises(EaselError) as caught:
        generate(FakeServices(answer=answer), seed=7, n=3)
    assert (caught.value.code, caught.value.should_retry) == ("upstream_error", False)


def test_the_providers_message_is_logged() -> None:
    fake = FakeServices(answer=UpstreamFailure("3040: the very words"))
    with pytest.raises(RateLimitedError):
        generate(fake)
    assert any("the very words" in line for line in fake.lines)


def test_an_answer_that_is_not_an_image_is_an_error_and_not_stored() -> None:
    fake = FakeServices(answer=Bytes(b"<html>"))
    with pytest.raises(EmptyResultError):
        generate(fake)
    assert fake.bucket.objects == {}


def test_an_image_is_returned_although_it_cannot_be_stored() -> None:
    fake = FakeServices()
    fake.bucket.fails = True
    response = generate(fake)
    assert list(json.loads(text_of(response))["data"][0]) == ["b64_json"]
    assert "could not be stored" in response.headers["x-easel-warnings"]


def test_warnings_about_dropped_parameters_are_ascii() -> None:
    warnings = generate(FakeServices(), drop_params=True, größe=1).headers["x-easel-warnings"]
    assert warnings.isascii()
    assert "does not support the parameter" in warnings


def test_a_bad_request_calls_no_model() -> None:
    fake = FakeServices()
    with pytest.raises(EaselError):
        generate(fake, steps=99)
    assert fake.calls == []


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x"])
def test_a_generation_accepts_only_json(content_type: str) -> None:
    http_request = request(body=b"{}", headers={"content-type": content_type})
    with pytest.raises(MediaTypeError):
        wait_for(generate_images(http_request, FakeServices().services()))


def test_a_json_media_type_may_have_parameters_and_a_suffix() -> None:
    for content_type in (
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/x+json",
    ):
        http_request = request(body=b'{"prompt": "x"}', headers={"content-type": content_type})
        assert wait_for(generate_images(http_request, FakeServices().services())).status == 200
