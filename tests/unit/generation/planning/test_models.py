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
def test_an_unknown_name_suggests_the_nearest(name: str) -> None:
    with pytest.raises(ModelNotFoundError, match=f"Did you mean {SCHNELL}") as caught:
        resolve(CATALOG, name)
    assert (caught.value.param, caught.value.code) == ("model", "model_not_found")


@pytest.mark.parametrize("name", ["gpt-4", "\n", "x" * 100_000])
def test_a_name_near_nothing_points_to_the_list(name: str) -> None:
    with pytest.raises(ModelNotFoundError, match="GET /v1/models"):
        resolve(CATALOG, name)


def test_an_id_under_a_providers_prefix_is_passed_on_verbatim() -> None:
    card = resolve(CATALOG, "Together/some-org/New.Model-Free")
    assert (card.provider, card.upstream) == ("together", "some-org/New.Model-Free")
    assert card.id == "together/some-org/New.Model-Free"


@pytest.mark.parametrize("name", ["together/", "together/*", "together//", "together/ "])
def test_a_prefix_alone_is_no_model(name: str) -> None:
    with pytest.raises(ModelNotFoundError):
        resolve(CATALOG, name)


@pytest.mark.parametrize("name", ["dall-e-3", "openai/dall-e-3", "DALL-E-3"])
def test_a_well_known_bare_name_is_an_alias(name: str) -> None:
    assert resolve(CATALOG, name).id == "openai/dall-e-3"


def chain(name: str, **aliases: tuple[str, ...]) -> list[str]:
    return [card.id for card in resolve_chain(CATALOG, aliases, name)]


def test_several_names_are_a_chain_without_repetition() -> None:
    assert chain(f"{SCHNELL}, dall-e-3,openai/dall-e-3 ,") == [SCHNELL, "openai/dall-e-3"]


def test_an_alias_may_stand_in_a_chain_and_goes_before_the_catalogues_names() -> None:
    assert chain("best,dall-e-2", best=(SCHNELL,)) == [SCHNELL, "openai/dall-e-2"]
    assert chain("DALL-E-3", **{"dall-e-3": (SCHNELL,)}) == [SCHNELL]


def test_a_chain_has_an_end() -> None:
    with pytest.raises(InvalidValueError, match="at most 8"):
        chain(",".join(f"together/x-{index}" for index in range(9)))


def test_names_that_are_no_names_do_not_exist() -> None:
    with pytest.raises(ModelNotFoundError):
        chain(" , ")


def test_a_name_of_more_than_200_characters_is_no_models_and_is_not_repeated_whole() -> None:
    for prefix in ("hf/owner/", "@cf/owner/"):
        with pytest.raises(ModelNotFoundError) as caught:
            resolve(CATALOG, prefix + "m" * 200)
        assert len(caught.value.message) < 300
