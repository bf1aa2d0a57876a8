"""The memory of easel's isolate, by V8's own figures, where requests are as large as they may be.

Cloudflare gives an isolate 128 MB for everything: JavaScript, buffers and the memory of
WebAssembly. https://developers.cloudflare.com/workers/platform/limits/#memory
"""

import base64
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import httpx2
import pytest
from PIL import Image

from fakes.answers import Answer, Chunks, Pause, Reply, json_answer
from fakes.server import Call, Fake, serving
from support.inspector import Inspector, Usage, inspecting
from support.pictures import padded
from support.server import Server, new_prompt
from tools.server import running

LIMIT = 128_000_000
# Left to what V8 does not tell of, such as compiled code.
ROOM = 12_000_000

MEGABYTE = 1_000_000
_PIECE = 256 * 1024

# Between two looks, each of which has V8 collect all garbage.
_PAUSE_SECONDS = 0.1


def upstream(_fake: Fake, call: Call) -> Reply:
    """OpenAI and Recraft: the prompt ends with the number and the size of the images, `4x8` MB.

    The images are in base64, or where the prompt says `by URL`, at `/8.png`. The images of edits
    are at `/image.png` and `/mask.png`.
    """
    if call.method == "GET":
        content = _file(call.path)
        headers = {"content-type": "image/png"}
        return Answer(200, headers, _slowly(content), declared=len(content))
    origin = f"http://{call.headers['host']}"
    if call.path.endswith("inpaint"):
        return json_answer({"data": [{"url": f"{origin}/0.png"}]})
    count, _, megabytes = call.prompt.split(" ")[-1].partition("x")
    if " by URL " in call.prompt:
        return json_answer({"data": [{"url": f"{origin}/{megabytes}.png"}] * int(count)})
    content = _base64_answer(int(count), _encoded(int(megabytes)))
    # Some servers declare the length.
    declared = len(content) if count == "1" else None
    return Answer(200, {"content-type": "application/json"}, _slowly(content), declared)


def _file(path: str) -> bytes:
    name = path.rpartition("/")[2].removesuffix(".png")
    match name:
        case "image":
            return edited_image()
        case "mask":
            return noisy_mask(4096)
    return _padded(int(name))


def _base64_answer(count: int, text: bytes) -> bytes:
    images = b",".join([b'{"b64_json":"%b"}' % text] * count)
    return b'{"created":1,"data":[%b]}' % images


def _slowly(content: bytes) -> Chunks:
    """Pieces of an answer, so that the isolate can be looked at between them."""
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]
        yield Pause(0.002)


@cache
def _padded(megabytes: int) -> bytes:
    return padded(megabytes * MEGABYTE or 1000)


@cache
def _encoded(megabytes: int) -> bytes:
    return base64.b64encode(_padded(megabytes))


Look = Callable[[Inspector], Usage]


@dataclass
class Easel:
    """easel and its inspector."""

    server: Server
    inspector: Inspector
    upstream_url: str


@pytest.fixture(scope="module")
def easel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Easel]:
    """Easel alone: the inspector shows one isolate, so the stand-in may not run beside it."""
    state = tmp_path_factory.mktemp("state")
    with serving(upstream) as fake:
        variables = {
            "OPENAI_BASE_URL": f"{fake.url}/v1",
            "OPENAI_API_KEY": "any",
            "RECRAFT_BASE_URL": f"{fake.url}/v1",
            "RECRAFT_API_KEY": "any",
            "ALLOW_PRIVATE_URLS": "true",
        }
        with (
            running(state=state, configs=("wrangler.toml",), variables=variables) as started,
            inspecting(started.inspector_port) as inspector,
        ):
            yield Easel(Server(started.url, state, started.lines), inspector, fake.url)


