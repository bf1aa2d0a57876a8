"""Make OpenAI's answers of what there is to answer."""

from asyncio import Future
from collections.abc import Sequence
from dataclasses import dataclass

from easel.errors import GoneError
from easel.generation.answers.result import GenerationResult, headers_before
from easel.generation.answers.streaming import Feed, Work, stream_response
from easel.generation.execution.context import Context
from easel.generation.planning.plan import Plan
from easel.library.urls import image_url
from easel.media.sniff import NotAnImageError, sniff
from easel.observability.request_log import describe_bug
from easel.platform.buffers import Buffer
from easel.platform.http import Base64, Parts, Response
from easel.platform.size import Size
from easel.providers.protocol import Partial
from easel.services import Services
from easel.wire.events import Shown, completed_event, partial_event
from easel.wire.responses import Image, images_response
from easel.wire.usage import no_usage


@dataclass(frozen=True)
class Delivery:
    """An answer with all that it takes to send it.

    Attributes:
        urls: of the images; None for one that could not be stored.
        contents: of the images, where they are sent.
    """

    answer: GenerationResult
    urls: Sequence[str | None]
    contents: Sequence[Buffer | None]


async def deliver(
    answer: GenerationResult, base_url: str, services: Services, *, whole: bool
) -> Delivery:
    """Gather what an answer needs.

    Args:
        answer: the answer.
        base_url: where images are served.
        services: has the images and the settings.
        whole: whether the images themselves are sent.

    Raises:
        GoneError: an image is not there any more.
        StorageError: the bucket failed.
    """
    urls = [
        image.key and await image_url(image.key, base_url, services.settings(), services)
        for image in answer.images
    ]
    contents = [
        await _content(answer, place, services) if whole or url is None else None
        for place, url in enumerate(urls)
    ]
    return Delivery(answer, urls, contents)


async def _content(answer: GenerationResult, place: int, services: Services) -> Buffer:
    key = answer.images[place].key
    content = answer.content(place)
    if content is None and key is not None:
        content = await services.bucket.read(key)
    if content is None:
        raise GoneError("The image was made, but it is not stored here any more.")
    return content


def respond(delivery: Delivery) -> Response:
    """An answer with every image in it."""
    answer = delivery.answer
    images = [
        Image(url or "" if content is None else Base64(content), image.revised_prompt)
        for image, url, content in zip(answer.images, delivery.urls, delivery.contents, strict=True)
    ]
    response = images_response(answer.created, images, answer.usage)
    response.headers |= answer.headers
    return response


async def respond_with_events(
    work: Future[Delivery], feed: Feed, plans: Sequence[Plan], context: Context
) -> Response:
    """An answer that is sent while its one image is made.

    Raises:
        EaselError: it failed before there was anything to send.
    """
    heartbeat, services = context.settings.heartbeat_seconds, context.services

    def note_bug(error: BaseException) -> None:
        services.log(describe_bug(error, services.request_log))

    response = await stream_response(Work(work, feed, _completed, heartbeat, note_bug))
    if work.done() and work.exception() is None:
        response.headers |= work.result().answer.headers
    else:
        # Of several models, nobody knows yet which one will do it.
        response.headers |= headers_before(plans)
    return response


def _completed(delivery: Delivery) -> Parts:
    """The last event, with the image in it."""
    answer = delivery.answer
    image, content = answer.images[0], delivery.contents[0]
    if content is None:
        raise GoneError("The image was made, but it is not stored here any more.")
    size = Size(image.width, image.height)
    asked_for = (answer.quality, answer.is_transparent)
    shown = Shown(answer.task, answer.created, content, image.format, size, *asked_for)
    return completed_event(shown, delivery.urls[0], answer.usage or no_usage())


def show_partial(partial: Partial, plan: Plan, feed: Feed, services: Services) -> None:
    """Add a partial image to what a stream shows, if it is an image."""
    try:
        facts = sniff(partial.content)
    except NotAnImageError as error:
        services.log(f"a partial image of {plan.card.id} was none: {error}")
        return
    asked_for = (
        plan.parameters.get("quality"),
        plan.parameters.get("background") == "transparent",
    )
    created = int(services.now().timestamp())
    shown = Shown(plan.task, created, partial.content, facts.format, facts.size, *asked_for)
    feed.show(partial_event(shown, partial.index))
