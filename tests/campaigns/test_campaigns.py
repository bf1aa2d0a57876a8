"""A short form of each campaign."""

import pytest

from campaigns.command import CAMPAIGNS

SEED = 1


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_a_campaign_finds_no_breach(name: str) -> None:
    campaign = CAMPAIGNS[name]
    report = campaign.run(seed=SEED, **{size: of.short for size, of in campaign.sizes.items()})
    assert not report.breaches, report.table()
