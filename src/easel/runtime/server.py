"""Convert workerd's requests to easel's, and easel's responses to workerd's."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit

from pyodide.ffi import JsException, to_js

from easel.app import handle
from easel.errors import (
    BodyTooLargeError,
    InvalidFormError,
    InvalidJsonError,
    OverloadedError,
)
from easel.limits import OVERLOADED_RETRY_SECONDS, UPLOAD_WAIT_SECONDS
from easel.platform.buffers import JsonValue
from easel.platform.http import Base64, Form, Parts, Request, Response
from easel.runtime.bridge import script
from easel.runtime.buffers import JsBuffer, from_outline
from easel.runtime.services import make_services


async def serve(
    request: Any, env: Any, context: Any, *, upload_seconds: float = UPLOAD_WAIT_SECONDS
) -> Any:
    """Answer a JavaScript `Request` with a JavaScript `Response`.

    Args:
        request: the JavaScript `Request`.
        env: the JavaScript object with the bindings and variables.
        context: the execution context of the request.
        upload_seconds: how long a large body waits until memory for it is free.
    """
    leaving = script("request.js").watch(request)
    services = make_services(env, context, leaving)
    response = await handle(_from_js(request, upload_seconds), services)
    if script("request.js").isUnread(request):
        await script("request.js").drain(request)
    body = response.body
    if isinstance(body, AsyncGenerator):
        channel = script("response.js").openChannel()
        context.waitUntil(_pump(body, channel, leaving, request))
        return _respond(response, channel.readable)
    script("forms.js").release(request)
    if isinstance(body, Sequence) and not isinstance(body, str):
        return _respond(response, to_js([_js_part(part) for part in body]))
    return _respond(response, body.js if isinstance(body, JsBuffer) else body)


async def _pump(
    body: AsyncGenerator[Parts, None], channel: Any, leaving: Any, request: Any
) -> None:
    """Send the parts of a stream until it ends or the client disconnects."""
    # `aclosing` runs the generator's clean-up if the client disconnects before the end.
    async with aclosing(body) as sent:
        async for parts in sent:
            if not await channel.send(to_js([_js_part(part) for part in parts])):
                leaving.abort()
                break
    channel.close()
    script("forms.js").release(request)


def _respond(response: Response, body: Any) -> Any:
    return script("response.js").makeResponse(response.status, json.dumps(response.headers), body)


def _from_js(request: Any, upload_seconds: float) -> Request:
    patience = round(1000 * upload_seconds)
    facts = json.loads(script("request.js").describeRequest(request))
    url = urlsplit(facts["url"])

    async def read(limit: int) -> bytes:
        body = _within(limit, await script("request.js").readBody(request, limit))
        content: bytes = body.to_bytes()
        return content

    async def read_json(limit: int) -> JsonValue:
        try:
            return from_outline(
                _within(limit, await script("forms.js").readJson(request, limit, patience))
            )
        except (JsException, ValueError) as error:
            _check_room(error)
            raise InvalidJsonError(
                "The request body is not valid JSON, or contains a number that is too large."
            ) from error

    async def read_form(limit: int) -> Form:
        try:
            description, *files = _within(
                limit, await script("forms.js").readForm(request, limit, patience)
            )
        except JsException as error:
            _check_room(error)
            raise InvalidFormError(
                "The request body is not the form that its Content-Type header declares."
            ) from error
        form = json.loads(description)
        texts = [(name, text) for name, text in form["texts"]]
        return Form(texts, [*zip(form["files"], map(JsBuffer, files), strict=True)])

    return Request(
        method=facts["method"],
        origin=f"{url.scheme}://{url.netloc}",
        path=url.path,
        query=url.query,
        headers=facts["headers"],
        read=read,
        read_json=read_json,
        read_form=read_form,
    )


def _check_room(error: Exception) -> None:
    """Raise an error for a body that waited too long for memory.

    Raises:
        OverloadedError: the JavaScript error is a time-out.
    """
    if isinstance(error, JsException) and error.name == "TimeoutError":
        raise OverloadedError(
            "This server is busy with other large uploads. Send the request again later.",
            retry_after=OVERLOADED_RETRY_SECONDS,
        ) from error


def _within(limit: int, body: Any) -> Any:
    """Return the body; the bridge returns None for a body that exceeds the limit."""
    if body is None:
        raise BodyTooLargeError(f"The request body exceeds the limit of {limit} bytes.")
    return body


def _js_part(part: str | Base64) -> Any:
    if isinstance(part, str):
        return part
    assert isinstance(part.content, JsBuffer)
    return part.content.js
