"""OpenAI's DALL-E models: URLs or base64, without the features of the GPT image family.

https://developers.openai.com/api/reference/resources/images/methods/generate,
`.../methods/edit` and `.../methods/create_variation`
"""

import base64
import time

from fakes.answers import Answer, Reply, json_answer
from fakes.calls import Call
from fakes.fields import Fields, parse_size
from fakes.openai_errors import failure, invalid
from fakes.openai_inputs import input_of_dall_e
from fakes.openai_models import DallE
from fakes.pictures import Picture
from fakes.server import Fake
from fakes.studio import Order, carry_out

_COMMON = {"model", "n", "response_format", "size", "user"}
_LARGEST = "1024x1024"


def generate(fake: Fake, call: Call, model: DallE) -> Reply:
    """Make images from a prompt."""
    values = {name: value for name, value in (call.json or {}).items() if value is not None}
    style = {"style"} if model.styles else set()
    fields = Fields(values, invalid, _COMMON | {"prompt", "quality"} | style)
    fields.needed_text("prompt", longest=model.longest_prompt)
    fields.choice("quality", model.qualities)
    fields.choice("style", model.styles)
    return _carry_out(fake, call, fields, model)


def edit(fake: Fake, call: Call, model: DallE) -> Reply:
    """Make images from a prompt and an image."""
    fields = Fields(dict(call.texts), invalid, _COMMON | {"prompt"}, is_form=True)
    fields.needed_text("prompt", longest=model.longest_prompt)
    input_of_dall_e(call)
    return _carry_out(fake, call, fields, model)


def vary(fake: Fake, call: Call, model: DallE) -> Reply:
    """Make variations of an image."""
    fields = Fields(dict(call.texts), invalid, _COMMON, is_form=True)
    input_of_dall_e(call)
    return _carry_out(fake, call, fields, model)


def _carry_out(fake: Fake, call: Call, fields: Fields, model: DallE) -> Reply:
    fields.text("user")
    response_format = fields.choice("response_format", ("url", "b64_json")) or "url"
    size = parse_size(fields.choice("size", model.sizes) or _LARGEST) or (0, 0)
    order = Order(size, "png", fields.integer("n", 1, model.most) or 1)
    revised = {"revised_prompt": f"In great detail: {call.prompt}"} if model.revises else {}

    def image(picture: Picture) -> dict[str, str]:
        if response_format == "b64_json":
            return {"b64_json": base64.b64encode(picture.content).decode(), **revised}
        return {"url": fake.url + fake.host(call.prompt, picture), **revised}

    def success(pictures: list[Picture]) -> Answer:
        return json_answer({"created": int(time.time()), "data": [*map(image, pictures)]})

    return carry_out(fake, call, order, failure, success)
