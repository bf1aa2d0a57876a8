"""The cost of images, in nanodollars."""

from typing import Any

import pytest

from easel.billing.pricing import PricedImage, call_cost, price, token_cost
from easel.catalog import CATALOG, ModelCard
from easel.catalog.cards import Task
from easel.catalog.custom import cards_of
from easel.generation.execution.spending import work_of
from easel.generation.planning.inputs import InputImage, Inputs
from easel.generation.planning.plan import make_plan
from easel.media.sniff import ImageFacts
from easel.platform.money import usd_text
from easel.platform.size import Size
from easel.settings.custom_servers import Channel
from easel.wire.requests import ImageRequest
from support.services import Bytes

SCHNELL = CATALOG["@cf/black-forest-labs/flux-1-schnell"]
FLUX_2 = CATALOG["@cf/black-forest-labs/flux-2-dev"]
KLEIN_4B = CATALOG["@cf/black-forest-labs/flux-2-klein-4b"]
KLEIN_9B = CATALOG["@cf/black-forest-labs/flux-2-klein-9b"]
LUCID = CATALOG["@cf/leonardo/lucid-origin"]
PHOENIX = CATALOG["@cf/leonardo/phoenix-1.0"]
LIGHTNING = CATALOG["@cf/bytedance/stable-diffusion-xl-lightning"]
GROK = CATALOG["workers-ai/xai/grok-imagine-image"]
ULTRA = CATALOG["fal/fal-ai/flux-pro/v1.1-ultra"]
FILL = CATALOG["fal/fal-ai/flux-pro/v1/fill"]
GPT_2 = CATALOG["openai/gpt-image-2"]
GPT_1_5 = CATALOG["openai/gpt-image-1.5"]


def images(*sizes: tuple[int, int]) -> Inputs | None:
    if not sizes:
        return None
    return Inputs(
        tuple(InputImage("image", Bytes(b""), ImageFacts("png", Size(*size))) for size in sizes)
    )


def work_for(
    card: ModelCard, inputs: Inputs | None = None, task: Task | None = None, **fields: Any
) -> PricedImage:
    request = ImageRequest.model_validate({"prompt": "a fox", **fields})
    task = task or ("edit" if inputs else "generate")
    return work_of(make_plan(request, card, task, inputs, lambda count: b"\x07" * count), inputs)


def cost(card: ModelCard, *sizes: tuple[int, int], count: int = 1, **fields: Any) -> int | None:
    inputs = images(*sizes)
    return price(card, work_for(card, inputs, **fields), count)


def card_with_price(*charges: dict[str, Any], card: ModelCard = FLUX_2) -> ModelCard:
    return ModelCard.model_validate({**card.model_dump(), "price": charges})


def usage(
    text: int = 0, image: int = 0, output: int = 0, details: dict[str, int] | None = None
) -> dict[str, object]:
    counts: dict[str, object] = {
        "total_tokens": text + image + output,
        "input_tokens": text + image,
        "output_tokens": output,
        "input_tokens_details": {"text_tokens": text, "image_tokens": image},
    }
    return counts if details is None else {**counts, "output_tokens_details": details}


# --- Before the call


@pytest.mark.parametrize(
    ("unit", "amount"),
    [
        ("image", 1),
        ("input_image", 2),
        # 1040x512 pixels are three tiles of 512x512, two of them whole.
        ("tile", 3),
        # One of 511x255 pixels, to which 1022x510 is scaled down, and one of 100x511.
        ("input_tile", 2),
        ("step", 10),
        ("tile_step", 30),
        ("input_tile_step", 20),
        ("first_megapixel", 1),
        ("next_megapixel", 0),
        ("input_megapixel", 2),
        ("input_text_token", None),
        ("input_image_token", None),
        ("output_text_token", None),
        ("output_image_token", None),
    ],
)
def test_the_amount_of_every_unit_is_counted_beforehand_except_tokens(
    unit: str, amount: int | None
) -> None:
    card = card_with_price({"unit": unit, "usd": 1e-9})
    assert cost(card, (1022, 510), (100, 511), size="1040x512", steps=10) == amount


