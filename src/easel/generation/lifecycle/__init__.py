"""Execute each request at most once: idempotency, lease, finish, recovery."""
