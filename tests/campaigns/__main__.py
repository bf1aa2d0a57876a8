"""`python -m campaigns`, which `./scripts/campaign` runs."""

import sys

from campaigns.command import main
from tools.console import run_command

sys.exit(run_command(main))
