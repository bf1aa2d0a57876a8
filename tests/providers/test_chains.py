"""Fallback chains: several models are tried in turn while the first provider fails.

The first is asked with the caller's own token and the next with the owner's, or the reverse.
"""

from collections.abc import Mapping
from typing import Any

import httpx2
import openai
import pytest

from fakes.server import Fake
from support.cases import came
from support.gateway import generate, new_token, sdk_for
from support.pictures import photo
from support.server import Server, new_prompt

GPT, HOME, GITEE = "openai/gpt-image-1.5", "custom/home/first-model", "gitee/z-image-turbo"


def trouble(fake: Fake, directive: str) -> str:
    """A prompt that makes only one provider fail."""
    return new_prompt(f"[fake {directive}] [fake only {fake.url}]")


def made_by(answer: httpx2.Response) -> tuple[str, str]:
    return answer.headers["x-easel-provider"], answer.headers["x-easel-model"]


def test_a_successful_first_model_is_the_only_one_called(
    server: Server, openai_fake: Fake, custom: Fake
) -> None:
    body = {"model": f"{GPT},{HOME}", "prompt": new_prompt()}
    answer = generate(server, new_token("openai"), body)
    assert made_by(answer) == ("openai", GPT)
    assert answer.headers["x-easel-attempts"] == "1"
    assert (openai_fake.bought(body["prompt"]), custom.calls(body["prompt"])) == (1, [])


@pytest.mark.parametrize(
    ("directive", "attempts", "bought"),
    [
        ("die", 1, 1),
        ("hang", 1, 0),
        ("reset", 1, 0),
        ("truncate", 1, 1),
        ("html", 1, 1),
        ("garbage", 1, 1),
        ("empty", 1, 0),
        ("error crash", 1, 0),
        ("error slow", 1, 0),
        ("error down", 3, 0),
        ("error key", 1, 0),
        ("error quota", 1, 0),
        ("error rate] [fake retry-after 60", 1, 0),
        ("error model", 1, 0),
        ("error content", 1, 0),
    ],
)
def test_the_next_model_generates_the_image_when_the_first_fails(
    server: Server,
    openai_fake: Fake,
    custom: Fake,
    http: httpx2.Client,
    directive: str,
    attempts: int,
    bought: int,
) -> None:
    prompt = trouble(openai_fake, directive)
    body = {"model": f"{GPT}, {HOME}", "prompt": prompt, "size": "1024x1024"}
    answer = generate(server, new_token("openai"), body)
    assert answer.status_code == 200, answer.text
    assert made_by(answer) == ("custom/home", HOME)
    assert answer.headers["x-easel-attempts"] == str(attempts + 1)
    assert came(answer.json()["data"][0]["url"], http) == ("PNG", (1024, 1024))
    assert (len(openai_fake.calls(prompt)), openai_fake.bought(prompt)) == (attempts, bought)
    assert (len(custom.calls(prompt)), custom.bought(prompt)) == (1, 1)


@pytest.mark.parametrize("directive", ["die", "hang"])
def test_an_owners_alias_can_be_a_fallback_chain(
    server: Server, openai_fake: Fake, gitee: Fake, directive: str
) -> None:
    prompt, bearer = trouble(openai_fake, directive), new_token("gitee")
    answer = generate(server, bearer, {"model": "best", "prompt": prompt})
    assert answer.status_code == 200, answer.text
    assert made_by(answer) == ("gitee", GITEE)
    (first,), (second,) = openai_fake.calls(prompt), gitee.calls(prompt)
    # The owner pays the first provider, and the caller the second.
    assert first.headers["authorization"] == "Bearer sk-owners"
    assert second.headers["authorization"] == f"Bearer {bearer.removeprefix('gitee:')}"


def test_an_alias_calls_only_its_first_model_when_that_succeeds(
    server: Server, openai_fake: Fake, gitee: Fake
) -> None:
    prompt = new_prompt()
    answer = generate(server, "anybody", {"model": "best", "prompt": prompt})
    assert made_by(answer) == ("openai", GPT)
    assert (openai_fake.bought(prompt), gitee.calls(prompt)) == (1, [])


def test_an_invalid_request_does_not_fall_back_to_the_next_model(
    server: Server, openai_fake: Fake, custom: Fake
) -> None:
    prompt = trouble(openai_fake, "error parameter")
    body = {"model": f"{GPT},{HOME}", "prompt": prompt, "size": "1024x1024"}
    answer = generate(server, new_token("openai"), body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "size")
    assert custom.calls(prompt) == []


def test_only_missing_images_are_requested_from_the_next_model(
    server: Server, openai_fake: Fake, custom: Fake
) -> None:
    prompt = trouble(openai_fake, "fewer")
    body = {"model": f"{GPT},{HOME}", "prompt": prompt, "n": 3}
    answer = generate(server, new_token("openai"), body)
    assert len(answer.json()["data"]) == 3
    assert made_by(answer) == ("openai,custom/home", f"{GPT},{HOME}")
    assert "x-easel-missing" not in answer.headers
    assert (openai_fake.bought(prompt), custom.bought(prompt)) == (2, 1)


