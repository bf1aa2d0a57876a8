"""JSON with images in it, which appear as base64."""

import json

import pytest

from easel.platform.http import Base64
from easel.wire.json_encoder import RawJson, encode
from support.services import Bytes

IMAGE = Base64(Bytes(b"image"))


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("value", [None, 0.5, [], {}, {"a": {"b": [{}, None]}, "c": '\u2028é"\n'}])
def test_a_value_without_images_is_encoded_as_the_standard_library_does(
    value: object, ascii_only: bool
) -> None:
    expected = json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":"))
    assert encode(value, ascii_only=ascii_only) == [expected]
    assert encode([value, IMAGE], ascii_only=ascii_only)[0] == f'[{expected},"'


def test_an_image_stays_a_buffer_between_two_texts() -> None:
    value = {"data": [{"b64_json": IMAGE, "prompt": "a cat"}], "created": 1}
    before, image, after = encode(value)
    assert (before, after) == ('{"data":[{"b64_json":"', '","prompt":"a cat"}],"created":1}')
    assert image is IMAGE


def test_json_that_is_already_encoded_is_copied_unchanged() -> None:
    inner = encode({"images": [IMAGE]})
    assert encode({"result": RawJson(inner)}) == ['{"result":{"images":["', IMAGE, '"]}}']


def test_a_value_that_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError):
        encode({"image": IMAGE, "other": object()})
