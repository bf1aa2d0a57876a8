"""Write the README's tables from what the code declares: `python -m tools.readme`."""

import sys
from collections.abc import Iterator
from dataclasses import fields

from tools.paths import REPO

sys.path.insert(0, str(REPO / "src"))

from easel.catalog import CATALOG, ModelCard, Parameter, Sizes
from easel.providers.registry import PROVIDERS
from easel.settings.settings import About, Settings

README = REPO / "README.md"
_TASKS = {"generate": "make", "edit": "edit", "vary": "vary"}


def with_tables(text: str) -> str:
    """The README's text with its tables made anew."""
    tables = {"providers": _providers(), "models": _models(), "settings": _settings()}
    for name, rows in tables.items():
        begin = f"<!-- {name}: made by `python -m tools.readme` -->\n"
        end = f"<!-- {name} end -->\n"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = before + begin + "".join(rows) + end + after
    return text


def _providers() -> Iterator[str]:
    yield "| prefix | provider | secret | base URL |\n| --- | --- | --- | --- |\n"
    for name, provider in sorted(PROVIDERS.items()):
        secrets = " or ".join(f"`{secret}`" for secret in provider.secrets) or "none"
        if provider.optional:
            secrets += " (optional)"
        urls = ", ".join(
            f"`{setting}`: {url or 'yours'}" for setting, url in provider.base_urls.items()
        )
        prefix = "`@cf/`, `workers-ai/`" if name == "workers-ai" else f"`{name}/`"
        yield f"| {prefix} | {provider.title} | {secrets} | {urls} |\n"
    yield "| `custom/ID/` | a server of your own | in its settings | in its settings |\n"


def _models() -> Iterator[str]:
    yield "| model | does | sizes | its own parameters |\n| --- | --- | --- | --- |\n"
    for name, card in sorted(CATALOG.items()):
        if name == card.id:
            yield f"| `{card.id}` | {_does(card)} | {_sizes(card.sizes)} | {_parameters(card)} |\n"


def _does(card: ModelCard) -> str:
    tasks = ", ".join(_TASKS[task] for task in card.tasks)
    images = f" ({card.images.max} image{'s' * (card.images.max > 1)}" if card.images else ""
    mask = ", a mask" if card.mask else ""
    return f"{tasks}{images}{mask}{')' if images else ''}"


def _sizes(sizes: Sizes) -> str:
    if sizes.min is not None:
        return f"{sizes.min} to {sizes.max} a side"
    return ", ".join(map(str, sizes.list or sizes.ratios))


def _parameters(card: ModelCard) -> str:
    return ", ".join(f"`{name}`{_range(value)}" for name, value in card.parameters.items())


def _range(parameter: Parameter) -> str:
    if parameter.choices:
        return f" ({', '.join(parameter.choices)})"
    if parameter.type not in ("integer", "number") or parameter.max is None:
        return ""
    return f" {parameter.min or 0:g} to {parameter.max:g}"


def _settings() -> Iterator[str]:
    yield "| name | default | |\n| --- | --- | --- |\n"
    defaults = Settings()
    for one in fields(Settings):
        about: About = one.metadata["about"]
        if about.says:
            names = (about.variable or one.name.upper()).split(", ")
            title = ", ".join(name if name == "..." else f"`{name}`" for name in names)
            default = about.otherwise or _default(getattr(defaults, one.name))
            says = f"{about.says}; a secret" if about.is_secret else about.says
            yield f"| {title} | {default} | {says} |\n"


def _default(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{value}`" if value else "none"


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text("utf-8")), "utf-8")
