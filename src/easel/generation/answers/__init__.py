"""The result of a request, its stored form, its rendering and streaming."""