@pytest.mark.parametrize(
    ("card", "sizes", "fields", "nanodollars"),
    [
        # https://developers.cloudflare.com/workers-ai/platform/pricing/: 57.6 neurons
        (SCHNELL, [], {}, 633_600),
        (PHOENIX, [], {}, 26_070_000),
        (LUCID, [], {"steps": 25}, 66_264_000),
        (LUCID, [], {"steps": 25, "size": "1024x1024"}, 31_284_000),
        (FLUX_2, [], {}, 41_250_000),
        (FLUX_2, [(512, 512)], {}, 46_406_250),
        (KLEIN_4B, [], {}, 1_146_200),
        (KLEIN_4B, [(512, 512)], {}, 1_205_270),
        (KLEIN_9B, [], {}, 15_000_040),
        (KLEIN_9B, [(1024, 1024)], {}, 17_000_060),
        # 1920x1088 pixels are charged as two megapixels.
        (KLEIN_9B, [], {"size": "1920x1080"}, 17_000_060),
        (GROK, [(512, 512)], {}, 22_000_000),
        (ULTRA, [], {"aspect_ratio": "16:9"}, 60_000_000),
    ],
)
def test_documented_prices_are_computed_exactly(
    card: ModelCard, sizes: list[tuple[int, int]], fields: dict[str, Any], nanodollars: int
) -> None:
    assert cost(card, *sizes, **fields) == nanodollars


def test_every_image_is_charged() -> None:
    assert cost(SCHNELL, count=3) == 3 * 633_600
    assert cost(SCHNELL, count=0) == 0


def test_fractions_of_a_nanodollar_are_rounded_only_in_the_sum() -> None:
    card = card_with_price({"unit": "image", "usd": 0.4e-9})
    assert [cost(card, count=count) for count in (1, 2, 5)] == [0, 1, 2]


def test_the_steps_of_the_request_are_charged() -> None:
    assert cost(SCHNELL, steps=8) == (4 * 4_800 + 8 * 9_600) * 11


def test_the_generated_size_is_charged_rather_than_the_delivered_size() -> None:
    assert cost(SCHNELL, size="256x256") == cost(SCHNELL)


def test_an_aspect_ratio_is_charged_by_the_pixels_that_the_model_generates() -> None:
    card = card_with_price(
        {"unit": "first_megapixel", "usd": 1}, {"unit": "next_megapixel", "usd": 1}
    )
    shapes = ModelCard.model_validate({**card.model_dump(), "sizes": ULTRA.sizes.model_dump()})
    assert cost(shapes, aspect_ratio="16:9") == 4_000_000_000


def test_an_input_image_is_charged_at_the_size_that_is_sent() -> None:
    assert cost(KLEIN_4B, (4000, 3000)) == cost(KLEIN_4B, (400, 300))


def test_an_input_image_scaled_to_the_output_is_charged_at_that_size() -> None:
    card = card_with_price({"unit": "input_tile", "usd": 1e-9}, card=FILL)
    assert cost(card, (1000, 600)) == 4


def test_a_free_model_costs_zero_rather_than_an_unknown_amount() -> None:
    assert cost(LIGHTNING) == 0
    assert cost(card_with_price({"unit": "step", "usd": 0}, card=LUCID)) == 0


def test_a_price_by_step_is_unknown_if_the_provider_chooses_the_steps() -> None:
    assert cost(LUCID) is None


def test_a_card_without_charges_has_no_price() -> None:
    assert cost(CATALOG["@cf/lykon/dreamshaper-8-lcm"]) is None


def test_models_without_a_card_of_their_own_have_no_price() -> None:
    general = card_with_price({"unit": "image", "usd": 1}, card=CATALOG["openai/*"])
    assert cost(general) is None
    for card in cards_of(Channel(id="mine", base_url="https://x.example/v1")):
        assert cost(card) is None


def test_the_cost_of_every_priced_card_is_known_beforehand_unless_tokens_are_charged(
    subtests: pytest.Subtests,
) -> None:
    for card in {card.id: card for card in CATALOG.values() if card.price}.values():
        for task in card.tasks:
            with subtests.test(model=card.id, task=task):
                check_price(card, task)


def check_price(card: ModelCard, task: Task) -> None:
    given: dict[str, Any] = {
        name: {"number": 0.5, "string": "x"}[one.type]
        for name, one in card.parameters.items()
        if one.required and (not one.tasks or task in one.tasks)
    }
    steps = card.parameters.get("steps")
    if steps is not None and steps.default is None:
        given["steps"] = 25
    inputs = None if task == "generate" else images((640, 480))
    known = price(card, work_for(card, inputs, task, **given), 1)
    assert (known is None) == any(charge.unit.endswith("_token") for charge in card.price)
    assert card.price_source is not None


# --- By tokens


