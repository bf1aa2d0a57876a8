"""Make masks in JavaScript."""

from pyodide.ffi import JsException

from easel.platform.buffers import Buffer
from easel.platform.images import NoMaskError
from easel.runtime.bridge import script
from easel.runtime.buffers import JsBuffer


async def paint_mask(content: Buffer) -> Buffer:
    """Make an opaque mask from a PNG: white where the PNG is transparent, black elsewhere.

    Raises:
        NoMaskError: the PNG has no transparent pixels.
    """
    assert isinstance(content, JsBuffer)
    try:
        return JsBuffer(await script("mask.js").paintMask(content.js))
    except JsException as error:
        raise NoMaskError(error.message) from error
