"""Check the settings before `wrangler deploy`: `python -m tools.check_settings`.

The arguments are those of `wrangler deploy`. easel must be importable.
"""

import argparse
import os
import re
import sys
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from easel.errors import ConfigurationError
from easel.providers.registry import BASE_URL_SETTINGS, SECRET_SETTINGS
from easel.settings.settings import About, Settings, read_settings
from tools.console import CommandError, run_command
from tools.paths import REPO

_CONFIG = "wrangler.toml"
_CHANNELS_SECRETS = re.compile(r"CUSTOM_CHANNEL_\d+_(KEY|TOKENS)")

# A name may have one typing error for every 8 letters, and at most two.
_LETTERS_PER_TYPO = 8
_MAX_TYPOS = 2

# A line of an .env file, as the npm package `dotenv` parses it, which wrangler uses.
# https://github.com/motdotla/dotenv/blob/master/lib/main.js
_ENV_LINE = re.compile(
    r"""^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)"""
    r"""(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:\#.*)?$""",
    re.MULTILINE,
)


def main() -> int:
    """Check the settings that the command line would deploy.

    Raises:
        CommandError: a setting is invalid; the sentence names it and does not repeat its value.
    """
    check_settings(sys.argv[1:], REPO)
    return 0


def check_settings(arguments: Sequence[str], folder: Path) -> None:
    """Check the settings that `wrangler deploy` would deploy.

    Args:
        arguments: the flags of `wrangler deploy`; wrangler itself reports invalid flags.
        folder: the working directory, with `wrangler.toml`.

    Raises:
        CommandError: a setting is invalid; the sentence names it and does not repeat its value.
    """
    flags = _parse(arguments)
    variables = _variables_of(folder / flags.config, flags.env)
    for pair in flags.var:
        name, _, value = pair.partition(":")
        variables[name] = value
    secrets = _secrets_of(folder / flags.secrets_file) if flags.secrets_file else {}
    _check_names([*variables, *secrets])
    for name in variables:
        if name in _secret_names() or _CHANNELS_SECRETS.fullmatch(name):
            raise _in_plain_text(name, "is a secret")
    try:
        channels = read_settings(variables.get, BASE_URL_SETTINGS, SECRET_SETTINGS).channels
        read_settings({**variables, **secrets}.get, BASE_URL_SETTINGS, SECRET_SETTINGS)
    except ConfigurationError as error:
        raise CommandError(f"Nothing was deployed. {error.message}") from None
    if any(channel.tokens for channel in channels):
        raise _in_plain_text("CUSTOM_CHANNELS_JSON", "contains tokens, which are secrets")


def _in_plain_text(name: str, why: str) -> CommandError:
    return CommandError(
        f"Nothing was deployed. {name} {why}, but it is set as a variable, which is plain text: "
        f"remove the variable and run `npx wrangler secret put {name}`."
    )


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--config", "-c", nargs="?", default=_CONFIG, const=_CONFIG)
    parser.add_argument("--env", "-e", nargs="?", default=os.environ.get("CLOUDFLARE_ENV"))
    parser.add_argument("--var", nargs="*", action="extend", default=[])
    parser.add_argument("--secrets-file", nargs="?")
    return parser.parse_known_args(arguments)[0]


def _variables_of(config: Path, environment: str | None) -> dict[str, Any]:
    """Return the variables of a configuration file; environments inherit none."""
    if config.suffix != ".toml" or not config.is_file():
        return {}
    try:
        content = tomllib.loads(config.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CommandError(f"{config.name} is not valid TOML: {error}.") from None
    if environment:
        content = content.get("env", {}).get(environment, {})
    return dict(content.get("vars", {}))


def _secrets_of(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise CommandError(f"The file {file} of `--secrets-file` does not exist.")
    text = file.read_text("utf-8")
    try:
        content = from_json(text)
    except ValueError:
        return _env_file(text)
    return content if isinstance(content, dict) else {}


def _env_file(text: str) -> dict[str, str]:
    found = {}
    for name, quoted in _ENV_LINE.findall(text):
        value = quoted.strip()
        if len(value) > 1 and value[0] in "'\"`" and value[0] == value[-1]:
            is_double, value = value[0] == '"', value[1:-1]
            value = value.replace(r"\n", "\n").replace(r"\r", "\r") if is_double else value
        # wrangler prefers the environment's value. Values that it would expand are skipped.
        value = os.environ.get(name, value)
        if "$" not in value:
            found[name] = value
    return found


def _check_names(names: Collection[str]) -> None:
    known = _known_names()
    for name in names:
        if name in known:
            continue
        allowed = max(1, min(_MAX_TYPOS, len(name) // _LETTERS_PER_TYPO))
        distance, nearest = min((_distance(name.upper(), one), one) for one in known)
        if distance <= allowed:
            raise CommandError(
                f"Nothing was deployed. easel has no setting {name}. Did you mean {nearest}?"
            )


def _known_names() -> frozenset[str]:
    """Return every name that easel reads, those of all numbered channels included."""
    names = set()

    def read(name: str) -> str | None:
        names.add(name)
        channel = re.fullmatch(r"CUSTOM_CHANNEL_(\d+)_(ID|URL)", name)
        if channel is None:
            return None
        return channel[1] if channel[2] == "ID" else "https://example.com"

    read_settings(read, BASE_URL_SETTINGS, SECRET_SETTINGS)
    return frozenset(names)


def _secret_names() -> frozenset[str]:
    abouts: Mapping[str, About] = {one.name: one.metadata["about"] for one in fields(Settings)}
    own = {name.upper() for name, about in abouts.items() if about.is_secret and about.read}
    return frozenset({*own, *SECRET_SETTINGS})


def _distance(one: str, other: str) -> int:
    """Return the edit distance (Damerau-Levenshtein, with adjacent swaps)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one):
        earlier, before = before, row
        row = [at + 1]
        for to, wanted in enumerate(other):
            cost = min(before[to] + (letter != wanted), before[to + 1] + 1, row[to] + 1)
            if at and to and letter == other[to - 1] and one[at - 1] == wanted:
                cost = min(cost, earlier[to - 1] + 1)
            row.append(cost)
    return row[-1]


if __name__ == "__main__":
    sys.exit(run_command(main))
