"""A request is validated against a model card and becomes a plan."""

from typing import Any

import pytest

from easel.catalog import CATALOG, ModelCard, Parameter
from easel.catalog.cards import Task
from easel.errors import InvalidValueError, MissingParameterError, UnsupportedParameterError
from easel.generation.planning.inputs import InputImage, Inputs
from easel.generation.planning.plan import Output, Plan, attempt_for, batches, make_plan
from easel.media.sniff import ImageFacts
from easel.platform.size import Size
from easel.wire.requests import ImageRequest, parse_fields
from support.services import Bytes

# Each card once: the catalogue has it under its aliases too.
CARDS = list({card.id: card for card in CATALOG.values()}.values())
SCHNELL = CATALOG["@cf/black-forest-labs/flux-1-schnell"]
SDXL = CATALOG["@cf/stabilityai/stable-diffusion-xl-base-1.0"]
FLUX_2 = CATALOG["@cf/black-forest-labs/flux-2-dev"]
IMG2IMG = CATALOG["@cf/runwayml/stable-diffusion-v1-5-img2img"]
NANO_BANANA = CATALOG["workers-ai/google/nano-banana"]
GPT_IMAGE = CATALOG["workers-ai/openai/gpt-image-1.5"]


def plan_for(card: ModelCard, task: Task = "generate", /, **fields: Any) -> Plan:
    return plan_with(Size(640, 480), card, task, **fields)


def plan_with(source: Size, card: ModelCard, task: Task, /, **fields: Any) -> Plan:
    """Make a plan whose input, if the task has one, is an image of this size."""
    request = ImageRequest.model_validate({"prompt": "x", **fields})
    image = InputImage("image", Bytes(b""), ImageFacts("png", source))
    inputs = None if task == "generate" else Inputs((image,))
    return make_plan(request, card, task, inputs, lambda count: b"\x07" * count)


def inputs(card: ModelCard, task: Task = "generate", /, **fields: Any) -> dict[str, object]:
    plan = plan_for(card, task, **fields)
    return dict(attempt_for(plan, plan.seeds[:1], {}, {}).parameters)


def test_a_request_without_parameters_sends_none() -> None:
    assert inputs(SCHNELL) == {}


def test_parameters_are_sent_with_the_providers_names() -> None:
    sent = inputs(SDXL, steps=5, guidance=3.5, negative_prompt="fog", seed=0)
    assert sent == {
        "num_steps": 5,
        "guidance": 3.5,
        "negative_prompt": "fog",
        "seed": 0,
        "width": 1024,
        "height": 1024,
    }


def test_a_native_size_is_sent_and_becomes_the_output_size() -> None:
    plan = plan_for(SDXL, size="512x768")
    assert plan.output == Output(Size(512, 768))
    assert inputs(SDXL, size="512x768", seed=0) == {"width": 512, "height": 768, "seed": 0}


def test_a_size_off_the_models_grid_is_generated_larger_and_cropped() -> None:
    plan = plan_for(FLUX_2, size="500x300")
    assert (plan.native.size, plan.output.size) == (Size(512, 304), Size(500, 300))


def test_the_size_is_sent_as_text_or_as_an_aspect_ratio_as_the_card_says() -> None:
    assert inputs(GPT_IMAGE, size="1024x1792") == {"size": "1024x1792"}
    assert inputs(NANO_BANANA, size="800x450") == {"aspect_ratio": "16:9"}


def test_an_aspect_ratio_that_the_model_supports_is_sent_and_sets_no_output_size() -> None:
    plan = plan_for(NANO_BANANA, aspect_ratio="21:9")
    assert (str(plan.native.ratio), plan.output.size) == ("21:9", None)


@pytest.mark.parametrize(
    ("fields", "param"),
    [({"size": "99999x99999"}, "size"), ({"width": 5000, "height": 5000}, "width")],
)
def test_the_error_for_an_impossible_size_names_the_possible_sizes(
    fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidValueError, match="1024x1024") as caught:
        plan_for(SCHNELL, **fields)
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("source", "native"),
    [
        (Size(640, 480), Size(640, 480)),
        (Size(643, 477), Size(640, 480)),
        (Size(4000, 3000), Size(1024, 768)),
        (Size(100, 50), Size(512, 256)),
        (Size(3000, 100), Size(1024, 256)),
    ],
)
def test_an_edit_without_a_size_takes_the_size_of_its_image_within_the_models_limits(
    source: Size, native: Size
) -> None:
    plan = plan_with(source, IMG2IMG, "edit")
    assert (plan.native.size, plan.output.size) == (native, native)


def test_an_edit_may_set_a_size() -> None:
    assert plan_for(IMG2IMG, "edit", size="300x300").output.size == Size(300, 300)


