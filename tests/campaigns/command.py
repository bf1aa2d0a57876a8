"""The command line of the campaigns, and the table of all of them."""

import argparse
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from campaigns import kill, soak
from campaigns.fuzz.campaign import ALL
from campaigns.fuzz.campaign import run as run_fuzz
from campaigns.hostile.campaign import run as run_hostile
from campaigns.ledger import campaign as ledger
from campaigns.report import Report
from tools.console import say

_LARGEST_RANDOM_SEED = 999_999


@dataclass(frozen=True)
class Size:
    """How large a campaign is in one respect.

    Attributes:
        default: where the command line does not say; an option of its type is made of it.
        short: for the form that runs with the tests.
        help: what is counted.
    """

    default: float
    short: float
    help: str


@dataclass(frozen=True)
class Campaign:
    """A campaign.

    Attributes:
        help: what it does, in one line.
        run: carries it out; it takes `seed` and the names of `sizes` as keyword arguments.
        sizes: its size options, by name.
    """

    help: str
    run: Callable[..., Report]
    sizes: Mapping[str, Size]


CAMPAIGNS: Mapping[str, Campaign] = {
    "kill": Campaign(
        "kill workerd at random moments under mixed load, then reconcile all accounts",
        kill.run,
        {"rounds": Size(100, 1, "how often workerd is killed")},
    ),
    "ledger": Campaign(
        "call the ledger in random orders and compare it with a model",
        ledger.run,
        {"steps": Size(50_000, 2_000, "calls to make")},
    ),
    "soak": Campaign(
        "ask at a steady rate for hours and compare every image byte for byte",
        soak.run,
        {
            "minutes": Size(180.0, 0.1, "how long it takes"),
            "rate": Size(2.0, 4.0, "requests a second"),
        },
    ),
    "fuzz": Campaign(
        "mutate valid requests of every route, and check every answer",
        run_fuzz,
        {
            "cases": Size(20_000, 120, "requests to send"),
            "only": Size(ALL, ALL, f"the number of the one case to send, {ALL} for all"),
        },
    ),
    "hostile-upstream": Campaign(
        "have providers lie in every field, and check what easel makes of it",
        run_hostile,
        {
            "cases": Size(500, 20, "requests that are lied to"),
            "patience": Size(
                1, 0, "whether the fetching of an image may hang, a minute each: 0 or 1"
            ),
            "only": Size(ALL, ALL, f"the number of the one case, {ALL} for all"),
        },
    ),
}


def main() -> int:
    """Run the campaign that the command line names, and print its table."""
    options = vars(_parse(sys.argv[1:]))
    name, seed = options.pop("campaign"), options.pop("seed")
    say(f"Campaign {name}, seed {seed}, {_describe(options)} ...")
    report = CAMPAIGNS[name].run(seed=seed, **options)
    say(f"\ncampaign {name}\nseed {seed}\n{report.table()}")
    return report.status


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./scripts/campaign",
        description="Attack a local easel at random and reconcile the outcome. "
        "The exit status is 1 if any promise was broken.",
    )
    campaigns = parser.add_subparsers(dest="campaign", required=True, metavar="NAME")
    for name, campaign in CAMPAIGNS.items():
        options = campaigns.add_parser(name, help=campaign.help, description=campaign.help)
        seed = random.randint(1, _LARGEST_RANDOM_SEED)
        options.add_argument("--seed", type=int, default=seed, help="default: a random one")
        for option, size in campaign.sizes.items():
            options.add_argument(
                f"--{option}",
                type=type(size.default),
                default=size.default,
                help=f"{size.help}; default: {size.default:g}",
            )
    return parser.parse_args(arguments)


def _describe(sizes: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {size:g}" for name, size in sizes.items())
