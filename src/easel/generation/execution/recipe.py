"""The recipe of an image: how it was generated, as metadata of its object in the bucket."""

import json
from datetime import datetime

from easel.generation.planning.plan import Plan

# R2 accepts 8,192 bytes of metadata with an object. Text beyond ASCII may take more bytes encoded.
# https://developers.cloudflare.com/r2/platform/limits/
_MAX_PROMPT = 4000
_MAX_PARAMETER = 1000


def recipe(plan: Plan, seed: int | None, created: datetime) -> dict[str, str]:
    """The custom metadata of a stored image; `truncated` names the texts that had to be cut."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in plan.parameters.items()
        if isinstance(value, (str, dict))
    }
    cut = {name: _cut(text, _MAX_PARAMETER) for name, text in texts.items()}
    too_long = {name: text for name, text in cut.items() if text != texts[name]}
    prompt = _cut(plan.prompt, _MAX_PROMPT)
    metadata = {
        "model": plan.card.id,
        "task": plan.task,
        "prompt": prompt,
        "parameters": json.dumps({**plan.parameters, **too_long}, separators=(",", ":")),
        "created": created.isoformat(timespec="seconds"),
    }
    if seed is not None:
        metadata["seed"] = str(seed)
    if plan.output.size is not None:
        metadata["size"] = str(plan.output.size)
    truncated = [*(["prompt"] if prompt != plan.prompt else []), *too_long]
    if truncated:
        metadata["truncated"] = ",".join(truncated)
    return metadata


def _cut(text: str, limit: int) -> str:
    """The beginning of a text, at most `limit` bytes in UTF-8."""
    return text.encode()[:limit].decode(errors="ignore")
