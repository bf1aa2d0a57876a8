"""The owner's settings and API keys, typed and validated."""