def test_when_all_models_fail_each_is_called_once_and_the_cost_is_reported(
    server: Server, openai_fake: Fake, custom: Fake
) -> None:
    prompt = new_prompt("[fake die]")
    answer = generate(server, new_token("openai"), {"model": f"{GPT},{HOME}", "prompt": prompt})
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_error")
    assert answer.headers["x-should-retry"] == "false"
    assert (openai_fake.bought(prompt), custom.bought(prompt)) == (1, 1)


def test_a_model_without_a_credential_falls_back_to_the_next(
    server: Server, gitee: Fake, custom: Fake
) -> None:
    prompt = new_prompt()
    answer = generate(server, "anybody", {"model": f"{GITEE},{HOME}", "prompt": prompt})
    assert made_by(answer) == ("custom/home", HOME)
    assert answer.headers["x-easel-attempts"] == "1"
    assert (gitee.calls(prompt), custom.bought(prompt)) == ([], 1)


def test_a_model_with_a_refused_owner_credential_falls_back_to_the_next(
    server: Server, together_fake: Fake, custom: Fake
) -> None:
    prompt = new_prompt()
    model = f"black-forest-labs/FLUX.1-schnell,{HOME}"
    answer = generate(server, "anybody", {"model": model, "prompt": prompt})
    assert made_by(answer) == ("custom/home", HOME)
    assert (together_fake.bought(prompt), custom.bought(prompt)) == (0, 1)


def test_the_images_of_an_edit_go_to_the_next_model_too(
    server: Server, openai_fake: Fake, custom: Fake
) -> None:
    prompt, image = trouble(openai_fake, "die"), photo(300, 200, "jpeg")
    with sdk_for(server, new_token("openai")) as sdk:
        answer = sdk.images.edit(model=f"{GPT},{HOME}", prompt=prompt, image=image)
    assert len(answer.data or []) == 1
    (first,), (second,) = openai_fake.calls(prompt), custom.calls(prompt)
    assert [file.content for call in (first, second) for file in call.files] == [image] * 2


@pytest.mark.parametrize("directive", ["die", "error crash"])
def test_a_stream_continues_with_the_next_model(
    server: Server, openai_fake: Fake, custom: Fake, directive: str
) -> None:
    prompt = trouble(openai_fake, directive)
    with sdk_for(server, new_token("openai")) as sdk:
        (event,) = sdk.images.generate(model=f"{GPT},{HOME}", prompt=prompt, stream=True)
    assert event.type == "image_generation.completed"
    assert custom.bought(prompt) == 1


def test_a_broken_stream_is_finished_by_the_next_model(
    server: Server, openai_fake: Fake, custom: Fake
) -> None:
    prompt = trouble(openai_fake, "cut")
    body: dict[str, Any] = {"model": f"{GPT},{HOME}", "prompt": prompt, "partial_images": 2}
    with sdk_for(server, new_token("openai")) as sdk:
        events = [event.type for event in sdk.images.generate(**body, stream=True)]
    assert events == ["image_generation.partial_image", "image_generation.completed"]
    assert (openai_fake.bought(prompt), custom.bought(prompt)) == (1, 1)


def test_an_unknown_model_in_a_fallback_chain_is_a_404(server: Server, openai_fake: Fake) -> None:
    prompt = new_prompt()
    with sdk_for(server, new_token("openai")) as sdk, pytest.raises(openai.NotFoundError) as caught:
        sdk.images.generate(model=f"{GPT},no-such-model", prompt=prompt)
    assert "no-such-model" in caught.value.message
    assert openai_fake.calls(prompt) == []


BINARY, POLLED = "stability/sd3.5-large", "replicate/black-forest-labs/flux-schnell"


@pytest.mark.parametrize(("first", "second"), [(BINARY, POLLED), (POLLED, BINARY)])
@pytest.mark.parametrize("directive", ["die", "error down"])
def test_providers_of_different_kinds_stand_in_for_each_other(
    server: Server,
    fakes: Mapping[str, Fake],
    http: httpx2.Client,
    first: str,
    second: str,
    directive: str,
) -> None:
    one, other = (fakes[model.partition("/")[0]] for model in (first, second))
    prompt = trouble(one, directive)
    bearer = new_token(first.partition("/")[0])
    answer = generate(server, bearer, {"model": f"{first},{second}", "prompt": prompt})
    assert made_by(answer) == (second.partition("/")[0], second)
    assert http.get(answer.json()["data"][0]["url"]).status_code == 200
    assert (one.bought(prompt), other.bought(prompt)) == (int(directive == "die"), 1)
