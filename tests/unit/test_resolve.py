import pytest

from easel.catalog import CATALOG
from easel.errors import ModelNotFoundError
from easel.images.resolve import resolve

SCHNELL = "@cf/black-forest-labs/flux-1-schnell"


@pytest.mark.parametrize("name", [SCHNELL, SCHNELL.upper()])
def test_a_model_is_found_by_its_id_in_any_case(name: str) -> None:
    assert resolve(CATALOG, name).id == SCHNELL


@pytest.mark.parametrize(
    "name", ["flux-1-schnell", "flux-schnell", "@cf/bfl/flux-1-schnel", "x/FLUX.1-schnell"]
)
def test_an_unknown_name_suggests_the_nearest(name: str) -> None:
    with pytest.raises(ModelNotFoundError, match=f"Did you mean {SCHNELL}") as caught:
        resolve(CATALOG, name)
    assert (caught.value.param, caught.value.code) == ("model", "model_not_found")


@pytest.mark.parametrize("name", ["gpt-4", "\n", "x" * 100_000])
def test_a_name_near_nothing_points_to_the_list(name: str) -> None:
    with pytest.raises(ModelNotFoundError, match="GET /v1/models"):
        resolve(CATALOG, name)
