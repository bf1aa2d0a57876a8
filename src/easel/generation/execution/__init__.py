"""Have the images made: fallback, retry, the driver of providers, results."""
