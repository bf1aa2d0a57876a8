"""Cut hidden texts, such as prompts, out of messages that repeat them.

Providers and libraries repeat prompts, input URLs and tokens in their errors: whole or in part,
with other case and white space, escaped for JSON, HTML or a URL. So texts are compared by their
letters and digits alone, with escapes undone. Every run of six letters that a message shares with
a hidden text is cut out, and every shorter whole word from four letters on.

The time grows linearly with the hidden texts and with the message.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_CUT = "[...]"

# In bytes of UTF-8, so that a run of two Chinese characters counts like six Latin letters.
_RUN = 6
# Of a whole word. Shorter ones reveal nothing of a prompt.
_SHORTEST = 4

# In characters. Longer texts are not compared with: every message is cut as a whole.
_MOST_HIDDEN = 100_000

# How texts are escaped. Of some ways several make one character.
_JOINED = ("percent", "bytes", "units")
_HEX = "[0-9A-Fa-f]"
_ESCAPE = re.compile(
    rf"(?P<percent>%{_HEX}{{2}})|(?P<bytes>\\x{_HEX}{{2}})"
    rf"|(?P<units>\\u{_HEX}{{4}})|\\u\{{(?P<braced>{_HEX}{{1,6}})\}}"
    rf"|\\U(?P<long>{_HEX}{{8}})|\\(?P<space>[nrtbfv])|\\(?P<same>[\"'/\\])"
    rf"|(?P<entity>&(?:#[0-9]{{1,7}}|#[xX]{_HEX}{{1,6}}|[A-Za-z][A-Za-z0-9]{{1,30}});)"
)
# Escapes of escapes.
_DEPTH = 5
_LAST_CODE_POINT = 0x10FFFF


@dataclass(frozen=True)
class Hidden:
    """Hidden texts, prepared for comparison.

    Attributes:
        runs: every run of `_RUN` bytes of the texts' letters.
        words: words, and whole texts, that are shorter than that.
        is_everything: whether the texts are too long to compare with, so that all is cut.
    """

    runs: frozenset[bytes]
    words: frozenset[bytes]
    is_everything: bool = False


@dataclass(frozen=True)
class _Letters:
    """The letters and digits of a text, as UTF-8 in lower case and without accents.

    Attributes:
        content: of them all, without what is between them.
        starts: where in the text the character of each byte begins, escape included.
        ends: where it ends.
        opens: for each byte, whether a word begins with it; one more for the end.
    """

    content: bytes
    starts: Sequence[int]
    ends: Sequence[int]
    opens: Sequence[bool]


def hide(texts: Sequence[str]) -> Hidden:
    """Prepare texts that are to be hidden."""
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
    """Cut out of a text what it repeats of hidden ones."""
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
    """For each byte, whether it belongs to something hidden."""
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
    """Where in the text each sequence of bytes that were found begins and ends."""
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
    """A character in lower case, taken apart: letters and their accents, ligatures, wide forms."""
    if character.isascii():
        return character.lower()
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())


def _unescape(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """A text without escapes, and where each of its characters begins and ends in the original."""
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
    """Where each escape begins and ends, and its kind; adjacent ones are one where they may be."""
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
    """The characters that an escape stands for."""
    match kind:
        case "percent" | "bytes":
            content = bytes.fromhex(re.sub(r"[%x\\]", "", whole))
            # A character may be cut off at the end.
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
