"""What a fake thinks of the credential that it is shown."""

from fakes.calls import Call

# The words in a token that say how it is answered, with the kind of error.
_WORDS = {"bad": "key", "broke": "quota", "busy": "rate", "forbidden": "forbidden"}


def fault_of(call: Call, header: str = "authorization", prefix: str = "Bearer ") -> str | None:
    """The kind of error that a call's credential earns: `missing` without one, None if it is fine.

    Args:
        call: what came in.
        header: where the credential is, in lower case.
        prefix: what stands before it there.
    """
    token = call.headers.get(header, "")
    if not token.startswith(prefix) or not token.removeprefix(prefix).strip():
        return "missing"
    return next((kind for word, kind in _WORDS.items() if word in token), None)
