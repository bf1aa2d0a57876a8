"""Tell a webhook that a background request has ended.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
import json
from hashlib import sha256

from easel import VERSION
from easel.errors import ConfigurationError
from easel.generation.lifecycle.follow_up import FollowUp, read_follow_up
from easel.generation.lifecycle.messages import delay_after
from easel.jobs.status import show_job
from easel.ledger.background import find_background
from easel.ledger.records import BackgroundRequest
from easel.media.urls import UntrustedUrlError, check_url
from easel.platform.calls import CallFailure, HttpCall
from easel.services import Services

_SECONDS = 10.0
_LONGEST_ANSWER = 64 * 1024


async def tell_webhook(name: str, attempts: int, services: Services) -> float | None:
    """Deliver the event of a request that has ended.

    Args:
        name: the request's id.
        attempts: how many times this is tried, this time included.
        services: everything outside.

    Returns:
        None where nothing more is to be done; else seconds after which to try again.

    Raises:
        ConfigurationError: the owner has taken the secret away.
        EaselError: the ledger or the bucket failed.
    """
    request = await services.ledger(find_background, None, name, services.now().timestamp())
    if request is None or request.ended is None or request.follow_up is None:
        return None
    follow_up = read_follow_up(request.follow_up)
    if follow_up.webhook is None:
        return None
    event, body = await _event(request, follow_up, services)
    services.request_log.hidden.append(follow_up.webhook)
    settings = services.settings()
    if settings.webhook_secret is None:
        raise ConfigurationError("WEBHOOK_SECRET is not set any more, so no webhook is told.")
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
        answer = await services.call_http(call, seconds=_SECONDS, limit=_LONGEST_ANSWER)
    except (UntrustedUrlError, CallFailure) as failure:
        services.log(f"a webhook was not told: {failure!r}")
        return delay_after(attempts)
    services.request_log.tell({"webhook_status": answer.status})
    return None if 200 <= answer.status < 300 else delay_after(attempts)


def sign(secret: bytes, event: str, sent: int, body: str) -> str:
    """The signature of an event.

    Args:
        secret: the owner's.
        event: its id, the same however often it is sent.
        sent: when it is, in Unix time.
        body: as it is sent.
    """
    digest = hmac.new(secret, f"{event}.{sent}.{body}".encode(), sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


async def _event(
    request: BackgroundRequest, follow_up: FollowUp, services: Services
) -> tuple[str, str]:
    """The id of an event and the JSON of it, with the job as it is shown to its caller."""
    shown = await show_job(request, follow_up.base_url, services, whole=False)
    name = request.request.id
    # Should a request that was taken for lost end after all, that is another event.
    event = f"evt_{sha256(f'{name} {request.state}'.encode()).hexdigest()[:32]}"
    facts = {
        "object": "event",
        "id": event,
        "type": f"image.job.{request.state}",
        "created_at": int(request.ended or 0),
    }
    parts = shown.body if isinstance(shown.body, list) else []
    job = "".join(part for part in parts if isinstance(part, str))
    return event, f'{json.dumps(facts)[:-1]}, "data": {job}}}'
