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


def test_the_answer_has_openais_keys_and_no_others() -> None:
    fake = FakeServices()
    content = answer_to(fake)
    key = next(iter(fake.bucket.objects))
    assert content == {
        "created": int(NOW.timestamp()),
        "data": [{"url": f"https://easel.test/{key}"}],
    }


def test_b64_json_holds_the_very_bytes() -> None:
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


def test_a_base_url_of_the_owner_replaces_the_origin() -> None:
    settings = Settings(public_base_url="https://img.example", allow_anonymous=True)
    content = answer_to(FakeServices(settings=settings))
    assert str(content["data"]).startswith("[{'url': 'https://img.example/images/2026-11-20/")


def test_the_image_is_stored_under_its_true_type_whatever_the_model_says() -> None:
    fake = FakeServices(answer=Bytes(image_bytes("jpeg")))
    generate(fake, model=SDXL)
    ((key, (content, content_type, _)),) = fake.bucket.objects.items()
    assert (content, content_type) == (image_bytes("jpeg"), "image/jpeg")
    assert re.fullmatch(r"images/2026-11-20/[0-9a-f]{40}\.jpg", key)


def test_the_recipe_is_stored_beside_the_image() -> None:
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


def test_another_size_than_promised_is_resized() -> None:
    fake = FakeServices()
    generate(fake, size="300x200")
    ((content, _, _),) = fake.bucket.objects.values()
    assert content == image_bytes("jpeg", 300, 200)


def test_a_resize_that_misses_is_an_error() -> None:
    fake = FakeServices(answer=Bytes(image_bytes("png")), resizes=False)
    with pytest.raises(TransformError):
        generate(fake, model=SDXL, size="512x512")


@pytest.mark.parametrize(("image_format", "quality"), [("jpeg", 90), ("webp", 90), ("png", None)])
def test_what_loses_nothing_is_not_told_a_quality(image_format: str, quality: int | None) -> None:
    fake = FakeServices(answer=Bytes(image_bytes(image_format)))
    generate(fake, model=SDXL, size="512x512")
    assert fake.transformations == [
        Transformation(image_format, quality, Size(512, 512), fit="cover")
    ]


def test_a_failure_to_resize_is_ours_and_its_words_are_logged() -> None:
    fake = FakeServices(images_failure="9522: the very words")
    with pytest.raises(TransformError):
        generate(fake, size="512x512")
    assert any("the very words" in line for line in fake.lines)


def test_an_image_that_cannot_be_decoded_is_none() -> None:
    with pytest.raises(EmptyResultError):
        generate(FakeServices(images_failure="9523: broken"), size="512x512")


def test_the_default_model_is_a_setting() -> None:
    fake = FakeServices(
        settings=Settings(default_model=SDXL, allow_anonymous=True),
        answer=Bytes(image_bytes("png")),
    )
    assert generate(fake).headers["x-easel-model"] == SDXL
    assert fake.calls[0].model == SDXL


def test_headers_say_who_made_it_from_which_seeds() -> None:
    headers = generate(FakeServices(), seed=7, n=2).headers
    assert headers["x-easel-model"] == SCHNELL
    assert headers["x-easel-provider"] == "workers-ai"
    assert headers["x-easel-seed"] == "7,8"


def test_what_was_made_is_returned_though_a_sibling_failed() -> None:
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


def test_when_none_was_made_it_is_an_error() -> None:
    with pytest.raises(RateLimitedError):
        generate(FakeServices(answer=UpstreamFailure("3040: busy")), n=3)


def test_of_several_failures_one_that_may_be_billed_is_told() -> None:
    def answer(inputs: dict[str, object]) -> Exception:
        return UpstreamFailure("boom" if inputs["seed"] == 8 else "3040: busy")

    with pytest.raises(EaselError) as caught:
        generate(FakeServices(answer=answer), seed=7, n=3)
    assert (caught.value.code, caught.value.worth_repeating) == ("upstream_error", False)


def test_upstreams_own_words_are_logged() -> None:
    fake = FakeServices(answer=UpstreamFailure("3040: the very words"))
    with pytest.raises(RateLimitedError):
        generate(fake)
    assert any("the very words" in line for line in fake.lines)


def test_what_is_no_image_is_an_error_and_not_stored() -> None:
    fake = FakeServices(answer=Bytes(b"<html>"))
    with pytest.raises(EmptyResultError):
        generate(fake)
    assert fake.bucket.objects == {}


def test_a_paid_image_reaches_the_caller_though_the_bucket_fails() -> None:
    fake = FakeServices()
    fake.bucket.fails = True
    response = generate(fake)
    assert list(json.loads(text_of(response))["data"][0]) == ["b64_json"]
    assert "could not be stored" in response.headers["x-easel-warnings"]


def test_dropped_parameters_are_told_in_plain_ascii() -> None:
    warnings = generate(FakeServices(), drop_params=True, größe=1).headers["x-easel-warnings"]
    assert warnings.isascii()
    assert "no parameter" in warnings


def test_a_wrong_request_reaches_no_model() -> None:
    fake = FakeServices()
    with pytest.raises(EaselError):
        generate(fake, steps=99)
    assert fake.calls == []


@pytest.mark.parametrize("declared", ["", "text/plain", "multipart/form-data; boundary=x"])
def test_only_json_is_read(declared: str) -> None:
    asked = request(body=b"{}", headers={"content-type": declared})
    with pytest.raises(MediaTypeError):
        wait_for(generate_images(asked, FakeServices().services()))


def test_a_json_media_type_may_have_parameters_and_a_suffix() -> None:
    for declared in ("application/json; charset=utf-8", "Application/JSON", "application/x+json"):
        asked = request(body=b'{"prompt": "x"}', headers={"content-type": declared})
        assert wait_for(generate_images(asked, FakeServices().services())).status == 200
