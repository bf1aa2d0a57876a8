"""The name of a model is resolved to a chain of model cards."""

import pytest

from easel.catalog import CATALOG
from easel.errors import InvalidValueError, ModelNotFoundError
from easel.generation.planning.models import resolve, resolve_chain

SCHNELL = "@cf/black-forest-labs/flux-1-schnell"


@pytest.mark.parametrize("name", [SCHNELL, SCHNELL.upper()])
def test_a_model_is_found_by_its_id_in_any_case(name: str) -> None:
    assert resolve(CATALOG, name).id == SCHNELL


@pytest.mark.parametrize(
    "name", ["flux-1-schnel", "flux-schnell", "@cf/bfl/flux-1-schnel", "x/FLUX.1-schnell"]
)
def test_the_error_for_an_unknown_model_suggests_the_nearest_name(name: str) -> None:
    with pytest.raises(ModelNotFoundError, match=f"Did you mean {SCHNELL}") as caught:
        resolve(CATALOG, name)
    assert (caught.value.param, caught.value.code) == ("model", "model_not_found")


@pytest.mark.parametrize("name", ["gpt-4", "\n", "x" * 100_000])
def test_the_error_for_a_name_without_a_near_match_points_to_the_list_of_models(name: str) -> None:
    with pytest.raises(ModelNotFoundError, match="GET /v1/models"):
        resolve(CATALOG, name)


def test_an_unknown_id_with_a_providers_prefix_is_passed_on_verbatim() -> None:
    card = resolve(CATALOG, "Together/some-org/New.Model-Free")
    assert (card.provider, card.upstream) == ("together", "some-org/New.Model-Free")
    assert card.id == "together/some-org/New.Model-Free"


@pytest.mark.parametrize("name", ["together/", "together/*", "together//", "together/ "])
def test_a_prefix_without_a_name_is_no_model(name: str) -> None:
    with pytest.raises(ModelNotFoundError):
        resolve(CATALOG, name)


@pytest.mark.parametrize("name", ["dall-e-3", "openai/dall-e-3", "DALL-E-3"])
def test_a_well_known_name_without_a_prefix_is_an_alias(name: str) -> None:
    assert resolve(CATALOG, name).id == "openai/dall-e-3"


def chain(name: str, **aliases: tuple[str, ...]) -> list[str]:
    return [card.id for card in resolve_chain(CATALOG, aliases, name)]


def test_several_names_are_a_chain_without_duplicates() -> None:
    assert chain(f"{SCHNELL}, dall-e-3,openai/dall-e-3 ,") == [SCHNELL, "openai/dall-e-3"]


def test_an_alias_may_be_part_of_a_chain_and_overrides_a_name_of_the_catalogue() -> None:
    assert chain("best,dall-e-2", best=(SCHNELL,)) == [SCHNELL, "openai/dall-e-2"]
    assert chain("DALL-E-3", **{"dall-e-3": (SCHNELL,)}) == [SCHNELL]


def test_a_chain_has_at_most_eight_models() -> None:
    with pytest.raises(InvalidValueError, match="at most 8 models"):
        chain(",".join(f"together/x-{index}" for index in range(9)))


def test_a_chain_of_empty_names_is_not_found() -> None:
    with pytest.raises(ModelNotFoundError):
        chain(" , ")


def test_a_name_of_more_than_200_characters_is_not_found_and_not_repeated_in_full() -> None:
    for prefix in ("hf/owner/", "@cf/owner/"):
        with pytest.raises(ModelNotFoundError) as caught:
            resolve(CATALOG, prefix + "m" * 200)
        assert len(caught.value.message) < 300
