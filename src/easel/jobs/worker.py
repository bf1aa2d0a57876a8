"""Do what the queue's messages ask for: carry requests out, tell webhooks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from easel.errors import EaselError, ServerError
from easel.generation.answers.stored import write_error
from easel.generation.execution.context import context_for
from easel.generation.lifecycle.at_most_once import carry_out
from easel.generation.lifecycle.begin import LEASE_SECONDS
from easel.generation.lifecycle.follow_up import conclude
from easel.generation.lifecycle.messages import delay_after, read_message
from easel.generation.lifecycle.recovery import settle_lost
from easel.generation.pipeline import plan_order
from easel.generation.planning.disclosure import write_down
from easel.generation.planning.fingerprints import Order
from easel.jobs.stored import Plan, body_of, read_plan, sources_of
from easel.jobs.webhook import tell_webhook
from easel.ledger.background import claim_background
from easel.ledger.messages import End
from easel.ledger.records import BackgroundRequest, Open, Spent
from easel.ledger.requests import end
from easel.middleware import observe
from easel.observability.request_log import describe_bug
from easel.services import World


async def take_up(text: str, attempts: int, world: World) -> float | None:
    """Do what a message asks for, whatever happens.

    Args:
        text: the message.
        attempts: how many times it was delivered, this time included.
        world: everything outside.

    Returns:
        None where that is done; else seconds after which the message is to come again.
    """
    observed = observe(world)
    world = observed.world
    journal = world.journal
    delay: float | None = delay_after(attempts)
    try:
        task, name = read_message(text)
        journal.tell({"event": task, "job": name, "delivery": attempts})
        delay = await _TASKS[task](name, attempts, world)
    except EaselError as error:
        world.log(f"{error.code}: {error.message}")
    except Exception as error:  # noqa: BLE001 - the last line of defence, as it is for HTTP
        world.log(describe_bug(error, journal))
    passed = (world.now() - observed.started).total_seconds()
    journal.tell({"again_seconds": delay, "total_ms": round(1000 * passed)})
    observed.write(journal.line())
    return delay


async def carry_out_later(name: str, _attempts: int, world: World) -> float | None:
    """Carry out a request that was put off, unless somebody has done so, or is at it.

    Returns:
        None where nothing more is to be done; else seconds after which to look again.

    Raises:
        StorageError: the bucket failed.
        LedgerError: the ledger cannot be reached.
    """
    now = world.now().timestamp()
    request = await world.ledger(claim_background, name, now, LEASE_SECONDS)
    if request is None or request.ended is not None:
        return None
    world.journal.tell({"key": request.request.owner, "model": request.request.model})
    if request.state == "queued":
        await _carry_out(request, world)
    elif request.is_alive:
        # Whoever is at it may be interrupted yet.
        return LEASE_SECONDS
    else:
        await settle_lost(request.request, world)
    return None


_TASKS: Mapping[str, Callable[[str, int, World], Awaitable[float | None]]] = {
    "carry_out": carry_out_later,
    "webhook": tell_webhook,
}


async def _carry_out(request: BackgroundRequest, world: World) -> None:
    opened, plan = request.request, read_plan(request.plan or "")
    world.journal.tell({"request_id": plan.request_id})
    try:
        order = await _order(plan, opened.id, world)
    except EaselError as error:
        await _fail(opened, error, world)
        return
    except Exception:
        await _fail(opened, ServerError("easel failed. Its log has the details."), world)
        raise
    context = context_for(plan.payer, world, opened)
    try:
        await carry_out(order, (), context)
    except EaselError as error:
        # The ledger keeps it for those who ask after the job.
        world.journal.tell({"code": error.code})


async def _order(plan: Plan, name: str, world: World) -> Order:
    """The request as it was planned; the owner may have changed what is possible since then."""
    body = body_of(plan)
    write_down(body, None, world)
    order = await plan_order(body, plan.task, await sources_of(plan, name, world), world)
    return replace(order, is_background=True)


async def _fail(opened: Open, error: EaselError, world: World) -> None:
    """End a request that could not be tried: it has cost nothing."""
    world.journal.tell({"code": error.code})
    spent = Spent(opened.provider, opened.model, requests=1, errors=opened.images)
    told = End(
        id=opened.id,
        owner=opened.owner,
        started=opened.started,
        now=world.now().timestamp(),
        state="failed",
        spent=(spent,),
        answer=write_error(error),
    )
    ended = await world.ledger(end, told)
    await conclude(opened.id, ended.afterwards, world)
