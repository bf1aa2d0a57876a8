"""The world as workerd has it."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import js
from pyodide.ffi import JsException

from easel.errors import ResizeError
from easel.runtime.bridge import bridge
from easel.runtime.bucket import R2Bucket
from easel.runtime.buffers import JsBuffer, from_outline
from easel.settings import Settings, read_settings
from easel.world import Answer, Buffer, UpstreamFailure, World

T = TypeVar("T")


def make_world(env: Any, context: Any) -> World:
    """Gather the bindings of `wrangler.toml` and what the runtime offers.

    Args:
        env: the JavaScript object with the bindings and variables.
        context: the execution context of the request.
    """

    async def run_model(model: str, inputs: Mapping[str, object]) -> Answer:
        try:
            answer = await bridge().runModel(env.AI, model, json.dumps(dict(inputs)))
        except JsException as error:
            raise UpstreamFailure(f"{error.name}: {error.message}") from error
        if js.Array.isArray(answer):
            try:
                return from_outline(answer)
            except ValueError as error:
                raise UpstreamFailure(f"unreadable JSON: {error}") from error
        return JsBuffer(answer)

    async def resize(content: Buffer, image_format: str, width: int, height: int) -> Buffer:
        assert isinstance(content, JsBuffer)
        media_type = f"image/{image_format}"
        try:
            return JsBuffer(
                await bridge().resize(env.IMAGES, content.js, media_type, width, height)
            )
        except JsException as error:
            raise ResizeError(
                "The image was made, but Cloudflare Images could not resize it."
            ) from error

    def keep_alive(work: Coroutine[None, None, T]) -> Awaitable[T]:
        task = asyncio.ensure_future(work)

        async def settled() -> None:
            # Whoever awaits the task hears of its failure; workerd need not.
            await asyncio.wait([task])

        context.waitUntil(settled())
        return task

    def settings() -> Settings:
        return read_settings(lambda name: getattr(env, name, None))

    return World(
        settings=settings,
        bucket=R2Bucket(env.BUCKET),
        run_model=run_model,
        resize=resize,
        now=lambda: datetime.now(UTC),
        random_bytes=secrets.token_bytes,
        keep_alive=keep_alive,
        log=print,
    )
