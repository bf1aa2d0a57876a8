"""Images as files: format, size, conversion, download, and which URLs are safe."""
