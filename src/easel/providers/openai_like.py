"""Providers whose API is OpenAI's, or close to it: they are rows of `hosts`.

https://platform.openai.com/docs/api-reference/images
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from easel.errors import EaselError, EmptyResultError, ProviderError
from easel.platform.buffers import Attachment
from easel.platform.calls import EventStream, HttpAnswer, HttpCall
from easel.providers.error_report import read_error
from easel.providers.events import follow
from easel.providers.failures import Rule, failure
from easel.providers.money import usd, usd_from_text
from easel.providers.pictures import picture_from, text_of
from easel.providers.protocol import Attempt, Picture, Provider, Result, Run

PATHS: Mapping[str, str] = {
    "generate": "/images/generations",
    "edit": "/images/edits",
    "vary": "/images/variations",
}


_OK, _BAD_REQUEST = 200, 400


@dataclass(frozen=True)
class Host:
    """What is peculiar to one of them.

    Attributes:
        title: its name in sentences.
        base_url: where it is by default.
        secrets: the settings that may hold the owner's keys.
        paths: below the base URL, or absolute, by task.
        takes_n: whether one call can ask for several images.
        rules: what its failures mean, beyond what they usually do.
    """

    title: str
    base_url: str
    secrets: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=lambda: PATHS)
    takes_n: bool = True
    rules: tuple[Rule, ...] = ()


def provider(prefix: str, row: Host) -> Provider:
    """The provider of a row: `PREFIX_BASE_URL` is the setting that moves it elsewhere."""
    setting = f"{prefix.upper()}_BASE_URL"
    return Provider(row.title, partial(generate, row), {setting: row.base_url}, row.secrets)


def generate(row: Host, attempt: Attempt) -> Run:
    """Make images with one call, streamed where that is wanted."""
    answer = yield _call(row, attempt)
    assert isinstance(answer, HttpAnswer)
    if answer.status == _BAD_REQUEST and attempt.response_format and _dislikes_format(answer):
        # Of servers that copy OpenAI's API, some copy the models that know no such parameter.
        return (yield from generate(row, replace(attempt, response_format=None)))
    if answer.status != _OK:
        raise failure(answer, row.title, row.rules)
    if isinstance(answer.body, EventStream):
        result = yield from follow(answer.body, row.title)
    else:
        result = _result(answer, row.title)
    return replace(result, usd=_charged(answer, result))


def _call(row: Host, attempt: Attempt) -> HttpCall:
    body: dict[str, object] = {"model": attempt.model}
    if attempt.task != "vary":
        body["prompt"] = attempt.prompt
    if row.takes_n:
        body["n"] = attempt.count
    if attempt.response_format is not None:
        body["response_format"] = attempt.response_format
    if attempt.partial_images is not None:
        body |= {"stream": True, "partial_images": attempt.partial_images}
    body |= dict(_named(name, value) for name, value in attempt.parameters.items())
    path = row.paths[attempt.task]
    return HttpCall(
        "POST",
        path if path.startswith(("http://", "https://")) else attempt.base_url + path,
        body=body,
        encoding="form" if any(map(_is_file, body.values())) else "json",
        reads_events=attempt.partial_images is not None,
    )


def _named(name: str, value: object) -> tuple[str, object]:
    """A field; a single image is called `image`, because older servers know no `image[]`."""
    if name.endswith("[]") and isinstance(value, list) and len(value) == 1:
        return name.removesuffix("[]"), value[0]
    return name, value


def _dislikes_format(answer: HttpAnswer) -> bool:
    error_report = read_error(answer)
    return error_report.param == "response_format" or "response_format" in error_report.sentence


def _is_file(value: object) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, Attachment) and first.sent_as == "file"


def _result(answer: HttpAnswer, title: str) -> Result:
    body = answer.body
    if not isinstance(body, dict):
        raise ProviderError(f"{title} answered with something that is no JSON object.")
    found = body.get("data") or body.get("images")
    items = found if isinstance(found, list) else []
    pictures = list(_pictures(items, title))
    if not pictures:
        raise _nothing(items, title)
    usage = body.get("usage")
    return Result(pictures, usage if isinstance(usage, dict) else None)


def _charged(answer: HttpAnswer, result: Result) -> float | None:
    """What an answer says that it cost: OpenRouter's among the usage, LiteLLM's in a header.

    https://openrouter.ai/docs/use-cases/usage-accounting
    https://docs.litellm.ai/docs/proxy/response_headers
    """
    told = usd((result.usage or {}).get("cost"))
    # The header of a stream was sent before the work was done.
    if told is not None or isinstance(answer.body, EventStream):
        return told
    return usd_from_text(answer.headers.get("x-litellm-response-cost"))


def _pictures(items: Sequence[object], title: str) -> Iterator[Picture]:
    for item in items:
        text = item if isinstance(item, str) else text_of(item, "b64_json", "url", "image")
        revised = item.get("revised_prompt") if isinstance(item, dict) else None
        if text is not None:
            # One that is broken must not lose the others.
            try:
                yield picture_from(
                    text, title, revised_prompt=revised if isinstance(revised, str) else None
                )
            except EmptyResultError:
                continue


def _nothing(items: Sequence[object], title: str) -> EaselError:
    what = "nothing that is an image" if items else "no image"
    return EmptyResultError(f"{title} reported success but gave {what}.")
