"""The models of the owner's custom servers."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from easel.catalog.cards import ModelCard
from easel.catalog.loader import CATALOG
from easel.settings.custom_servers import Channel


@lru_cache(maxsize=1)
def catalog_with(channels: tuple[Channel, ...]) -> Mapping[str, ModelCard]:
    """The catalogue with the models of these custom servers."""
    own = {card.id: card for channel in channels for card in cards_of(channel)}
    return {**CATALOG, **own} if own else CATALOG


def cards_of(channel: Channel) -> Iterator[ModelCard]:
    """A card for each listed model of a custom server, and one for all others."""
    for model in channel.image_models:
        yield _card(channel, f"{channel.provider}/{model.id}", model.id)
    yield _card(channel, f"{channel.provider}/*", None)


def _card(channel: Channel, name: str, upstream: str | None) -> ModelCard:
    return ModelCard.model_validate(
        {
            "id": name,
            "upstream": upstream,
            "provider": channel.provider,
            "owner": channel.id,
            "created": 0,
            "source": channel.base_url,
            "tasks": ["generate", "edit"],
            "per_call": 10,
            "response_format": "b64_json",
            "sizes": {
                "default": "1024x1024",
                "min": 16,
                "max": 8192,
                "optional": True,
                "sent_as": channel.size_as,
            },
            "images": {"max": 16, "upstream": "image[]", "sent_as": "file"},
            "mask": {"kind": "alpha_repaints", "sent_as": "file"},
            "output": "png",
            "parameters": _PARAMETERS,
        }
    )


# Parameters that such servers have beyond OpenAI's. Only those in the request are sent.
_PARAMETERS = {
    "seed": {"type": "integer", "min": 0},
    "steps": {"type": "integer", "upstream": "num_inference_steps", "min": 1, "max": 1000},
    "guidance": {"type": "number", "upstream": "guidance_scale", "min": 0, "max": 100},
    "negative_prompt": {"type": "string"},
    "strength": {"type": "number", "min": 0, "max": 1},
    "quality": {"type": "string"},
    "style": {"type": "string"},
    "background": {"type": "string"},
}
