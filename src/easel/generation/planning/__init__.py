"""What will be asked of the provider: models, parameters, sizes, inputs, fingerprints."""
