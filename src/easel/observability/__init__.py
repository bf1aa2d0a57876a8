"""The log line of a request, and how long its parts took."""
