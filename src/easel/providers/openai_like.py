"""Providers whose API is OpenAI's, or close to it: the rows of `hosts`.

https://platform.openai.com/docs/api-reference/images
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from easel.errors import EmptyResultError
from easel.platform.buffers import Attachment
from easel.platform.calls import EventStream, HttpAnswer, HttpCall
from easel.providers.calls import json_object
from easel.providers.error_report import read_error
from easel.providers.events import follow
from easel.providers.failures import Rule, error_from_answer
from easel.providers.json_values import first_text
from easel.providers.money import usd, usd_from_text
from easel.providers.pictures import picture_from, result_of
from easel.providers.protocol import Attempt, Picture, Provider, Result, Run

PATHS: Mapping[str, str] = {
    "generate": "/images/generations",
    "edit": "/images/edits",
    "vary": "/images/variations",
}


_OK, _BAD_REQUEST = 200, 400


@dataclass(frozen=True)
class Host:
    """The data of one such provider.

    Attributes:
        title: its name in sentences.
        base_url: its usual base URL.
        secrets: the settings that may hold the owner's credentials.
        paths: the paths below the base URL, or absolute URLs, by task.
        takes_n: whether one call can make several images.
        rules: its own rules for failures.
    """

    title: str
    base_url: str
    secrets: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=lambda: PATHS)
    takes_n: bool = True
    rules: tuple[Rule, ...] = ()


def provider(prefix: str, host: Host) -> Provider:
    """The provider of a host, whose base URL the setting `PREFIX_BASE_URL` changes."""
    setting = f"{prefix.upper()}_BASE_URL"
    return Provider(host.title, partial(generate, host), {setting: host.base_url}, host.secrets)


def generate(host: Host, attempt: Attempt) -> Run:
    """Make images with one call, whose answer is streamed if partial images are requested."""
    answer = yield _call(host, attempt)
    assert isinstance(answer, HttpAnswer)
    if answer.status == _BAD_REQUEST and attempt.response_format and _refuses_format(answer):
        # Some servers that copy OpenAI's API copy the models that have no such parameter.
        return (yield from generate(host, replace(attempt, response_format=None)))
    if answer.status != _OK:
        raise error_from_answer(answer, host.title, host.rules)
    if isinstance(answer.body, EventStream):
        result = yield from follow(answer.body, host.title)
    else:
        result = _result(answer, host.title)
    return replace(result, usd=_charged(answer, result))


def _call(host: Host, attempt: Attempt) -> HttpCall:
    body: dict[str, object] = {"model": attempt.model}
    if attempt.task != "vary":
        body["prompt"] = attempt.prompt
    if host.takes_n:
        body["n"] = attempt.count
    if attempt.response_format is not None:
        body["response_format"] = attempt.response_format
    if attempt.partial_images is not None:
        body |= {"stream": True, "partial_images": attempt.partial_images}
    body |= dict(_named(name, value) for name, value in attempt.parameters.items())
    path = host.paths[attempt.task]
    return HttpCall(
        "POST",
        path if path.startswith(("http://", "https://")) else attempt.base_url + path,
        body=body,
        encoding="form" if any(map(_is_file, body.values())) else "json",
        reads_events=attempt.partial_images is not None,
    )


def _named(name: str, value: object) -> tuple[str, object]:
    """A field of the body; a single image is `image`, as older servers have no `image[]`."""
    if name.endswith("[]") and isinstance(value, list) and len(value) == 1:
        return name.removesuffix("[]"), value[0]
    return name, value


def _refuses_format(answer: HttpAnswer) -> bool:
    report = read_error(answer)
    return report.param == "response_format" or "response_format" in report.sentence


def _is_file(value: object) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, Attachment) and first.sent_as == "file"


def _result(answer: HttpAnswer, title: str) -> Result:
    body = json_object(answer, title)
    found = body.get("data") or body.get("images")
    items = found if isinstance(found, list) else []
    usage = body.get("usage")
    return result_of(
        _pictures(items, title), title, usage=usage if isinstance(usage, dict) else None
    )


def _charged(answer: HttpAnswer, result: Result) -> float | None:
    """The charge in an answer: OpenRouter's is in the usage, LiteLLM's in a header.

    https://openrouter.ai/docs/use-cases/usage-accounting
    https://docs.litellm.ai/docs/proxy/response_headers
    """
    cost = usd((result.usage or {}).get("cost"))
    # The header of a stream is sent before the work is done.
    if cost is not None or isinstance(answer.body, EventStream):
        return cost
    return usd_from_text(answer.headers.get("x-litellm-response-cost"))


def _pictures(items: Sequence[object], title: str) -> Iterator[Picture]:
    for item in items:
        text = item if isinstance(item, str) else first_text(item, "b64_json", "url", "image")
        revised = item.get("revised_prompt") if isinstance(item, dict) else None
        if text is not None:
            # A broken image must not lose the others.
            try:
                yield picture_from(
                    text, title, revised_prompt=revised if isinstance(revised, str) else None
                )
            except EmptyResultError:
                continue
