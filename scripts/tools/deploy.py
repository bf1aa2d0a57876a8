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
    """Replace this process with `wrangler deploy` and the flags of the command line.

    Raises:
        CommandError: the preparation failed, or a setting is invalid.
    """
    arguments = sys.argv[1:]
    prepare(bundle=False)
    _check_settings(arguments)
    say("Running wrangler deploy ...")
    os.chdir(REPO)
    # Empty selects the top level of wrangler.toml; if it is unset, wrangler warns.
    variables = {"CLOUDFLARE_ENV": "", **environment(prompts=True)}
    os.execve(WRANGLER, ["wrangler", "deploy", *arguments], variables)


def _check_settings(arguments: Sequence[str]) -> None:
    # In another process: easel needs the packages of .venv, which this Python may not have.
    check = subprocess.run(
        [PYTHON, "-m", "tools.check_settings", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (SCRIPTS, REPO / "src")))},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if check.returncode != 0:
        sentence, *rest = check.stderr.strip().splitlines() or ["The check of the settings failed."]
        raise CommandError(sentence, rest)
