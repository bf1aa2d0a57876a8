"""What Cloudflare calls by the clock.

https://developers.cloudflare.com/workers/runtime-apis/handlers/scheduled/
"""

from typing import Any

import js

from easel.jobs.cleanup import clean_up
from easel.runtime.services import make_services


async def run_cron(env: Any, context: Any) -> None:
    """Do what is due; nobody waits for it, so nobody can leave."""
    await clean_up(make_services(env, context, js.AbortController.new()))
