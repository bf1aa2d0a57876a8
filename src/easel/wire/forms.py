"""Form fields with brackets in their names: the OpenAI SDKs encode arrays and objects this way.

`name[]` is an item of an array, `name[key]` a value of an object, `name[][key]` a value of an
object in an array; a key that the last object already has starts the next object. Numbers and
booleans in brackets are parsed, because a form has no types. A number that is too large for a
double, or that has hundreds of digits, stays a string.
"""

import re
from collections.abc import Sequence
from typing import Any

from pydantic_core import from_json

from easel.wire.numbers import is_finite

_BRACKETS = re.compile(r"([^\[\]]+)(\[\])?(?:\[([^\[\]]+)\])?")
# Any double has a form of 17 digits and an exponent, any 64-bit integer one of 20 digits.
_LONGEST_NUMBER = 100
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false", re.ASCII)


def nest(texts: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Parse form fields into a dict, with arrays and objects where names have brackets.

    A field without brackets stays a string; if it is repeated, the last one counts.
    """
    fields: dict[str, Any] = {}
    for name, text in texts:
        match = _BRACKETS.fullmatch(name)
        if match is None or match[0] == match[1]:
            fields[name] = text
            continue
        root, is_item, key = match[1], match[2] is not None, match[3]
        _put(fields, root, key, _scalar(text), is_item=is_item)
    return fields


def _put(fields: dict[str, Any], root: str, key: str | None, value: Any, *, is_item: bool) -> None:
    held = fields.get(root)
    if not is_item:
        if not isinstance(held, dict):
            held = fields[root] = {}
        held[key] = value
        return
    if not isinstance(held, list):
        held = fields[root] = []
    if key is None:
        held.append(value)
    elif held and isinstance(held[-1], dict) and key not in held[-1]:
        held[-1][key] = value
    else:
        held.append({key: value})


def _scalar(text: str) -> Any:
    if len(text) > _LONGEST_NUMBER or not _SCALAR.fullmatch(text):
        return text
    value = from_json(text)
    return value if is_finite(value) else text
