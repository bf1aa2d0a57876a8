"""Masks, painted in JavaScript."""

from pyodide.ffi import JsException

from easel.platform.buffers import Buffer
from easel.platform.images import NoMaskError
from easel.runtime.bridge import script
from easel.runtime.buffers import JsBuffer


async def paint_mask(content: Buffer) -> Buffer:
    """Make of a PNG with transparent parts an opaque one, white where it was transparent.

    Raises:
        NoMaskError: nothing is transparent.
    """
    assert isinstance(content, JsBuffer)
    try:
        return JsBuffer(await script("mask.js").paintMask(content.js))
    except JsException as error:
        raise NoMaskError(error.message) from error
