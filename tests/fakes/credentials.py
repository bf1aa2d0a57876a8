"""The error that a fake returns for a credential."""

from fakes.calls import Call

# By word in the token: the kind of error that it causes.
_WORDS = {"bad": "key", "broke": "quota", "busy": "rate", "forbidden": "forbidden"}


def fault_of(call: Call, header: str = "authorization", prefix: str = "Bearer ") -> str | None:
    """The kind of error that a call's credential causes: `missing` without one, None if accepted.

    Args:
        call: the request.
        header: the header of the credential, in lower case.
        prefix: the text before the credential in that header.
    """
    token = call.headers.get(header, "")
    if not token.startswith(prefix) or not token.removeprefix(prefix).strip():
        return "missing"
    return next((kind for word, kind in _WORDS.items() if word in token), None)
