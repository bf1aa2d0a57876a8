"""Requests in the background: submitted, stored, carried out later, reported to webhooks."""
