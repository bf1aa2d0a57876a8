"""Generate the images: fallback, retry, the driver of providers, results."""
