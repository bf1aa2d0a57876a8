"""`./scripts/deploy`: prepare the checkout, check the settings and run `wrangler deploy`."""

import os
import subprocess
import sys
from collections.abc import Sequence

from tools.console import CommandError, say
from tools.paths import PYTHON, REPO, SCRIPTS
from tools.prepare import prepare
from tools.wrangler import WRANGLER, environment


def main() -> int:
    """Become `wrangler deploy`, with the flags of the command line and its exit status.

    Raises:
        CommandError: the preparation failed, or a setting is wrong.
    """
    arguments = sys.argv[1:]
    prepare(bundle=False)
    _check_settings(arguments)
    say("Running wrangler deploy ...")
    os.chdir(REPO)
    # Empty means the top level of wrangler.toml; unset, wrangler warns that it had to guess.
    variables = {"CLOUDFLARE_ENV": "", **environment(prompts=True)}
    os.execve(WRANGLER, ["wrangler", "deploy", *arguments], variables)


def _check_settings(arguments: Sequence[str]) -> None:
    # In a process of its own: easel needs the packages of .venv, which need not run this one.
    check = subprocess.run(
        [PYTHON, "-m", "tools.check_settings", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (SCRIPTS, REPO / "src")))},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if check.returncode != 0:
        sentence, *rest = check.stderr.strip().splitlines() or ["The settings were not checked."]
        raise CommandError(sentence, rest)
