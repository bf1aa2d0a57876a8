"""Hidden texts are redacted in every encoding in which an error repeats them."""

import html
import json
import random
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest

from easel.observability.redaction import hide, redact

# The sentences around them contain none of these.
WORDS = (
    *("zebrafish", "Quokka", "wombat", "4711", "okapi", "Ünïcørn", "naïveté", "ﬁnch"),
    *("медведь", "狐狸", "赤いキツネ", "여우사슴"),
    # Full-width and mathematical letters.
    *("\uff26\uff2f\uff38\uff25\uff33", "\U0001d4bb\U0001d45c\U0001d4cd\U0001d452"),
)
SEPARATORS = (
    *(" ", "\n", "\r\n", "\t", '"', "'", "\\", "/", " & ", "<b>", "%", "; ", "🦊", "\\n"),
    "\u200b",
)

Encode = Callable[[str], str]
ENCODINGS: dict[str, Encode] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON in Unicode": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "HTML": html.escape,
    "HTML entities": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "HTML entities in hexadecimal": lambda text: "".join(f"&#x{ord(one):x};" for one in text),
    "URL": quote,
    "URL with pluses": quote_plus,
    "URL in URL": lambda text: quote(quote(text)),
    "URL of every byte": lambda text: "".join(f"%{one:02x}" for one in text.encode()),
    "lower case": str.lower,
    "upper case": str.upper,
    "one line": lambda text: " ".join(text.split()),
    "other lines": lambda text: "\n    ".join(text.split()),
    "Python": repr,
    "Python in ASCII": ascii,
    "Python's bytes": lambda text: repr(text.encode()),
    "JavaScript": lambda text: "".join(f"\\u{{{ord(one):x}}}" for one in text),
}


def prompts() -> Iterator[str]:
    randomness = random.Random(7)
    for _ in range(20):
        words = randomness.sample(WORDS, randomness.randint(2, len(WORDS)))
        yield "".join(word + randomness.choice(SEPARATORS) for word in words)


def pieces(prompt: str, encode: Encode) -> Iterator[str]:
    """The whole prompt, and parts of it."""
    size = len(prompt)
    for start, end in ((0, size), (0, 2 * size // 3), (size // 3, size), (size // 4, size // 2)):
        yield encode(prompt[start:end])
    whole = encode(prompt)
    yield whole[: len(whole) // 2]


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_a_prompt_is_redacted_in_every_encoding(encode: Encode) -> None:
    for prompt in prompts():
        hidden = hide([prompt])
        for piece in pieces(prompt, encode):
            redacted = redact(f"It is bad: {piece}!", hidden)
            assert redacted.startswith("It is bad: "), redacted
            for word in WORDS:
                if word in prompt:
                    for form in (word, encode(word).strip("\"'")):
                        assert form.lower() not in redacted.lower(), (prompt, piece, redacted)


@pytest.mark.parametrize(
    ("hidden", "text", "redacted"),
    [
        ("fox on the moon", "no fox on the moon, please", "no [...], please"),
        ("a red fox on the moon", "not on a moon", "not on a [...]"),
        ("a red fox on the moon", "not fox on the moo", "not [...]"),
        ("a red fox on the moon", "the moonlight", "[...]light"),
        ("my PIN is 4711", "4711 is no word", "[...] is no word"),
        ("a fox", "no fox, and not a fox", "no fox, and not [...]"),
        ("a fox", "a foxglove", "a foxglove"),
        ("fox", "no fox", "no fox"),
        ("", "nothing is hidden", "nothing is hidden"),
        ("一只红色的狐狸", "不行 红色的狐", "不行 [...]"),
        ("sk-1234567890", "sk-123... is refused", "sk-123... is refused"),
        ("sk-1234567890", "sk-123456... is refused", "[...]... is refused"),
        ("%41%42%43%44%45%46", "no %2541%2542%2543%2544%2545%2546", "no [...]"),
    ],
)
def test_sequences_of_six_letters_and_whole_words_are_redacted(
    hidden: str, text: str, redacted: str
) -> None:
    assert redact(text, hide([hidden])) == redacted


def test_each_of_several_texts_is_redacted() -> None:
    hidden = hide(["a secret fox", "https://x.example/a.png?token=abcdef"])
    assert redact("a secret fox", hidden) == "[...]"
    assert redact("GET /a.png?token=abcdef", hidden) == "GET /[...]"


def test_a_hidden_text_that_is_too_long_to_compare_redacts_everything() -> None:
    assert redact("anything", hide(["x" * 1_000_000])) == "[...]"


@pytest.mark.parametrize("text", ["\\", "\\u12", "%", "%4", "&#;", "&amp", "\\ud800", "&#9999999;"])
def test_broken_escape_sequences_are_plain_text(text: str) -> None:
    assert redact(f"{text} stays", hide(["a secret fox"])) == f"{text} stays"
    assert redact("a secret fox", hide([f"{text} a secret fox"])) == "[...]"
