"""Decide which texts of a request may appear in the log."""

from collections.abc import Iterator, Mapping

from easel.media.urls import MAX_URL_LENGTH
from easel.platform.buffers import LongText
from easel.services import Services
from easel.wire.requests import ImageRequest
from easel.wire.sources import Source, Sources

_URL = ("https://", "http://")


def log_or_hide(body: ImageRequest, sources: Sources | None, services: Services) -> None:
    """Log the prompt if the owner has enabled it; otherwise hide all of the caller's texts.

    URLs are always hidden, because they may contain tokens.
    """
    request_log = services.request_log
    texts = [body.prompt or "", body.user or "", body.webhook or "", *_texts(body.parameters)]
    images = [] if sources is None else [*sources.images, *sources.masks]
    request_log.hidden += filter(None, map(_url_of, images))
    if services.settings().log_prompts:
        request_log.tell({"prompt": body.prompt or ""})
        request_log.hidden += [text for text in texts if text.startswith(_URL)]
    else:
        request_log.hidden += filter(None, texts)
    request_log.is_caller_known = True


def _texts(value: object) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _url_of(source: Source) -> str:
    """The URL of an image; empty where the caller sent the image itself."""
    content = source.content
    if isinstance(content, LongText):
        content = content.head(MAX_URL_LENGTH)
    return content[:MAX_URL_LENGTH] if isinstance(content, str) and content.startswith(_URL) else ""
