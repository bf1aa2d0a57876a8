"""The model object of `GET /v1/models`."""

from typing import Any

from easel.catalog import CATALOG
from easel.wire.responses import model_object

OPENAI = {"id", "object", "created", "owned_by"}
ALWAYS = {
    *("aliases", "formats", "needs_prompt", "output", "parameters", "price", "provider"),
    *("sizes", "streams", "tasks"),
}
WHERE_THEY_APPLY = {"images", "mask", "max_prompt", "price_source"}
OF_A_PARAMETER = {"type", "min", "max", "choices", "default", "required", "tasks"}
OF_SIZES = {
    *("default", "list", "min", "max", "step", "min_pixels", "max_pixels", "max_ratio"),
    *("ratios", "pixels"),
}


def published() -> list[dict[str, Any]]:
    return [model_object(card) for card in CATALOG.values()]


def keys(tables: list[Any]) -> set[str]:
    return {key for table in tables for key in table}


def test_every_model_publishes_openais_keys_and_the_same_further_ones() -> None:
    for model in published():
        assert model.keys() >= OPENAI | ALWAYS
    assert keys(published()) == OPENAI | ALWAYS | WHERE_THEY_APPLY


def test_the_tables_of_a_model_publish_what_a_caller_can_set_and_nothing_else() -> None:
    models = published()
    parameters = [one for model in models for one in model["parameters"].values()]
    assert keys(parameters) == OF_A_PARAMETER
    assert keys([model["sizes"] for model in models]) == OF_SIZES
    assert keys([model.get("images", {}) for model in models]) == {"max"}
    assert keys([model.get("mask", {}) for model in models]) == {"required"}


def test_a_price_is_a_list_of_charges_or_null() -> None:
    prices = [model["price"] for model in published()]
    assert None in prices
    assert [] not in prices
    assert keys([charge for price in prices for charge in price or ()]) == {
        "unit",
        "usd",
        "neurons",
    }


def test_a_formats_name_at_the_provider_is_not_published() -> None:
    card = CATALOG["fal/fal-ai/flux/dev"]
    assert model_object(card)["formats"] == ["jpeg", "png"]
