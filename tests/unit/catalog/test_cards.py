"""The rules that every model card obeys, and the errors of a table that breaks one."""

from collections.abc import Callable, Iterator

import pytest
from pydantic import ValidationError

from easel.catalog import CATALOG, ModelCard, Sizes
from easel.providers.registry import PROVIDERS

# Families of names that a provider uses without its own prefix.
OTHER_PREFIXES = {"workers-ai": ("@cf/",), "fal": ("fal-ai/",)}


def violations(broken_rule: Callable[[ModelCard], Iterator[str]]) -> list[str]:
    """Each card that breaks a rule, with what is wrong."""
    cards = {card.id: card for card in CATALOG.values()}
    return [f"{card.id}: {problem}" for card in cards.values() for problem in broken_rule(card)]


def test_every_card_names_a_provider_that_exists() -> None:
    def unknown_provider(card: ModelCard) -> Iterator[str]:
        if card.provider not in PROVIDERS:
            yield f"there is no provider {card.provider!r}"

    assert violations(unknown_provider) == []


def test_every_card_cites_its_source() -> None:
    def missing_source(card: ModelCard) -> Iterator[str]:
        if not card.source.startswith("https://"):
            yield f"its source is {card.source!r}, not a URL"

    assert violations(missing_source) == []


def test_every_default_is_in_its_range() -> None:
    def default_out_of_range(card: ModelCard) -> Iterator[str]:
        for name, parameter in card.parameters.items():
            default = parameter.default
            if not isinstance(default, (int, float)):
                continue
            if parameter.min is not None and default < parameter.min:
                yield f"the default of {name!r}, {default}, is less than {parameter.min}"
            if parameter.max is not None and default > parameter.max:
                yield f"the default of {name!r}, {default}, is greater than {parameter.max}"

    assert violations(default_out_of_range) == []


def test_every_model_id_begins_with_the_prefix_of_its_provider() -> None:
    def foreign_prefix(card: ModelCard) -> Iterator[str]:
        prefixes = (f"{card.provider}/", *OTHER_PREFIXES.get(card.provider, ()))
        if not card.id.startswith(prefixes):
            yield f"it begins with none of {prefixes}"

    assert violations(foreign_prefix) == []


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


def test_a_misspelt_key_of_a_card_is_an_error() -> None:
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
