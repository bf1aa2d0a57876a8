import pytest

from easel.catalog import CATALOG, ModelCard
from easel.errors import InvalidValueError, UnsupportedParameterError
from easel.images.plan import Job, plan
from easel.wire.requests import GenerationRequest

SCHNELL = CATALOG["@cf/black-forest-labs/flux-1-schnell"]
SDXL = CATALOG["@cf/stabilityai/stable-diffusion-xl-base-1.0"]


def plan_for(card: ModelCard, **fields: object) -> Job:
    request = GenerationRequest.model_validate({"prompt": "x", **fields})
    return plan(request, card, lambda count: b"\x07" * count)


def inputs(card: ModelCard, **fields: object) -> dict[str, object]:
    return dict(plan_for(card, **fields).images[0].attempt.parameters)


def test_a_plain_request_sends_schnell_nothing_but_the_prompt() -> None:
    assert inputs(SCHNELL) == {}


def test_parameters_are_sent_under_the_providers_names() -> None:
    sent = inputs(SDXL, steps=5, guidance=3.5, negative_prompt="fog", seed=0)
    assert sent == {
        "num_steps": 5,
        "guidance": 3.5,
        "negative_prompt": "fog",
        "seed": 0,
        "width": 1024,
        "height": 1024,
    }


def test_a_native_size_is_sent_and_promised() -> None:
    job = plan_for(SDXL, size="512x768")
    assert job.images[0].promised == (512, 768)
    assert inputs(SDXL, size="512x768") | {"seed": 0} == {"width": 512, "height": 768, "seed": 0}


def test_an_impossible_size_says_what_is_possible() -> None:
    with pytest.raises(InvalidValueError, match="1024x1024") as caught:
        plan_for(SCHNELL, size="99999x99999")
    assert caught.value.param == "size"


def test_seed_zero_is_a_seed() -> None:
    assert inputs(SCHNELL, seed=0) == {"seed": 0}


def test_several_images_have_consecutive_seeds() -> None:
    job = plan_for(SCHNELL, seed=5, n=3)
    assert [image.seed for image in job.images] == [5, 6, 7]


def test_a_seed_is_drawn_only_where_the_schema_has_one() -> None:
    assert plan_for(SDXL).images[0].seed == 0x07070707
    assert plan_for(SCHNELL).images[0].seed is None


def test_the_seed_stands_apart_from_the_other_parameters() -> None:
    image = plan_for(SDXL, seed=3, steps=4).images[0]
    assert (image.seed, dict(image.parameters)) == (3, {"steps": 4})


def test_seeds_do_not_pass_what_json_carries_exactly() -> None:
    assert plan_for(SCHNELL, seed=2**53 - 1).images[0].seed == 2**53 - 1
    with pytest.raises(InvalidValueError, match="9007199254740990") as caught:
        plan_for(SCHNELL, seed=2**53 - 1, n=2)
    assert caught.value.param == "seed"


@pytest.mark.parametrize("steps", [1, 8])
def test_bounds_belong_to_the_range(steps: int) -> None:
    assert inputs(SCHNELL, steps=steps) == {"steps": steps}


@pytest.mark.parametrize(
    ("card", "name", "value", "expected"),
    [
        (SCHNELL, "steps", 0, "an integer from 1 to 8"),
        (SCHNELL, "steps", 9, "an integer from 1 to 8"),
        (SCHNELL, "steps", 4.5, "an integer from 1 to 8"),
        (SCHNELL, "steps", "4", "an integer from 1 to 8"),
        (SCHNELL, "steps", True, "an integer from 1 to 8"),
        (SCHNELL, "seed", -1, "an integer of at least 0"),
        (SCHNELL, "seed", 2**53, "an integer of at least 0"),
        (SDXL, "guidance", "high", "a number"),
        (SDXL, "guidance", float("nan"), "a number"),
        (SDXL, "guidance", float("inf"), "a number"),
        (SDXL, "guidance", False, "a number"),
        (SDXL, "negative_prompt", "", "a text of at least 1 characters"),
        (SDXL, "negative_prompt", 5, "a text of at least 1 characters"),
    ],
)
def test_a_value_outside_the_card_names_the_range(
    card: ModelCard, name: str, value: object, expected: str
) -> None:
    with pytest.raises(InvalidValueError, match=f"expected {expected}, got") as caught:
        plan_for(card, **{name: value})
    assert caught.value.param == name


def test_an_integer_is_a_number() -> None:
    assert inputs(SDXL, guidance=7)["guidance"] == 7


def test_a_parameter_the_model_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(UnsupportedParameterError, match="steps, seed") as caught:
        plan_for(SCHNELL, guidance=3)
    assert caught.value.param == "guidance"


def test_dropping_is_done_on_request_and_told() -> None:
    job = plan_for(SCHNELL, guidance=3, quality="hd", steps=2, drop_params=True)
    assert job.images[0].attempt.parameters == {"steps": 2}
    assert [warning.split("'")[1] for warning in job.warnings] == ["guidance", "quality"]


def test_a_wrong_value_is_not_dropped() -> None:
    with pytest.raises(InvalidValueError):
        plan_for(SCHNELL, steps=99, drop_params=True)


@pytest.mark.parametrize(
    "neutral",
    [{"quality": "auto"}, {"stream": False}, {"background": "auto"}, {"partial_images": 0}],
)
def test_openais_defaults_ask_for_nothing(neutral: dict[str, object]) -> None:
    job = plan_for(SCHNELL, **neutral)
    assert (dict(job.images[0].attempt.parameters), job.warnings) == ({}, ())


def test_a_prompt_longer_than_the_model_takes_is_refused() -> None:
    plan_for(SCHNELL, prompt="x" * 2048)
    with pytest.raises(InvalidValueError, match="2048 characters, got 2049") as caught:
        plan_for(SCHNELL, prompt="x" * 2049)
    assert caught.value.param == "prompt"
