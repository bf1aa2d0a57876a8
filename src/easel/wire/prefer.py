"""The `Prefer` header.

https://www.rfc-editor.org/rfc/rfc7240
"""

# To be answered before the work is done. https://www.rfc-editor.org/rfc/rfc7240#section-4.1
RESPOND_ASYNC = "respond-async"

# A server may ignore preferences; no client has so many that they need more characters.
_LONGEST = 1024


def preferences(header: str) -> list[str]:
    """The names of the preferences in a header, in lower case; none where it is too long."""
    if len(header) > _LONGEST:
        return []
    return [one.partition(";")[0].strip().lower() for one in _without_quoted(header).split(",")]


def _without_quoted(header: str) -> str:
    """A header without its quoted strings, which may contain commas and escaped quotation marks.

    Each character is looked at once. A string that does not end reaches to the end of the header.
    """
    outside: list[str] = []
    is_quoted = is_escaped = False
    for character in header:
        if is_escaped:
            is_escaped = False
        elif character == '"':
            is_quoted = not is_quoted
        elif is_quoted:
            is_escaped = character == "\\"
        else:
            outside.append(character)
    return "".join(outside)
