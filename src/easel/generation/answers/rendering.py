"""Render results as OpenAI's answers: whole ones, and streams of events."""

from asyncio import Future
from collections.abc import Sequence
from dataclasses import replace

from easel.errors import ImageGoneError
from easel.generation.answers.headers import preliminary_headers
from easel.generation.answers.result import GenerationResult, ResultImage
from easel.generation.answers.streaming import Feed, Work, stream_response
from easel.generation.execution.context import Context
from easel.generation.planning.plan import Plan
from easel.library.urls import image_url
from easel.media.sniff import NotAnImageError, sniff
from easel.observability.request_log import describe_bug
from easel.platform.http import Base64, Parts, Response
from easel.platform.size import Size
from easel.providers.protocol import Partial
from easel.services import Services
from easel.wire.events import EventImage, completed_event, partial_event
from easel.wire.responses import Image, images_response
from easel.wire.usage import no_usage


async def deliver(
    result: GenerationResult, base_url: str, services: Services, *, sends_images: bool
) -> GenerationResult:
    """The result with what its answer needs: the URL of each image, and the contents that are sent.

    An image that could not be stored has no URL, so its content is always sent.

    Args:
        result: the result.
        base_url: the origin of the images' URLs.
        services: everything outside.
        sends_images: whether the answer holds the images themselves.

    Raises:
        ImageGoneError: an image is no longer stored.
        StorageError: the bucket failed.
    """
    images = [
        await _deliver_image(image, base_url, services, is_sent=sends_images)
        for image in result.images
    ]
    return replace(result, images=tuple(images))


async def _deliver_image(
    image: ResultImage, base_url: str, services: Services, *, is_sent: bool
) -> ResultImage:
    url, content = None, None
    if image.key is not None:
        url = await image_url(image.key, base_url, services.settings(), services)
    if is_sent or url is None:
        content = image.content
        if content is None and image.key is not None:
            content = await services.bucket.read(image.key)
        if content is None:
            raise _gone()
    return replace(image, url=url, content=content)


def _gone() -> ImageGoneError:
    return ImageGoneError("The image is no longer stored on this server.")


def respond(result: GenerationResult) -> Response:
    """The answer with every image of a delivered result."""
    images = [
        Image(
            (image.url or "") if image.content is None else Base64(image.content),
            image.revised_prompt,
        )
        for image in result.images
    ]
    response = images_response(result.created, images, result.usage)
    response.headers |= result.headers
    return response


async def respond_with_events(
    work: Future[GenerationResult], feed: Feed, plans: Sequence[Plan], context: Context
) -> Response:
    """The answer as a stream, which begins while the image is being generated.

    Args:
        work: gives the delivered result.
        feed: the partial images.
        plans: the plans that may produce the image.
        context: the request's context.

    Raises:
        EaselError: the request failed before anything was sent.
    """
    heartbeat, services = context.settings.heartbeat_seconds, context.services

    def log_bug(error: BaseException) -> None:
        services.log(describe_bug(error, services.request_log))

    response = await stream_response(Work(work, feed, _completed, heartbeat, log_bug))
    if work.done() and work.exception() is None:
        response.headers |= work.result().headers
    else:
        response.headers |= preliminary_headers(plans)
    return response


def _completed(result: GenerationResult) -> Parts:
    """The last event of a stream, which holds the image."""
    image = result.images[0]
    if image.content is None:
        raise _gone()
    shown = EventImage(
        result.task,
        result.created,
        image.content,
        image.format,
        Size(image.width, image.height),
        result.quality,
        result.is_transparent,
    )
    return completed_event(shown, image.url, result.usage or no_usage())


def show_partial(partial: Partial, plan: Plan, feed: Feed, services: Services) -> None:
    """Add a partial image to a stream, if it is a valid image."""
    try:
        facts = sniff(partial.content)
    except NotAnImageError as error:
        services.log(f"ignored an invalid partial image of {plan.card.id}: {error}")
        return
    shown = EventImage(
        plan.task,
        int(services.now().timestamp()),
        partial.content,
        facts.format,
        facts.size,
        plan.parameters.get("quality"),
        plan.parameters.get("background") == "transparent",
    )
    feed.show(partial_event(shown, partial.index))
