import pytest
from pydantic import ValidationError

from easel.catalog import CATALOG, ModelCard, Sizes
from easel.providers.registry import PROVIDERS

CARDS = [pytest.param(card, id=name) for name, card in CATALOG.items()]


@pytest.mark.parametrize("card", CARDS)
def test_every_card_names_a_provider_that_exists(card: ModelCard) -> None:
    assert card.provider in PROVIDERS


@pytest.mark.parametrize("card", CARDS)
def test_every_card_cites_its_source(card: ModelCard) -> None:
    assert card.source.startswith("https://")


@pytest.mark.parametrize("card", CARDS)
def test_every_default_lies_in_its_range(card: ModelCard) -> None:
    for parameter in card.parameters.values():
        if isinstance(parameter.default, (int, float)):
            assert (parameter.min or parameter.default) <= parameter.default
            assert (parameter.max or parameter.default) >= parameter.default


@pytest.mark.parametrize("card", CARDS)
def test_a_name_begins_with_its_providers_prefix(card: ModelCard) -> None:
    others = {"workers-ai": ("@cf/",), "fal": ("fal-ai/",)}.get(card.provider, ())
    assert card.id.startswith((f"{card.provider}/", *others))


def test_names_differ_by_more_than_case() -> None:
    assert len({name.lower() for name in CATALOG}) == len(CATALOG)


@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"list": ["1x1"], "min": 1, "max": 2},
        {"min": 1},
        {"max": 1},
        {"list": ["big"]},
    ],
)
def test_sizes_are_a_list_or_a_range(sizes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Sizes.model_validate({"default": "1x1", "sent_as": "nothing", **sizes})


def test_a_misspelt_key_is_an_error() -> None:
    with pytest.raises(ValidationError, match="defualt"):
        Sizes.model_validate({"defualt": "1x1", "list": ["1x1"], "sent_as": "nothing"})
