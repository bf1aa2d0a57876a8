"""`./scripts/deploy`: prepare the checkout and run `wrangler deploy`."""

import os
import sys

from tools.console import say
from tools.paths import REPO
from tools.prepare import prepare
from tools.wrangler import WRANGLER, environment


def main() -> int:
    """Become `wrangler deploy`, with the flags of the command line and its exit status.

    Raises:
        CommandError: the preparation failed.
    """
    prepare(bundle=False)
    say("Running wrangler deploy ...")
    os.chdir(REPO)
    # Empty means the top level of wrangler.toml; unset, wrangler warns that it had to guess.
    variables = {"CLOUDFLARE_ENV": "", **environment(prompts=True)}
    os.execve(WRANGLER, ["wrangler", "deploy", *sys.argv[1:]], variables)
