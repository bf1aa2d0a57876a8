"""Drawings, from the request to what is served: as they come or not at all."""

from collections.abc import Mapping
from typing import Any

import pytest

from easel.api.http.files import serve_image
from easel.api.http.variants import serve_variant
from easel.catalog import CATALOG
from easel.errors import EaselError, InvalidValueError, TransformError, UnsupportedParameterError
from easel.generation.execution.results import Origin, store_result
from easel.generation.planning.inputs import load_inputs
from easel.generation.planning.plan import Plan, make_plan
from easel.wire.requests import ImageRequest
from easel.wire.sources import Source, Sources
from support.services import NOW, Bytes, FakeServices, image_bytes, request, wait_for

VECTOR = CATALOG["recraft/recraftv4_vector"]
RASTER = CATALOG["recraft/recraftv4"]
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
KEY = f"images/2026-11-20/{'a' * 40}.svg"


def drawing(width: int = 1024, height: int = 1024) -> Bytes:
    root = f'svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
    return Bytes(f"<{root}><g/></svg>".encode())


def plan_for(card: Any = VECTOR, **fields: Any) -> Plan:
    body = ImageRequest.model_validate({"prompt": "x", **fields})
    return make_plan(body, card, "generate", None, lambda count: bytes(count))


def kept(content: Bytes, job: Plan) -> tuple[FakeServices, Any]:
    fake = FakeServices()
    return fake, wait_for(store_result(content, Origin("a" * 40, NOW, job), fake.services()))


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"output_format": "png"}, "output_format"),
        ({"output_format": "jpeg"}, "output_format"),
        ({"output_compression": 50}, "output_compression"),
        ({"size": "512x512"}, "size"),
        ({"size": "1000x1000"}, "size"),
        ({"width": 100, "height": 50}, "width"),
        ({"aspect_ratio": "21:9"}, "aspect_ratio"),
    ],
)
def test_it_cannot_be_asked_for_what_only_pixels_have(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidValueError, match="draws an SVG") as caught:
        plan_for(**fields)
    assert caught.value.param == param


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"size": "auto"},
        {"size": "1344x768"},
        {"width": 1344, "height": 768},
        {"aspect_ratio": "16:9"},
    ],
)
def test_it_can_be_asked_for_its_own_sizes(fields: dict[str, Any]) -> None:
    assert plan_for(**fields).output.format is None


def test_a_refusal_names_the_sizes_that_there_are() -> None:
    with pytest.raises(InvalidValueError, match="Ask for one of 1024x1024, 1536x768"):
        plan_for(size="9x9")


def test_it_is_stored_as_it_came() -> None:
    fake, artifact = kept(drawing(), plan_for(size="1024x1024"))
    ((key, (content, media_type, _)),) = fake.bucket.objects.items()
    assert key.endswith(".svg")
    assert (content, media_type) == (drawing().content, "image/svg+xml")
    assert artifact.facts.format == "svg"
    assert fake.transformations == []


@pytest.mark.parametrize("size", [(2048, 2048), (24, 24), (1024, 1000)])
def test_its_shape_is_enough_because_it_scales_without_loss(size: tuple[int, int]) -> None:
    fake, artifact = kept(drawing(*size), plan_for(size="1024x1024"))
    assert artifact.facts.size == size
    assert fake.transformations == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"output_format": "png"}, "into png"), ({"size": "768x1344"}, "crop to 768x1344")],
)
def test_a_drawing_where_pixels_were_promised_is_an_error_that_has_cost_something(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(TransformError, match=words) as caught:
        kept(drawing(), plan_for(RASTER, **fields))
    assert caught.value.billed


def test_a_drawing_where_nothing_was_promised_is_welcome() -> None:
    _, artifact = kept(drawing(), plan_for(RASTER))
    assert artifact.facts.format == "svg"


def test_pixels_where_a_drawing_was_expected_are_kept_as_what_they_are() -> None:
    _, artifact = kept(Bytes(image_bytes("webp")), plan_for())
    assert artifact.facts.format == "webp"


def served(path: str = f"/{KEY}", headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
    fake = FakeServices()
    fake.bucket.objects[KEY] = (drawing().content, "image/svg+xml", {})
    response = wait_for(serve_image(request("GET", path, headers=headers), fake.services()))
    return response.status, response.headers


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-9"}])
def test_it_is_served_so_that_it_runs_nothing(headers: dict[str, str]) -> None:
    _, sent = served(headers=headers)
    assert sent["content-type"] == "image/svg+xml"
    assert sent["content-security-policy"] == POLICY


def test_it_has_no_variants() -> None:
    fake = FakeServices()
    fake.bucket.objects[KEY] = (drawing().content, "image/svg+xml", {})
    with pytest.raises(UnsupportedParameterError, match="served only as it is stored"):
        wait_for(serve_variant(request("GET", f"/{KEY}?format=png"), fake.services()))
    assert fake.transformations == []


def test_it_is_no_input() -> None:
    sources = Sources([Source("image", drawing())], [])
    with pytest.raises(EaselError, match="is SVG; the supported formats are PNG, JPEG and WebP"):
        wait_for(load_inputs(sources, FakeServices().services()))
