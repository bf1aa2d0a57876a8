"""The Workers runtime: the only code that touches JavaScript."""
