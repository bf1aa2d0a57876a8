"""Make OpenAI's answers of what was made; what has no place in them goes into headers."""

from asyncio import Future
from collections.abc import Sequence

from easel.http import Base64, Parts, Response
from easel.images.context import Context
from easel.images.keep import Artifact
from easel.images.plan import Job
from easel.images.run import Outcome
from easel.images.sniff import NotAnImageError, sniff
from easel.images.stream import Feed, Work, stream_response
from easel.providers.protocol import Partial
from easel.wire.events import Shown, completed_event, partial_event
from easel.wire.responses import Image, images_response
from easel.wire.usage import no_usage
from easel.world import World

_MAX_HEADER = 2000


def answer(outcome: Outcome, base_url: str, context: Context, *, as_base64: bool) -> Response:
    """An answer with every image in it."""
    urls = [_url(artifact, base_url) for artifact in outcome.made]
    warnings = _warnings([artifact.job for artifact in outcome.made])
    if None in urls:
        warnings.append("The bucket failed: images that could not be stored came as b64_json.")
    images = [
        Image(url if url and not as_base64 else Base64(one.content), one.revised_prompt)
        for url, one in zip(urls, outcome.made, strict=True)
    ]
    response = images_response(int(context.world.now().timestamp()), images, outcome.usage)
    response.headers |= {
        **_made_by([artifact.job for artifact in outcome.made]),
        **_headers(
            {
                "x-easel-attempts": str(context.attempts),
                "x-easel-seed": _seeds([artifact.seed for artifact in outcome.made]),
                "x-easel-missing": str(len(outcome.failed) or ""),
                "x-easel-missing-codes": ",".join(sorted({one.code for one in outcome.failed})),
                "x-easel-warnings": _line(warnings),
            }
        ),
    }
    return response


async def answer_with_events(
    work: Future[Outcome],
    feed: Feed,
    jobs: Sequence[Job],
    base_url: str,
    context: Context,
) -> Response:
    """An answer that is sent while its one image is made.

    Raises:
        EaselError: it failed before there was anything to send.
    """

    def describe(outcome: Outcome) -> Parts:
        (artifact,) = outcome.made
        usage = outcome.usage or no_usage()
        return completed_event(_shown(artifact, context.world), _url(artifact, base_url), usage)

    heartbeat = context.settings.heartbeat_seconds
    response = await stream_response(Work(work, feed, describe, heartbeat, context.world.log))
    # Of several models, nobody knows yet which one will do it, unless it is done.
    known = [artifact.job for artifact in work.result().made] if _is_made(work) else [*jobs]
    if len(known) == 1:
        response.headers |= _made_by(known)
        response.headers |= _headers(
            {"x-easel-seed": _seeds(known[0].seeds), "x-easel-warnings": _line(_warnings(known))}
        )
    return response


def _is_made(work: Future[Outcome]) -> bool:
    return work.done() and work.exception() is None


def show_partial(partial: Partial, job: Job, feed: Feed, world: World) -> None:
    """Add a partial image to what a stream shows, if it is an image."""
    try:
        facts = sniff(partial.content)
    except NotAnImageError as error:
        world.log(f"a partial image of {job.card.id} was none: {error}")
        return
    created = int(world.now().timestamp())
    shown = Shown(job.task, created, partial.content, facts.format, facts.size, *_asked_for(job))
    feed.show(partial_event(shown, partial.index))


def _shown(artifact: Artifact, world: World) -> Shown:
    job, facts = artifact.job, artifact.facts
    created = int(world.now().timestamp())
    return Shown(job.task, created, artifact.content, facts.format, facts.size, *_asked_for(job))


def _asked_for(job: Job) -> tuple[object, bool]:
    return job.parameters.get("quality"), job.parameters.get("background") == "transparent"


def _url(artifact: Artifact, base_url: str) -> str | None:
    return artifact.key and f"{base_url}/{artifact.key}"


def _made_by(jobs: Sequence[Job]) -> dict[str, str]:
    """Who made the images: each once."""
    return _headers(
        {
            "x-easel-model": ",".join(dict.fromkeys(job.card.id for job in jobs)),
            "x-easel-provider": ",".join(dict.fromkeys(job.card.provider for job in jobs)),
        }
    )


def _warnings(jobs: Sequence[Job]) -> list[str]:
    return [*dict.fromkeys(warning for job in jobs for warning in job.warnings)]


def _seeds(seeds: Sequence[int | None]) -> str:
    return ",".join(str(seed) for seed in seeds if seed is not None)


def _line(sentences: Sequence[str]) -> str:
    return " ".join(sentences)


def _headers(texts: dict[str, str]) -> dict[str, str]:
    """Those that say something. They may repeat callers' words, long and of any script."""
    return {name: ascii(text)[1:-1][:_MAX_HEADER] for name, text in texts.items() if text}
