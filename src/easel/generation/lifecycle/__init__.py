"""Carry each request out at most once: idempotency, lease, finish, recovery."""
