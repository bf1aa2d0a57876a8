"""Redact hidden texts, such as prompts, from messages.

Providers and libraries repeat prompts, input URLs and tokens in their errors: in full or in part,
with different case and white space, escaped for JSON, HTML or a URL. Texts are therefore unescaped
and compared by their letters and digits only. Every run of six letters that a message shares with a
hidden text is removed, and every shorter whole word of at least four letters.

The time is linear in the length of the hidden texts and of the message.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_CUT = "[...]"

# In bytes of UTF-8, so that two Chinese characters count like six Latin letters.
_RUN = 6
# Minimum length of a whole word; shorter ones reveal nothing of a prompt.
_SHORTEST = 4

# In characters. If the hidden texts are longer, every message is removed completely.
_MOST_HIDDEN = 100_000

# Kinds of escapes of which several may form one character.
_JOINED = ("percent", "bytes", "units")
_HEX = "[0-9A-Fa-f]"
_ESCAPE = re.compile(
    rf"(?P<percent>%{_HEX}{{2}})|(?P<bytes>\\x{_HEX}{{2}})"
    rf"|(?P<units>\\u{_HEX}{{4}})|\\u\{{(?P<braced>{_HEX}{{1,6}})\}}"
    rf"|\\U(?P<long>{_HEX}{{8}})|\\(?P<space>[nrtbfv])|\\(?P<same>[\"'/\\])"
    rf"|(?P<entity>&(?:#[0-9]{{1,7}}|#[xX]{_HEX}{{1,6}}|[A-Za-z][A-Za-z0-9]{{1,30}});)"
)
# Maximum depth of nested escapes.
_DEPTH = 5
_LAST_CODE_POINT = 0x10FFFF


@dataclass(frozen=True)
class Hidden:
    """Hidden texts, prepared for comparison.

    Attributes:
        runs: every run of `_RUN` bytes of the texts' letters.
        words: words, and whole texts, that are shorter than that.
        is_everything: whether the texts are too long to compare, so that every message is removed.
    """

    runs: frozenset[bytes]
    words: frozenset[bytes]
    is_everything: bool = False


@dataclass(frozen=True)
class _Letters:
    """The letters and digits of a text, as UTF-8 in lower case and without accents.

    Attributes:
        content: all letters, without the characters between them.
        starts: for each byte, where its character begins in the text, with its escape.
        ends: for each byte, where its character ends in the text.
        opens: for each byte, whether it begins a word; plus one entry for the end.
    """

    content: bytes
    starts: Sequence[int]
    ends: Sequence[int]
    opens: Sequence[bool]


def hide(texts: Sequence[str]) -> Hidden:
    """Prepare hidden texts for comparison."""
    different = set(texts)
    if sum(map(len, different)) > _MOST_HIDDEN:
        return Hidden(frozenset(), frozenset(), is_everything=True)
    runs: set[bytes] = set()
    words: set[bytes] = set()
    for text in different:
        letters = _letters(text)
        content = letters.content
        runs.update(content[at : at + _RUN] for at in range(len(content) - _RUN + 1))
        words.update(word for word in (content, *_words(letters)) if _SHORTEST <= len(word) < _RUN)
    return Hidden(frozenset(runs), frozenset(words))


def redact(text: str, hidden: Hidden) -> str:
    """Remove from a text all that it repeats of the hidden texts."""
    if hidden.is_everything:
        return _CUT
    if not hidden.runs and not hidden.words:
        return text
    letters = _letters(text)
    parts, at = [], 0
    for start, end in _spans(letters, _repeated(letters, hidden)):
        parts += [text[at:start], _CUT]
        at = end
    return "".join([*parts, text[at:]])


def _repeated(letters: _Letters, hidden: Hidden) -> bytearray:
    """For each byte, whether it is part of a hidden text."""
    content, size = letters.content, len(letters.content)
    found = bytearray(size)
    for at in range(size - _SHORTEST + 1):
        if content[at : at + _RUN] in hidden.runs:
            found[at : at + _RUN] = b"\1" * _RUN
        elif letters.opens[at]:
            for end in range(at + _SHORTEST, min(at + _RUN, size + 1)):
                if letters.opens[end] and content[at:end] in hidden.words:
                    found[at:end] = b"\1" * (end - at)
    return found


def _spans(letters: _Letters, found: bytearray) -> Iterator[tuple[int, int]]:
    """The start and end in the text of each sequence of marked bytes."""
    start = -1
    for at, is_found in enumerate([*found, 0]):
        if is_found and start < 0:
            start = at
        elif not is_found and start >= 0:
            yield letters.starts[start], letters.ends[at - 1]
            start = -1


def _words(letters: _Letters) -> Iterator[bytes]:
    start = 0
    for at in range(1, len(letters.content) + 1):
        if letters.opens[at]:
            yield letters.content[start:at]
            start = at


def _letters(text: str) -> _Letters:
    plain, starts, ends = _unescape(text)
    content, opens = bytearray(), []
    first, last = [], []
    is_new = True
    for at, character in enumerate(plain):
        for letter in _plain(character):
            if letter.isalnum():
                encoded = letter.encode()
                content += encoded
                first += [starts[at]] * len(encoded)
                last += [ends[at]] * len(encoded)
                opens += [is_new, *[False] * (len(encoded) - 1)]
                is_new = False
            elif not unicodedata.combining(letter):
                is_new = True
    return _Letters(bytes(content), first, last, [*opens, True])


def _plain(character: str) -> str:
    """A character in lower case, decomposed: accents, ligatures and wide forms."""
    if character.isascii():
        return character.lower()
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())


def _unescape(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """Unescape a text; also returns the start and end of each character in the original."""
    starts: Sequence[int] = range(len(text))
    ends: Sequence[int] = range(1, len(text) + 1)
    for _ in range(_DEPTH):
        parts: list[str] = []
        first: list[int] = []
        last: list[int] = []
        at = 0
        for begin, end, kind in _escapes(text):
            meant = _meaning(kind, text[begin:end])
            parts += [text[at:begin], meant]
            first += [*starts[at:begin], *[starts[begin]] * len(meant)]
            last += [*ends[at:begin], *[ends[end - 1]] * len(meant)]
            at = end
        if at == 0:
            break
        text, starts, ends = (
            "".join([*parts, text[at:]]),
            [*first, *starts[at:]],
            [*last, *ends[at:]],
        )
    return text, starts, ends


def _escapes(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each escape; adjacent ones are joined if they may be one character."""
    begin = end = 0
    kind = ""
    for match in _ESCAPE.finditer(text):
        if match.start() == end and match.lastgroup == kind and kind in _JOINED:
            end = match.end()
            continue
        if kind:
            yield begin, end, kind
        (begin, end), kind = match.span(), match.lastgroup or ""
    if kind:
        yield begin, end, kind


def _meaning(kind: str, whole: str) -> str:
    """Decode an escape."""
    match kind:
        case "percent" | "bytes":
            content = bytes.fromhex(re.sub(r"[%x\\]", "", whole))
            # The last character may be incomplete.
            return content.decode(errors="ignore") or content.decode("latin-1")
        case "units":
            units = bytes.fromhex(re.sub(r"[u\\]", "", whole))
            return units.decode("utf-16-be", errors="ignore")
        case "braced" | "long":
            number = int(whole.strip("\\uU{}"), 16)
            return chr(number) if number <= _LAST_CODE_POINT else " "
        case "space":
            return " "
        case "same":
            return whole[1:]
    return html.unescape(whole)
