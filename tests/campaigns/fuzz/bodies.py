"""Mutations of bodies: JSON and forms."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from random import Random

from campaigns.fuzz.message import Message, Mutator, Part, encode_form, encode_json
from campaigns.fuzz.values import FIELDS, JSON_VALUES, TEXTS, WORDS
from campaigns.images import IMAGES


def _value(rng: Random) -> object:
    return rng.choice(JSON_VALUES if rng.random() < 0.6 else WORDS)


def _fields(message: Message) -> dict[str, object]:
    return dict(message.json or {})


def _change_value(message: Message, rng: Random) -> Message:
    fields = _fields(message)
    name = rng.choice([*fields] or ["prompt"])
    if isinstance(fields.get(name), list) and rng.random() < 0.5:
        return replace(message, json={**fields, name: [{"image_url": _value(rng)}]})
    return replace(message, json={**fields, name: _value(rng)})


def _add_field(message: Message, rng: Random) -> Message:
    return replace(message, json={**_fields(message), rng.choice(FIELDS): _value(rng)})


def _drop_field(message: Message, rng: Random) -> Message:
    fields = _fields(message)
    fields.pop(rng.choice([*fields] or ["prompt"]), None)
    return replace(message, json=fields)


def _repeat_field(message: Message, rng: Random) -> Message:
    name = encode_json(rng.choice([*_fields(message)] or ["prompt"]))
    more = name + b":" + encode_json(_value(rng))
    return replace(message, body=encode_json(_fields(message))[:-1] + b"," + more + b"}")


def _wrap(message: Message, rng: Random) -> Message:
    fields = _fields(message)
    wrapped = rng.choice(
        ([fields], [[fields]], {"body": fields}, encode_json(fields).decode("latin-1"))
    )
    return replace(message, body=encode_json(wrapped))


def _replace_json(message: Message, rng: Random) -> Message:
    return replace(message, body=encode_json(_value(rng)))


def _image_in_json(message: Message, rng: Random) -> Message:
    content = base64.b64encode(IMAGES[rng.choice([*IMAGES])]()).decode()
    if rng.random() < 0.3:
        content = content[: rng.randrange(len(content) + 1)] + rng.choice(("!", "=", "%", "\n", ""))
    head = rng.choice(("", "data:image/png;base64,", "data:;base64,", "data:text/html;base64,"))
    name = rng.choice(("image", "images", "image_b64", "mask"))
    value: object = head + content
    if name == "images":
        value = [{"image_url": value}] * rng.choice((1, 2, 20))
    return replace(message, json={**_fields(message), name: value})


def _change_part(message: Message, rng: Random) -> Message:
    parts = [*(message.parts or ())]
    index = rng.randrange(len(parts))
    text = rng.choice((*TEXTS, *WORDS)).encode()
    parts[index] = replace(parts[index], content=text)
    return replace(message, parts=tuple(parts))


def _image_in_part(message: Message, rng: Random) -> Message:
    parts = [*(message.parts or ())]
    files = [index for index, part in enumerate(parts) if b"filename" in part.head] or [0]
    index = rng.choice(files)
    parts[index] = replace(parts[index], content=IMAGES[rng.choice([*IMAGES])]())
    return replace(message, parts=tuple(parts))


_HEADS: tuple[bytes, ...] = (
    b"",
    b"content-disposition: form-data",
    b"content-disposition: attachment; name=prompt",
    b'content-disposition: form-data; name="',
    b'content-disposition: form-data; name=""',
    b'content-disposition: form-data; name="a\x00b"',
    b'content-disposition: form-data; name="\xff\xfe"',
    b'content-disposition: form-data; name="prompt"; name="model"',
    b'content-disposition: form-data; name="image"; filename=""',
    b'content-disposition: form-data; name="image"; filename="../../a\r\nb"',
    b"content-disposition: form-data; name=\"image\"; filename*=UTF-8''%ff%fe",
    b'content-disposition: form-data; name="prompt"; filename="a"',
    b'content-disposition: form-data; name="image"; filename="a"\r\ncontent-type: \x01',
    b'content-disposition: form-data; name="prompt"\r\ncontent-transfer-encoding: base64',
    b'content-disposition: form-data; name="prompt"\r\ncontent-type: text/plain; charset=utf-16',
    b'content-disposition: form-data; name="' + b"n" * 100_000 + b'"',
    b'content-disposition: form-data; name="prompt"\r\nx-pad: ' + b"p" * 300_000,
    b'content-disposition: form-data; name="prompt"' + b"\r\nx: y" * 3000,
    b"content-disposition" * 1000,
    b": : :\r\n: :",
)
_NAMES: tuple[str, ...] = (
    *("seed[]", "steps[a]", "n[]", "loras[][path]", "loras[0][path]", "prompt[]", "image[a]"),
    *("a[b", "a]b[", "[]", "[a]", "a[][", "a[[]]", "a[]" * 50, "mask[]", "mask[1]", "image[99999]"),
    *("controls[colors][][rgb]", "size[]", "stream[x]", "background[]"),
)
_SCALARS: tuple[str, ...] = (
    *("9" * 5000, "-" + "1" * 4999, "1e999", "1." + "0" * 5000, "-0", "true", "0.1e-999"),
    *("1e+5", "00", "1_000", "\u0661", "1" * 400 + "e1"),
)


def _odd_head(message: Message, rng: Random) -> Message:
    parts = [*(message.parts or ())]
    parts.insert(rng.randrange(len(parts) + 1), Part(rng.choice(_HEADS), b"x"))
    return replace(message, parts=tuple(parts))


def _bracketed(message: Message, rng: Random) -> Message:
    def part() -> Part:
        name = rng.choice(_NAMES if rng.random() < 0.7 else FIELDS)
        value = rng.choice(_SCALARS if rng.random() < 0.6 else WORDS)
        head = b'content-disposition: form-data; name="' + name.encode() + b'"'
        return Part(head, value.encode())

    parts = (*(message.parts or ()), *(part() for _ in range(rng.choice((1, 1, 2, 5)))))
    return replace(message, parts=parts)


def _rearrange_parts(message: Message, rng: Random) -> Message:
    parts = message.parts or ()
    drawn = rng.choices(parts, k=rng.choice((0, 1, 2, 5, 40)))
    return replace(message, parts=tuple(drawn))


def _boundary(message: Message, rng: Random) -> Message:
    boundaries = (b"", b'"', b"x" * 5000, b"a b", b"\xff", b"--", b'"a;b"', b"x; boundary=y", b"'")
    value = b"multipart/form-data; boundary=" + rng.choice(boundaries)
    return message.with_header(b"content-type", value)


def _frame_form(message: Message, rng: Random) -> Message:
    """Break what is around the parts."""
    body = encode_form(message.parts or (), message.boundary)
    end = b"--" + message.boundary + b"--\r\n"
    broken = (
        body.removesuffix(end),
        body.replace(b"\r\n", b"\n"),
        body[: rng.randrange(len(body))],
        b"preamble\r\n" + body + b"epilogue" * 100,
        body + body,
        end,
        b"\r\n" + body,
        body.replace(b"--" + message.boundary, b"--" + message.boundary + b" \t"),
    )
    return replace(message, body=rng.choice(broken))


_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"\xef\xbb\xbf" * 2)
_CHARSETS = ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp500")


def _with_bom(message: Message, rng: Random) -> Message:
    return replace(message, body=rng.choice(_BOMS) + (message.payload or b""))


def _encode_otherwise(message: Message, rng: Random) -> Message:
    text = (message.payload or b"{}").decode("latin-1")
    return replace(message, body=text.encode(rng.choice(_CHARSETS), "replace"))


def _damage(message: Message, rng: Random) -> Message:
    """Change, take out or put in some bytes."""
    body = bytearray(message.payload or b"{}")
    for _ in range(rng.choice((1, 1, 3, 20))):
        at = rng.randrange(len(body) + 1)
        piece = rng.choice(
            (b"\x00", b"\xff", b'"', b"{", b"}", b"\\", b"\r\n", b",", rng.randbytes(8))
        )
        body[at : at + rng.choice((0, 1, 10))] = piece
    return replace(message, body=bytes(body))


def _cut(message: Message, rng: Random) -> Message:
    body = message.payload or b"{}"
    return replace(message, body=body[: rng.randrange(len(body) + 1)])


def _append(message: Message, rng: Random) -> Message:
    tails = (b" ", b"\n", b"\x00", b"{}", b",", b"//", b"/* */", b"\xff", b" " * 50_000)
    return replace(message, body=(message.payload or b"") + rng.choice(tails))


def _enlarge(message: Message, rng: Random) -> Message:
    sizes = (1_048_576, 1_048_577, 3_000_000)
    return replace(message, body=(message.payload or b"{}").ljust(rng.choice(sizes)))


def _random_bytes(message: Message, rng: Random) -> Message:
    return replace(message, body=rng.randbytes(rng.choice((0, 1, 10, 1000, 30_000))))


JSON_MUTATORS: Mapping[str, Mutator] = {
    "change a value": _change_value,
    "change another value": _change_value,
    "add a field": _add_field,
    "drop a field": _drop_field,
    "repeat a field": _repeat_field,
    "wrap the body": _wrap,
    "replace the body": _replace_json,
    "hostile image": _image_in_json,
}
FORM_MUTATORS: Mapping[str, Mutator] = {
    "change a part": _change_part,
    "hostile image": _image_in_part,
    "another hostile image": _image_in_part,
    "odd head of a part": _odd_head,
    "bracketed names": _bracketed,
    "rearrange the parts": _rearrange_parts,
    "wrong boundary": _boundary,
    "broken form": _frame_form,
}
BYTE_MUTATORS: Mapping[str, Mutator] = {
    "byte order mark": _with_bom,
    "other encoding": _encode_otherwise,
    "damage": _damage,
    "cut": _cut,
    "append": _append,
    "enlarge": _enlarge,
    "random bytes": _random_bytes,
}
