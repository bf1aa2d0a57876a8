"""The fake of Runway, driven by Runway's SDK."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import pytest
import runwayml
from runwayml.lib import polling

from fakes.server import Fake
from support.pictures import picture
from support.server import new_prompt


@pytest.fixture(scope="session")
def runway(fakes: Mapping[str, Fake]) -> Fake:
    """Runway."""
    return fakes["runway"]


@pytest.fixture
def sdk(runway: Fake, monkeypatch: pytest.MonkeyPatch) -> Iterator[runwayml.RunwayML]:
    """The SDK with a short timeout."""
    monkeypatch.setattr(polling, "POLL_TIME", 0.01)
    monkeypatch.setattr(polling, "POLL_JITTER", 0)
    with sdk_of(runway) as client:
        yield client


def sdk_of(fake: Fake, key: str = "good") -> runwayml.RunwayML:
    return runwayml.RunwayML(
        base_url=fake.url, api_key=key, max_retries=0, _strict_response_validation=True
    )


def test_a_task_goes_through_all_states_to_an_image(
    sdk: runwayml.RunwayML, runway: Fake, http: httpx2.Client
) -> None:
    prompt = new_prompt("[fake polls 2]")
    task = sdk.text_to_image.create(model="gen4_image", prompt_text=prompt, ratio="1280:720")
    assert task.to_dict()["estimatedCost"] == {"credits": 5}
    done = task.wait_for_task_output(timeout=10)
    assert done.status == "SUCCEEDED"
    (url,) = done.output
    assert picture(http.get(url).content).size == (1280, 720)
    assert runway.notes(prompt) == ["polled"] * 3
    assert runway.bought(prompt) == 1


@pytest.mark.parametrize("status", ["PENDING", "THROTTLED", "RUNNING"])
def test_a_task_may_be_in_any_state(sdk: runwayml.RunwayML, status: str) -> None:
    prompt = new_prompt(f"[fake stuck] [fake status {status}]")
    task = sdk.text_to_image.create(model="gen4_image", prompt_text=prompt, ratio="720:720")
    assert sdk.tasks.retrieve(task.id).status == status


def test_images_have_tags(sdk: runwayml.RunwayML, runway: Fake) -> None:
    prompt = new_prompt()
    task = sdk.text_to_image.create(
        model="gen4_image_turbo",
        prompt_text=prompt,
        ratio="720:720",
        reference_images=[{"uri": "https://example.com/a.png", "tag": "fox"}],
        content_moderation={"public_figure_threshold": "low"},
        seed=7,
    )
    assert task.wait_for_task_output(timeout=10).status == "SUCCEEDED"
    assert runway.bought(prompt) == 1


def test_one_task_makes_several_images_of_a_format(
    sdk: runwayml.RunwayML, http: httpx2.Client
) -> None:
    done = sdk.text_to_image.create(
        model="muse_image",
        prompt_text=new_prompt(),
        ratio="1600:1600",
        output_count=2,
        output_format="webp",
    ).wait_for_task_output(timeout=10)
    assert done.status == "SUCCEEDED"
    assert [picture(http.get(url).content).format for url in done.output] == ["WEBP"] * 2


@pytest.mark.parametrize("code", ["SAFETY.INPUT.TEXT", "INTERNAL.BAD_OUTPUT.CODE01"])
def test_a_task_can_fail(sdk: runwayml.RunwayML, code: str) -> None:
    prompt = new_prompt(f"[fake task-error {code}]")
    task = sdk.text_to_image.create(model="gen4_image", prompt_text=prompt, ratio="720:720")
    with pytest.raises(polling.TaskFailedError) as caught:
        task.wait_for_task_output(timeout=10)
    details = caught.value.task_details
    assert details.status == "FAILED"
    assert details.failure_code == code
    assert details.cost.credits == (5 if code.startswith("SAFETY") else 0)


def test_a_cancelled_task_is_not_found(sdk: runwayml.RunwayML, runway: Fake) -> None:
    prompt = new_prompt("[fake stuck]")
    task = sdk.text_to_image.create(model="gen4_image", prompt_text=prompt, ratio="720:720")
    sdk.tasks.delete(task.id)
    with pytest.raises(runwayml.NotFoundError):
        sdk.tasks.retrieve(task.id)
    assert "cancelled" in runway.notes(prompt)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"ratio": "1024:768"}, "ratio"),
        ({"ratio": None}, "ratio"),
        ({"prompt_text": ""}, "promptText"),
        ({"prompt_text": "x" * 1001}, "promptText"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"model": "gen4_image_turbo"}, "referenceImages"),
        ({"reference_images": [{"uri": "https://x/a.png"}] * 4}, "referenceImages"),
        ({"reference_images": [{"uri": "https://x/a.png", "tag": "no"}]}, "referenceImages"),
        ({"reference_images": [{"uri": "ftp://x/a.png"}]}, "referenceImages"),
        ({"extra_body": {"quality": "high"}}, "quality"),
        ({"model": "nobodys"}, "model"),
    ],
)
def test_an_invalid_parameter_is_named(
    sdk: runwayml.RunwayML, parameters: dict[str, Any], field: str
) -> None:
    usual: dict[str, Any] = {"model": "gen4_image", "prompt_text": new_prompt(), "ratio": "720:720"}
    wanted = {name: value for name, value in {**usual, **parameters}.items() if value is not None}
    if "ratio" not in wanted:
        wanted["ratio"] = runwayml.NOT_GIVEN
    with pytest.raises(runwayml.BadRequestError) as caught:
        sdk.text_to_image.create(**wanted)
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["issues"][0]["path"] == [field]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("quota", 400),
        ("rate", 429),
        ("parameter", 400),
        ("model", 400),
        ("down", 503),
        ("crash", 500),
        ("busy", 502),
        ("slow", 504),
    ],
)
def test_every_failure_has_its_status(
    sdk: runwayml.RunwayML, runway: Fake, kind: str, status: int
) -> None:
    prompt = new_prompt(f"[fake error {kind}]")
    with pytest.raises(runwayml.APIStatusError) as caught:
        sdk.text_to_image.create(model="gen4_image", prompt_text=prompt, ratio="720:720")
    assert caught.value.status_code == status
    assert runway.bought(prompt) == 0


@pytest.mark.parametrize(("key", "status"), [("bad", 401), ("broke", 400), ("busy", 429)])
def test_the_name_of_a_key_selects_its_error(runway: Fake, key: str, status: int) -> None:
    with sdk_of(runway, key) as sdk, pytest.raises(runwayml.APIStatusError) as caught:
        sdk.text_to_image.create(model="gen4_image", prompt_text=new_prompt(), ratio="720:720")
    assert caught.value.status_code == status


def test_a_request_without_a_version_is_refused(runway: Fake, http: httpx2.Client) -> None:
    headers = {"authorization": "Bearer good"}
    answer = http.post(f"{runway.url}/v1/text_to_image", json={}, headers=headers)
    assert answer.status_code == 400
