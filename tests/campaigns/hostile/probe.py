"""One case: a request that is lied to, and good ones after it."""

from dataclasses import dataclass, field
from time import monotonic

import httpx2

from campaigns.answers import code_of
from campaigns.hostile.attempt import Attempt
from campaigns.hostile.lanes import LANES, Lane
from campaigns.hostile.proxy import Case, Proxy
from campaigns.hostile.usage import Usage, read_usage, usage_faults
from campaigns.hostile.verdict import answer_faults
from support.guarded import KEYS, shown
from support.server import Server

_ROUTE = "/v1/images/generations"

# `JOB_TIMEOUT_SECONDS`, what a busy machine takes, and how long easel tries to fetch an image.
_PATIENCE_SECONDS, _DOWNLOAD_SECONDS = 25, 65

# What a provider says of a credential, whatever model it is shown for.
_ABOUT_CREDENTIALS = (401, 429)

# These start no work, so nothing is charged.
_FREE_LIES = ("redirect",)


@dataclass
class Finding:
    """What came of a case.

    Attributes:
        outcome: status and code, for the table.
        lie: what the upstream did.
        faults: what is wrong.
        is_spoilt: whether what is the owner's, the credential or the usage, serves no more.
    """

    outcome: str = "no answer"
    lie: str = ""
    faults: list[str] = field(default_factory=list)
    is_spoilt: bool = False


def probe(attempt: Attempt, proxy: Proxy | None, server: Server, *, owners: bool) -> Finding:
    """Carry out a case.

    Args:
        attempt: what is done.
        proxy: the proxy that lies, or None for honest answers.
        server: easel.
        owners: whether the owner's credential is used.
    """
    lane, finding = LANES[attempt.lane], Finding()
    before = _usage_of(lane.provider, server, finding) if owners else None
    case = Case(
        attempt.number,
        attempt.seed,
        attempt.prompt,
        attempt.step,
        claims_success=owners,
        may_last=True,
        is_patient=attempt.is_patient,
    )
    if proxy is not None:
        proxy.case = case
    try:
        answer = _ask(_order(attempt, owners), server)
    finally:
        if proxy is not None:
            proxy.case = None
    finding.lie = case.lie
    if isinstance(answer, str):
        finding.faults.append(answer)
    else:
        code = code_of(answer.content) or "" if answer.status_code >= 400 else ""
        finding.outcome = f"{answer.status_code} {code}".strip()
        finding.faults += answer_faults(answer, server, [attempt.token])
        if proxy is None and answer.status_code != 200:
            finding.faults.append(f"{answer.status_code} {answer.text[:300]}")
    if before is not None:
        may_be_charged = _is_begun(case) and not case.lie.startswith(_FREE_LIES)
        if after := _usage_of(lane.provider, server, finding):
            wrong = [*usage_faults(before, after, may_be_charged=may_be_charged)]
            finding.faults += wrong
            # Sums that are wrong once say nothing of what is added.
            finding.is_spoilt = finding.is_spoilt or bool(wrong)
    if proxy is not None:
        _follow_up(attempt, lane, case, owners, server, finding)
    return finding


def _is_begun(case: Case) -> bool:
    """Whether work was asked for, not only what there is to ask for."""
    return any(request.startswith("POST") for request in case.seen)


def _usage_of(provider: str, server: Server, finding: Finding) -> Usage | None:
    try:
        return read_usage(server, provider)
    except ValueError as error:
        finding.faults.append(f"the usage cannot be read: {error}")
        finding.is_spoilt = True
        return None


def _order(attempt: Attempt, owners: bool) -> "Order":
    more = _DOWNLOAD_SECONDS if attempt.is_patient else 0
    return Order(
        attempt.lane,
        LANES[attempt.lane].models[0],
        attempt.prompt,
        KEYS.plain,
        None if owners else attempt.token,
        attempt.as_base64,
        _PATIENCE_SECONDS + more,
    )


def _follow_up(
    attempt: Attempt, lane: Lane, case: Case, owners: bool, server: Server, finding: Finding
) -> None:
    """Ask for a good image of another model with another key, which must succeed at once."""
    token = None if owners else attempt.token
    if token is not None and case.status in _ABOUT_CREDENTIALS:
        token += "-another"
    models = [lane.models[1]]
    if not lane.is_asked_for_token:
        # Several failures in a row close a model, and here everybody shares one.
        models.append(lane.models[0])
    for model in models:
        order = Order(attempt.lane, model, attempt.other_prompt, KEYS.other, token)
        answer = _ask(order, server)
        if not isinstance(answer, str) and answer.status_code == 504:
            # A busy machine may be that slow once.
            answer = _ask(order, server)
        said = answer if isinstance(answer, str) else f"{answer.status_code} {answer.text[:300]}"
        if isinstance(answer, str) or answer.status_code != 200:
            finding.faults.append(f"a good request for {model} fails afterwards: {said}")
            finding.is_spoilt = owners
        if attempt.mark in said:
            finding.faults.append(f"another key reads the prompt: {said}")


@dataclass(frozen=True)
class Order:
    """A request for an image.

    Attributes:
        key: of easel's.
        token: of the caller's own for the provider; None to use the owner's.
        as_base64: whether the image is asked for in base64.
        patience: seconds until there is no answer.
    """

    lane: str
    model: str
    prompt: str
    key: str
    token: str | None
    as_base64: bool = False
    patience: float = _PATIENCE_SECONDS


def _ask(order: Order, server: Server) -> httpx2.Response | str:
    """Ask for an image; the result is a sentence if there was no answer."""
    lane = LANES[order.lane]
    body: dict[str, object] = {"model": order.model, "prompt": order.prompt, **lane.body}
    if order.as_base64 and "stream" not in body:
        body["response_format"] = "b64_json"
    headers = shown(order.key)
    if order.token is not None:
        bearer = f"Bearer {lane.token}:{order.token}"
        headers = {"authorization": bearer, "x-api-key": order.key}
    began = monotonic()
    try:
        with httpx2.Client(base_url=server.url, timeout=order.patience) as client:
            return client.post(_ROUTE, json=body, headers=headers)
    except httpx2.HTTPError as error:
        return f"no answer after {monotonic() - began:.0f} s: {error!r}"
