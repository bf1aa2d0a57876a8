"""The campaign `fuzz`: valid requests of every route, mutated."""
