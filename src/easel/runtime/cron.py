"""Handle Cloudflare's cron trigger.

https://developers.cloudflare.com/workers/runtime-apis/handlers/scheduled/
"""

from typing import Any

import js

from easel.jobs.cleanup import clean_up
from easel.runtime.services import make_services


async def run_cron(env: Any, context: Any) -> None:
    """Run the hourly clean-up. It has no client, so its abort signal is never used."""
    await clean_up(make_services(env, context, js.AbortController.new()))
