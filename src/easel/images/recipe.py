"""How an image was made, as it is kept beside the image in the bucket."""

import json
from datetime import datetime

from easel.images.plan import Job, PlannedImage

# R2 takes 8,192 bytes of metadata with an object, and may encode what is not ASCII more lengthily.
# https://developers.cloudflare.com/r2/platform/limits/
_MAX_PROMPT = 4000
_MAX_PARAMETER = 1000


def recipe(job: Job, image: PlannedImage, created: datetime) -> dict[str, str]:
    """The custom metadata of a stored image; texts too long for it are cut, and that is said."""
    texts = {name: value for name, value in image.parameters.items() if isinstance(value, str)}
    cut = {name: _cut(text, _MAX_PARAMETER) for name, text in texts.items()}
    prompt = _cut(job.prompt, _MAX_PROMPT)
    metadata = {
        "model": job.card.id,
        "prompt": prompt,
        "parameters": json.dumps({**image.parameters, **cut}, separators=(",", ":")),
        "created": created.isoformat(timespec="seconds"),
    }
    if image.seed is not None:
        metadata["seed"] = str(image.seed)
    if image.promised is not None:
        metadata["size"] = str(image.promised)
    truncated = [name for name in texts if cut[name] != texts[name]]
    if prompt != job.prompt:
        truncated.insert(0, "prompt")
    if truncated:
        metadata["truncated"] = ",".join(truncated)
    return metadata


def _cut(text: str, limit: int) -> str:
    """The beginning of a text, at most so many bytes in UTF-8."""
    return text.encode()[:limit].decode(errors="ignore")
