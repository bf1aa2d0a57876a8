"""The services of a request, implemented with workerd's bindings."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import js
from pyodide.ffi import JsException, to_js

from easel.access.circuit_breaker import CircuitBreaker
from easel.access.rate_limit import RateLimit
from easel.errors import QueueError
from easel.ledger.deliveries import Deliveries
from easel.observability.request_log import RequestLog
from easel.platform.buffers import Answer, Buffer, LongText, Stream
from easel.platform.calls import ModelCall, UpstreamFailure
from easel.platform.images import Encoded, Transformation
from easel.providers.registry import BASE_URL_SETTINGS, SECRET_SETTINGS
from easel.runtime.bridge import bridge
from easel.runtime.bucket import R2Bucket
from easel.runtime.buffers import JsBuffer, JsText, detach, from_outline
from easel.runtime.cache import EdgeCache
from easel.runtime.calling import http_caller
from easel.runtime.fetching import open_url
from easel.runtime.ledger import ledger_of
from easel.runtime.mask import paint_mask
from easel.services import Services
from easel.settings.settings import Settings, read_settings

T = TypeVar("T")

# State of the isolate, which serves many requests. Settings are cached by the id of `env`, because
# a JavaScript object is not hashable.
_CIRCUIT_BREAKER = CircuitBreaker()
_SETTINGS: dict[int, Settings] = {}
_SECRETS: dict[str, str] = {}
_DELIVERIES = Deliveries()


def _settings(env: Any) -> Settings:
    if env.js_id not in _SETTINGS:
        _SETTINGS[env.js_id] = read_settings(
            lambda name: getattr(env, name, None), BASE_URL_SETTINGS, SECRET_SETTINGS
        )
    return _SETTINGS[env.js_id]


def make_services(env: Any, context: Any, leaving: Any, grace: float | None = None) -> Services:
    """Build the services from the bindings of `wrangler.toml` and the functions of the runtime.

    Args:
        env: the JavaScript object with the bindings and variables.
        context: the execution context of the request.
        leaving: the JavaScript `AbortController` that aborts when the client disconnects.
        grace: seconds for which running calls continue after that; None for the owner's setting.
    """

    async def run_model(call: ModelCall) -> Answer:
        inputs, attachments = detach(call.inputs)
        try:
            answer = await bridge().runModel(
                env.AI,
                call.model,
                inputs,
                call.as_form,
                json.dumps(dict(call.options)),
                to_js(attachments),
            )
        except JsException as error:
            raise UpstreamFailure(f"{error.name}: {error.message}") from error
        if js.Array.isArray(answer):
            try:
                return from_outline(answer)
            except ValueError as error:
                raise UpstreamFailure(f"unreadable JSON: {error}") from error
        return JsBuffer(answer)

    async def transform(content: Buffer | Stream, wanted: Transformation) -> Encoded:
        source = content.js if isinstance(content, JsBuffer) else content
        steps = [{**wanted.box._asdict(), "fit": wanted.fit}] if wanted.box else []
        output: dict[str, object] = {"format": f"image/{wanted.format}"}
        if wanted.quality is not None:
            output["quality"] = wanted.quality
        try:
            media_type, encoded = await bridge().transform(
                env.IMAGES, source, json.dumps(steps), json.dumps(output)
            )
        except JsException as error:
            raise UpstreamFailure(f"{error.name}: {error.message}") from error
        return Encoded(media_type, JsBuffer(encoded))

    async def digest(content: Buffer | LongText) -> str:
        assert isinstance(content, (JsBuffer, JsText))
        return str(await bridge().digest(content.js))

    async def is_within_rate(key: str, limit: RateLimit) -> bool:
        limiter = env.LOOKUP_RATE_LIMIT if limit == "lookups" else env.RATE_LIMIT
        return bool(await bridge().isWithinRate(limiter, key))

    async def enqueue(message: str, seconds: float) -> None:
        try:
            await bridge().sendLater(env.BACKGROUND, message, round(seconds))
        except JsException as error:
            raise QueueError("easel's queue cannot be reached.") from error

    def measure(index: str, texts: Sequence[str], numbers: Sequence[float]) -> None:
        dataset = getattr(env, "ANALYTICS", None)
        if dataset is not None:
            point = {"indexes": [index], "blobs": [*texts], "doubles": [*numbers]}
            bridge().measure(dataset, json.dumps(point))

    def keep_alive(work: Coroutine[None, None, T]) -> Awaitable[T]:
        task = asyncio.ensure_future(work)

        async def settled() -> None:
            # The task's awaiter gets its exception; workerd must not see it.
            await asyncio.wait([task])

        context.waitUntil(settled())
        return task

    def settings() -> Settings:
        known = _settings(env)
        return known if grace is None else replace(known, leave_grace_seconds=grace)

    return Services(
        settings=settings,
        bucket=R2Bucket(env.BUCKET),
        cache=EdgeCache(),
        circuit_breaker=_CIRCUIT_BREAKER,
        ledger=ledger_of(lambda: env.LEDGER),
        secrets=_SECRETS,
        deliveries=_DELIVERIES,
        request_log=RequestLog(),
        is_within_rate=is_within_rate,
        enqueue=enqueue,
        measure=measure,
        run_model=run_model,
        call_http=http_caller(leaving.signal, lambda: settings().leave_grace_seconds),
        transform=transform,
        paint_mask=paint_mask,
        open_url=open_url,
        long_text=JsText.hold,
        digest=digest,
        now=lambda: datetime.now(UTC),
        sleep=asyncio.sleep,
        client_left=lambda: bool(leaving.signal.aborted),
        mark_client_left=lambda: leaving.abort(),
        random_bytes=secrets.token_bytes,
        keep_alive=keep_alive,
        log=print,
    )
