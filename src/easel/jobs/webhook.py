"""Send a signed event to a job's webhook when the job has ended.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
import json
from hashlib import sha256

from easel import VERSION
from easel.errors import ConfigurationError
from easel.generation.lifecycle.follow_up import FollowUp, read_follow_up
from easel.generation.lifecycle.messages import retry_delay
from easel.jobs.status import render_job
from easel.ledger.background import find_background
from easel.ledger.records import BackgroundRequest
from easel.limits import MAX_WEBHOOK_RESPONSE_BYTES, WEBHOOK_SECONDS
from easel.media.urls import UntrustedUrlError, check_url
from easel.platform.calls import CallFailure, HttpCall
from easel.services import Services


async def deliver_webhook(job_id: str, attempts: int, services: Services) -> float | None:
    """Deliver the event of a job that has ended.

    Args:
        job_id: of the job.
        attempts: deliveries of the message so far, this one included.
        services: with the ledger, the bucket and HTTP.

    Returns:
        The seconds until the next attempt; None if no further attempt is needed.

    Raises:
        ConfigurationError: the setting WEBHOOK_SECRET is missing.
        EaselError: the ledger or the bucket failed.
    """
    job = await services.ledger(find_background, None, job_id, services.now().timestamp())
    if job is None or job.ended is None or job.follow_up is None:
        return None
    follow_up = read_follow_up(job.follow_up)
    if follow_up.webhook is None:
        return None
    event, body = await _event(job, follow_up, services)
    services.request_log.hidden.append(follow_up.webhook)
    settings = services.settings()
    if settings.webhook_secret is None:
        raise ConfigurationError("WEBHOOK_SECRET is no longer set, so webhooks cannot be signed.")
    sent = int(services.now().timestamp())
    headers = {
        "user-agent": f"easel/{VERSION}",
        "webhook-id": event,
        "webhook-timestamp": str(sent),
        "webhook-signature": sign(settings.webhook_secret, event, sent, body),
    }
    try:
        url = check_url(follow_up.webhook, allow_private=settings.allow_private_urls)
        call = HttpCall("POST", url, headers, {"text": body}, encoding="text", buys=False)
        answer = await services.call_http(
            call, seconds=WEBHOOK_SECONDS, limit=MAX_WEBHOOK_RESPONSE_BYTES
        )
    except (UntrustedUrlError, CallFailure) as failure:
        services.log(f"a webhook was not delivered: {failure!r}")
        return retry_delay(attempts)
    services.request_log.tell({"webhook_status": answer.status})
    return None if 200 <= answer.status < 300 else retry_delay(attempts)


def sign(secret: bytes, event: str, sent: int, body: str) -> str:
    """Sign an event by the Standard Webhooks specification.

    Args:
        secret: the owner's.
        event: the event's id, which is the same for every attempt.
        sent: Unix time of this attempt.
        body: of the HTTP request.
    """
    digest = hmac.new(secret, f"{event}.{sent}.{body}".encode(), sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


async def _event(
    job: BackgroundRequest, follow_up: FollowUp, services: Services
) -> tuple[str, str]:
    """Return the id of the event and its JSON, which contains the job as its route shows it."""
    rendered = await render_job(job, follow_up.base_url, services, whole=False)
    # If a job that was settled as interrupted completes after all, that is another event.
    event = f"evt_{sha256(f'{job.request.id} {job.state}'.encode()).hexdigest()[:32]}"
    facts = {
        "object": "event",
        "id": event,
        "type": f"image.job.{job.state}",
        "created_at": int(job.ended or 0),
    }
    parts = rendered.body if isinstance(rendered.body, list) else []
    data = "".join(part for part in parts if isinstance(part, str))
    return event, f'{json.dumps(facts)[:-1]}, "data": {data}}}'