def test_zero_is_a_valid_seed() -> None:
    assert inputs(SCHNELL, seed=0) == {"seed": 0}


def test_several_images_have_consecutive_seeds() -> None:
    assert plan_for(SCHNELL, seed=5, n=3).seeds == (5, 6, 7)


def test_a_random_seed_is_drawn_only_if_the_card_says_so() -> None:
    assert plan_for(SDXL).seeds == (0x07070707,)
    assert plan_for(SCHNELL).seeds == (None,)


def test_the_seed_is_separate_from_the_other_parameters() -> None:
    plan = plan_for(SDXL, seed=3, steps=4)
    assert (plan.seeds, dict(plan.parameters)) == ((3,), {"steps": 4})


def test_seeds_beyond_the_exact_integers_of_json_are_refused() -> None:
    assert plan_for(SCHNELL, seed=2**53 - 1).seeds == (2**53 - 1,)
    with pytest.raises(InvalidValueError, match="9007199254740990") as caught:
        plan_for(SCHNELL, seed=2**53 - 1, n=2)
    assert caught.value.param == "seed"


def test_a_default_is_sent_if_it_differs_from_the_providers() -> None:
    assert inputs(IMG2IMG, "edit")["strength"] == 0.75
    assert inputs(IMG2IMG, "edit", strength=0)["strength"] == 0
    assert inputs(FLUX_2)["steps"] == 25


def test_a_variation_needs_no_prompt_and_has_a_lower_strength() -> None:
    plan = plan_for(IMG2IMG, "vary", prompt=None)
    assert IMG2IMG.variation is not None
    assert (plan.prompt, plan.parameters["strength"]) == (IMG2IMG.variation.prompt, 0.5)
    assert plan_for(IMG2IMG, "vary", strength=0.9).parameters["strength"] == 0.9


@pytest.mark.parametrize("task", ["generate", "edit"])
def test_a_generation_and_an_edit_need_a_prompt(task: Task) -> None:
    with pytest.raises(MissingParameterError):
        plan_for(FLUX_2, task, prompt=None)


def test_an_output_format_that_the_model_supports_is_sent() -> None:
    assert inputs(NANO_BANANA, output_format="jpeg")["output_format"] == "jpg"
    assert "output_format" not in inputs(SCHNELL, output_format="png")


def test_the_output_has_the_requested_size_format_and_compression() -> None:
    plan = plan_for(SCHNELL, output_format="webp", output_compression=40, size="512x512")
    assert plan.output == Output(Size(512, 512), "webp", 40)


@pytest.mark.parametrize(
    ("card", "fields"), [(SDXL, {}), (SCHNELL, {"output_format": "png"})], ids=["native", "asked"]
)
def test_output_compression_is_refused_for_png(card: ModelCard, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidValueError) as caught:
        plan_for(card, output_compression=40, **fields)
    assert caught.value.param == "output_compression"


def task_of(card: ModelCard, name: str) -> Task:
    """A task that takes a parameter."""
    return (card.parameters[name].tasks or card.tasks)[0]


def required_parameters(card: ModelCard, task: Task) -> dict[str, Any]:
    """A value for each parameter that a task requires."""
    samples = {"integer": 1, "number": 0.5, "string": "a text"}
    return {
        name: one.choices[0] if one.choices else samples[one.type]
        for name, one in card.parameters.items()
        if one.required and task in (one.tasks or card.tasks)
    }


def all_bounds() -> list[tuple[str, str, float]]:
    """Every bound of every parameter of every card."""
    return [
        (card.id, name, bound)
        for card in CARDS
        for name, parameter in card.parameters.items()
        if parameter.type in ("integer", "number")
        for bound in (parameter.min, parameter.max)
        if bound is not None
    ]


def test_a_number_is_accepted_up_to_its_bounds_and_refused_beyond(
    subtests: pytest.Subtests,
) -> None:
    for model, name, bound in all_bounds():
        with subtests.test(model=model, parameter=name, bound=bound):
            check_bound(CATALOG[model], name, bound)


def check_bound(card: ModelCard, name: str, bound: float) -> None:
    parameter, task = card.parameters[name], task_of(card, name)
    exact = int(bound) if parameter.type == "integer" else bound
    step = 1 if parameter.type == "integer" else 0.001
    others = required_parameters(card, task)
    plan = plan_for(card, task, **{**others, name: exact})
    assert {**plan.parameters, "seed": plan.seeds[0]}[name] == exact
    inside, outside = (exact - step, exact + step)
    if bound == parameter.min:
        inside, outside = outside, inside
    plan_for(card, task, **{**others, name: inside})
    with pytest.raises(InvalidValueError) as caught:
        plan_for(card, task, **{**others, name: outside})
    assert caught.value.param == name
    assert f"{bound:g}" in caught.value.message


