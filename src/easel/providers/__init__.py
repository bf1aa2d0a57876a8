"""Whoever makes the images: one module a provider, and the registry of them all."""
