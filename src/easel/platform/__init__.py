"""Protocols of the services that `runtime` implements, and small value types."""
