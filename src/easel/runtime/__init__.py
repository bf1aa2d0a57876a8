"""The Workers runtime: the only code that knows JavaScript."""
