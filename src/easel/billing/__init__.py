"""Pricing: what images cost."""
