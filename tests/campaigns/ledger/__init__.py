"""Random calls of the ledger in any order, with jumps of the clock, against a model of it."""
