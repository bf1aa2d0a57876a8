"""What Cloudflare's queue delivers.

https://developers.cloudflare.com/queues/configuration/javascript-apis/#messagebatch
"""

from typing import Any

import js

from easel.jobs.worker import handle_message
from easel.runtime.bridge import bridge
from easel.runtime.services import make_services


async def handle_queue(batch: Any, env: Any, context: Any) -> None:
    """Take up the messages of a JavaScript `MessageBatch`, one after another.

    What is called off is dropped at once: whoever did so does not wait for it.
    """
    for message in batch.messages:
        services = make_services(env, context, js.AbortController.new(), grace=0)
        delay = await handle_message(str(message.body), int(message.attempts), services)
        bridge().settle(message, delay)
