"""Plan the calls of a request: models, parameters, sizes, input images, fingerprints."""
