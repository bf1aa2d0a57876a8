"""Runway through easel: its requests, its responses and its failures.

Everything is asked for at once, because every image is waited for; each test looks at one.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from fakes.server import Fake
from support.cases import JPEG, PNG, Case, came, gaps, order, reached
from support.gateway import generate, new_token, sdk_for
from support.pictures import picture
from support.server import Server, new_prompt

# Two images as they are sent, with and without the names that the prompt may call them.
TAGGED = [("image1", PNG), ("image2", JPEG)]
BARE = [(None, PNG), (None, JPEG)]

CASES = [
    Case(
        "gen4_image",
        "generate",
        {"size": "1280x720", "seed": 7, "moderation": "low"},
        {"ratio": "1280:720", "seed": 7, "contentModeration": {"publicFigureThreshold": "low"}},
        ("PNG", (1280, 720)),
    ),
    Case(
        "runway/gen4_image",
        "edit",
        {"reference_tags": ["fox"], "size": "720x720"},
        {"ratio": "720:720", "referenceImages": [("fox", PNG), ("image2", JPEG)]},
        ("PNG", (720, 720)),
    ),
    Case(
        "gen4_image_turbo",
        "edit",
        {"seed": 4294967295, "moderation": "auto", "reference_tags": ["fox", "den"]},
        {
            "ratio": "1024:1024",
            "seed": 4294967295,
            "contentModeration": {"publicFigureThreshold": "auto"},
            "referenceImages": [("fox", PNG), ("den", JPEG)],
        },
        ("PNG", (1024, 1024)),
    ),
    Case("runway/gemini_2.5_flash", "generate", {}, {"ratio": "1024:1024"}, ("PNG", (1024, 1024))),
    Case(
        "runway/gemini_2.5_flash",
        "edit",
        {"reference_tags": ["fox"], "size": "1344x768"},
        {"ratio": "1344:768", "referenceImages": [("fox", PNG), ("image2", JPEG)]},
        ("PNG", (1344, 768)),
    ),
    Case(
        "runway/gemini_image3_pro",
        "generate",
        {"size": "2048x2048"},
        {"ratio": "2048:2048"},
        ("PNG", (2048, 2048)),
    ),
    Case(
        "runway/gemini_image3_pro",
        "edit",
        {"reference_tags": ["fox"]},
        {"ratio": "1024:1024", "referenceImages": [("fox", PNG), ("image2", JPEG)]},
        ("PNG", (1024, 1024)),
    ),
    Case(
        "runway/gemini_image3.1_flash",
        "generate",
        {"size": "512x512"},
        {"ratio": "512:512"},
        ("PNG", (512, 512)),
    ),
    Case(
        "runway/gemini_image3.1_flash",
        "edit",
        {"reference_tags": ["fox", "den"]},
        {"ratio": "1024:1024", "referenceImages": [("fox", PNG), ("den", JPEG)]},
        ("PNG", (1024, 1024)),
    ),
    Case(
        "runway/gemini_image3.1_flash_lite",
        "generate",
        {"size": "1584x672"},
        {"ratio": "1584:672"},
        ("PNG", (1584, 672)),
    ),
    Case(
        "runway/gemini_image3.1_flash_lite",
        "edit",
        {"reference_tags": ["fox", "den"]},
        {"ratio": "1024:1024", "referenceImages": [("fox", PNG), ("den", JPEG)]},
        ("PNG", (1024, 1024)),
    ),
    Case(
        "runway/nano_banana_2.1",
        "generate",
        {"thinking_level": "high"},
        {"ratio": "1024:1024", "thinkingLevel": "high"},
        ("PNG", (1024, 1024)),
    ),
    Case(
        "runway/nano_banana_2.1",
        "edit",
        {"reference_tags": ["fox", "den"]},
        {"ratio": "1024:1024", "referenceImages": [("fox", PNG), ("den", JPEG)]},
        ("PNG", (1024, 1024)),
    ),
    Case(
        "runway/gpt_image_2",
        "generate",
        {"n": 2, "size": "2048x880", "quality": "low", "background": "opaque"},
        {"ratio": "2048:880", "quality": "low", "background": "opaque", "outputCount": 2},
        ("PNG", (2048, 880)),
    ),
    Case(
        "runway/gpt_image_2",
        "edit",
        {"reference_tags": ["fox", "den"]},
        {"ratio": "1920:1920", "referenceImages": [("fox", PNG), ("den", JPEG)]},
        ("PNG", (1920, 1920)),
    ),
    Case(
        "runway/gpt_image_2_5_flare",
        "generate",
        {"quality": "max", "background": "opaque"},
        {"ratio": "1920:1920", "quality": "max", "background": "opaque"},
        ("PNG", (1920, 1920)),
    ),
    Case(
        "runway/gpt_image_2_5_flare",
        "edit",
        {"reference_tags": ["fox", "den"]},
        {"ratio": "1920:1920", "referenceImages": [("fox", PNG), ("den", JPEG)]},
        ("PNG", (1920, 1920)),
    ),
    Case(
        "runway/gpt_image_2_5_sunburst",
        "generate",
        {"quality": "xhigh", "background": "transparent"},
        {"ratio": "1920:1920", "quality": "xhigh", "background": "transparent"},
        ("PNG", (1920, 1920)),
    ),
    Case(
        "runway/gpt_image_2_5_sunburst",
        "edit",
        {"reference_tags": ["fox", "den"]},
        {"ratio": "1920:1920", "referenceImages": [("fox", PNG), ("den", JPEG)]},
        ("PNG", (1920, 1920)),
    ),
    Case(
        "runway/seedream5_pro",
        "generate",
        {"grounding": True, "size": "1024x1024", "output_format": "jpeg"},
        {"ratio": "1024:1024", "grounding": True, "outputFormat": "jpeg"},
        ("JPEG", (1024, 1024)),
    ),
    Case(
        "runway/seedream5_pro",
        "edit",
        {},
        {"ratio": "2048:2048", "referenceImages": BARE},
        ("PNG", (2048, 2048)),
    ),
    Case(
        "runway/seedream5_lite",
        "generate",
        {"grounding": False},
        {"ratio": "2048:2048", "grounding": False},
        ("PNG", (2048, 2048)),
    ),
    Case(
        "runway/seedream5_lite",
        "edit",
        {},
        {"ratio": "2048:2048", "referenceImages": BARE},
        ("PNG", (2048, 2048)),
    ),
    Case(
        "runway/seedream5_flash",
        "generate",
        {"size": "1568x672"},
        {"ratio": "1568:672"},
        ("PNG", (1568, 672)),
    ),
    Case(
        "runway/seedream5_flash",
        "edit",
        {},
        {"ratio": "1024:1024", "referenceImages": BARE},
        ("PNG", (1024, 1024)),
    ),
    Case(
        "runway/ideogram_4_0",
        "generate",
        {"quality": "low", "size": "2560x1440"},
        {"ratio": "2560:1440", "quality": "low"},
        ("PNG", (2560, 1440)),
    ),
    Case(
        "runway/ideogram_4_0",
        "edit",
        {},
        {"referenceImages": [(None, PNG)]},
        ("PNG", (1024, 1024)),
    ),
    Case("runway/ideogram_4_5", "generate", {}, {}, ("PNG", (1024, 1024))),
    Case(
        "runway/ideogram_4_5",
        "edit",
        {"quality": "high", "precise_edit": True},
        {"quality": "high", "preciseEdit": True, "referenceImages": BARE},
        ("PNG", (1024, 1024)),
    ),
    Case(
        "runway/muse_image",
        "generate",
        {"output_format": "webp", "n": 2},
        {"ratio": "1600:1600", "outputFormat": "webp", "outputCount": 2},
        ("WEBP", (1600, 1600)),
    ),
    Case(
        "runway/muse_image",
        "edit",
        {},
        {"ratio": "1600:1600", "referenceImages": BARE},
        ("PNG", (1600, 1600)),
    ),
    Case(
        "runway/grok_imagine_image_2",
        "generate",
        {"quality": "low"},
        {"ratio": "1024:1024", "quality": "low"},
        ("PNG", (1024, 1024)),
    ),
    Case(
        "runway/grok_imagine_image_2",
        "edit",
        {"edit": True},
        {"ratio": "1024:1024", "edit": True, "referenceImages": BARE},
        ("PNG", (1024, 1024)),
    ),
    Case(
        "runway/bria_fibo_1_5",
        "generate",
        {"seed": 7, "size": "1152x768"},
        {"ratio": "1152:768", "seed": 7},
        ("PNG", (1152, 768)),
    ),
    Case(
        "runway/bria_fibo_1_5",
        "edit",
        {"output_format": "jpeg"},
        {"ratio": "1024:1024", "outputFormat": "jpeg", "referenceImages": [(None, PNG)]},
        ("JPEG", (1024, 1024)),
    ),
    Case(
        "runway/bria_fibo_edit_1_5",
        "edit",
        {"seed": 7},
        {"seed": 7, "referenceImages": BARE},
        ("PNG", (1024, 1024)),
    ),
    Case(
        "runway/recraft_v4_1_flash",
        "generate",
        {"seed": 7, "colors": ["#ff8800"], "background_color": "#000000"},
        {"ratio": "1024:1024", "seed": 7, "colors": ["#ff8800"], "backgroundColor": "#000000"},
        ("WEBP", (1024, 1024)),
    ),
]


# The directive, and how often the task is polled.
SUCCESSES = {
    "": 1,
    "status PENDING] [fake polls 1": 2,
    "status THROTTLED] [fake polls 1": 2,
    "polls 1": 2,
    "bad-polls 1": 2,
}

Asked = tuple[str, str, Any]


@pytest.fixture(scope="session")
def runway(fakes: Mapping[str, Fake]) -> Fake:
    """Runway."""
    return fakes["runway"]


@pytest.fixture(scope="module")
def asked(server: Server) -> Iterator[Callable[[object], Asked]]:
    """The prompt, the token and the response of each request of this module."""
    with ThreadPoolExecutor(8) as pool:
        works: dict[object, Future[Asked]] = {}
        for directive in SUCCESSES:
            works[directive] = pool.submit(_ask, server, directive)
        for case in CASES:
            works[str(case)] = pool.submit(_order, server, case)
        yield lambda name: works[name].result()


def _ask(server: Server, directive: str) -> Asked:
    prompt = new_prompt(f"[fake {directive}]" if directive else "")
    bearer = new_token("runway")
    body = {"model": "gen4_image", "prompt": prompt, "response_format": "b64_json"}
    return prompt, bearer, generate(server, bearer, body)


def _order(server: Server, case: Case) -> Asked:
    prompt, bearer = new_prompt(), new_token("runway")
    with sdk_for(server, bearer) as sdk:
        return prompt, bearer, order(sdk, case, prompt)


def test_every_task_and_parameter_of_every_model_has_a_case() -> None:
    # A drawing and whatever Runway may have besides are shown below.
    shown = ("runway/*", "runway/recraft_v4_1_vector")
    assert {gap for gap in gaps("runway", CASES) if not gap.startswith(shown)} == set()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_model_receives_exactly_the_requested_parameters(
    asked: Callable[[object], Asked], runway: Fake, http: httpx2.Client, case: Case
) -> None:
    prompt, bearer, answer = asked(str(case))
    (call,) = runway.calls(prompt)
    assert _seen(call) == {"model": case.card.upstream, "promptText": prompt, **case.reached}
    assert call.headers["authorization"] == f"Bearer {bearer.removeprefix('runway:')}"
    assert call.headers["x-runway-version"] == "2024-11-06"
    assert {came(image.url, http) for image in answer.data} == {case.came}
    assert len(answer.data) == runway.bought(prompt) == case.asked.get("n", 1)


def _seen(call: Any) -> dict[str, Any]:
    """The body that reached Runway, with images as their tag, media type and size."""
    body = dict(call.json)
    if "referenceImages" in body:
        body["referenceImages"] = [
            (image.get("tag"), reached(replace(call, json={"uri": image["uri"]}))["uri"])
            for image in body["referenceImages"]
        ]
    return body


@pytest.mark.parametrize("directive", SUCCESSES)
def test_a_task_is_polled_until_it_ends(
    asked: Callable[[object], Asked], runway: Fake, directive: str
) -> None:
    prompt, _, answer = asked(directive)
    (image,) = answer.json()["data"]
    assert picture(base64.b64decode(image["b64_json"])).size == (1024, 1024)
    assert runway.notes(prompt) == ["polled"] * SUCCESSES[directive]


def test_the_key_is_sent_only_to_runway(asked: Callable[[object], Asked], runway: Fake) -> None:
    prompt, _, _ = asked("")
    (download,) = runway.downloads(prompt)
    assert "authorization" not in download.headers


def test_an_svg_is_returned_unchanged(server: Server, runway: Fake, http: httpx2.Client) -> None:
    prompt = new_prompt()
    asked = {"size": "1344x768", "colors": ["#ff8800"], "background_color": "#000000"}
    body = {"model": "runway/recraft_v4_1_vector", "prompt": prompt, **asked}
    answer = generate(server, new_token("runway"), body)
    (call,) = runway.calls(prompt)
    assert call.json == {
        "model": "recraft_v4_1_vector",
        "promptText": prompt,
        "ratio": "1344:768",
        "colors": ["#ff8800"],
        "backgroundColor": "#000000",
    }
    file = http.get(answer.json()["data"][0]["url"])
    assert file.headers["content-type"] == "image/svg+xml"
    assert file.content == runway.made(prompt)[0]


def test_any_model_can_be_named(server: Server, runway: Fake) -> None:
    prompt = new_prompt()
    body = {"model": "runway/some_new_model", "prompt": prompt, "quality": "high"}
    answer = generate(server, new_token("runway"), body)
    assert answer.json()["error"]["code"] == "model_not_found"
    (call,) = runway.calls(prompt)
    assert call.json == {
        "model": "some_new_model",
        "promptText": prompt,
        "ratio": "1024:1024",
        "quality": "high",
    }


@pytest.mark.parametrize("tags", [["fox", "fox"], ["no"], ["9lives"], ["a b c"], [5], ["x" * 17]])
def test_reference_tags_must_be_distinct_words(server: Server, tags: list[object]) -> None:
    body = {
        "model": "gen4_image",
        "prompt": new_prompt(),
        "reference_tags": tags,
    }
    answer = generate(server, new_token("runway"), body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "reference_tags"
