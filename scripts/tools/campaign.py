"""`./scripts/campaign`: prepare the checkout and run one of the campaigns of `tests/campaigns`."""

import os
import sys

from tools.paths import PYTHON, REPO
from tools.prepare import prepare
from tools.process import start_guarded, stop_guarded

_PYTHONPATH = os.pathsep.join(str(REPO / folder) for folder in ("src", "scripts", "tests"))


def main() -> int:
    """Run `python -m campaigns` with the arguments of the command line.

    Raises:
        CommandError: the preparation failed.
    """
    prepare()
    guardian = start_guarded(
        [PYTHON, "-m", "campaigns", *sys.argv[1:]],
        env={**os.environ, "PYTHONPATH": _PYTHONPATH},
    )
    try:
        guardian.wait()
    finally:
        status = stop_guarded(guardian)
    return status
