"""Image files: format and size, conversion, download, and the check of URLs."""
