"""The providers that make images: a module each, the parts that they share, the registry."""
