"""Campaigns: long random attacks on a local easel, each followed by a reconciliation.

`./scripts/campaign NAME` runs one. `command.py` has the table of them; `test_campaigns.py` runs a
short form of each with the tests.
"""
