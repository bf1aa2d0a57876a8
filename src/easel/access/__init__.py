"""Authentication, credentials, rate limits and the circuit breaker."""
