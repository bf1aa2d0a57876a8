"""The request log, and redaction of secrets and prompts."""
