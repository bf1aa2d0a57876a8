"""OpenAI through easel."""

import base64

from fakes.server import Fake
from support.gateway import new_token, sdk_for
from support.pictures import picture
from support.server import Server, new_prompt


def test_gpt_image_is_asked_for_exactly_what_was_wanted(easel: Server, openai_fake: Fake) -> None:
    prompt, bearer = new_prompt(), new_token("openai")
    with sdk_for(easel, bearer) as sdk:
        answer = sdk.images.generate(
            model="gpt-image-1.5",
            prompt=prompt,
            n=2,
            size="1536x1024",
            quality="high",
            response_format="b64_json",
        )
    (call,) = openai_fake.calls(prompt)
    assert call.json == {
        "model": "gpt-image-1.5",
        "prompt": prompt,
        "n": 2,
        "size": "1536x1024",
        "quality": "high",
    }
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('openai:')}"
    assert openai_fake.bought(prompt) == 2
    images = [picture(base64.b64decode(image.b64_json or "")) for image in answer.data or []]
    assert [(image.format, image.size) for image in images] == [("PNG", (1536, 1024))] * 2
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0
