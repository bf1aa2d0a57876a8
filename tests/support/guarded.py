"""The keys of the guarded server."""

import json
from dataclasses import dataclass

# The price of an image of the default model at its default size, in US dollars.
PRICE = 0.0006336


@dataclass(frozen=True)
class Keys:
    """Each limited key belongs to one test, so that no other test spends its budget."""

    admin: str = "admin-7f3a9c1e5b2d8460"
    plain: str = "plain-1c8e4b7a2f9d6035"
    other: str = "other-5e2a7c9b1d4f8036"
    ten_images: str = "images-9b4d2e7f1a6c8035"
    ten_prices: str = "prices-3f8a1c6e9d2b7045"
    paced: str = "paced-6d1b9e3f7a2c8405"
    single: str = "single-4b8d2f6a1c9e7035"
    cached: str = "cached-2a7f9c4e1b8d6035"
    background: str = "background-8e3b6d1f9a4c7025"

    def setting(self) -> str:
        """The value of `EASEL_API_KEYS`."""
        limits: dict[str, dict[str, object]] = {
            "admin": {"admin": True},
            "ten_images": {"budget_images_per_day": 10},
            "ten_prices": {"budget_usd_per_day": 10 * PRICE},
            "paced": {"requests_per_minute": 3},
            "single": {"requests_per_minute": 1},
            "background": {"budget_images_per_day": 1},
        }
        return json.dumps(
            {
                name.replace("_", "-"): {"key": key, **limits.get(name, {})}
                for name, key in vars(self).items()
            }
        )


KEYS = Keys()


def shown(key: str, **more: str) -> dict[str, str]:
    """The headers that carry a key."""
    return {"authorization": f"Bearer {key}", **more}