def all_choices() -> list[tuple[str, str, str]]:
    """Every choice of every parameter of every card."""
    return [
        (card.id, name, choice)
        for card in CARDS
        for name, parameter in card.parameters.items()
        for choice in parameter.choices
    ]


def test_a_choice_is_sent_and_any_other_value_is_refused(subtests: pytest.Subtests) -> None:
    for model, name, choice in all_choices():
        with subtests.test(model=model, parameter=name, choice=choice):
            check_choice(CATALOG[model], name, choice)


def check_choice(card: ModelCard, name: str, choice: str) -> None:
    task = task_of(card, name)
    others = required_parameters(card, task)
    assert plan_for(card, task, **{**others, name: choice}).parameters[name] == choice
    # `background: true` submits a plan.
    for wrong in (choice + "!", 1, [choice], *([] if name == "background" else [True])):
        with pytest.raises(InvalidValueError, match=f"one of .*{choice}") as caught:
            plan_for(card, task, **{**others, name: wrong})
        assert caught.value.param == name


def test_every_model_refuses_or_drops_a_parameter_that_its_card_does_not_name(
    subtests: pytest.Subtests,
) -> None:
    for card in CARDS:
        with subtests.test(model=card.id):
            task = card.tasks[0]
            with pytest.raises(UnsupportedParameterError, match="Supported parameters") as caught:
                plan_for(card, task, stpes=3)
            assert caught.value.param == "stpes"
            plan = plan_for(
                card, task, **required_parameters(card, task), stpes=3, drop_params=True
            )
            assert ["'stpes'" in warning for warning in plan.warnings] == [True]


@pytest.mark.parametrize(
    ("card", "name", "value", "expected"),
    [
        (SCHNELL, "steps", 4.5, "an integer from 1 to 8"),
        (SCHNELL, "steps", "4", "an integer from 1 to 8"),
        (SCHNELL, "steps", True, "an integer from 1 to 8"),
        (SCHNELL, "seed", 2**53, "an integer of at least 0"),
        (SDXL, "guidance", "high", "a number"),
        (SDXL, "guidance", float("nan"), "a number"),
        (SDXL, "guidance", float("inf"), "a number"),
        (SDXL, "guidance", False, "a number"),
        (SDXL, "negative_prompt", "", "a string of at least 1 characters"),
        (SDXL, "negative_prompt", 5, "a string of at least 1 characters"),
        (CATALOG["workers-ai/recraft/recraftv4"], "controls", "red", "an object"),
    ],
)
def test_the_error_for_a_value_of_the_wrong_type_names_the_right_type(
    card: ModelCard, name: str, value: object, expected: str
) -> None:
    with pytest.raises(InvalidValueError, match=f"expected {expected}") as caught:
        plan_for(card, **{name: value})
    assert caught.value.param == name


def test_an_integer_is_accepted_as_a_number() -> None:
    assert inputs(SDXL, guidance=7)["guidance"] == 7


@pytest.mark.parametrize(("text", "value"), [("4", 4), ("04", 4)])
def test_a_number_in_a_form_is_parsed(text: str, value: int) -> None:
    request = parse_fields({"prompt": "x", "steps": text, "guidance": "2.5"}, text=True)
    plan = make_plan(request, SDXL, "generate", None, lambda count: bytes(count))
    assert plan.parameters == {"steps": value, "guidance": 2.5}


@pytest.mark.parametrize("text", ["4.5", "four", "nan", "1e999", ""])
def test_a_number_in_a_form_has_the_same_limits(text: str) -> None:
    request = parse_fields({"prompt": "x", "steps": text}, text=True)
    with pytest.raises(InvalidValueError):
        make_plan(request, SDXL, "generate", None, lambda count: bytes(count))


def test_drop_params_does_not_drop_a_wrong_value() -> None:
    with pytest.raises(InvalidValueError):
        plan_for(SCHNELL, steps=99, drop_params=True)


@pytest.mark.parametrize(
    "neutral", [{"quality": "auto"}, {"background": "opaque"}, {"moderation": "auto"}]
)
def test_openais_default_values_are_accepted_by_every_model(neutral: dict[str, Any]) -> None:
    plan = plan_for(SCHNELL, **neutral)
    assert (dict(plan.parameters), plan.warnings) == ({}, ())


def test_a_transparent_background_is_refused_if_the_model_cannot_make_one() -> None:
    with pytest.raises(UnsupportedParameterError) as caught:
        plan_for(SCHNELL, background="transparent")
    assert caught.value.param == "background"


def test_a_prompt_longer_than_the_models_limit_is_refused() -> None:
    plan_for(SCHNELL, prompt="x" * 2048)
    with pytest.raises(InvalidValueError, match="2048 characters, got 2049") as caught:
        plan_for(SCHNELL, prompt="x" * 2049)
    assert caught.value.param == "prompt"


