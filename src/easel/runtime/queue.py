"""Handle the messages of Cloudflare's queue.

https://developers.cloudflare.com/queues/configuration/javascript-apis/#messagebatch
"""

from typing import Any

import js

from easel.jobs.worker import handle_message
from easel.runtime.bridge import bridge
from easel.runtime.services import make_services


async def handle_queue(batch: Any, env: Any, context: Any) -> None:
    """Handle the messages of a JavaScript `MessageBatch`, one after another.

    A cancelled job is aborted without a grace period, because no client waits for it.
    """
    for message in batch.messages:
        services = make_services(env, context, js.AbortController.new(), grace=0)
        delay = await handle_message(str(message.body), int(message.attempts), services)
        bridge().settle(message, delay)
