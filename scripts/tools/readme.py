"""Write the README's table of models from the catalogue: `python -m tools.readme`."""

import sys
from collections.abc import Iterator

from tools.paths import REPO

sys.path.insert(0, str(REPO / "src"))

from easel.catalog import CATALOG, ModelCard, Parameter, Sizes

README = REPO / "README.md"
_BEGIN, _END = "<!-- models: made by `python -m tools.readme` -->\n", "<!-- models end -->\n"
_TASKS = {"generate": "make", "edit": "edit", "vary": "vary"}


def with_table(text: str) -> str:
    """The README's text with its table made anew."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return before + _BEGIN + "".join(_rows()) + _END + after


def _rows() -> Iterator[str]:
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


if __name__ == "__main__":
    README.write_text(with_table(README.read_text("utf-8")), "utf-8")
