"""How providers fail, and what a caller must receive: one table for the providers' tests.

A failure is named by the directive that the provider's fake is given in the prompt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Target:
    """A model of a provider.

    Attributes:
        fake: the name of the provider's fake.
        model: as callers name it.
        prefix: of callers' tokens.
    """

    fake: str
    model: str
    prefix: str


@dataclass(frozen=True)
class Failure:
    """What must follow from a failure.

    Attributes:
        status: of the response.
        code: of its error.
        calls: how often the provider was called.
        bought: how many images it made, or jobs it began.
        retry: whether an SDK may retry.
        notes: the kinds of calls about the task that was begun; None where any may occur.
    """

    status: int
    code: str
    calls: int = 1
    bought: int = 0
    retry: bool = False
    notes: tuple[str, ...] | None = None


TARGETS: Mapping[str, Target] = {
    "a4f": Target("a4f", "a4f/provider-4/imagen-4", "a4f"),
    "custom": Target("custom", "custom/home/first-model", "home"),
    "gitee": Target("gitee", "gitee/z-image-turbo", "gitee"),
    "openai": Target("openai", "openai/gpt-image-1.5", "openai"),
    "together": Target("together", "together/black-forest-labs/FLUX.1-schnell", "together"),
    "fal": Target("fal", "fal-ai/flux/schnell", "fal"),
    "fal's queue": Target("fal", "fal-ai/flux/dev", "fal"),
    "hugging face": Target("hf", "hf/black-forest-labs/FLUX.1-schnell:fal-ai", "hf"),
    "modelscope": Target("modelscope", "ms/flux-2", "ms"),
    "recraft": Target("recraft", "recraft/recraftv4_1", "recraft"),
    "replicate": Target("replicate", "black-forest-labs/flux-schnell", "replicate"),
    "runway": Target("runway", "gen4_image", "runway"),
    "space": Target("hf-space", "ovis-image", "hf"),
    "stability": Target("stability", "stability/sd3.5-large", "stability"),
}
OPENAI_LIKE = ("a4f", "custom", "gitee", "openai", "together")
# Those of them that answer with URLs; the others with base64.
BY_URL = ("a4f", "gitee")

# What is refused before any work is tried three times; what may have been billed, once.
_RATE = Failure(429, "rate_limit_exceeded", retry=True)
_DOWN = Failure(503, "upstream_unavailable", calls=3, retry=True)
_BUSY = Failure(502, "upstream_not_started", calls=3, retry=True)
_CONTENT = Failure(400, "content_policy_violation")
_VALUE = Failure(400, "invalid_value")
_CRASH = Failure(502, "upstream_error")
_TIMEOUT = Failure(504, "upstream_timeout")
_EMPTY = Failure(502, "empty_result")


def _bought(failure: Failure) -> Failure:
    return replace(failure, bought=1)


_REFUSED = {
    "error key": Failure(401, "invalid_api_key"),
    "error quota": Failure(429, "insufficient_quota"),
    "error content": _CONTENT,
    "error parameter": _VALUE,
    "error model": Failure(404, "model_not_found"),
    "error down": _DOWN,
    "error busy": _BUSY,
    "error crash": _CRASH,
    "error slow": _TIMEOUT,
}
_RATE_7 = "error rate] [fake retry-after 7"
_BROKEN = {
    "hang": _TIMEOUT,
    "reset": _CRASH,
    "die": _bought(_CRASH),
    "delay 4000": _bought(_TIMEOUT),
    "truncate": _bought(_CRASH),
    "html": _bought(_CRASH),
    "wrong-json": _bought(_CRASH),
    "garbage": _bought(_EMPTY),
    "empty": _EMPTY,
}
_HUGE = {"huge": _bought(_CRASH), "huge-declared": _bought(_CRASH)}
# The URL is there, and what it gives is no image.
_BAD_URL = {"garbage": _bought(_CRASH), "lost": _bought(_CRASH)}

# A job that was begun is never begun again.
_JOBS = {
    "job content": _bought(_CONTENT),
    "job parameter": _bought(_VALUE),
    "job image": Failure(400, "invalid_image", bought=1),
    "job crash": _bought(_CRASH),
    "stuck": _bought(_TIMEOUT),
}
_FAL = {**_REFUSED, _RATE_7: _RATE, **_BROKEN, **_BAD_URL, "flagged 1": _bought(_CONTENT)}

# The notes of a fake about a submitted task.
_POLLED, _CANCELLED = ("polled",), ("polled", "cancelled")


def _task(failure: Failure, bought: int = 1, notes: tuple[str, ...] = _POLLED) -> Failure:
    return replace(failure, bought=bought, notes=notes)


_TASK_BROKEN = {
    "delay 3500": _bought(_TIMEOUT),
    **{name: _BROKEN[name] for name in ("hang", "reset", "die", "html", "wrong-json", "truncate")},
}
_TASK_RESULT = {
    "empty": _task(_EMPTY, bought=0),
    "garbage": _task(_CRASH),
    "lost": _task(_CRASH),
}

_TABLE: Mapping[str, Mapping[str, Failure]] = {
    **{name: {**_REFUSED, _RATE_7: _RATE, **_BROKEN, **_HUGE} for name in OPENAI_LIKE},
    **{name: {**_REFUSED, _RATE_7: _RATE, **_BROKEN, **_HUGE, **_BAD_URL} for name in BY_URL},
    "openai": {
        **_REFUSED,
        _RATE_7: _RATE,
        **_BROKEN,
        **_HUGE,
        "error content": Failure(400, "moderation_blocked"),
    },
    "fal": _FAL,
    "fal's queue": {
        **_FAL,
        **_JOBS,
        "job slow": _bought(_TIMEOUT),
        "job crash] [fake silent": _bought(_CRASH),
        "bad-polls 9": _bought(_CRASH),
        "bad-results 9": _bought(_CRASH),
    },
    "hugging face": {
        **{name: _BROKEN[name] for name in _BROKEN if name not in ("hang", "html")},
        **_BAD_URL,
        "html": _bought(_EMPTY),
    },
    "modelscope": {
        **{name: replace(failure, notes=()) for name, failure in (_REFUSED | _TASK_BROKEN).items()},
        "error rate": replace(_RATE, calls=3, notes=()),
        "task-error 422": _task(_CONTENT),
        "task-error 400": _task(_VALUE),
        "task-error 500": _task(_CRASH),
        "bad-polls 9": _task(_CRASH),
        "stuck": _task(_TIMEOUT),
        **_TASK_RESULT,
    },
    "recraft": {
        **_REFUSED,
        _RATE_7: _RATE,
        **_BROKEN,
        **_HUGE,
        **_BAD_URL,
    },
    "replicate": {
        **{name: _REFUSED[name] for name in _REFUSED if name != "error model"},
        "error rate] [fake retry-after 30": _RATE,
        **_BROKEN,
        **_BAD_URL,
        **_JOBS,
        "job down": replace(_BUSY, bought=3),
        "job content] [fake polls 1": _bought(_CONTENT),
        "abort": _bought(_TIMEOUT),
        "bad-polls 9] [fake polls 1": _bought(_CRASH),
    },
    "runway": {
        **{
            name: replace(failure, notes=())
            for name, failure in (_REFUSED | _TASK_BROKEN).items()
            if name != "error content"
        },
        "error rate": replace(_RATE, calls=3, notes=()),
        "error slow": replace(_DOWN, notes=()),
        "task-error SAFETY.INPUT.TEXT": _task(_CONTENT),
        "task-error SAFETY.OUTPUT.IMAGE": _task(_CONTENT),
        "task-error INPUT_PREPROCESSING.SAFETY.TEXT": _task(_CONTENT),
        "task-error ASSET.INVALID": _task(Failure(400, "invalid_image")),
        "task-error INTERNAL.BAD_OUTPUT.CODE01": _task(_BUSY, bought=3),
        "task-error THIRD_PARTY.TIMEOUT": _task(_CRASH),
        "task-error CANCELLED": _task(_CRASH),
        "stuck": _task(_TIMEOUT, notes=_CANCELLED),
        "stuck] [fake status THROTTLED": _task(_TIMEOUT, notes=_CANCELLED),
        **_TASK_RESULT,
    },
    "space": {
        **{name: _BROKEN[name] for name in _BROKEN if name != "hang"},
        **_BAD_URL,
        "stall": _bought(_TIMEOUT),
        "cut": _bought(_EMPTY),
        "stream-error": _bought(_CRASH),
    },
    "stability": {
        **_REFUSED,
        "error rate": _RATE,
        # A failed request is not charged there, so that it can be retried.
        "error crash": _BUSY,
        "filtered": _bought(_CONTENT),
        **_BROKEN,
        "wrong-type": _bought(_CRASH),
        **_HUGE,
    },
}
FAILURES: Mapping[tuple[str, str], Failure] = {
    (name, directive): failure
    for name, table in _TABLE.items()
    for directive, failure in table.items()
}

_TRANSIENT = {"error rate x1": 2, "error busy x1": 2, "error down x2": 3, "wrong-type": 1}

# Failures that pass, with the number of calls until the image is there.
TRANSIENT: Mapping[tuple[str, str], int] = {
    **{(name, directive): calls for name in OPENAI_LIKE for directive, calls in _TRANSIENT.items()},
    **{("fal's queue", directive): 1 for directive in ("bad-polls 1", "bad-results 1", "polls 3")},
    ("recraft", "error rate x1"): 2,
    ("recraft", "error down x1"): 2,
    ("recraft", "wrong-type"): 1,
    **{
        ("replicate", directive): 1
        for directive in ("polls 3", "bad-polls 1] [fake polls 1", "early")
    },
}