def generation(easel: Easel, images: str) -> None:
    count = int(images.rpartition(" ")[2].partition("x")[0])
    body = {
        "model": "openai/gpt-image-2",
        "prompt": f"{new_prompt()} {images}",
        "n": count,
        "response_format": "url" if "by URL" in images else "b64_json",
    }
    answer = httpx2.post(f"{easel.server.url}/v1/images/generations", json=body, timeout=120)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["data"]) == count


@cache
def noisy_mask(side: int) -> bytes:
    """A mask that compresses badly: every sixteenth row is noise."""
    alpha = Image.new("L", (side, side), 255)
    rows = random.Random(7).randbytes(side * (side // 16))
    for row in range(side // 16):
        line = Image.frombytes("L", (side, 1), rows[row * side : (row + 1) * side])
        alpha.paste(line, (0, row * 16))
    image = Image.new("RGBA", (side, side), "black")
    image.putalpha(alpha)
    file = BytesIO()
    image.save(file, "png", compress_level=1)
    return file.getvalue()


@cache
def edited_image() -> bytes:
    """With the mask, as large as the images of a request may be."""
    return padded(16 * 2**20 - len(noisy_mask(4096)) - 10_000, 4096, 4096)


def edit(easel: Easel) -> None:
    image, mask = edited_image(), noisy_mask(4096)
    answer = httpx2.post(
        f"{easel.server.url}/v1/images/edits",
        data={"model": "recraft/recraftv3", "prompt": new_prompt()},
        files={"image": ("a.png", image), "mask": ("mask.png", mask)},
        timeout=120,
    )
    assert answer.status_code == 200, answer.text


def edit_with_data_urls(easel: Easel) -> None:
    mask = noisy_mask(4096)
    image = padded(int(16 * 2**20 * 3 / 4) - len(mask) - 10_000, 4096, 4096)
    image_url, mask_url = (
        f"data:image/png;base64,{base64.b64encode(content).decode()}" for content in (image, mask)
    )
    edit_in_json(easel, image_url, mask_url)


def edit_by_url(easel: Easel) -> None:
    edit_in_json(easel, f"{easel.upstream_url}/image.png", f"{easel.upstream_url}/mask.png")


def edit_in_json(easel: Easel, image_url: str, mask_url: str) -> None:
    body = {
        "model": "recraft/recraftv3",
        "prompt": new_prompt(),
        "images": [{"image_url": image_url}],
        "mask": {"image_url": mask_url},
    }
    answer = httpx2.post(f"{easel.server.url}/v1/images/edits", json=body, timeout=120)
    assert answer.status_code == 200, answer.text


def peak(easel: Easel, work: Callable[[], object], at_once: int, look: Look) -> Usage:
    """The most memory while some work is done."""
    inspector = easel.inspector
    with ThreadPoolExecutor() as pool:
        seen = [inspector.live()]
        futures = [pool.submit(work) for _ in range(at_once)]
        while not all(future.done() for future in futures):
            seen.append(look(inspector))
            time.sleep(_PAUSE_SECONDS)
        for future in futures:
            future.result()
    wasm = inspector.live().wasm
    return max(seen, key=lambda usage: usage.heap + usage.buffers)._replace(wasm=wasm)


SCENARIOS: dict[str, Callable[[Easel], None]] = {
    "an edit of the greatest size with a large mask": edit,
    "the same with data URLs": edit_with_data_urls,
    "the same by URL": edit_by_url,
    "a provider's answer of the greatest size": lambda easel: generation(easel, "1x29"),
    "four images of 7 MB in base64": lambda easel: generation(easel, "4x7"),
    "a result by URL of the greatest size": lambda easel: generation(easel, "by URL 1x29"),
    "four images of 8 MB by URL": lambda easel: generation(easel, "by URL 4x8"),
}


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_isolate_stays_within_its_memory(easel: Easel, scenario: str, at_once: int) -> None:
    most = peak(easel, lambda: SCENARIOS[scenario](easel), at_once, Inspector.live)
    assert most.total < LIMIT - ROOM, most