@pytest.mark.parametrize(
    ("card", "counts", "nanodollars"),
    [
        (GPT_2, usage(20, 0, 1000), 20 * 5_000 + 1000 * 30_000),
        (GPT_2, usage(20, 300, 1000), 20 * 5_000 + 300 * 8_000 + 1000 * 30_000),
        (
            GPT_1_5,
            usage(100, 0, 1010, {"text_tokens": 10, "image_tokens": 1000}),
            100 * 5_000 + 10 * 10_000 + 1000 * 32_000,
        ),
        (CATALOG["openai/gpt-image-1-mini"], usage(2, 4, 1000), 2 * 2_000 + 4 * 2_500 + 8_000_000),
    ],
)
def test_tokens_are_charged_by_kind(
    card: ModelCard, counts: dict[str, object], nanodollars: int
) -> None:
    assert token_cost(card, counts) == nanodollars


@pytest.mark.parametrize(
    ("card", "counts"),
    [
        pytest.param(GPT_2, None, id="none"),
        pytest.param(GPT_2, {}, id="empty"),
        pytest.param(GPT_2, usage(), id="only zeros"),
        pytest.param(GPT_2, usage(20, 0, 0), id="no output"),
        pytest.param(GPT_2, usage(20) | {"output_tokens": "1000"}, id="a text"),
        pytest.param(GPT_2, usage(20) | {"output_tokens": -1}, id="negative"),
        pytest.param(GPT_2, usage(20) | {"output_tokens": True}, id="a boolean"),
        pytest.param(GPT_2, usage(20) | {"output_tokens": 10**30}, id="no possible count"),
        pytest.param(GPT_2, usage(20) | {"output_tokens": 10**9}, id="more than any call costs"),
        pytest.param(GPT_2, usage(20, 0, 9) | {"input_tokens_details": None}, id="no details"),
        pytest.param(GPT_2, usage(20, 0, 9) | {"input_tokens": 21}, id="does not add up"),
        pytest.param(
            GPT_2,
            usage(20, 0, 9)
            | {"input_tokens_details": {"text_tokens": 20, "image_tokens": 0, "cached_tokens": 5}},
            id="cached",
        ),
        pytest.param(
            GPT_2, usage(20, 0, 9, {"text_tokens": 4, "image_tokens": 5}), id="of no price"
        ),
        pytest.param(GPT_1_5, usage(20, 0, 9), id="output of either kind"),
        pytest.param(SCHNELL, usage(20, 0, 9), id="not by tokens"),
        pytest.param(CATALOG["openai/chatgpt-image-latest"], usage(20, 0, 9), id="no price"),
    ],
)
def test_implausible_token_counts_have_no_price(
    card: ModelCard, counts: dict[str, object] | None
) -> None:
    assert token_cost(card, counts) is None


# --- Which of several amounts counts


def test_the_cost_that_the_provider_reports_takes_precedence() -> None:
    assert call_cost(SCHNELL, work_for(SCHNELL), 0.07, None, 1) == 70_000_000
    assert call_cost(GPT_2, work_for(GPT_2), 2.1e-05, usage(20, 0, 9), 1) == 21_000


def test_a_reported_cost_of_zero_is_accepted() -> None:
    assert call_cost(SCHNELL, work_for(SCHNELL), 0.0, None, 1) == 0


def test_without_a_reported_cost_the_tokens_are_charged() -> None:
    assert call_cost(GPT_2, work_for(GPT_2), None, usage(20, 0, 1000), 2) == 30_100_000


def test_without_token_counts_the_price_of_the_images_is_charged() -> None:
    assert call_cost(SCHNELL, work_for(SCHNELL), None, None, 2) == 2 * 633_600
    assert call_cost(SCHNELL, work_for(SCHNELL), None, usage(20, 0, 9), 1) == 633_600


def test_a_cost_that_cannot_be_determined_is_unknown_rather_than_zero() -> None:
    assert call_cost(GPT_2, work_for(GPT_2), None, None, 1) is None


@pytest.mark.parametrize(
    ("nanodollars", "text"),
    [
        (0, "0"),
        (1, "0.000000001"),
        (633_600, "0.0006336"),
        (1_500_000_000, "1.5"),
        (10_000_000_000, "10"),
        (123_000_000_000_000_001, "123000000.000000001"),
    ],
)
def test_an_amount_is_written_as_a_plain_decimal_number(nanodollars: int, text: str) -> None:
    assert usd_text(nanodollars) == text