FLUX_DEV = CATALOG["together/black-forest-labs/FLUX.1-dev"]


@pytest.mark.parametrize("name", ["guidance", "guidance_scale", "cfg_scale"])
def test_a_parameter_is_accepted_under_the_providers_and_other_common_names(name: str) -> None:
    assert inputs(FLUX_DEV, **{name: 3})["guidance_scale"] == 3


def test_one_parameter_under_two_names_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="same parameter") as caught:
        plan_for(FLUX_DEV, guidance=3, guidance_scale=3)
    assert caught.value.param == "guidance_scale"


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ({"type": "boolean"}, [True, False], ["true", 1, None]),
        ({"type": "array", "min": 1, "max": 2}, [[1], [1, {"a": 2}]], [[], [1, 2, 3], "a", {}]),
        ({"type": "object"}, [{}, {"a": 1}], [[], "a"]),
    ],
)
def test_parameters_of_every_type_are_validated(
    parameter: dict[str, Any], good: list[Any], bad: list[Any]
) -> None:
    one = Parameter.model_validate(parameter)
    card = SCHNELL.model_copy(update={"parameters": {"extra": one}})
    for value in good:
        assert plan_for(card, extra=value).parameters == {"extra": value}
    for value in bad:
        if value is not None:
            with pytest.raises(InvalidValueError, match="'extra'"):
                plan_for(card, extra=value)


@pytest.mark.parametrize(
    ("type_name", "text", "value"),
    [("boolean", "true", True), ("array", "[1]", [1]), ("object", '{"a":1}', {"a": 1})],
)
def test_parameters_of_every_type_are_parsed_from_forms(
    type_name: str, text: str, value: object
) -> None:
    one = Parameter.model_validate({"type": type_name})
    card = SCHNELL.model_copy(update={"parameters": {"extra": one}})
    request = parse_fields({"prompt": "x", "extra": text}, text=True)
    assert make_plan(request, card, "generate", None, bytes).parameters == {"extra": value}


@pytest.mark.parametrize(
    ("type_name", "text"),
    [("array", "[1e999]"), ("array", "[NaN]"), ("object", '{"a":[-1e999]}'), ("array", "[" * 5000)],
)
def test_numbers_beyond_double_precision_are_refused_in_a_form(type_name: str, text: str) -> None:
    one = Parameter.model_validate({"type": type_name})
    card = SCHNELL.model_copy(update={"parameters": {"extra": one}})
    request = parse_fields({"prompt": "x", "extra": text}, text=True)
    with pytest.raises(InvalidValueError, match="'extra'"):
        make_plan(request, card, "generate", None, bytes)


def test_a_required_parameter_must_be_given() -> None:
    one = Parameter.model_validate({"type": "string", "required": True})
    card = SCHNELL.model_copy(update={"parameters": {"search_prompt": one}})
    with pytest.raises(MissingParameterError) as caught:
        plan_for(card)
    assert caught.value.param == "search_prompt"


def test_a_model_may_need_no_prompt() -> None:
    card = SCHNELL.model_copy(update={"needs_prompt": False})
    request = ImageRequest.model_validate({})
    assert make_plan(request, card, "generate", None, bytes).prompt == ""


def test_images_with_explicit_seeds_are_made_in_separate_calls() -> None:
    six = dict.fromkeys(range(6))
    assert [[*batch] for batch in batches(FLUX_DEV, six)] == [[0, 1, 2, 3], [4, 5]]
    assert batches(FLUX_DEV, {0: 7, 2: 9}) == [{0: 7}, {2: 9}]


def test_a_model_that_chooses_the_size_is_sent_one_only_on_request() -> None:
    card = CATALOG["openai/gpt-image-2"]
    assert "size" not in inputs(card)
    assert inputs(card, size="1024x1024")["size"] == "1024x1024"
    assert plan_for(card).output.size is None


def test_a_parameter_may_be_limited_to_one_task() -> None:
    card = CATALOG["openai/gpt-image-1.5"]
    assert plan_for(card, "edit", input_fidelity="high").parameters == {"input_fidelity": "high"}
    with pytest.raises(UnsupportedParameterError):
        plan_for(card, "generate", input_fidelity="high")
    assert plan_for(card, "edit", moderation="auto").parameters == {}


def test_a_snapshot_is_a_model_with_its_own_name() -> None:
    card = CATALOG["gpt-image-2-2026-04-21"]
    assert (card.id, card.upstream) == ("openai/gpt-image-2-2026-04-21", "gpt-image-2-2026-04-21")
    assert card.sizes == CATALOG["gpt-image-2"].sizes
