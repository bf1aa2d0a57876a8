"""Write the generated tables of `docs/`: `PYTHONPATH=scripts .venv/bin/python -m tools.docs`."""

import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path

from tools.paths import REPO

sys.path.insert(0, str(REPO / "src"))

from easel import errors
from easel.providers.registry import PROVIDERS
from easel.settings.settings import About, Settings
from tools.costs import cost_table
from tools.docs_folders import folder_table
from tools.docs_models import model_tables

DOCS = REPO / "docs"

Table = Callable[[], Iterator[str]]


def with_tables(text: str) -> str:
    """Return a page's text with its tables generated again.

    A table stands between the comments `<!-- NAME: generated ... -->` and `<!-- end of NAME -->`.

    Raises:
        KeyError: a comment names a table that does not exist.
    """

    def replace(match: re.Match[str]) -> str:
        lines = "".join(f"{line}\n" for line in TABLES[match["name"]]())
        return f"{match['begin']}\n{lines}{match['end']}"

    return _BLOCK.sub(replace, text)


def table_names(text: str) -> list[str]:
    """List the names of the generated tables in a page."""
    return [match["name"] for match in _BLOCK.finditer(text)]


def pages() -> list[Path]:
    """List every page of `docs/`."""
    return sorted(DOCS.glob("*.md"))


def _providers() -> Iterator[str]:
    yield "| prefix | provider | secret | setting for the base URL, and its default |"
    yield "| --- | --- | --- | --- |"
    for name in sorted(PROVIDERS, key=lambda name: (name != "workers-ai", name)):
        provider = PROVIDERS[name]
        secrets = " or ".join(f"`{secret}`" for secret in provider.secrets) or "none"
        if provider.optional:
            secrets += " (optional)"
        urls = ", ".join(
            f"`{setting}`: {url or 'none; you set it'}"
            for setting, url in provider.base_urls.items()
        )
        prefix = "`@cf/`, `workers-ai/`" if name == "workers-ai" else f"`{name}/`"
        yield f"| {prefix} | {provider.title} | {secrets} | {urls or 'none'} |"
    yield (
        "| `custom/ID/` | [a custom server](custom-servers.md) | in its settings "
        "| in its settings |"
    )


def _settings() -> Iterator[str]:
    yield "| name | default | meaning |"
    yield "| --- | --- | --- |"
    defaults = Settings()
    for one in fields(Settings):
        about: About = one.metadata["about"]
        if about.says:
            names = (about.variable or one.name.upper()).split(", ")
            title = ", ".join(name if name == "..." else f"`{name}`" for name in names)
            default = about.otherwise or _default(getattr(defaults, one.name))
            says = f"{about.says}; a secret" if about.is_secret else about.says
            yield f"| {title} | {default} | {says} |"


def _errors() -> Iterator[str]:
    yield "| status | `code` | meaning | may be repeated |"
    yield "| --- | --- | --- | --- |"
    kinds: list[type[errors.EaselError]] = [getattr(errors, name) for name in errors.__all__]
    meanings: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    for kind in kinds:
        # The base class is never raised, and a client that has disconnected gets no error.
        if kind not in (errors.EaselError, errors.ClientDisconnectedError):
            repeated = "yes" if kind.retryable else "no"
            meaning = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
            meanings[kind.status, kind.code, repeated].append(meaning)
    for (status, code, repeated), texts in sorted(meanings.items()):
        yield f"| {status} | `{code}` | {'<br>'.join(texts)} | {repeated} |"


def _default(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{value}`" if value else "none"


TABLES: Mapping[str, Table] = {
    "costs": cost_table,
    "errors": _errors,
    "folders": folder_table,
    "models": model_tables,
    "providers": _providers,
    "settings": _settings,
}

_BLOCK = re.compile(
    r"(?P<begin><!-- (?P<name>\w+): generated [^\n]*-->)\n.*?(?P<end><!-- end of (?P=name) -->)",
    re.DOTALL,
)


def main() -> None:
    """Write every page again."""
    for page in pages():
        page.write_text(with_tables(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
