"""Detect weak keys: too short, too simple, or placeholders from documentation."""

import re
from functools import lru_cache
from hashlib import sha256

LONGEST = 4096
_SHORTEST = 16
_FEWEST_DIFFERENT = 6
_LONGEST_UNIT = 8

# Words of placeholder keys. A key that consists of these, digits and punctuation is refused.
_WORDS = (
    *("abc", "admin", "anything", "api", "apikey", "asdf", "bar", "battery", "bearer", "change"),
    *("changeit", "changeme", "correct", "default", "demo", "dev", "development", "dummy"),
    *("easel", "enter", "example", "fake", "foo", "gateway", "here", "hello", "horse", "image"),
    *("images", "insert", "key", "keys", "letmein", "live", "local", "localhost", "master", "me"),
    *("my", "none", "null", "openai", "p@ssword", "p@ssw0rd", "paste", "passw0rd", "password"),
    *("phrase", "pk", "placeholder", "please", "pass", "private", "prod", "production", "proj"),
    *("put", "qwerty", "replace", "root", "sample", "secret", "secure", "server", "sk", "some"),
    *("staging", "staple", "string", "super", "temp", "test", "testing", "the", "this", "to"),
    *("todo", "token", "undefined", "user", "value", "welcome", "with", "word", "world", "your"),
)
# Longer words first: some words are prefixes of others.
_WORD = re.compile("|".join([*map(re.escape, sorted(_WORDS, key=len, reverse=True)), "x{3,}"]))

_PHRASES = ("api-key", "change-me", "my-secret-key", "sk-...", "your-api-key", "your-key")

# Adjacent characters of a row form a plain run; the last and the first one are adjacent, too.
_ROWS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {row[at - 1] + row[at] for row in _ROWS for at in range(len(row))}


def weakness_of_key(key: str) -> str | None:
    """Why a key is weak, as a predicate that repeats nothing of it; None if it is not."""
    if not key.isprintable():
        return "contains a line break or another character that cannot be printed"
    if len(key) < _SHORTEST:
        return f"is shorter than {_SHORTEST} characters"
    if len(key) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if len(set(key)) < _FEWEST_DIFFERENT:
        return f"has fewer than {_FEWEST_DIFFERENT} different characters"
    if _is_placeholder(key.lower()):
        return "is a placeholder, which anyone can guess"
    if any(key.startswith(key[unit:]) for unit in range(1, _LONGEST_UNIT + 1)):
        return "repeats a few characters"
    if _is_run(key.lower()):
        return "is a plain run of characters"
    return None


def weakness_of_digest(digest: bytes) -> str | None:
    """Why a key is weak of which only the SHA-256 is known; None if it is not known to be."""
    if digest in _known_digests():
        return "is that of an empty key or of a placeholder, which anyone can guess"
    return None


def _is_placeholder(key: str) -> bool:
    rest, words = _WORD.subn(" ", key)
    padding = "".join(filter(str.isalnum, rest))
    if words == 0 or (padding and not padding.isdecimal()):
        return False
    # Enough random digits make a key, even after a word.
    return len(padding) < _SHORTEST or _is_run(padding)


def _is_run(key: str) -> bool:
    pairs = [key[at : at + 2] for at in range(len(key) - 1)]
    breaks = [pair for pair in pairs if pair[0] != pair[1] and not {pair, pair[::-1]} & _NEIGHBOURS]
    return len(breaks) <= len(key) // 8


@lru_cache(maxsize=1)
def _known_digests() -> frozenset[bytes]:
    plain = ("", "\n", *_WORDS, *_PHRASES)
    forms = (form for text in plain for form in (text, text.upper(), f"{text}\n"))
    return frozenset(sha256(form.encode()).digest() for form in forms)
