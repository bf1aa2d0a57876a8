"""Compare what clients got, providers sold, and easel stored, listed and counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from campaigns.kill.load import KEYS, PRICES
from campaigns.kill.outcome import Outcome
from campaigns.library import ListedImage
from campaigns.local_state import UsageRow
from campaigns.report import Report
from support.server import key_of

_NANODOLLARS = 10**9

# Every code that a request of the load may be answered with in the end; anything else is a breach.
_EXPECTED_CODES = frozenset(
    {
        "cancelled",
        "insufficient_quota",
        "outcome_unknown",
        "rate_limit_exceeded",
        "upstream_error",
        "upstream_not_started",
        "upstream_unavailable",
    }
)


@dataclass
class Accounts:
    """What everybody has on record at the end.

    Attributes:
        outcomes: what clients got.
        bought: how many images each provider sold, by prompt and name of the fake.
        made: what providers made, by prompt.
        history: of each key, by its name.
        totals: `GET /v1/usage` by key.
        open_requests: of the ledger.
        usage: of the ledger.
        bucket: the recipe of every object, by key.
    """

    outcomes: Sequence[Outcome]
    bought: Mapping[str, Counter[str]]
    made: Mapping[str, Sequence[bytes]]
    history: Mapping[str, Sequence[ListedImage]]
    totals: Mapping[str, Mapping[str, Any]]
    open_requests: Sequence[str] = ()
    usage: Sequence[UsageRow] = ()
    bucket: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def reconcile(accounts: Accounts, report: Report) -> None:
    """Add the figures of a campaign to its report, and every breach."""
    _count(accounts, report)
    _check_replies(accounts, report)
    _check_purchases(accounts, report)
    _check_library(accounts, report)
    _check_usage(accounts, report)
    _check_budgets(accounts, report)
    for request in accounts.open_requests:
        report.add_breach(f"a hold is left in the ledger: {request}")


def _count(accounts: Accounts, report: Report) -> None:
    outcomes = accounts.outcomes
    report.add_figure("requests", len(outcomes))
    report.add_figure("  sent", sum(one.attempts for one in outcomes))
    report.add_figure("  interrupted", sum(one.lost > 0 for one in outcomes))
    report.add_figure("  repeated after their answer", sum(one.was_repeated for one in outcomes))
    kinds = Counter(one.request.kind for one in outcomes)
    for kind, count in sorted(kinds.items()):
        report.add_figure(f"  {kind}", count)
    answered = [one for one in outcomes if one.urls or one.contents]
    report.add_figure("answered with images", len(answered))
    report.add_figure("  of which some are missing", sum(one.missing > 0 for one in answered))
    codes = Counter(one.code for one in outcomes if one.code)
    for code, count in sorted(codes.items()):
        report.add_figure(f"answered with {code}", count)
    report.add_figure("never answered, nor asked again", sum(not o.is_answered for o in outcomes))
    report.add_figure("images bought", sum(sum(sold.values()) for sold in accounts.bought.values()))
    report.add_figure("images delivered", sum(len(_delivered(one)) for one in outcomes))
    report.add_figure("images in the history", sum(map(len, accounts.history.values())))
    report.add_figure("images in the bucket", len(accounts.bucket))
    report.add_figure("images counted by budgets", sum(row.counted for row in accounts.usage))


def _delivered(outcome: Outcome) -> Sequence[object]:
    return outcome.urls or outcome.contents


def _check_replies(accounts: Accounts, report: Report) -> None:
    listed = {
        (name, image.key): image for name, images in accounts.history.items() for image in images
    }
    for outcome in accounts.outcomes:
        request, made = outcome.request, accounts.made[outcome.request.prompt]
        report.breaches += outcome.breaches
        report.check(
            outcome.code is None or _is_expected(outcome, outcome.code),
            f"{request} was answered with {outcome.code}",
        )
        if outcome.urls or outcome.contents:
            given = max(len(outcome.urls), len(outcome.contents))
            report.check(
                given + outcome.missing == request.count,
                f"{request} got {given} images of {request.count}, {outcome.missing} missing",
            )
        for url in outcome.urls:
            image = listed.get((request.key, key_of(url)))
            report.check(image is not None, f"{request}: {url} is not in the history")
            report.check(
                image is None or image.content in made,
                f"{request}: {url} does not serve what was made for it",
            )
        for content in outcome.contents:
            report.check(content in made, f"{request} got other bytes than were made for it")
        report.check(len(set(outcome.urls)) == len(outcome.urls), f"{request} got an image twice")


def _is_expected(outcome: Outcome, code: str) -> bool:
    # A job that was interrupted before its input images were stored cannot be carried out.
    without_inputs = outcome.request.kind == "background edit" and outcome.lost > 0
    return code in _EXPECTED_CODES or (code == "image_gone" and without_inputs)


def _check_purchases(accounts: Accounts, report: Report) -> None:
    for outcome in accounts.outcomes:
        request = outcome.request
        sold = sum(accounts.bought[request.prompt].values())
        report.check(
            sold <= request.count, f"{request}: {sold} images bought, {request.count} asked for"
        )
        is_smooth = outcome.attempts == 1 and not outcome.lost and not request.has_fault
        if is_smooth and outcome.is_answered and not outcome.code:
            report.check(
                sold == len(_delivered(outcome)),
                f"{request}: {sold} images bought, {len(_delivered(outcome))} delivered",
            )
        is_free = outcome.code in ("image_gone", "insufficient_quota", "rate_limit_exceeded")
        if is_free and not outcome.lost:
            report.check(sold == 0, f"{request}: {sold} images bought, refused as {outcome.code}")


def _check_library(accounts: Accounts, report: Report) -> None:
    listed = [image for images in accounts.history.values() for image in images]
    keys = Counter(image.key for image in listed)
    for key in sorted(accounts.bucket.keys() - keys.keys()):
        prompt = accounts.bucket[key].get("prompt")
        report.add_breach(f"{key} is in the bucket and in no history: {prompt!r}")
    for key in sorted(keys.keys() - accounts.bucket.keys()):
        report.add_breach(f"{key} is in the history and not in the bucket")
    for key, times in keys.items():
        report.check(times == 1, f"{key} is in the history {times} times")
    for image in listed:
        report.check(
            image.content in accounts.made.get(image.prompt, ()),
            f"{image.key} does not serve what was made for {image.prompt!r}",
        )
    owners = {outcome.request.prompt: outcome.request.key for outcome in accounts.outcomes}
    for name, images in accounts.history.items():
        for image in images:
            report.check(
                owners.get(image.prompt) == name, f"{image.key} is in the history of {name}"
            )


def _check_usage(accounts: Accounts, report: Report) -> None:
    for name in KEYS:
        rows = [row for row in accounts.usage if row.owner == name]
        counted, images = sum(row.counted for row in rows), sum(row.images for row in rows)
        nanodollars, unpriced = (
            sum(row.nanodollars for row in rows),
            sum(row.unpriced for row in rows),
        )
        outcomes = [one for one in accounts.outcomes if one.request.key == name]
        sold = sum((accounts.bought[one.request.prompt] for one in outcomes), Counter[str]())
        report.check(
            counted >= sum(sold.values()),
            f"the usage of {name} counts {counted} images, {sum(sold.values())} were bought",
        )
        most = sum(one.request.count * one.request.chain for one in outcomes)
        report.check(
            counted <= most, f"the usage of {name} counts {counted} images, {most} were asked for"
        )
        stored = len(accounts.history[name])
        report.check(
            images == stored, f"the usage of {name} has {images} images, its history {stored}"
        )
        spent = sum(count * PRICES.get(fake, 0) for fake, count in sold.items())
        report.check(
            nanodollars + unpriced * max(PRICES.values()) >= spent,
            f"the usage of {name} has ${nanodollars / _NANODOLLARS} and {unpriced} images of "
            f"unknown price, ${spent / _NANODOLLARS} were spent",
        )
        shown = accounts.totals.get(name, {"images": 0, "cost_usd": 0.0, "unpriced_images": 0})
        report.check(
            (shown["images"], shown["unpriced_images"]) == (images, unpriced)
            and round(shown["cost_usd"] * _NANODOLLARS) == nanodollars,
            f"GET /v1/usage shows {shown} for {name}, the ledger has {images} images, "
            f"{nanodollars} nanodollars and {unpriced} unpriced",
        )


def _check_budgets(accounts: Accounts, report: Report) -> None:
    for day in sorted({row.day for row in accounts.usage}):
        for name, key in KEYS.items():
            rows = [row for row in accounts.usage if row.owner == name and row.day == day]
            counted, nanodollars = (
                sum(row.counted for row in rows),
                sum(row.nanodollars for row in rows),
            )
            most, usd = key.budget_images_per_day, key.budget_usd_per_day
            report.check(
                most is None or counted <= most,
                f"{name} was counted {counted} images on {day}, its budget is {most}",
            )
            report.check(
                usd is None or nanodollars <= usd * _NANODOLLARS,
                f"{name} spent {nanodollars} nanodollars on {day}, its budget is ${usd}",
            )
