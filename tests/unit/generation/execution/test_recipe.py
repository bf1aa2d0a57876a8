"""The recipe that is stored as metadata of an image."""

from easel.catalog import CATALOG, ModelCard
from easel.generation.execution.recipe import recipe
from easel.generation.planning.plan import make_plan
from easel.wire.requests import ImageRequest
from support.services import NOW

SDXL = CATALOG["@cf/stabilityai/stable-diffusion-xl-base-1.0"]

# https://developers.cloudflare.com/r2/platform/limits/
R2_METADATA_BYTES = 8192


def recipe_of(card: ModelCard = SDXL, **fields: object) -> dict[str, str]:
    request = ImageRequest.model_validate({"prompt": "x", **fields})
    plan = make_plan(request, card, "generate", None, lambda count: bytes(count))
    return recipe(plan, plan.seeds[0], NOW)


def test_a_short_recipe_is_stored_in_full() -> None:
    recipe = recipe_of(prompt="ein Fuchs, 狐", negative_prompt="fog")
    assert recipe["prompt"] == "ein Fuchs, 狐"
    assert recipe["parameters"] == '{"negative_prompt":"fog"}'
    assert "truncated" not in recipe


def test_long_texts_are_truncated_and_listed_as_truncated() -> None:
    recipe = recipe_of(prompt="狐" * 30_000, negative_prompt="霧" * 30_000)
    assert sum(len(key) + len(value.encode()) for key, value in recipe.items()) < R2_METADATA_BYTES
    assert recipe["prompt"] == "狐" * 1333
    assert recipe["truncated"] == "prompt,negative_prompt"


def test_a_long_object_is_truncated() -> None:
    recraft = CATALOG["workers-ai/recraft/recraftv4"]
    recipe = recipe_of(recraft, controls={"colors": [{"rgb": [1, 2, 3]}] * 500})
    assert len(recipe["parameters"]) < 1200
    assert recipe["truncated"] == "controls"
