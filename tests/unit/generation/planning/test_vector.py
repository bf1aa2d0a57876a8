"""SVG images are stored and served unchanged, or the request is refused."""

from collections.abc import Mapping
from typing import Any

import pytest

from easel.api.http.files import show_file
from easel.catalog import CATALOG
from easel.errors import EaselError, InvalidValueError, TransformError, UnsupportedParameterError
from easel.generation.execution.results import Provenance, store_result
from easel.generation.planning.inputs import load_inputs
from easel.generation.planning.plan import Plan, make_plan
from easel.wire.requests import ImageRequest
from easel.wire.sources import Source, Sources
from support.routing import routed
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


def keep_image(content: Bytes, plan: Plan) -> tuple[FakeServices, Any]:
    fake = FakeServices()
    return fake, wait_for(store_result(content, Provenance("a" * 40, NOW, plan), fake.services()))


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
def test_a_vector_model_refuses_options_of_raster_images(
    fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidValueError, match="generates SVG") as caught:
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
def test_a_vector_model_accepts_its_native_sizes(fields: dict[str, Any]) -> None:
    assert plan_for(**fields).output.format is None


def test_the_error_for_a_wrong_size_of_a_vector_model_names_its_sizes() -> None:
    with pytest.raises(InvalidValueError, match="Use one of 1024x1024, 1536x768"):
        plan_for(size="9x9")


def test_an_svg_is_stored_unchanged() -> None:
    fake, artifact = keep_image(drawing(), plan_for(size="1024x1024"))
    ((key, (content, media_type, _)),) = fake.bucket.objects.items()
    assert key.endswith(".svg")
    assert (content, media_type) == (drawing().content, "image/svg+xml")
    assert artifact.facts.format == "svg"
    assert fake.transformations == []


@pytest.mark.parametrize("size", [(2048, 2048), (24, 24), (1024, 1000)])
def test_an_svg_with_the_right_aspect_ratio_needs_no_resizing(size: tuple[int, int]) -> None:
    fake, artifact = keep_image(drawing(*size), plan_for(size="1024x1024"))
    assert artifact.facts.size == size
    assert fake.transformations == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"output_format": "png"}, "convert to png"), ({"size": "768x1344"}, "crop to 768x1344")],
)
def test_an_svg_instead_of_a_requested_raster_format_or_size_is_a_billed_error(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(TransformError, match=words) as caught:
        keep_image(drawing(), plan_for(RASTER, **fields))
    assert caught.value.billed


def test_an_svg_from_a_raster_model_is_accepted_if_no_format_or_size_was_requested() -> None:
    _, artifact = keep_image(drawing(), plan_for(RASTER))
    assert artifact.facts.format == "svg"


def test_a_raster_image_from_a_vector_model_is_stored_in_its_own_format() -> None:
    _, artifact = keep_image(Bytes(image_bytes("webp")), plan_for())
    assert artifact.facts.format == "webp"


def serve(path: str = f"/{KEY}", headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
    fake = FakeServices()
    fake.bucket.objects[KEY] = (drawing().content, "image/svg+xml", {})
    response = wait_for(show_file(routed(request("GET", path, headers=headers)), fake.services()))
    return response.status, response.headers


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-9"}])
def test_an_svg_is_served_with_a_policy_that_blocks_scripts(headers: dict[str, str]) -> None:
    _, sent = serve(headers=headers)
    assert sent["content-type"] == "image/svg+xml"
    assert sent["content-security-policy"] == POLICY


def test_an_svg_has_no_variants() -> None:
    fake = FakeServices()
    fake.bucket.objects[KEY] = (drawing().content, "image/svg+xml", {})
    with pytest.raises(UnsupportedParameterError, match="served only as it is stored"):
        wait_for(show_file(routed(request("GET", f"/{KEY}?format=png")), fake.services()))
    assert fake.transformations == []


def test_an_svg_is_refused_as_an_input_image() -> None:
    sources = Sources([Source("image", drawing())], [])
    with pytest.raises(EaselError, match="is SVG; the supported formats are PNG, JPEG and WebP"):
        wait_for(load_inputs(sources, FakeServices().services()))
