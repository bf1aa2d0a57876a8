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
def test_every_default_is_in_its_range(card: ModelCard) -> None:
    for parameter in card.parameters.values():
        if isinstance(parameter.default, (int, float)):
            assert (parameter.min or parameter.default) <= parameter.default
            assert (parameter.max or parameter.default) >= parameter.default


@pytest.mark.parametrize("card", CARDS)
def test_an_id_begins_with_the_prefix_of_its_provider(card: ModelCard) -> None:
    others = {"workers-ai": ("@cf/",), "fal": ("fal-ai/",)}.get(card.provider, ())
    assert card.id.startswith((f"{card.provider}/", *others))


def test_no_two_names_differ_only_in_case() -> None:
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
def test_sizes_that_are_not_one_of_a_list_a_range_or_ratios_are_refused(
    sizes: dict[str, object],
) -> None:
    with pytest.raises(ValidationError):
        Sizes.model_validate({"default": "1x1", "sent_as": "nothing", **sizes})


def test_a_misspelt_key_is_an_error() -> None:
    with pytest.raises(ValidationError, match="defualt"):
        Sizes.model_validate({"defualt": "1x1", "list": ["1x1"], "sent_as": "nothing"})


def card(provider: str, options: dict[str, object]) -> ModelCard:
    name = {"stability": "stability/core", "fal": "fal/fal-ai/flux/dev"}[provider]
    return ModelCard.model_validate({**CATALOG[name].model_dump(), "options": options})


def test_a_card_holds_its_options_in_the_type_that_its_provider_declares() -> None:
    for one in CATALOG.values():
        assert type(one.options) is PROVIDERS[one.provider].options


@pytest.mark.parametrize(
    ("provider", "options", "message"),
    [
        ("fal", {"quue": True}, "quue"),
        ("fal", {"queue": "yes"}, "queue"),
        ("fal", {"sizes": {"1024x1024": "1:1"}}, "1024x1024"),
        ("stability", {}, "path"),
        ("stability", {"path": 7}, "path"),
    ],
)
def test_an_option_that_is_misspelt_missing_or_of_the_wrong_type_is_an_error(
    provider: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        card(provider, options)
